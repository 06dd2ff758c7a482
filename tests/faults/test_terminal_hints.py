"""What people paste, watch and list: hints, the live line, names, ids in tables."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.calling import Json, call, calling, event, output, saying, stream, whole
from tests.conftest import KEY, FakeClock
from tests.faults.catalogue import held
from tests.faults.rows import TARGET
from tests.faults.test_terminal import CLASSES, ENVIRON, EVIL, MARK, acting
from tests.faults.ttys import on_terminal
from tests.images import PNG, image, step
from tests.scripted import Reply, ScriptedServer, json_reply, sse

ERASE = "\r\x1b[K"


pytestmark = pytest.mark.usefixtures("here")


IDS = [
    "x;touch pwned",
    "x\ntouch pwned\n",
    "$(touch pwned)",
    "`touch pwned`",
    "x' ; touch pwned; '",
    '"; touch pwned; "',
    "x\rtouch pwned\r",
    "x\x1b[201~\ntouch pwned",
    "x\\",
    "-rf",
    "~ * {a,b} !x #y",
]
REFUSED = json_reply({"error": {"code": "invalid_request", "message": "No."}}, 400)
BROKEN: Json = {**image(PNG), "data": "!" * 16}


def hinting(id: str) -> dict[str, tuple[tuple[Reply, ...], tuple[str, ...], int]]:
    """What leads to a hint that names an id: answers, flags, the code."""
    calls = calling(call(id, arguments={}), id=id)
    medium = sse(stream(step(BROKEN), id=id, status="completed"))
    text = saying(id=id)
    get = ("--function", '{"name": "get"}')
    return {
        "a call": ((calls,), get, 7),
        "results": ((calls, REFUSED), (*get, "--exec", "get=true"), 1),
        "a medium": ((medium,), ("--media-dir", "."), 8),
        "a full disk": ((text,), ("-o", "/dev/full"), 9),
    }


@held("F160", "stderr")
@pytest.mark.parametrize("what", hinting(""))
@pytest.mark.parametrize("id", IDS)
def test_a_hint_is_one_harmless_command(
    id: str, what: str, server: ScriptedServer, here: Path
) -> None:
    """Whoever pastes it runs gi, and nothing else; with all ids that can be typed."""
    replies, argv, code = hinting(id)[what]
    for reply in replies:
        server.expect("POST", TARGET, reply)
    url = ("--base-url", server.url)
    done = on_terminal(
        *("create", "hi", *argv, *url), code=code, environ=ENVIRON, clock=FakeClock()
    )
    before = sorted(here.iterdir())
    hints = [line for line in done.err.splitlines() if line.startswith("gi: hint: gi ")]
    assert len(hints) == 1
    script = 'gi() { printf "<%s>\n" "$@"; }; ' + hints[0].removeprefix("gi: hint: ")
    ran = subprocess.run(
        ("sh", "-c", script), capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    if not acting(id) and "\n" not in id:
        assert f"<{id}>\n" in ran.stdout
    assert ran.stdout.count("<") == len(ran.stdout.splitlines())
    assert sorted(here.iterdir()) == before


def thinking(text: str) -> bytes:
    content = {"type": "text", "text": text}
    delta = {"type": "thought_summary", "content": content}
    head = event("step.start", index=0, step={"type": "thought"})
    return head + event("step.delta", index=0, delta=delta)


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(row, marks=held("F160", f"a terminal: {row}"), id=row)
        for row in CLASSES
    ],
)
def test_the_live_line(row: str, server: ScriptedServer) -> None:
    """It shows the headline of a thought, and nothing of it moves the cursor."""
    text, shown = CLASSES[row]
    answer = stream(
        thinking(f"**a{text}b**\nc"),
        event("step.stop", index=0),
        *(event("step.start", index=1, step=output("d")),),
        status="completed",
    )
    server.expect("POST", TARGET, sse(answer))
    argv = ("research", "hi", "--base-url", server.url)
    done = on_terminal(*argv, environ=ENVIRON, clock=FakeClock())
    assert done.out.decode() == "d\n"
    assert acting(done.err.replace(ERASE, "")) == set()
    first = shown[: shown.index("\\", 1)]
    assert f"a{first}" in done.err


NAME = EVIL.replace("/", "").replace("\0", "")


@held("F160", "stderr")
def test_names_of_pictures(server: ScriptedServer, here: Path) -> None:
    """The paths of pictures, and what is said of them."""
    server.always("POST", TARGET, sse(stream(step(image(PNG)), status="completed")))
    argv = ("image", "a fox", "-o", f"{NAME}.jpg", "--base-url", server.url)
    for ttys in (("stdout", "stderr"), ()):
        done = on_terminal(*argv, ttys=ttys, environ=ENVIRON)
        assert acting(done.err) == set()
        assert done.err.count(MARK) == 1
        out = done.out.decode()
        if ttys:
            assert (acting(out), out.count(MARK)) == (set(), 1)
        else:
            assert out == f"{NAME}.jpg\n"
    assert (here / f"{NAME}.jpg").read_bytes() == PNG
    done = on_terminal(*argv, "--no-clobber", code=2, environ=ENVIRON)
    assert (acting(done.err), done.err.count(MARK)) == (set(), 1)


@held("F160", "stderr")
def test_names_of_files(server: ScriptedServer, here: Path) -> None:
    """That are read, that are missing, that are written."""
    (here / NAME).write_text("hi")
    url = ("--base-url", server.url)
    rows: list[tuple[tuple[str, ...], int]] = [
        (("create", "-i", f"{NAME}x", *url), 2),
        (("create", "hi", "-s", f"@{NAME}x", *url), 2),
        (("create", "hi", "-o", f"{NAME}/x", *url), 2),
        (("create", "hi", "--api-key-file", f"{NAME}x", *url), 3),
        (("render", f"{NAME}x"), 2),
        (("render", NAME), 2),
        (("create", "hi", "--tools-dir", f"{NAME}x", *url), 2),
    ]
    for argv, code in rows:
        done = on_terminal(*argv, code=code, environ=ENVIRON)
        assert (acting(done.err), done.out) == (set(), b"")


@held("F160", "a terminal: ESC[2J")
def test_the_ledger(server: ScriptedServer) -> None:
    """Its table and its JSON, of ids and models that a server has told."""
    head = {"id": f"i{EVIL}", "model": f"m{EVIL}", "status": "completed"}
    events = stream(whole(output("a")), **head)
    server.expect("POST", TARGET, sse(events))
    url = ("--base-url", server.url)
    on_terminal("create", "hi", "--session", f"s{NAME}", *url, environ=ENVIRON)
    for argv in (("list",), ("list", "--json"), ("list", "--ndjson")):
        out = on_terminal(*argv, *url, environ=ENVIRON).out.decode()
        assert acting(out) == set()
        assert out.count(MARK) >= 2


@held("F160", "a terminal: ESC[2J")
@pytest.mark.parametrize("argv", [(), ("--json",)], ids=str)
def test_the_doctor(argv: tuple[str, ...], server: ScriptedServer) -> None:
    """What variables hold, and what a server says to its question."""
    found = {"error": {"code": f"c{EVIL}", "message": f"m{EVIL}"}}
    server.always("GET", "/v1beta/models?pageSize=1", json_reply(found, 400))
    env = {**ENVIRON, "GI_MODEL": f"m{NAME}", "HTTPS_PROXY": f"http://x{NAME}"}
    done = on_terminal(
        *("doctor", *argv, "--base-url", server.url), code=1, environ=env
    )
    assert acting(done.out.decode()) == set()
    assert acting(done.err) == set()


@held("F160", "stderr")
def test_a_picture_of_an_id(server: ScriptedServer) -> None:
    """What stands in text for a medium is a line, whatever the id is."""
    answer = stream(step(image(PNG)), id="x\nrm -rf ~\n", status="completed")
    server.expect("POST", TARGET, sse(answer))
    argv = ("create", "hi", "--base-url", server.url)
    out = on_terminal(*argv, environ=ENVIRON).out.decode()
    assert out.count("\n") == 1


@held("F160", "a pipe")
def test_several_as_ndjson(server: ScriptedServer) -> None:
    """The lines of each are those of one: without the key, tame on a terminal only."""
    for id in "ab":
        said = output(f"{id}{EVIL}{KEY}")
        whole_one = {"id": id, "status": "completed", "steps": [said]}
        server.always("GET", f"{TARGET}/{id}", json_reply(whole_one))
    argv = ("wait", "a", "b", "--ndjson", "--base-url", server.url)
    for ttys in (("stdout", "stderr"), ()):
        done = on_terminal(*argv, ttys=ttys, environ=ENVIRON, clock=FakeClock())
        out = done.out.decode()
        assert (KEY in out, acting(out) == set()) == (False, bool(ttys))
        texts = [
            line["event"]["delta"]["text"]
            for line in map(json.loads, done.out.splitlines())
            if line.get("event", {}).get("event_type") == "step.delta"
        ]
        assert sorted(texts) == [f"{id}{EVIL}[redacted]" for id in "ab"]
