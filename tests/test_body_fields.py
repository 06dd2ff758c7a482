"""-F, -f and --body: values by their looks, paths, and how the parts are merged."""

import copy
from pathlib import Path
from typing import Any

import pytest

from gi_cli.request import merge
from gi_cli.request.merge import Assignment
from tests.bodies import MODEL, Row, body, check_sent, fields, typed, write_files
from tests.conftest import Gi
from tests.scripted import ScriptedServer


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path)
    monkeypatch.chdir(tmp_path)


VALUES: dict[str, Any] = {
    "true": True,
    "false": False,
    "null": None,
    "True": "True",
    "yes": "yes",
    "NaN": "NaN",
    "-Infinity": "-Infinity",
    "0": 0,
    "12": 12,
    "-3": -3,
    "+3": "+3",
    "007": "007",
    "-01": "-01",
    "1_000": "1_000",
    "0x10": "0x10",
    " 1": " 1",
    "1 ": "1 ",
    "1.": "1.",
    ".5": ".5",
    "\N{ARABIC-INDIC DIGIT ONE}": "\N{ARABIC-INDIC DIGIT ONE}",
    "0.5": 0.5,
    "-12.25": -12.25,
    "1e3": 1000.0,
    "2E-2": 0.02,
    "-2.5e+1": -25.0,
    "9223372036854775808": 9223372036854775808,
    "123456789012345678901": 123456789012345678901,
    "-99999999999999999999999": -99999999999999999999999,
    "": "",
    "a=b": "a=b",
    "=": "=",
    '"1"': '"1"',
    "line\nbreak": "line\nbreak",
    "\N{HOT BEVERAGE}": "\N{HOT BEVERAGE}",
    "{}": {},
    "[]": [],
    '{"a": [1, 2.0, null, {"b": "\\u00e9"}]}': {"a": [1, 2.0, None, {"b": "é"}]},
    "[123456789012345678901, true]": [123456789012345678901, True],
    "@@": "@",
    "@@-": "@-",
    "@@role.txt": "@role.txt",
    "@@@x": "@@x",
    "@role.txt": "A role.\n",
    "@seven.txt": "7\n",
    "@note.md": "[a](b) is a link\n",
    "@nan.json": '{"a": NaN}',
    "@object.json": {"a": [1, None]},
    "@list.json": [{"type": "url_context"}, {"type": "code_execution"}],
}


@pytest.mark.parametrize("value", VALUES)
def test_values(value: str, gi: Gi, server: ScriptedServer) -> None:
    row = Row(("-F", f"x={value}"), body(x=VALUES[value]))
    check_sent(gi, server, row)


RAW = ("true", "null", "12", "", "{", '{"a": 1}', "@role.txt", "@-", "@@x", "a=b")


@pytest.mark.parametrize("value", RAW)
@pytest.mark.parametrize("flag", ["-f", "--raw-field"])
def test_raw_values(flag: str, value: str, gi: Gi, server: ScriptedServer) -> None:
    check_sent(gi, server, Row((flag, f"x={value}"), body(x=value)))


