"""What the model wrote as a call, in every shape: arguments, names, ids."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.calling import Json, call, event, failed, pieces, whole
from tests.conftest import Gi
from tests.faults.answering import (
    Ran,
    Talk,
    answered,
    calls,
    done,
    says,
    talks,
)
from tests.faults.rows import FORMATS
from tests.scripted import ScriptedServer

NO_OBJECT = "The arguments are not a JSON object. Call again with an object."
UNICODE = '{"city":"Łódź \\ud83d\\ude00 🙂","n":[1,{"a":null}]}'
BIG = '{"n": 123456789012345678901, "d": 0.10, "e": 1E2}'
TWICE = '{"a": 1, "a": {"b": 2, "b": 3}}'
LONG = json.dumps({"text": "x" * 5_000_000})
DEEP = '{"a":' * 150 + "1" + "}" * 150
TOO_DEEP = '{"a":' * 100_000 + "1" + "}" * 100_000
SHELL = '{"a":"$(id) `id`; \'","b":"\\u0000\\n%s"}'


pytestmark = pytest.mark.usefixtures("here")


def written(
    id: str, what: str, start: Json, *deltas: str, stdin: str | None, variant: str = ""
) -> Talk:
    """A call's start and deltas, and the stdin of its command; None: it never ran."""
    parts = (
        event("step.start", index=0, step=call(**start)),
        pieces(*deltas),
        event("step.stop", index=0),
    )
    told = [done()] if stdin is not None else [failed(NO_OBJECT)]
    ran = [Ran("get", stdin)] if stdin is not None else []
    return Talk(id, what, (calls(*parts), says()), [told], ran, variant=variant)


EMPTY: Json = {"arguments": {}}
START, DELTAS, BOTH = (f"arguments in {x}" for x in ("the start", "deltas", "both"))
ARGUMENTS = [
    written("F100", START, {"arguments": {"a": [1]}}, stdin='{"a":[1]}'),
    written(
        *("F100", START, {"arguments": '{"a": 1}'}), stdin='{"a": 1}', variant="as text"
    ),
    written(
        *("F100", START, {"arguments": {"n": 10**20}}),
        stdin=f'{{"n":{10**20}}}',
        variant="with a large number",
    ),
    written("F100", DELTAS, EMPTY, '{"a": "b"}', stdin='{"a": "b"}'),
    written("F100", DELTAS, {}, BIG, stdin=BIG, variant="with large numbers"),
    written(
        *("F100", DELTAS, EMPTY, '{\n"a":', "\n1}\n"),
        stdin='{\n"a":\n1}\n',
        variant="on lines",
    ),
    written(
        *("F100", DELTAS, EMPTY, '{"a":"\\ud83d"}'),
        stdin='{"a":"\\ud83d"}',
        variant="with half a pair",
    ),
    written("F100", DELTAS, EMPTY, SHELL, stdin=SHELL, variant="for a shell"),
    written("F100", BOTH, {"arguments": {"a": 1}}, '{"a": 2}', stdin='{"a": 2}'),
    written("F100", "no arguments", {}, stdin="{}"),
    written("F100", "no arguments", {"arguments": None}, stdin="{}", variant="null"),
    written("F100", "empty arguments", EMPTY, stdin="{}"),
    written("F100", "empty arguments", {"arguments": ""}, stdin="{}", variant="text"),
    written("F100", "empty arguments", EMPTY, "", stdin="{}", variant="delta"),
    written("F100", "empty arguments", EMPTY, " ", "\n", stdin="{}", variant="blank"),
    written(
        *("F100", "arguments cut at every byte", EMPTY, *UNICODE),
        stdin=UNICODE,
        variant="in deltas of a character",
    ),
    written("F105", "invalid JSON", EMPTY, '{"a": ', stdin=None),
    written(
        *("F105", "invalid JSON", EMPTY, "a=b; rm -rf /"), stdin=None, variant="words"
    ),
    written("F105", "invalid JSON", EMPTY, "{}{}", stdin=None, variant="two objects"),
    written(
        *("F105", "invalid JSON", {"arguments": "{"}),
        stdin=None,
        variant="in the start",
    ),
    written("F105", "a list", EMPTY, "[1]", stdin=None),
    written("F105", "a list", {"arguments": [1]}, stdin=None, variant="in the start"),
    written("F105", "a string", EMPTY, '"a"', stdin=None),
    written("F105", "a string", {"arguments": 5}, stdin=None, variant="a number"),
    written("F105", "a string", EMPTY, "null", stdin=None, variant="null"),
    written("F105", "5 MB", EMPTY, LONG, stdin=LONG),
    written("F105", "deep nesting", EMPTY, DEEP, stdin=DEEP),
    written("F105", "deep nesting", EMPTY, TOO_DEEP, stdin=None, variant="too deep"),
    written("F105", "duplicate keys", EMPTY, TWICE, stdin=TWICE),
]


