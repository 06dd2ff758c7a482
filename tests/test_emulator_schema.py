"""Structured output: values made for schemas, and the answers they go into."""

import json
import re
from fractions import Fraction
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from gi_cli.emulator.structured.example import example
from gi_cli.emulator.structured.keywords import SchemaError
from tests.emulated import (
    MODEL,
    RESEARCH,
    assert_refused,
    create,
    emulate,
    stream,
    text,
)

api = pytest.fixture(emulate)
FREE = {"emulated": True}
TREE = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "children": {"type": "array", "items": {"$ref": "#/$defs/tree"}},
    },
    "required": ["name", "children"],
}
LIST = {
    "type": "object",
    "properties": {
        "value": {"type": "integer"},
        "next": {"anyOf": [{"$ref": "#"}, {"type": "null"}]},
    },
    "required": ["value", "next"],
}
TERM = {
    "term": {"anyOf": [{"$ref": "#/definitions/sum"}, {"type": "number"}]},
    "sum": {
        "type": "object",
        "properties": {
            "left": {"$ref": "#/definitions/term"},
            "right": {"$ref": "#/definitions/term"},
        },
        "required": ["left", "right"],
    },
}
MANY = {
    str(name): {
        "properties": {str(other): {"$ref": f"#/$defs/{other}"} for other in range(9)}
    }
    for name in range(9)
}


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (True, FREE),
        ({}, FREE),
        ({"title": "Anything", "description": "at all"}, FREE),
        ({"type": "string"}, "emulated"),
        ({"type": "integer"}, 0),
        ({"type": "number"}, 0),
        ({"type": "boolean"}, True),
        ({"type": "null"}, None),
        ({"type": "object"}, {}),
        ({"type": "array"}, []),
        ({"type": ["string", "null"]}, "emulated"),
        ({"type": ["null", "string"]}, None),
        ({"const": {"a": [1]}}, {"a": [1]}),
        ({"const": None}, None),
        ({"enum": ["red", "green"]}, "red"),
        ({"type": "integer", "enum": ["red", 2]}, 2),
        ({"type": "integer", "enum": [True, 1]}, 1),
        ({"type": "string", "default": "none"}, "none"),
        ({"type": "string", "examples": ["Ada", "Alan"]}, "Ada"),
        ({"type": "string", "default": "a", "examples": ["b"]}, "a"),
        ({"type": "string", "default": None, "examples": [1, "b"]}, "b"),
        ({"type": "string", "minLength": 3, "default": ""}, "emulated"),
        ({"enum": ["red", "green"], "default": "green"}, "green"),
        ({"minLength": 12}, "emulated emu"),
        ({"type": "string", "maxLength": 3}, "emu"),
        ({"type": "string", "maxLength": 0}, ""),
        ({"type": "string", "pattern": "^[A-Z]+$"}, "emulated"),
        ({"type": "string", "format": "date-time"}, "2026-01-01T00:00:00Z"),
        ({"type": "string", "format": "date"}, "2026-01-01"),
        ({"type": "string", "format": "time"}, "00:00:00Z"),
        ({"type": "string", "format": "email"}, "emulated@example.com"),
        ({"type": "string", "format": "uri"}, "https://example.com/emulated"),
        ({"format": "uuid"}, "00000000-0000-4000-8000-000000000000"),
        ({"type": "string", "format": "ipv4"}, "192.0.2.1"),
        ({"type": "string", "format": "iban"}, "emulated"),
        ({"type": "string", "format": "date", "maxLength": 4}, "emul"),
        ({"minimum": -5, "maximum": 5}, 0),
        ({"type": "integer", "minimum": 1}, 1),
        ({"type": "integer", "minimum": 0.5}, 1),
        ({"type": "integer", "maximum": -1}, -1),
        ({"type": "integer", "exclusiveMinimum": 1}, 2),
        ({"type": "integer", "exclusiveMaximum": -1}, -2),
        ({"type": "integer", "exclusiveMaximum": 0.5, "minimum": 0}, 0),
        ({"type": "integer", "minimum": 8, "multipleOf": 5}, 10),
        ({"type": "integer", "minimum": 1, "multipleOf": 0.4}, 2),
        ({"type": "number", "minimum": 1.5}, 1.5),
        ({"type": "number", "exclusiveMinimum": 1.5}, 2.5),
        ({"type": "number", "exclusiveMinimum": 0, "maximum": 0.5}, 0.5),
        ({"exclusiveMinimum": 0, "exclusiveMaximum": 1}, 0.5),
        ({"type": "number", "minimum": 0.25, "multipleOf": 0.1}, 0.3),
        ({"type": "number", "exclusiveMaximum": -0.3, "multipleOf": 0.1}, -0.4),
        (
            {
                "type": "object",
                "properties": {"b": {"type": "integer"}, "a": {"type": "string"}},
                "required": ["c", "a"],
            },
            {"b": 0, "a": "emulated", "c": FREE},
        ),
        ({"properties": {"a": True, "b": False}}, {"a": FREE}),
        (
            {"properties": {"a": {"const": 1}}, "additionalProperties": False},
            {"a": 1},
        ),
        ({"items": {"type": "string"}}, ["emulated"]),
        ({"type": "array", "items": {"type": "null"}, "minItems": 3}, [None] * 3),
        ({"type": "array", "items": {"type": "null"}, "maxItems": 0}, []),
        ({"type": "array", "items": False}, []),
        ({"type": "array", "minItems": 2}, [FREE, FREE]),
        (
            {"prefixItems": [{"type": "integer"}, {"const": "x"}], "items": False},
            [0, "x"],
        ),
        (
            {"prefixItems": [{"const": 1}], "items": {"const": 2}, "minItems": 3},
            [1, 2, 2],
        ),
        ({"prefixItems": [{"const": 1}, {"const": 2}], "maxItems": 1}, [1]),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "emulated"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}, None),
        ({"anyOf": [False, {"type": "integer", "minimum": 3}]}, 3),
        ({"type": "integer", "anyOf": [{"type": "string"}, {"minimum": 3}]}, 3),
        ({"oneOf": [{"const": "a"}, {"const": "b"}]}, "a"),
        ({"oneOf": [{"type": "integer"}, {"minimum": 0.5}]}, 0),
        ({"oneOf": [{"minimum": 0}, {"minimum": 0}]}, 0),
        (
            {
                "oneOf": [{"maximum": 1}, {"minimum": 0, "maximum": 7}],
                "type": "integer",
            },
            2,
        ),
        ({"allOf": [{"minimum": 3}, {"type": "integer"}, {"maximum": 9}]}, 3),
        ({"allOf": [{"multipleOf": 4}, {"multipleOf": 6}], "minimum": 1}, 12),
        ({"allOf": [{"type": "number"}, {"type": ["string", "integer"]}]}, 0),
        ({"allOf": [{"enum": ["a", "b"]}, {"enum": ["b", "c"]}]}, "b"),
        ({"allOf": [{"anyOf": [{"const": 1}, {"const": 2}]}, {"minimum": 2}]}, 2),
        (
            {
                "allOf": [
                    {"properties": {"a": {"minimum": 2}, "b": {"type": "null"}}},
                    {"properties": {"a": {"type": "integer"}}, "required": ["a", "c"]},
                ],
                "properties": {"c": {"type": "boolean"}},
            },
            {"c": True, "a": 2, "b": None},
        ),
        ({"allOf": [{"items": {"minimum": 2}}, {"items": {"type": "integer"}}]}, [2]),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"type": "string"}}}, "emulated"),
        ({"$ref": "#/$defs/a~1%62~0", "$defs": {"a/b~": {"const": 1}}}, 1),
        (
            {
                "$ref": "#/definitions/a",
                "minimum": 5,
                "definitions": {"a": {"minimum": 3}},
            },
            5,
        ),
        ({"$ref": "#/$defs/a", "default": 2, "$defs": {"a": {"default": 1}}}, 2),
        (
            {"$ref": "#/$defs/tree", "$defs": {"tree": TREE}},
            {"name": "emulated", "children": [{"name": "emulated", "children": []}]},
        ),
        (
            LIST,
            {"value": 0, "next": {"value": 0, "next": {"value": 0, "next": None}}},
        ),
        ({"properties": {"a": {"$ref": "#"}}}, {"a": {"a": {}}}),
        ({"$ref": "#/definitions/term", "definitions": TERM}, {"left": 0, "right": 0}),
    ],
)
def test_example(schema: Any, value: Any) -> None:
    found = example(schema)
    assert json.dumps(found) == json.dumps(value)  # tells 1 from true
    assert is_valid(found, schema, schema)


