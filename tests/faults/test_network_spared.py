"""Which proxy the environment names for an address, and which addresses it spares."""

import pytest

from gi_cli.proxies import proxy_for
from tests.faults.catalogue import held

ONE = "https://one.example"
P = "http://proxy.example:3128"
BY = {"HTTPS_PROXY": P}


@pytest.mark.parametrize(
    ("url", "environ", "proxy"),
    [
        (ONE, {}, None),
        (ONE, {"HTTPS_PROXY": P}, P),
        (ONE, {"https_proxy": P, "HTTPS_PROXY": "http://other"}, P),
        (ONE, {"ALL_PROXY": P}, P),
        (ONE, {**BY, "ALL_PROXY": "http://other"}, P),
        (ONE, {"HTTP_PROXY": P}, None),
        ("http://one.example", {"http_proxy": P}, P),
        (ONE, {"HTTPS_PROXY": "proxy.example:3128"}, P),
        ("https://127.0.0.1:1", {"HTTPS_PROXY": P}, None),
        ("https://[::1]", {"ALL_PROXY": P}, None),
        ("https://localhost", {"HTTPS_PROXY": P}, None),
    ],
)
def test_proxy_for(url: str, environ: dict[str, str], proxy: str | None) -> None:
    assert proxy_for(url, environ) == proxy


SPARED: dict[str, list[tuple[str, dict[str, str], str | None]]] = {
    "NO_PROXY with *": [
        (ONE, {**BY, "NO_PROXY": "*"}, None),
    ],
    "NO_PROXY with a host": [
        (ONE, {**BY, "no_proxy": "one.example"}, None),
        (ONE, {**BY, "NO_PROXY": "two.example, ONE.example"}, None),
        ("https://10.1.2.3:8443", {"ALL_PROXY": P, "NO_PROXY": "10.1.2.3"}, None),
        (ONE, {**BY, "NO_PROXY": "two.example one.example"}, None),
        ("https://one.example.", {**BY, "NO_PROXY": "one.example"}, None),
        (ONE, {**BY, "NO_PROXY": "one.example."}, None),
        (
            ONE,
            {**BY, "no_proxy": "two.example", "NO_PROXY": "one.example"},
            P,
        ),
        (ONE, {**BY, "NO_PROXY": "", "no_proxy": ONE[8:]}, None),
        (ONE, {**BY, "NO_PROXY": ",, ,"}, P),
        ("https://[fd00::1]", {**BY, "NO_PROXY": "[fd00::1]"}, None),
        ("https://[fd00::1]", {**BY, "NO_PROXY": "fd00:0:0::1"}, None),
        ("https://[fd00::1]", {**BY, "NO_PROXY": "[fd00:0::1]"}, None),
        ("https://[fd00::2]", {**BY, "NO_PROXY": "fd00::1"}, P),
    ],
    "NO_PROXY with a suffix": [
        ("https://a.one.example", {**BY, "NO_PROXY": ".one.example"}, None),
        ("https://a.one.example", {**BY, "NO_PROXY": "one.example"}, None),
        ("https://a.one.example", {**BY, "NO_PROXY": "*.example"}, None),
        ("https://gone.example", {**BY, "NO_PROXY": "one.example"}, P),
        (
            "https://a.ONE.example",
            {**BY, "NO_PROXY": "*.one.EXAMPLE"},
            None,
        ),
        (ONE, {**BY, "NO_PROXY": ".one.example"}, None),
        (ONE, {**BY, "NO_PROXY": "ne.example"}, P),
    ],
    "NO_PROXY with a port": [
        (ONE, {**BY, "NO_PROXY": "one.example:443"}, None),
        (ONE, {**BY, "NO_PROXY": "one.example:8443"}, P),
        (ONE, {**BY, "NO_PROXY": "one.example:0443"}, None),
        (ONE, {**BY, "NO_PROXY": f"one.example:{'4' * 5000}"}, P),
        ("https://[fd00::1]", {**BY, "NO_PROXY": "[fd00::1]:443"}, None),
        ("https://[fd00::1]", {**BY, "NO_PROXY": "[fd00::1]:8443"}, P),
        ("https://10.1.2.3", {**BY, "NO_PROXY": "10.1.2.3:443"}, None),
        (
            "https://a.one.example:8443",
            {**BY, "NO_PROXY": ".one.example:8443"},
            None,
        ),
    ],
    "NO_PROXY with a network": [
        ("https://10.1.2.3", {**BY, "NO_PROXY": "10.0.0.0/8"}, None),
        ("https://11.1.2.3", {**BY, "NO_PROXY": "10.0.0.0/8"}, P),
        ("https://[fd00::1]", {**BY, "NO_PROXY": "fd00::/8"}, None),
        ("https://[fd00::1]", {**BY, "NO_PROXY": "[fd00::]/8"}, P),
        ("https://10.1.2.3", {**BY, "NO_PROXY": "10.1.2.9/24"}, None),
        (ONE, {**BY, "NO_PROXY": "10.0.0.0/8"}, P),
    ],
}


@pytest.mark.parametrize(
    ("url", "environ", "proxy"),
    [
        pytest.param(*each, marks=held("F181", row))
        for row, several in SPARED.items()
        for each in several
    ],
)
def test_spared(url: str, environ: dict[str, str], proxy: str | None) -> None:
    assert proxy_for(url, environ) == proxy
