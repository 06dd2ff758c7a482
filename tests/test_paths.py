"""Paths into a body: parsed, set, shown; tables, and what holds for any of them."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gi_cli.request import paths
from gi_cli.request.paths import Path, PathError, Place

SPLIT: dict[str, tuple[Path, str]] = {
    "a=": (("a",), ""),
    "a=b=c": (("a",), "b=c"),
    "a.b=1": (("a", "b"), "1"),
    "a[b][c]=1": (("a", "b", "c"), "1"),
    "[a].b=1": (("a", "b"), "1"),
    "a[0].b=1": (("a", 0, "b"), "1"),
    "a.0.b=1": (("a", 0, "b"), "1"),
    "0=1": ((0,), "1"),
    "a[]=1": (("a", None), "1"),
    "a[][].b[]=[]": (("a", None, None, "b", None), "[]"),
    'a["x.y"]=1': (("a", "x.y"), "1"),
    'a["x=y"].z==': (("a", "x=y", "z"), "="),
    'a["0"]=1': (("a", "0"), "1"),
    'a["\\"]["]=1': (("a", '"]['), "1"),
    'a["\\u00e9\\ud83d\\ude00"]=1': (("a", "é😀"), "1"),
    'a[""]=1': (("a", ""), "1"),
    "a[x=y]=1": (("a", "x=y"), "1"),
    "a[x.y]=1": (("a", "x.y"), "1"),
    "a.01=1": (("a", "01"), "1"),
    "a[00]=1": (("a", "00"), "1"),
    "a[-1]=1": (("a", "-1"), "1"),
    "a[ 1]=1": (("a", " 1"), "1"),
    "a.999999999999999999=1": (("a", 999999999999999999), "1"),
    "a.1000000000000000000=1": (("a", "1000000000000000000"), "1"),
    f"a.{'9' * 5000}=1": (("a", "9" * 5000), "1"),
    "a b.\t=1": (("a b", "\t"), "1"),
    "é.\N{ARABIC-INDIC DIGIT ONE}=1": (("é", "\N{ARABIC-INDIC DIGIT ONE}"), "1"),
    "a=\n": (("a",), "\n"),
}


@pytest.mark.parametrize("text", SPLIT)
def test_split(text: str) -> None:
    assert paths.split(text) == SPLIT[text]


MALFORMED = {
    "": "there is no path before the =",
    "=": "there is no path before the =",
    "=a": "there is no path before the =",
    "a": "there is no = behind the path",
    "a.b": "there is no = behind the path",
    'a["="]': "there is no = behind the path",
    ".a=1": "the path breaks at '.a'",
    "a.=1": "the path breaks at '.'",
    "a..b=1": "the path breaks at '..b'",
    "a.[b]=1": "the path breaks at '.[b]'",
    "a]=1": "the path breaks at ']'",
    "a[=1": "the path breaks at '['",
    "a[b=1": "the path breaks at '[b'",
    "a[[b]]=1": "the path breaks at '[[b]]'",
    "a[0]b=1": "the path breaks at 'b'",
    'a["x"]y=1': "the path breaks at 'y'",
    'a["x=1': "the path breaks at '[\"x'",
    'a["x\\"]=1': "the path breaks at '[\"x\\\\\"]'",
    'a["x"y]=1': "the path breaks at '[\"x\"y]'",
    '"a"=1': "the path breaks at '\"a\"'",
    'a.b"c=secret': "the path breaks at '\"c'",
    'a["\\q"]=1': '["\\q"] is not a JSON string',
    'a["\\u12"]=1': '["\\u12"] is not a JSON string',
}


@pytest.mark.parametrize("text", MALFORMED)
def test_malformed(text: str) -> None:
    with pytest.raises(PathError) as raised:
        paths.split(text)
    assert str(raised.value) == MALFORMED[text]


ASSIGNED: dict[str, tuple[Any, Path, Any, Place]] = {
    "new key": ({}, ("a",), {"a": 9}, ("a",)),
    "other key": ({"b": 1}, ("a",), {"b": 1, "a": 9}, ("a",)),
    "replaced": ({"a": {"b": 1}}, ("a",), {"a": 9}, ("a",)),
    "made on the way": ({}, ("a", "b", "c"), {"a": {"b": {"c": 9}}}, ("a", "b", "c")),
    "a list made": ({}, ("a", None, "b"), {"a": [{"b": 9}]}, ("a", 0, "b")),
    "a list made by number": ({}, ("a", 0), {"a": [9]}, ("a", 0)),
    "the next place": ({"a": [1]}, ("a", 1), {"a": [1, 9]}, ("a", 1)),
    "appended": ({"a": [1]}, ("a", None), {"a": [1, 9]}, ("a", 1)),
    "in a list": ({"a": [1, 2]}, ("a", 0), {"a": [9, 2]}, ("a", 0)),
    "a number in an object": ({"a": {}}, ("a", 7), {"a": {"7": 9}}, ("a", "7")),
    "goes on": (
        {"a": [{"b": 1}]},
        ("a", None, "c"),
        {"a": [{"b": 1, "c": 9}]},
        ("a", 0, "c"),
    ),
    "does not replace": (
        {"a": [{"b": 1}]},
        ("a", None, "b"),
        {"a": [{"b": 1}, {"b": 9}]},
        ("a", 1, "b"),
    ),
    "goes on in a list": (
        {"a": [{"b": [1]}]},
        ("a", None, "b", None),
        {"a": [{"b": [1, 9]}]},
        ("a", 0, "b", 1),
    ),
    "goes on by number": (
        {"a": [[1]]},
        ("a", None, 1),
        {"a": [[1, 9]]},
        ("a", 0, 1),
    ),
    "not by a number that is taken": (
        {"a": [[1]]},
        ("a", None, 0),
        {"a": [[1], [9]]},
        ("a", 1, 0),
    ),
    "through null": ({"a": None}, ("a", "b"), {"a": {"b": 9}}, ("a", "b")),
    "through null in a list": ({"a": [None]}, ("a", 0, 0), {"a": [[9]]}, ("a", 0, 0)),
}


@pytest.mark.parametrize("name", ASSIGNED)
def test_assign(name: str) -> None:
    body, path, expected, place = ASSIGNED[name]
    body = copy.deepcopy(body)
    assert (paths.assign(body, path, 9), body) == (place, expected)


NO_PLACE: dict[str, tuple[Any, Path, str]] = {
    "in a text": ({"a": "x"}, ("a", "b"), "a is not an object"),
    "in a number": ({"a": {"b": 1}}, ("a", "b", "c", "d"), "a.b is not an object"),
    "in false": ({"a": False}, ("a", 0), "a is not an object"),
    "no list": ({"a": {}}, ("a", None), "a is not a list"),
    "no list of a text": ({"a": [""]}, ("a", 0, None), "a[0] is not a list"),
    "the body": ({}, (None, "a"), "the body is not a list"),
    "a key of a list": ({"a": []}, ("a", "b"), "a is a list, and 'b' is no index"),
    "behind the end": ({"a": [1]}, ("a", 2), "a has 1 element, there is no place 2"),
    "behind nothing": ({}, ("a", 1), "a has 0 elements, there is no place 1"),
    "shown": (
        {"a.b": [{"0": [1, 2]}]},
        ("a.b", 0, "0", 3),
        '["a.b"][0]["0"] has 2 elements, there is no place 3',
    ),
}


@pytest.mark.parametrize("name", NO_PLACE)
def test_no_place(name: str) -> None:
    body, path, said = NO_PLACE[name]
    with pytest.raises(PathError) as raised:
        paths.assign(copy.deepcopy(body), path, 9)
    assert str(raised.value) == said


HOLDS: list[tuple[Any, Any, bool]] = [
    (1, 1, True),
    (1, 1.0, True),
    (1, 2, False),
    (True, 1, False),
    (0, False, False),
    (None, None, True),
    ({}, None, False),
    ("1", 1, False),
    ({"a": 1, "b": 2}, {"a": 1}, True),
    ({"a": 1}, {"a": 1, "b": 2}, False),
    ({"a": {"b": True}}, {"a": {"b": 1}}, False),
    ([1, 2], [1], True),
    ([1], [1, 2], False),
    ([2, 1], [1], False),
    ([{"a": 1, "b": 2}, 3], [{"a": 1}], True),
    ([], {}, False),
]


@pytest.mark.parametrize(("now", "was", "expected"), HOLDS)
def test_holds(now: Any, was: Any, expected: bool) -> None:
    assert paths.holds(now, was) is expected


SHOWN: dict[str, Place] = {
    "": (),
    "a": ("a",),
    "a.b[0].c": ("a", "b", 0, "c"),
    'a["0"]': ("a", "0"),
    '["a b"]': ("a b",),
    'a["x.y"].b': ("a", "x.y", "b"),
    'a[""]["\\""]': ("a", "", '"'),
    'a["\\n"]': ("a", "\n"),
    "é.\N{HOT BEVERAGE}": ("é", "\N{HOT BEVERAGE}"),
}


@pytest.mark.parametrize("text", SHOWN)
def test_shown(text: str) -> None:
    assert paths.shown(SHOWN[text]) == text


KEYS = st.one_of(
    st.sampled_from(("a", "b", "0")),
    st.text(max_size=4),
    st.text('a.0[]="\\ \n', max_size=4),
)
INDEXES = st.integers(0, 3)
PLACES = st.lists(st.one_of(KEYS, INDEXES), min_size=1, max_size=5).map(tuple)
TYPED = st.lists(st.one_of(KEYS, INDEXES, st.none()), max_size=4)
ANY_PATH = st.tuples(KEYS, TYPED).map(lambda each: (each[0], *each[1]))
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=3))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)
    ),
    max_leaves=8,
)
BODIES = st.dictionaries(KEYS, VALUES, max_size=4)


@given(PLACES, st.text(max_size=5))
def test_a_place_that_is_shown_is_read_as_the_same(place: Place, value: str) -> None:
    assert paths.split(f"{paths.shown(place)}={value}") == (place, value)


@given(st.one_of(st.text(), st.text('ab01.[]="\\=\n', max_size=12)))
def test_any_text_is_a_path_or_a_path_error(text: str) -> None:
    try:
        path, value = paths.split(text)
    except PathError as error:
        assert str(error)
    else:
        assert path
        assert text.endswith(f"={value}")


def assigned(body: Any, path: Path, value: Any) -> Place | None:
    """The place, or None where the path does not fit; then nothing is replaced."""
    before = copy.deepcopy(body)
    try:
        return paths.assign(body, path, value)
    except PathError:
        assert paths.holds(body, before) or None in leaves(before)
        return None


def leaves(value: Any) -> list[Any]:
    inner = list(value.values()) if isinstance(value, dict) else value
    if not isinstance(inner, list):
        return [value]
    return [leaf for each in inner for leaf in leaves(each)]


@given(BODIES, ANY_PATH, VALUES)
def test_what_is_set_is_there(body: Any, path: Path, value: Any) -> None:
    place = assigned(body, path, value)
    if place is not None:
        assert paths.at(body, place) == value
        assert len(place) == len(path)


@given(BODIES, ANY_PATH, ANY_PATH, SCALARS, SCALARS)
def test_two_places_do_not_disturb_each_other(
    body: Any, path: Path, other: Path, value: Any, later: Any
) -> None:
    """Unless one lies within the other."""
    first = assigned(body, path, value)
    second = assigned(body, other, later)
    if first and second and first != second[: len(first)]:
        inside = first[: len(second)] == second
        assert inside or paths.at(body, first) == value


@given(BODIES, st.lists(ANY_PATH, max_size=4), VALUES)
def test_appending_replaces_nothing(body: Any, all_: list[Path], value: Any) -> None:
    """`a[]` only ever adds, whatever is there."""
    for path in all_:
        before = copy.deepcopy(body)
        if assigned(body, (*path, None), copy.deepcopy(value)) and None not in leaves(
            before
        ):
            assert paths.holds(body, before)