LOOP = {"properties": {"a": {"$ref": "#"}}, "required": ["a"]}
DOUBLED = {
    f"{n}": {"prefixItems": [{"$ref": f"#/$defs/{n + 1}"}] * 2, "minItems": 2}
    for n in range(39)
}
NONE = "no value was found that satisfies the schema"
COMPLEX = "the schema is too complex"


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        (False, NONE),
        ({"type": "integer", "minimum": 0.2, "maximum": 0.8}, NONE),
        ({"type": "string", "const": 1}, NONE),
        ({"allOf": [{"type": "string"}, {"type": "null"}]}, NONE),
        ({"items": False, "minItems": 1}, NONE),
        ({"properties": {"a": False}, "required": ["a"]}, NONE),
        (LOOP, NONE),
        ({"$ref": "#"}, NONE),
        ({"anyOf": [{"$ref": "#"}, {"type": "null"}]}, COMPLEX),
        ({"minLength": 10**9}, COMPLEX),
        ({"minItems": 10**9}, COMPLEX),
        ({"$ref": "#/$defs/0", "$defs": DOUBLED | {"39": {"const": 1}}}, COMPLEX),
        ({"allOf": [{"multipleOf": 1.7e308}, {"multipleOf": 1.3e308}]}, COMPLEX),
        ({"$ref": "#/$defs/a"}, "the schema has no '#/$defs/a'"),
        ({"$ref": "#/properties/a", "properties": {"a": {}}}, "the schema has no '#/p"),
        ({"$ref": "http://a/b"}, "the schema has no 'http://a/b'"),
        ({"items": [{}]}, "a schema must be an object or a boolean"),
        ({"anyOf": [None]}, "a schema must be an object or a boolean"),
        ({"$defs": {"a": 1}}, "a schema must be an object or a boolean"),
        ({"type": "STRING"}, "the schema has an invalid 'type'"),
        ({"type": []}, "the schema has an invalid 'type'"),
        ({"type": [{}]}, "the schema has an invalid 'type'"),
        ({"enum": []}, "the schema has an invalid 'enum'"),
        ({"items": {"minItems": "1"}}, "the schema has an invalid 'minItems'"),
        ({"maxLength": -1}, "the schema has an invalid 'maxLength'"),
        ({"minimum": True}, "the schema has an invalid 'minimum'"),
        ({"multipleOf": 0}, "the schema has an invalid 'multipleOf'"),
        ({"required": "a"}, "the schema has an invalid 'required'"),
        ({"properties": ["a"]}, "the schema has an invalid 'properties'"),
    ],
)
def test_has_no_example(schema: Any, message: str) -> None:
    with pytest.raises(SchemaError, match=f"^{re.escape(message)}"):
        example(schema)