PATHS: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "key": (("a=1",), {"a": 1}),
    "keys": (("a.b.c=1",), {"a": {"b": {"c": 1}}}),
    "a key with a space": (("a b.c d=1",), {"a b": {"c d": 1}}),
    "unicode": (("é.\N{HOT BEVERAGE}=1",), {"é": {"\N{HOT BEVERAGE}": 1}}),
    "brackets": (("a[b][c]=1",), {"a": {"b": {"c": 1}}}),
    "brackets and dots": (("a[b].c[d]=1",), {"a": {"b": {"c": {"d": 1}}}}),
    "a dot in brackets": (("a[x.y]=1",), {"a": {"x.y": 1}}),
    "brackets first": (("[a][b]=1",), {"a": {"b": 1}}),
    "quoted dot": (('a["x.y"].b=1',), {"a": {"x.y": {"b": 1}}}),
    "quoted equals": (('a["x=y"]=z=1',), {"a": {"x=y": "z=1"}}),
    "quoted brackets": (('a["]["]=1',), {"a": {"][": 1}}),
    "quoted quote": (('a["\\"\\\\"]=1',), {"a": {'"\\': 1}}),
    "quoted escape": (('["\\u00e9\\n"]=1',), {"é\n": 1}),
    "quoted nothing": (('a[""]=1',), {"a": {"": 1}}),
    "quoted digits": (('a["0"]=1',), {"a": {"0": 1}}),
    "digits with a zero": (("a.007=1",), {"a": {"007": 1}}),
    "digits of an id": (
        ("a.12345678901234567890=1",),
        {"a": {"12345678901234567890": 1}},
    ),
    "digits in an object": (("a.b=1", "a.7=2"), {"a": {"b": 1, "7": 2}}),
    "digits at the top": (("7=1",), {"7": 1}),
    "index": (("a[0]=x", "a[1]=y"), {"a": ["x", "y"]}),
    "index behind a dot": (("a.0.b=1", "a.0.c=2"), {"a": [{"b": 1, "c": 2}]}),
    "index before a key": (("a[0].b=1", "a[1].b=2"), {"a": [{"b": 1}, {"b": 2}]}),
    "append": (("a[]=1", "a[]=1", "a[]=2"), {"a": [1, 1, 2]}),
    "append lists": (("a[][]=1", "a[][]=2"), {"a": [[1, 2]]}),
    "append what it is": (("a[]=[1]", "a[]={}"), {"a": [[1], {}]}),
    "goes on with the last": (
        ("a[].b=1", "a[].c=2", "a[].b=3", "a[].c=4"),
        {"a": [{"b": 1, "c": 2}, {"b": 3, "c": 4}]},
    ),
    "goes on in brackets": (
        ("a[][b]=1", "a[][c][]=2", "a[][c][]=3", "a[][b]=4"),
        {"a": [{"b": 1, "c": [2, 3]}, {"b": 4}]},
    ),
    "goes on deeper": (
        ("a[].b.c=1", "a[].b.d=2", "a[].b.c=3"),
        {"a": [{"b": {"c": 1, "d": 2}}, {"b": {"c": 3}}]},
    ),
    "not with a text": (("a[]=1", "a[].b=2"), {"a": [1, {"b": 2}]}),
    "the same twice": (("a=1", "a=1"), {"a": 1}),
    "more of an object": (('a={"b":1}', "a.c=2"), {"a": {"b": 1, "c": 2}}),
    "the whole of it": (("a.b=1", 'a={"c":2,"b":1}'), {"a": {"c": 2, "b": 1}}),
    "more of a list": (("a=[1]", "a[]=2", "a[2]=3"), {"a": [1, 2, 3]}),
    "gi has never heard of it": (("new_thing.x=1",), {"new_thing": {"x": 1}}),
}


@pytest.mark.parametrize("name", PATHS)
def test_paths(name: str, gi: Gi, server: ScriptedServer) -> None:
    texts, expected = PATHS[name]
    check_sent(gi, server, Row(fields(*texts), body(**expected)))


