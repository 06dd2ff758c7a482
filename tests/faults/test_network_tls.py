"""Whom https trusts, and what is said of a certificate that is not trusted."""

import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import KEY, Done, FakeClock, Gi
from tests.faults.catalogue import held
from tests.faults.rows import ANSWER, FORMATS, FOUND, TARGET, TEXT, assert_plain
from tests.tls import NotTls, TlsServer, certified, expire

HERE = "IP:127.0.0.1"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certified(tmp_path_factory.mktemp("tls") / "ca.pem", HERE)


@pytest.fixture(scope="session")
def folder(certificate: Path) -> Path:
    """A folder of certificates as OpenSSL looks them up."""
    made = certificate.with_name("folder")
    made.mkdir()
    (made / "ca.pem").write_bytes(certificate.read_bytes())
    argv = ("openssl", "x509", "-hash", "-noout", "-in", certificate)
    digest = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    (made / f"{digest.strip()}.0").symlink_to("ca.pem")
    return made


def asked(gi: Gi, server: TlsServer, *argv: str, **environ: str) -> Done:
    server.expect("POST", TARGET, ANSWER)
    words = ("create", "hi", "--base-url", server.url, *argv)
    return gi(*words, environ={"GEMINI_API_KEY": KEY, **environ})


@held("F183", "a CA file")
@pytest.mark.parametrize("format", FORMATS)
def test_a_ca_file(format: str, gi: Gi, certificate: Path) -> None:
    with TlsServer(certificate) as server:
        argv = ("--ca-file", str(certificate), "--format", format)
        done = asked(gi, server, *argv)
    assert done.err == ""
    assert_plain(format, done.out)


def test_the_scheme_may_be_in_capitals(gi: Gi, certificate: Path) -> None:
    with TlsServer(certificate) as server:
        server.url = server.url.replace("https", "HTTPS")
        assert asked(gi, server, "--ca-file", str(certificate)) == Done(0, TEXT, "")


@held("F183", "a CA file from the environment")
@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_a_file_that_a_variable_names(name: str, gi: Gi, certificate: Path) -> None:
    with TlsServer(certificate) as server:
        done = asked(gi, server, **{name: str(certificate)})
    assert done == Done(0, TEXT, "")


@held("F183", "a folder from the environment")
@pytest.mark.parametrize("name", ["SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"])
def test_a_folder_that_a_variable_names(
    name: str, gi: Gi, certificate: Path, folder: Path
) -> None:
    with TlsServer(certificate) as server:
        assert asked(gi, server, **{name: str(folder)}) == Done(0, TEXT, "")


@held("F183", "a CA file from the environment")
def test_a_file_is_added_to_what_variables_name(
    gi: Gi, certificate: Path, tmp_path: Path
) -> None:
    other = str(certified(tmp_path / "other.pem", "DNS:other.example"))
    with TlsServer(certificate) as server:
        done = asked(gi, server, "--ca-file", str(certificate), SSL_CERT_FILE=other)
    assert done == Done(0, TEXT, "")


class Untrusted(NamedTuple):
    names: str
    why: str
    hint: str
    is_known: bool  # --ca-file names it
    is_late: bool = False