def test_leaves_out_what_it_may_when_there_is_enough() -> None:
    found = json.dumps(example({"$ref": "#/$defs/0", "$defs": MANY}))
    assert 500 < len(found) < 50_000  # nine schemas, each within each


def is_valid(value: Any, schema: Any, root: Any) -> bool:
    """Validate by the book, as far as the emulator knows it."""
    if isinstance(schema, bool):
        return schema

    def all_valid(schemas: list[Any]) -> list[bool]:
        return [is_valid(value, inner, root) for inner in schemas]

    kind = {dict: "object", list: "array", str: "string", bool: "boolean"}.get(
        type(value), "null" if value is None else "number"
    )
    kinds = {kind} | ({"integer"} if kind == "number" and value % 1 == 0 else set())
    wanted = schema.get("type", kind)
    rules = [
        kinds & set([wanted] if isinstance(wanted, str) else wanted),
        value in schema.get("enum", [value]),
        value == schema.get("const", value),
        all(all_valid(schema.get("allOf", []))),
        any(all_valid(schema.get("anyOf", [True]))),
        any(all_valid(schema.get("oneOf", [True]))),
    ]
    if ref := schema.get("$ref"):
        target = root
        for name in ref.split("/")[1:]:
            target = target[
                name.replace("%62", "b").replace("~1", "/").replace("~0", "~")
            ]
        rules.append(is_valid(value, target, root))
    return all(rules) and all(_limits(kind, value, schema, root))