SEARCH = {"type": "google_search"}
BASE = {
    "model": "gemini-9",
    "tools": [{"type": "url_context"}],
    "generation_config": {"seed": 1, "temperature": 1.5},
    "new_thing": None,
}
MERGED = {
    "base alone": Row(
        typed(**BASE),
        {"model": "gemini-9", "input": "hi", **BASE, "stream": True},
    ),
    "flags over the base": Row(
        (*typed(**BASE), "--seed", "2", "-m", "gemini-8", "--tool", "google_search"),
        {
            "model": "gemini-8",
            "input": "hi",
            "tools": [{"type": "url_context"}, SEARCH],
            "generation_config": {"seed": 2, "temperature": 1.5},
            "new_thing": None,
            "stream": True,
        },
    ),
    "fields over the base": Row(
        (*typed(**BASE), *fields("new_thing.x=1", "generation_config.seed=3")),
        {
            "model": "gemini-9",
            "input": "hi",
            "tools": [{"type": "url_context"}],
            "generation_config": {"seed": 3, "temperature": 1.5},
            "new_thing": {"x": 1},
            "stream": True,
        },
    ),
    "into nulls of the base": Row(
        (*typed(tools=None, generation_config=None), "--seed=1", "--tool=x"),
        body(tools=[{"type": "x"}], generation_config={"seed": 1}),
    ),
    "fields into the base": Row(
        (*typed(a={"b": [{"c": 1}]}), *fields("a.b[0].d=2", "a.b[].c=3", "a.e=4")),
        body(a={"b": [{"c": 1, "d": 2}, {"c": 3}], "e": 4}),
    ),
    "a field over the base": Row(
        (*typed(a={"b": 1}, c=[1, 2]), *fields("a=2", "c[1]=3")), body(a=2, c=[1, 3])
    ),
    "an empty base": Row(("--body", "{}"), body()),
    "a base from a file": Row(("--body", "@object.json"), body(a=[1, None])),
    "a base from stdin": Row(("--body", "@-"), body(a=1), b'{"a": 1}\n'),
    "a base with a mark": Row(("--body", "@-"), body(a=1), b'\xef\xbb\xbf{"a":1}'),
    "a big integer of the base": Row(
        ("--body", '{"a": {"b": 123456789012345678901234}}'),
        body(a={"b": 123456789012345678901234}),
    ),
    "a schema of the base": Row(
        typed(
            tools=[{"type": "function", "name": "f", "parameters": {"required": []}}]
        ),
        body(tools=[{"type": "function", "name": "f", "parameters": {"required": []}}]),
    ),
    "more for a flag's tool": Row(
        ("--tool", "google_search", *fields("tools[0].search_types[]=web_search")),
        body(tools=[{**SEARCH, "search_types": ["web_search"]}]),
    ),
    "another tool beside a flag's": Row(
        ("--tool", "google_search", *fields("tools[].type=url_context")),
        body(tools=[SEARCH, {"type": "url_context"}]),
    ),
    "a field beside a flag": Row(
        ("--seed", "1", *fields("generation_config.top_p=0.5")),
        body(generation_config={"seed": 1, "top_p": 0.5}),
    ),
    "a field that agrees": Row(
        ("--seed", "1", "-m", "a", *fields("generation_config.seed=1", "model=a")),
        {
            "model": "a",
            "input": "hi",
            "generation_config": {"seed": 1},
            "stream": True,
        },
    ),
    "a schema and more": Row(
        ("--schema", '{"type":"object"}', *fields("response_format.later=1")),
        body(
            response_format={
                "type": "text",
                "mime_type": "application/json",
                "schema": {"type": "object"},
                "later": 1,
            }
        ),
    ),
    "both kinds of field": Row(
        (*fields("a.n=1"), *fields("a.t=1", flag="-f")), body(a={"n": 1, "t": "1"})
    ),
    "long names": Row(
        ("--field", "a=1", "--raw-field", "b=1", "--field=c=d"),
        body(a=1, c="d", b="1"),
    ),
    "the last of a flag": Row(
        ("--seed", "1", "--seed", "2"), body(generation_config={"seed": 2})
    ),
    "the model as a field": Row(
        fields("model=gemini-9"), {"model": "gemini-9", "input": "hi", "stream": True}
    ),
    "the agent as a field": Row(
        fields("agent=mine"), {"agent": "mine", "input": "hi", "stream": True}
    ),
    "a field from stdin": Row(fields("a=@-"), body(a="x\n"), b"x\n"),
    "a field from stdin, JSON": Row(fields("a=@-"), body(a=[1]), b"\n [1]"),
    "one response": Row(("--no-stream",), {"model": MODEL, "input": "hi"}),
    "one response as a field": Row(
        fields("stream=false"), {"model": MODEL, "input": "hi", "stream": False}
    ),
}


@pytest.mark.parametrize("name", MERGED)
def test_merged(name: str, gi: Gi, server: ScriptedServer) -> None:
    check_sent(gi, server, MERGED[name])


def test_the_parts_stay_as_they_are() -> None:
    base: dict[str, Any] = {"a": {"b": []}}
    flags = [Assignment("--x", ("c",), {"d": []})]
    parts = [
        Assignment("-F a.b[]", ("a", "b", None), {"e": 1}),
        Assignment("-F a.b[].f", ("a", "b", None, "f"), 2),
        Assignment("-F c.d[]", ("c", "d", None), 3),
    ]
    before = copy.deepcopy((base, flags, parts))
    merged = merge.merge(base, flags, parts)
    assert merged == {"a": {"b": [{"e": 1, "f": 2}]}, "c": {"d": [3]}}
    assert (base, flags, parts) == before
