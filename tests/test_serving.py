"""`gi emulator` as a process: what it prints, serves, keeps, logs and refuses."""

import signal
import socket
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from tests.emulated import HELLO, HELLO_STEPS, RESEARCH, create
from tests.emulating import KEY, PATH, client, emulating
from tests.processes import GI, Running, environment, run

ANY = "0.0.0.0"  # noqa: S104
STREAMED = {**HELLO, "stream": True}
LONG = {**STREAMED, "input": "Count from 1 to 3000."}


@pytest.mark.parametrize(
    ("signum", "code"),
    [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)],
)
def test_it_prints_its_url_and_serves_until_it_is_stopped(
    signum: int, code: int, tmp_path: Path
) -> None:
    with emulating(tmp_path) as running:
        with client(running.url) as api:
            assert create(api, **HELLO)["steps"] == HELLO_STEPS
            running.signal(signum)  # a connection is open, but nothing goes on there
            done = running.finish()
        assert (done.code, done.out, done.err) == (
            code,
            f"http://127.0.0.1:{running.port}\n".encode(),
            b"",
        )
        assert running.took < 1
        with pytest.raises(httpx.ConnectError), client(running.url) as api:
            create(api, **HELLO)


def test_an_event_comes_before_the_next_is_made(tmp_path: Path) -> None:
    with emulating(tmp_path, "--fault", "stall-after=2") as running:
        with (
            client(running.url) as api,
            api.stream("POST", PATH, json=STREAMED) as response,
        ):
            chunks = response.iter_raw()
            names = [next(chunks).partition(b"\n")[0] for _ in range(2)]
            assert names == [
                b"event: interaction.created",
                b"event: interaction.status_update",
            ]
            running.signal(signal.SIGTERM)
            with pytest.raises(httpx.RemoteProtocolError):
                next(chunks)
        assert running.finish().code == 143


def test_what_is_nearly_done_is_finished_and_the_rest_is_cut(tmp_path: Path) -> None:
    state = ("--state", "state.db")
    with emulating(tmp_path, *state, "--fault", "slow=10") as running:
        with (
            client(running.url) as api,
            api.stream("POST", PATH, json=STREAMED) as short,
            api.stream("POST", PATH, json=LONG) as long,
        ):
            some, much = short.iter_raw(), long.iter_raw()
            begun = [next(some), next(much)]
            running.signal(signal.SIGTERM)
            assert b"".join(some).endswith(b"event: done\ndata: [DONE]\n\n")
            with pytest.raises(httpx.RemoteProtocolError):
                b"".join(much)
        assert running.finish().code == 143
        assert running.took < 1.5
    ids = [each.split(b'"id":"')[1].split(b'"')[0].decode() for each in begun]
    with emulating(tmp_path, *state) as running, client(running.url) as api:
        kept = [api.get(f"{PATH}/{id}").json()["status"] for id in ids]
        assert kept == ["completed", "completed"]


def test_processes_share_a_state(tmp_path: Path) -> None:
    state = ("--state", "deep/state.db")
    with (
        emulating(tmp_path, *state) as one,
        emulating(tmp_path, *state) as other,
        client(one.url) as here,
        client(other.url) as there,
    ):
        body = {"agent": RESEARCH, "input": "x", "background": True}
        made = here.post(PATH, json=body).json()
        path = f"{PATH}/{made['id']}"
        assert there.get(path).json()["status"] == "in_progress"
        assert there.post(f"{path}/cancel").json()["status"] == "cancelled"
        assert here.get(path).json()["status"] == "cancelled"
        assert here.delete(path).status_code == 200
        assert there.get(path).status_code == 404
    assert (tmp_path / "deep/state.db").stat().st_mode & 0o777 == 0o600


def test_without_a_state_nothing_is_left(tmp_path: Path) -> None:
    with emulating(tmp_path) as running, client(running.url) as api:
        create(api, **HELLO)
    assert [*tmp_path.iterdir(), *Path(f"{tmp_path}.state").glob("*")] == []


def lines(data: bytes) -> list[dict[str, Any]]:
    """The log, without what differs each time."""
    found = [orjson.loads(line) for line in data.splitlines()]
    assert all(0 <= each.pop("seconds") < 5 for each in found)
    assert all(each.pop("time").startswith("20") for each in found)
    return found


def line(method: str, path: str, status: int | None, **more: object) -> dict[str, Any]:
    told = {"method": method, "path": path, "status": status, "complete": True}
    return {**told, **more}


def test_the_log_has_a_line_for_each_answer(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"")
    with emulating(tmp_path, "--log", "log") as running, client(running.url) as api:
        made = api.post(PATH, json=HELLO, params={"key": KEY, "alt": "sse"})
        path = f"{PATH}/{made.json()['id']}"
        gone = api.get(f"{PATH}/%C3%A9%1B?access_token={KEY}")
        removed = api.delete(path)
        with pytest.raises(httpx.RemoteProtocolError):
            api.post(PATH, json=STREAMED, headers={"x-gi-fault": "drop-after=1"})
        with pytest.raises(httpx.RemoteProtocolError):
            api.post(PATH, json=HELLO, headers={"x-gi-fault": "drop"})
        running.signal(signal.SIGTERM)
        assert running.finish().err == b""
    data = log.read_bytes()
    assert KEY.encode() not in data
    *told, cut, dropped = lines(data)
    assert told == [
        line("POST", f"{PATH}?alt=sse", 200, bytes=len(made.content)),
        line("GET", f"{PATH}/%C3%A9%1B", 404, bytes=len(gone.content)),
        line("DELETE", path, 200, bytes=len(removed.content)),
    ]
    assert cut.pop("bytes") > 100
    assert cut == line("POST", PATH, 200, complete=False)
    assert dropped == line("POST", PATH, None, bytes=0, complete=False)