def _limits(kind: str, value: Any, schema: Any, root: Any) -> list[bool]:
    if kind == "number":
        step = Fraction(str(schema.get("multipleOf", value or 1)))
        return [
            value >= schema.get("minimum", value),
            value <= schema.get("maximum", value),
            value > schema.get("exclusiveMinimum", value - 1),
            value < schema.get("exclusiveMaximum", value + 1),
            Fraction(str(value)) % step == 0,
        ]
    if kind == "string":
        least, most = schema.get("minLength", 0), schema.get("maxLength", len(value))
        return [least <= len(value) <= most]
    if kind == "array":
        least, most = schema.get("minItems", 0), schema.get("maxItems", len(value))
        first, rest = schema.get("prefixItems", []), schema.get("items", True)
        return [least <= len(value) <= most] + [
            is_valid(item, first[at] if at < len(first) else rest, root)
            for at, item in enumerate(value)
        ]
    if kind == "object":
        inner = schema.get("properties", {})
        return [set(schema.get("required", [])) <= set(value)] + [
            is_valid(value[name], inner[name], root) for name in inner if name in value
        ]
    return []


COUNTS = st.integers(0, 20)
NUMBERS = st.integers(-9, 9) | st.sampled_from([-2.5, -0.1, 0.1, 0.25, 7.75])
NAMES = st.sampled_from(["a", "b", "c"])


def limits(kind: str, **keywords: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({"type": st.just(kind)}, optional=keywords)


def ordered(low: str, high: str) -> Any:
    """Make a filter that leaves some room between two keywords."""
    return lambda schema: schema.get(low, -99) + 1 <= schema.get(high, 99)


def leaves() -> st.SearchStrategy[Any]:
    """Schemas that something satisfies."""
    step = st.sampled_from([0.1, 0.25, 0.5, 1])
    return st.one_of(
        st.booleans().map(lambda _: True),
        st.sampled_from([{"type": "boolean"}, {"type": ["null", "integer"]}]),
        st.sampled_from([{"enum": ["a", 1, None]}, {"const": [1, {"a": "b"}]}]),
        st.sampled_from([{"$ref": "#/$defs/tree"}, {"$ref": "#/$defs/name"}]),
        limits("string", minLength=COUNTS, maxLength=COUNTS).filter(
            ordered("minLength", "maxLength")
        ),
        limits(
            "number", exclusiveMinimum=NUMBERS, maximum=NUMBERS, multipleOf=step
        ).filter(ordered("exclusiveMinimum", "maximum")),
        limits(
            "integer", minimum=NUMBERS, exclusiveMaximum=NUMBERS, multipleOf=step
        ).filter(ordered("minimum", "exclusiveMaximum")),
    )


def larger(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    some = st.lists(inner, min_size=1, max_size=3)
    objects = limits(
        "object",
        properties=st.dictionaries(NAMES, inner),
        required=st.lists(NAMES, max_size=2),
    )
    arrays = limits("array", items=inner, prefixItems=some, minItems=st.integers(0, 4))
    return st.one_of(
        objects,
        arrays,
        st.fixed_dictionaries({"anyOf": some}),
        st.fixed_dictionaries({"oneOf": some}),
        st.fixed_dictionaries({"allOf": st.tuples(objects, objects).map(list)}),
    )


DEFINED = {"$defs": {"tree": TREE, "name": {"type": "string", "minLength": 1}}}


@given(st.recursive(leaves(), larger, max_leaves=12))
def test_an_example_satisfies_its_schema(schema: Any) -> None:
    root = schema if isinstance(schema, bool) else schema | DEFINED
    try:
        value = example(root)
    except SchemaError as error:
        assert str(error) == NONE  # two schemas of an allOf may exclude each other
        assert "allOf" in str(schema)
    else:
        assert is_valid(value, root, root)
        # Gemini takes `oneOf` as `anyOf`, and jsonschema divides by 0.1 as floats do.
        if not {"oneOf", "multipleOf"} & {*re.findall(r"\w+", str(schema))}:
            Draft202012Validator(root).validate(value)
        assert json.dumps(example(root)) == json.dumps(value)


KEYWORDS = (
    *("type", "enum", "const", "properties", "required", "items", "prefixItems"),
    *("minItems", "maximum", "multipleOf", "minLength", "anyOf", "oneOf", "allOf"),
    *("$ref", "$defs", "default", "examples", "format"),
)
JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["object", "array", "string", "number", "#", "#/$defs/type"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYWORDS), inner, max_size=4)
    ),
)


