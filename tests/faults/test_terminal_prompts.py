"""What a person is shown before a command runs, or a result is typed."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

import pytest

from tests.calling import TARGET, call, calling, follow_up, result, saying, sent
from tests.conftest import KEY
from tests.faults.catalogue import held
from tests.processes import Terminal, environment
from tests.questions import HOW, screen

if TYPE_CHECKING:
    from pathlib import Path

    from tests.scripted import ScriptedServer

CONTROLS = "\x1b[2J\x1b]52;c;eA==\x07\r\x08\x7f\x9b2J\u202e\u2066"
CONTROLS_SHOWN = r"\x1b[2J\x1b]52;c;eA==\x07\x0d\x08\x7f\x9b2J\u202e\u2066"
UNSEEN = "\u200b\u2060\ufeff\u00ad\u2028\U000e0041\ufe0f"
UNSEEN_SHOWN = r"\u200b\u2060\ufeff\xad\u2028\U000e0041\ufe0f"
FORGED = "x\ngi: run true? [y/N/q] y\n"
LONG = json.dumps({"a": "x" * 1_000_000}, separators=(",", ":"))
# Arguments as the model wrote them, and what is shown of them.
ARGUMENTS = {
    "controls": (
        json.dumps({"a": CONTROLS}, ensure_ascii=False),
        r'  {"a": "\u001b[2J\u001b]52;c;eA==\u0007\r\b\x7f\x9b2J\u202e\u2066"}',
    ),
    "nothing to see": (
        json.dumps({"a": UNSEEN}, ensure_ascii=False),
        f'  {{"a": "{UNSEEN_SHOWN}"}}',
    ),
    "forged": (
        json.dumps({"a": FORGED}),
        '  {"a": "x\\ngi: run true? [y/N/q] y\\n"}',
    ),
    "1 MB": (
        LONG,
        f'  {{\n    "a": "{"x" * 1994}\n  ... (998,008 characters left out)',
    ),
}
# Names that nobody has declared.
NAMES = {
    "controls": (f"a{CONTROLS}b", f"a{CONTROLS_SHOWN}b"),
    "nothing to see": (f"a{UNSEEN}b", f"a{UNSEEN_SHOWN}b"),
    "forged": (f"{FORGED}\tb", r"x\ngi: run true? [y/N/q] y\n\tb"),
    "long": ("f" * 1_000_000, f"{'f' * 200}... (999,800 characters left out)"),
}


def reaching(server: ScriptedServer, home: Path) -> dict[str, str]:
    return environment(home, GEMINI_API_KEY=KEY, GI_BASE_URL=server.url)


@held("F161", "a name at the prompt")
@pytest.mark.parametrize("name", NAMES)
def test_a_name(name: str, server: ScriptedServer, tmp_path: Path) -> None:
    """Of a function of the service's own: a person is asked for the result."""
    called, shown = NAMES[name]
    server.expect("POST", TARGET, calling(call("A", called, arguments={})))
    server.expect("POST", TARGET, saying())
    question = f"gi: the model calls {shown}\n  {{}}\n{HOW}> "
    argv = ("create", "hi")
    env = reaching(server, tmp_path)
    with Terminal(*argv, env=env, tty=("stderr",)) as child:
        child.read_until(b"q quits\r\n> ")
        child.send(b"21 C\n")
        done = child.finish()
    assert (done.code, done.out) == (0, b"ok\n")
    assert child.screen == screen(f"{question}21 C\ngi: id: v1_2\n")
    assert sent(server)["input"] == [result("21 C", "A", called)]


@held("F161", "arguments at the prompt")
@pytest.mark.parametrize("how", ["consent", "result"])
@pytest.mark.parametrize("name", ARGUMENTS)
def test_arguments(name: str, how: str, server: ScriptedServer, tmp_path: Path) -> None:
    """Shown as they are, but harmless and never without a bound; the command gets
    every byte of them."""
    text, shown = ARGUMENTS[name]
    server.expect("POST", TARGET, calling(call(arguments=text)))
    server.expect("POST", TARGET, saying())
    get = {"type": "function", "name": "get"}
    argv: tuple[str, ...] = ("create", "hi", "--function", json.dumps(get))
    prompt, typed = f"{HOW}> ", b"21 C\n"
    told = result("21 C")
    if how == "consent":
        command = shlex.join(("sh", "-c", "cat >got; echo 21 C"))
        argv = (*argv, "--confirm", "--exec", f"get={command}")
        prompt, typed = f"gi: run {command}? [y/N/q] ", b"y\n"
        told = result("21 C\n")
    env = reaching(server, tmp_path)
    asking = Terminal(*argv, env=env, tty=("stderr",), cwd=tmp_path, size=(24, 5000))
    with asking as child:
        child.read_until(prompt.rpartition("\n")[2].encode())
        child.send(typed)
        done = child.finish()
    assert (done.code, done.out) == (0, b"ok\n")
    question = f"gi: the model calls get\n{shown}\n{prompt}"
    expected = f"{question}{typed.decode()}gi: id: v1_2\n"
    assert child.screen == screen(expected)
    assert sent(server) == follow_up(told, tools=[get])
    if how == "consent":
        assert (tmp_path / "got").read_text() == text


@held("F160", "a terminal: ESC[2J")
@pytest.mark.parametrize("out", ["-", "/dev/stdout", "/dev/fd/1", "/dev/tty"])
def test_a_terminal_under_any_name(
    out: str, server: ScriptedServer, tmp_path: Path
) -> None:
    """It is one, however -o names it."""
    server.expect("POST", TARGET, saying(f"a{CONTROLS}b"))
    argv = ("create", "hi", "-o", out)
    with Terminal(*argv, env=reaching(server, tmp_path)) as child:
        done = child.finish()
    assert done.code == 0
    assert child.screen == screen(f"a{CONTROLS_SHOWN}b\ngi: id: v1_2\n")