def test_the_log_on_stderr(tmp_path: Path) -> None:
    with emulating(tmp_path, "--log", "-") as running, client(running.url) as api:
        size = len(api.get("/v1/nothing").content)
        running.signal(signal.SIGTERM)
        told = lines(running.finish().err)
    assert told == [line("GET", "/v1/nothing", 404, bytes=size)]


def test_a_log_that_cannot_be_written_is_told_once(tmp_path: Path) -> None:
    with (
        emulating(tmp_path, "--log", "/dev/full") as running,
        client(running.url) as api,
    ):
        for _ in range(3):
            assert create(api, **HELLO)["steps"] == HELLO_STEPS
        running.signal(signal.SIGTERM)
        assert running.finish().err == (
            b"gi: warning: --log: /dev/full: No space left on device; "
            b"no more is logged\n"
        )


@pytest.mark.parametrize(
    ("argv", "said"),
    {
        "host": (
            ("--host", ANY),
            "--host: other machines could reach 0.0.0.0\n"
            "gi: hint: --allow-remote lets them",
        ),
        "name": (
            ("--host", "example.com"),
            "--host: other machines could reach example.com\n"
            "gi: hint: --allow-remote lets them",
        ),
        "no host": (
            ("--host", "gi.invalid", "--allow-remote"),
            "--host: gi.invalid: Name or service not known",
        ),
        "port": (("--port", "65536"), "--port: 65536 is not a port (0 to 65535)"),
        "fault": (("--fault", "slow=1", "--fault", "x"), "--fault: 'x' is unknown"),
        "value": (
            ("--fault", "status=200"),
            "--fault: 'status' must be a status from 400 to 599",
        ),
        "state": (("--state", "/dev/null/x"), "--state: /dev/null/x: Not a directory"),
        "no file": (
            ("--replay", "none.sse"),
            "--replay: none.sse: No such file or directory",
        ),
        "no stream": (("--replay", "empty"), "--replay: empty holds no events"),
        "log": (("--log", "."), "--log: .: Is a directory"),
    }.values(),
)
def test_what_cannot_be_served_is_refused(
    argv: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    (tmp_path / "empty").write_bytes(b"\n\n")
    env = environment(tmp_path)
    done = run("emulator", *argv, env=env, cwd=tmp_path, code=2)
    assert (done.out, done.err.decode()) == (b"", f"gi: error: {said}\n")


def test_a_port_that_is_taken_is_refused(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])
        done = run("emulator", "--port", port, env=environment(tmp_path), code=2)
    assert (done.out, done.err.decode()) == (
        b"",
        f"gi: error: --port {port} at 127.0.0.1: Address already in use\n"
        "gi: hint: --port 0 takes a free one\n",
    )


@pytest.mark.parametrize("quiet", [False, True])
def test_other_machines_may_be_let_in(quiet: bool, tmp_path: Path) -> None:
    argv = ("--host", ANY, "--allow-remote", *(["-q"] if quiet else []))
    with emulating(tmp_path, *argv) as running:
        assert running.url == f"http://127.0.0.1:{running.port}"
        with client(running.url) as api:
            create(api, **HELLO)
        running.signal(signal.SIGTERM)
        warning = b"gi: warning: other machines can reach this emulator\n"
        assert running.finish().err == (b"" if quiet else warning)


@pytest.mark.parametrize(
    ("host", "shown"), [("localhost", "127.0.0.1"), ("::1", "[::1]")]
)
def test_the_names_of_this_machine(host: str, shown: str, tmp_path: Path) -> None:
    if ":" in host and not Path("/proc/net/if_inet6").exists():
        pytest.skip("there is no IPv6 here")
    with emulating(tmp_path, "--host", host) as running:
        assert running.url == f"http://{shown}:{running.port}"
        with client(running.url) as api:
            create(api, **HELLO)


KEYS: dict[str, tuple[dict[str, str], dict[str, str], int]] = {
    "none": ({}, {}, 403),
    "an empty one": ({"x-goog-api-key": ""}, {"key": ""}, 403),
    "no bearer": ({"authorization": "Basic eDp5"}, {}, 403),
    "a wrong one": ({"x-goog-api-key": "invalid"}, {}, 400),
    "any": ({"x-goog-api-key": "k"}, {}, 200),
    "in the query": ({}, {"key": "k"}, 200),
    "a token": ({"authorization": "Bearer k"}, {}, 200),
}


def test_a_key_may_be_required(tmp_path: Path) -> None:
    with (
        emulating(tmp_path, "--require-key") as running,
        client(running.url, key="") as api,
    ):
        found = {
            name: api.post(PATH, json=HELLO, headers=headers, params=query).status_code
            for name, (headers, query, _) in KEYS.items()
        }
        assert found == {name: status for name, (_, _, status) in KEYS.items()}
        assert api.get("/v1beta/files").json()["error"]["status"] == "PERMISSION_DENIED"


def test_stdout_has_to_be_there(tmp_path: Path) -> None:
    argv = ("-c", 'exec "$0" emulator >&-', GI)
    done = run(*argv, env=environment(tmp_path), code=9, program="/bin/sh")
    assert done.err.startswith(b"gi: error: stdout: it is closed\n")


def test_the_url_is_all_that_a_reader_has_to_wait_for(tmp_path: Path) -> None:
    script = 'read -r url < <(gi emulator); gi create --base-url "$url" Hi; kill $!'
    env = environment(tmp_path, GEMINI_API_KEY="k")
    with Running("-c", script, env=env, program="/bin/bash") as running:
        done = running.finish()
    assert (done.code, done.out) == (0, b"This is an emulated answer to: Hi\n")
