"""Saved streams, taken apart: no byte is lost, and what they tell is assembled."""

from typing import Any

import pytest

from gi_cli.recordings import recorded

DONE = b"event: done\ndata: [DONE]\n\n"


def frame(kind: str, payload: str, end: str = "\n") -> bytes:
    data = f'{{{payload}, "event_type": "{kind}"}}'
    return f"event: {kind}{end}data: {data}{end}{end}".encode()


def created(id: str) -> bytes:
    told = f'"interaction": {{"id": "{id}", "status": "in_progress"}}'
    return frame("interaction.created", told)


def delta(text: str, event_id: str = "") -> bytes:
    named = f', "event_id": "{event_id}"' if event_id else ""
    told = f'"index": 0, "delta": {{"type": "text", "text": "{text}"}}'
    return frame("step.delta", told + named)


def completed(id: str, status: str = "completed") -> bytes:
    told = f'"interaction": {{"id": "{id}", "status": "{status}", "new": 1}}'
    return frame("interaction.completed", told)


def said(*texts: str, **fields: object) -> dict[str, Any]:
    content = [{"type": "text", "text": "".join(texts)}]
    steps = [{"type": "model_output", "content": content}] if texts else []
    return {**fields, "steps": steps}


HI = created("a") + delta("Hi") + completed("a") + DONE
WHOLE = said("Hi", id="a", status="completed", new=1)
RECOVERED = (
    b'event: gi.recovered\ndata: {"id": "a", "status": "completed", "steps": ['
    b'{"type": "user_input", "content": [{"type": "text", "text": "x"}]},'
    b'{"type": "model_output", "content": [{"type": "text", "text": "Hi"}]}]}\n\n'
)
ERROR = frame("error", '"error": {"message": "No.", "code": "internal_error"}')
CASES: dict[str, tuple[bytes, list[dict[str, Any]]]] = {
    "one": (HI, [WHOLE]),
    "two": (
        HI + created("b") + delta("Ho") + completed("b") + DONE,
        [WHOLE, said("Ho", id="b", status="completed", new=1)],
    ),
    "two that are not stored": (
        HI.replace(b'"a"', b'""') * 2,
        [said("Hi", id="", status="completed", new=1)] * 2,
    ),
    "resumed from the start": (created("a") + created("a") + HI, [WHOLE]),
    "CRLF": (HI.replace(b"\n", b"\r\n"), [WHOLE]),
    "CR": (HI.replace(b"\n", b"\r"), [WHOLE]),
    "comments and a BOM": (b"\xef\xbb\xbf" + HI.replace(DONE, b": x\n\n\n\n"), [WHOLE]),
    "no blank line at the end": (HI.removesuffix(DONE)[:-1], [WHOLE]),
    "cut": (
        created("a") + delta("Hi") + b'event: step.delta\ndata: {"ind',
        [said("Hi", id="a", status="incomplete")],
    ),
    "an error": (
        created("a") + ERROR + DONE,
        [said(id="a", status="failed")],
    ),
    "failed": (
        created("a") + completed("a", "failed"),
        [said(id="a", status="failed", new=1)],
    ),
    "a half character": (
        created("a") + delta("H\\ud83d") + completed("a"),
        [said("H?", id="a", status="completed", new=1)],
    ),
    "nothing": (b"", []),
    "comments": (b": x\n\n\n\n", []),
    "no events": (b"Some text.\n\nMore of it.", []),
}


@pytest.mark.parametrize(("data", "told"), CASES.values(), ids=CASES)
def test_no_byte_is_lost(data: bytes, told: list[dict[str, Any]]) -> None:
    found = recorded(data)
    assert [each.interaction() for each in found] == told
    whole = b"".join(chunk for each in found for _, chunk in each.events)
    assert whole == (data if told else b"")


def test_what_get_told_is_no_part_of_the_stream() -> None:
    begun = created("a") + delta("H")
    (found,) = recorded(begun + RECOVERED)
    assert b"".join(chunk for _, chunk in found.events) == begun
    assert found.interaction() == said("Hi", id="a", status="completed")


def test_events_are_found_by_their_ids() -> None:
    (found,) = recorded(created("a") + delta("H", "e1") + delta("i", "e2") + DONE)
    assert [id for id, _ in found.events] == ["", "e1", "e2", ""]