def named(what: str, name: Any, shown: str, variant: str = "") -> Talk:
    """A call of what was not declared, and one of `get` beside it."""
    first = {**call("B", name, arguments={"x": 1})}
    if name is None:
        del first["name"]
    why = f"There is no function {shown}. Declared functions: get, put."
    results = [failed(why, "B", name or ""), done()]
    answers = calls(whole(first, call(arguments={}))), says()
    ran = [Ran("get", "{}")]
    return Talk("F106", what, answers, [results], ran, variant=variant)


NAMES = [
    named("an undeclared name", "other", "'other'"),
    named("an undeclared name", "GET", "'GET'", "in upper case"),
    named("an undeclared name", "get ", "'get '", "with a space"),
    named(
        "an undeclared name", "g\u0435t", "'g\u0435t'", "with a letter that looks alike"
    ),
    named("an undeclared name", "get\u200b", "'get\\u200b'", "with one of no width"),
    named("a name with a shell command", "get; touch x", "'get; touch x'"),
    named("a name with a shell command", "$(touch x)", "'$(touch x)'", "in brackets"),
    named("a name with a newline", "get\n", "'get\\n'"),
    named("a name with ESC", "\x1b[31mget", "'\\x1b[31mget'"),
    named("a name with a path", "../get", "'../get'"),
    named("a name with a path", "/bin/cat", "'/bin/cat'", "from the root"),
    named("a name with a path", "./recorder", "'./recorder'", "of the command"),
    named("an empty name", "", "''"),
    named("an empty name", None, "''", "none at all"),
]


def _interleaved() -> Talk:
    one, two = '{"city":"Oslo"}', '{"city":"Rome"}'
    parts = [event("step.start", index=0, step=call(arguments={}))]
    parts.append(event("step.start", index=1, step=call("B", "put", arguments={})))
    for a, b in zip(one, two, strict=True):
        parts += [pieces(b, index=1), pieces(a, index=0)]
    parts += [event("step.stop", index=1), event("step.stop", index=0)]
    ran = [Ran("get", one), Ran("put", two, "B")]
    both = [done(), done("B", "put")]
    what = "two calls interleaved"
    return Talk("F101", what, (calls(*parts), says()), [both], ran)


def _without_id(**id: Any) -> Talk:
    step = {k: v for k, v in call(arguments={}).items() if k != "id"} | id
    waiting = {"id": "", "name": "get", "arguments": {}}
    why = "the model called a function: get; a call without an id cannot be answered"
    return Talk(
        *("F113", "a call without an id", (calls(whole(step)),)),
        text=b"",
        code=7,
        told="gi: call : get {}\n",
        err=f"gi: error: {why}\ngi: id: v1_1\n",
        result={"status": "requires_action", "calls": [waiting]},
        variant=str(id or ""),
    )


def _cut() -> Talk:
    """Wherever the network splits the stream."""
    between = pieces(UNICODE[:9], UNICODE[9:])
    stop = event("step.stop", index=0)
    parts = whole(call(arguments={})).replace(stop, between + stop)
    what = "arguments cut at every byte"
    answers = calls(parts), says()
    ran = [Ran("get", UNICODE)]
    return Talk("F100", what, answers, [[done()]], ran, cut=True)


IDS = [_cut(), _interleaved(), _without_id(), _without_id(id=""), _without_id(id=None)]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("row", talks([*ARGUMENTS, *NAMES, *IDS]))
def test_calls(row: Talk, format: str, gi: Gi, server: ScriptedServer) -> None:
    answered(row, format, gi, server)
    assert not Path("x").exists()