@given(JUNK)
def test_junk_has_an_example_or_a_reason(schema: Any) -> None:
    try:
        value = example(schema)
    except SchemaError:
        return
    assert is_valid(value, schema, schema)


COLOR = {"type": "object", "properties": {"color": {"enum": ["rot", "grün"]}}}
JSON = {"type": "text", "mime_type": "application/json"}
SAID = '{"color": "rot"}'


@pytest.mark.parametrize(
    ("response_format", "said"),
    [
        (JSON | {"schema": COLOR}, SAID),
        (JSON | {"schema": True}, '{"emulated": true}'),
        (JSON | {"schema": {"const": "grün"}}, '"grün"'),
        (JSON, '{"emulated": true}'),
        ([], "This is an emulated answer to: Red?"),
        ({"type": "text"}, "This is an emulated answer to: Red?"),
        (
            {"type": "text", "mime_type": "text/plain", "schema": COLOR},
            "This is an emulated answer to: Red?",
        ),
        ({"type": "object"}, "This is an emulated answer to: Red?"),
    ],
)
def test_answers(api: httpx.Client, response_format: Any, said: str) -> None:
    interaction = create(api, input="Red?", response_format=response_format)
    assert text(interaction) == said
    assert interaction["usage"]["total_output_tokens"] == -(-len(said.encode()) // 4)
    kept = api.get("/v1/interactions/v1_1").json()
    assert (text(kept), kept["response_format"]) == (said, response_format)


@pytest.mark.parametrize("background", [False, True])
def test_streams_in_pieces(api: httpx.Client, background: bool) -> None:
    names = {name: {"type": "string"} for name in "abcdef"}
    wanted = JSON | {"schema": {"properties": names}}
    body = {"input": "Hello", "response_format": wanted, "background": background}
    deltas = [event["delta"] for event in stream(api, **body) if "delta" in event]
    pieces = [delta["text"] for delta in deltas if delta["type"] == "text"]
    assert len(pieces) == 2
    assert json.loads("".join(pieces)) == dict.fromkeys("abcdef", "emulated")


def test_a_search_is_cited_by_all_of_it(api: httpx.Client) -> None:
    body = {"response_format": JSON | {"schema": COLOR}, "input": "Red?"}
    interaction = create(api, tools=[{"type": "google_search"}], **body)
    content = interaction["steps"][-1]["content"][0]
    assert content["text"] == SAID
    assert [
        (note["start_index"], note["end_index"]) for note in content["annotations"]
    ] == [(0, len(SAID))]


def test_agents_go_on_writing_reports(api: httpx.Client) -> None:
    body = {"agent": RESEARCH, "background": True, "input": "Red?"}
    body["response_format"] = JSON | {"schema": COLOR}
    events = api.post("/v1/interactions", json=body | {"stream": True}).text
    assert "# Emulated report" in events


@pytest.mark.parametrize(
    ("response_format", "message"),
    [
        (
            ["json"],
            "Invalid value for parameter 'response_format[0]': must be an object.",
        ),
        (
            JSON | {"schema": "object"},
            "Invalid value for parameter 'response_format.schema': "
            "must be an object or a boolean.",
        ),
        (
            [JSON, JSON | {"schema": None}],
            "Invalid value for parameter 'response_format[1].schema': "
            "must be an object or a boolean.",
        ),
        (
            JSON | {"schema": {"type": "text"}},
            "Invalid value for parameter 'response_format': "
            "the schema has an invalid 'type'.",
        ),
        (
            JSON | {"schema": False},
            f"Invalid value for parameter 'response_format': {NONE}.",
        ),
    ],
)
def test_refuses(api: httpx.Client, response_format: Any, message: str) -> None:
    for more in ({}, {"stream": True}, {"background": True}):
        body = {"model": MODEL, "input": "Hi", "response_format": response_format}
        assert_refused(api.post("/v1/interactions", json=body | more), message)
    assert api.get("/v1/interactions/v1_1").status_code == 404