CLOCK = "the certificate or this machine's clock is out of date"
OF_ANOTHER = "check the base URL: the certificate is another host's"
UNTRUSTED = {
    "self-signed": Untrusted(
        HERE, "self-signed certificate", "--ca-file FILE", is_known=False
    ),
    "expired": Untrusted(
        HERE, "certificate has expired", CLOCK, is_known=True, is_late=True
    ),
    "of another address": Untrusted(
        "IP:127.0.0.2",
        "IP address mismatch, certificate is not valid for '127.0.0.1'.",
        OF_ANOTHER,
        is_known=True,
    ),
    "of a name": Untrusted(
        "DNS:one.example",
        "IP address mismatch, certificate is not valid for '127.0.0.1'.",
        OF_ANOTHER,
        is_known=True,
    ),
}
ROWS = {
    "self-signed": "a self-signed certificate",
    "expired": "an expired certificate",
    "of another address": "a certificate of another host",
    "of a name": "a certificate of another host",
}


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=held("F184", row)) for n, row in ROWS.items()]
)
def test_untrusted(name: str, gi: Gi, tmp_path: Path) -> None:
    """Nothing is sent, and nothing is tried again."""
    each, clock = UNTRUSTED[name], FakeClock()
    path = certified(tmp_path / "a.pem", each.names)
    if each.is_late:
        expire(path)
    with TlsServer(path) as server:
        known = ("--ca-file", str(path)) if each.is_known else ()
        argv = ("create", "hi", "--base-url", server.url, *known)
        done = gi(*argv, code=5, clock=clock)
    failed = f"[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: {each.why}"
    told = f"gi: error: {server.url}: {failed}\ngi: hint: {each.hint}\n"
    assert done == Done(5, b"", told)
    assert (server.requests, clock.slept) == ([], [])


@held("F184", "a self-signed certificate")
def test_a_claim_is_free_again(gi: Gi, certificate: Path, tmp_path: Path) -> None:
    """Nothing has landed, so the next run with its KEY may start the work."""
    environ = {"GEMINI_API_KEY": KEY, "XDG_STATE_HOME": str(tmp_path)}
    with TlsServer(certificate) as server:
        argv = ("research", "why", "--once", "k", "--base-url", server.url)
        first = gi(*argv, code=5, environ=environ)
        assert "release" not in first.err
        server.expect("POST", TARGET, ANSWER)
        server.always(*FOUND)
        done = gi(*argv, "--ca-file", str(certificate), environ=environ)
    assert done == Done(0, TEXT, "")


BROKEN = {
    "missing": (None, "No such file or directory", "is not a directory"),
    "none": (b"no certificate", "holds no certificates (PEM)", "is not a directory"),
    "empty": (b"", "holds no certificates (PEM)", "is not a directory"),
}


@pytest.mark.parametrize(
    "name", ["--ca-file", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"]
)
@pytest.mark.parametrize(
    "kind",
    [
        pytest.param("missing", marks=held("F183", "a CA file that is missing")),
        pytest.param("none", marks=held("F183", "a CA file that is none")),
        pytest.param("empty", marks=held("F183", "a CA file that is none")),
    ],
)
def test_broken(name: str, kind: str, gi: Gi, tmp_path: Path) -> None:
    content, of_file, of_folder = BROKEN[kind]
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    argv = ["create", "hi", "--base-url", "https://127.0.0.1:1", "--retries", "0"]
    argv += [name, str(path)] if name.startswith("--") else []
    done = gi(*argv, code=2, environ={"GEMINI_API_KEY": KEY, name: str(path)})
    why = of_folder if name == "SSL_CERT_DIR" else of_file
    between = ": " if kind == "missing" and why == of_file else " "
    assert done == Done(2, b"", f"gi: error: {name}: {path}{between}{why}\n")


@held("F183", "a CA file that is none")
@pytest.mark.parametrize("name", ["--ca-file", "SSL_CERT_FILE"])
def test_a_folder_is_no_file(name: str, gi: Gi, folder: Path) -> None:
    argv = ["create", "hi", "--base-url", "https://127.0.0.1:1"]
    argv += [name, str(folder)] if name.startswith("--") else []
    done = gi(*argv, code=2, environ={"GEMINI_API_KEY": KEY, name: str(folder)})
    assert done == Done(2, b"", f"gi: error: {name}: {folder} is not a file\n")


@held("F184", "plain http that answers https")
def test_plain_http(gi: Gi) -> None:
    """What answers is no TLS."""
    with NotTls() as server:
        url = server.url.replace("http:", "https:")
        done = gi("create", "hi", "--base-url", url, code=5, clock=FakeClock())
    why = "[SSL: WRONG_VERSION_NUMBER] wrong version number"
    hint = "check the base URL: it may be plain http that answers"
    assert done == Done(5, b"", f"gi: error: {url}: {why}\ngi: hint: {hint}\n")
