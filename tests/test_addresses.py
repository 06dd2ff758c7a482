"""Which addresses of an answer are followed, and which are not."""

import pytest

from gi_cli import addresses, settings
from gi_cli.addresses import Place
from gi_cli.errors import Incomplete
from gi_cli.options.groups import Connection
from gi_cli.settings import Settings

GOOGLE = "https://generativelanguage.googleapis.com"
LOOPBACK = "http://127.0.0.1:8080"
GATE = "https://10.0.0.1:8443/gate"
PUBLIC, OTHER = "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"
LONG = "data:image/png;base64," + "A" * 1_000_000
WHY = " is an address of a private network, and is not fetched"


def known(base: str, *, offline: bool = False) -> Settings:
    options = Connection(base_url=base, offline=offline)
    return settings.resolve(options, {})


def judged(
    uri: str, base: str = GOOGLE, *found: str, proxied: bool = False
) -> list[Place]:
    """The places of a URI whose name has these addresses."""
    asked: list[tuple[str, int]] = []

    def look_up(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return list(found)

    parts = addresses.parsed(uri, known(base))
    result = addresses.places(parts, known(base), look_up, proxied=proxied)
    assert len(asked) == (1 if found else 0)
    return result


HTTPS = " is not https, and is not fetched"
NONE = " is no address that is fetched"


@pytest.mark.parametrize(
    ("uri", "base", "why"),
    [
        ("http://a.example/x", GOOGLE, HTTPS),
        ("http://a.example/x", GATE, HTTPS),
        ("http://generativelanguage.googleapis.com/x", GOOGLE, HTTPS),
        ("http://127.0.0.1:8080/x", GOOGLE, HTTPS),
        ("file:///etc/passwd", LOOPBACK, HTTPS),
        ("ftp://a.example/x", LOOPBACK, HTTPS),
        ("gs://bucket/x", LOOPBACK, HTTPS),
        ("data:image/png;base64,AAAA", LOOPBACK, HTTPS),
        ("javascript:alert(1)", LOOPBACK, HTTPS),
        ("/etc/passwd", LOOPBACK, HTTPS),
        ("files/abc", LOOPBACK, HTTPS),
        ("", LOOPBACK, HTTPS),
        ("https://", GOOGLE, NONE),
        ("https:///x", GOOGLE, NONE),
        ("https://:443/x", GOOGLE, NONE),
        ("https://[::1/x", GOOGLE, " is no address: Invalid IPv6 URL"),
    ],
)
def test_not_followed(uri: str, base: str, why: str) -> None:
    with pytest.raises(Incomplete) as caught:
        addresses.parsed(uri, known(base))
    assert caught.value.message == f"{uri}{why}"


@pytest.mark.parametrize("login", ["user@", "user:password@", "@", "a.example\\@"])
def test_a_login_is_not_followed_and_not_shown(login: str) -> None:
    with pytest.raises(Incomplete) as caught:
        addresses.parsed(f"https://{login}127.0.0.1/x", known(GOOGLE))
    assert caught.value.message == f"https://[redacted]@127.0.0.1/x{NONE}"


def test_a_message_shows_the_beginning() -> None:
    with pytest.raises(Incomplete) as caught:
        addresses.parsed(LONG, known(GOOGLE))
    assert caught.value.message == f"{LONG[:200]}...{HTTPS}"


@pytest.mark.parametrize(
    "uri",
    [
        "https://a.example:port/x",
        "https://a.example:65536/x",
        "https://a..example/x",
        f"https://{'a' * 64}.example/x",
    ],
)
def test_no_address(uri: str) -> None:
    with pytest.raises(Incomplete, match="is no address: "):
        addresses.parsed(uri, known(GOOGLE))


def test_offline_only_the_emulator() -> None:
    offline = known("", offline=True)
    assert addresses.parsed("http://localhost/x", offline).path == "/x"
    for uri in ("https://a.example/x", "http://localhost:81/x", "https://localhost/x"):
        with pytest.raises(Incomplete) as caught:
            addresses.parsed(uri, offline)
        assert caught.value.message == f"{uri} is not fetched: --offline"


LITERALS = [
    *("127.0.0.1", "127.1", "0.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1"),
    *("100.64.0.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
    *("169.254.169.254", "169.254.43518", "0xa9.254.169.254", "0251.0376.0251.0376"),
    *("0xa9.0xfe.0xa9.0xfe", "169.254.169.254.", "169.16689662"),
    *("2852039166", "0xa9fea9fe", "025177524776", "127.0.0.1."),
    *("[::1]", "[::]", "[fe80::1]", "[fe80::1%25eth0]", "[fe80::1%eth0]", "[fd00::1]"),
    *("[fec0::1]", "[ff02::1]", "[ff0e::1]", "[2001:db8::1]", "[::7f00:1]"),
    *("[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "[::ffff:127.0.0.1]"),
    *("[64:ff9b::a9fe:a9fe]", "[64:ff9b::127.0.0.1]", "[2002:a9fe:a9fe::]"),
    *("[2001:0:7f00:1::]", "[64:ff9b:1::a00:1]"),
    *("localhost", "LOCALHOST", "localhost.", "a.localhost", "localhost.localdomain"),
    *(
        "intranet",
        "printer.local",
        "nas.lan.",
        "metadata.google.internal",
        "x.home.arpa",
    ),
    *(
        "169\u3002254\u3002169\u3002254",  # stops and digits that a look-up takes
        "\u2460\u2465\u2468.254.169.254",
        "\uff11\uff12\uff17.0.0.1",
        "\uff4cocalhost",
    ),
]


@pytest.mark.parametrize("proxied", [False, True], ids=["direct", "proxied"])
@pytest.mark.parametrize("base", [GOOGLE, LOOPBACK.replace("1:", "2:"), GATE])
@pytest.mark.parametrize("host", LITERALS)
def test_private_by_its_looks(host: str, base: str, proxied: bool) -> None:
    with pytest.raises(Incomplete) as caught:
        judged(f"https://{host}/x", base, proxied=proxied)
    assert caught.value.message.endswith(WHY)


@pytest.mark.parametrize(
    "found",
    [
        ("127.0.0.1",),
        ("169.254.169.254",),
        (PUBLIC, "10.0.0.1"),
        ("::1", PUBLIC),
        ("fe80::1%eth0",),
        ("::ffff:10.0.0.1",),
        (PUBLIC, OTHER, "64:ff9b::a00:1"),
    ],
)
def test_a_name_with_a_private_address(found: tuple[str, ...]) -> None:
    private = next(each for each in found if each not in (PUBLIC, OTHER))
    with pytest.raises(Incomplete) as caught:
        judged("https://a.example:8443/x", GOOGLE, *found)
    assert caught.value.message == f"a.example ({private}){WHY}"


@pytest.mark.parametrize(
    ("uri", "base", "found", "proxied", "places"),
    [
        (
            "https://A.example/x?y#z",
            GOOGLE,
            (PUBLIC, OTHER),
            False,
            [
                (f"https://{PUBLIC}/x?y#z", "a.example", "a.example", False),
                (f"https://[{OTHER}]/x?y#z", "a.example", "a.example", False),
            ],
        ),
        (
            "https://a.example.:8443/x",
            GOOGLE,
            (PUBLIC,),
            False,
            [(f"https://{PUBLIC}:8443/x", "a.example", "a.example.:8443", False)],
        ),
        (
            "https://bücher.example/x",
            GOOGLE,
            (PUBLIC,),
            False,
            [
                (
                    f"https://{PUBLIC}/x",
                    "xn--bcher-kva.example",
                    "xn--bcher-kva.example",
                    False,
                )
            ],
        ),
        (
            f"https://[{OTHER}]:8443/x",
            GOOGLE,
            (OTHER,),
            False,
            [(f"https://[{OTHER}]:8443/x", OTHER, f"[{OTHER}]:8443", False)],
        ),
        (
            "https://a.example/x",
            GOOGLE,
            ("64:ff9b::808:808",),
            False,
            [("https://[64:ff9b::808:808]/x", "a.example", "a.example", False)],
        ),
        (
            "https://a.example/x",
            GOOGLE,
            (),
            True,
            [("https://a.example/x", "a.example", "a.example", False)],
        ),
        (
            f"{GOOGLE}:443/x",
            GOOGLE,
            (),
            False,
            [(f"{GOOGLE}:443/x", GOOGLE[8:], f"{GOOGLE[8:]}:443", True)],
        ),
        (
            f"{GOOGLE}:444/x",
            GOOGLE,
            (),
            False,
            [(f"{GOOGLE}:444/x", GOOGLE[8:], f"{GOOGLE[8:]}:444", False)],
        ),
        (
            "https://10.0.0.1:8443/x",
            GATE,
            (),
            False,
            [("https://10.0.0.1:8443/x", "10.0.0.1", "10.0.0.1:8443", True)],
        ),
        (
            "http://a.example/x",
            LOOPBACK,
            (PUBLIC,),
            False,
            [(f"http://{PUBLIC}/x", "a.example", "a.example", False)],
        ),
    ],
)
def test_followed(
    uri: str,
    base: str,
    found: tuple[str, ...],
    proxied: bool,
    places: list[tuple[str, str, str, bool]],
) -> None:
    assert judged(uri, base, *found, proxied=proxied) == places
