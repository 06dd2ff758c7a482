"""A service that keeps one interaction and cuts every stream of it."""

import threading
import time
from collections.abc import Callable
from typing import Any

from tests.calling import event, output
from tests.conftest import FakeClock
from tests.following import Json, kept
from tests.scripted import Reply, Request, ScriptedServer, Wait, json_reply, sse

TARGET, ID = "/v1beta/interactions", "v1_1"
OWN = f"{TARGET}/{ID}"
WORDS = ("# A", " re", "port", "\n\nIt has ", "a few ", "words", " and é😀.")
NEVER = 1000


class Hasty(FakeClock):
    """Time that passes, but nobody sleeps."""

    def monotonic(self) -> float:
        return self.time + time.monotonic()


def delta(index: int, **fields: Any) -> tuple[str, Json]:
    return "step.delta", {"index": index, "delta": fields}


def cite(number: int) -> tuple[str, Json]:
    found = [{"type": "url_citation", "url": "http://a.example", "start_index": number}]
    return delta(1, type="text_annotation_delta", annotations=found)


HEAD = {"id": ID, "status": "in_progress"}
ENDED = {"id": ID, "status": "completed"}
PARTS: list[tuple[str, Json]] = [
    ("interaction.created", {"interaction": HEAD}),
    ("interaction.status_update", {"interaction_id": ID, "status": "in_progress"}),
    ("step.start", {"index": 0, "step": {"type": "thought"}}),
    delta(0, type="thought_summary", content={"type": "text", "text": "Hm."}),
    ("step.stop", {"index": 0}),
    ("step.start", {"index": 1, "step": {"type": "model_output"}}),
    *(delta(1, type="text", text=word) for word in WORDS),
    *(cite(number) for number in range(3)),
    ("step.stop", {"index": 1}),
    ("step.start", {"index": 2, "step": output("The")}),
    delta(2, text=" end."),
    ("step.stop", {"index": 2}),
    ("interaction.completed", {"interaction": ENDED}),
]
DONE = b"event: done\ndata: [DONE]\n\n"
IDS: dict[str, Callable[[int], bool]] = {
    "no": lambda n: False,
    "some": lambda n: n % 3 == 1,
    "all": lambda n: True,
}


def frames(ids: str) -> list[bytes]:
    """The stream; only some of its events have an id."""
    named = IDS[ids]
    return [
        *(
            event(kind, **fields, **({"event_id": f"e{n}"} if named(n) else {}))
            for n, (kind, fields) in enumerate(PARTS)
        ),
        DONE,
    ]


WHOLE = kept(b"".join(frames("no")))
REPORT = "".join(WORDS).encode() + b"The end.\n"


class Keeper(ScriptedServer):
    """It keeps one interaction, cuts every stream after so many events, and completes
    at some time, counted in plain GETs."""

    def __init__(self, every: int, *, ids: str = "some", polls: int = NEVER) -> None:
        super().__init__()
        self.frames, self.every, self.polls = frames(ids), every, polls
        self.replays, self.silent = False, False
        self.refuses: Reply | None = None
        self.sent: list[bytes] = []  # the body of each stream
        self.asked = self.streams = 0

    @property
    def posts(self) -> int:
        return [request.method for request in self.requests].count("POST")

    def _answer(self, request: Request) -> Reply:
        with self._lock:
            self.requests.append(request)
            if request.method == "POST":
                return self._stream(0, self.every)
            path, _, query = request.target.partition("?")
            assert path == OWN, path
            return self._resumed(query) if query else self._now()

    def _now(self) -> Reply:
        self.asked += 1
        over = self.asked > self.polls
        return json_reply(WHOLE if over else {**HEAD, "steps": []})

    def _resumed(self, query: str) -> Reply:
        self.streams += 1
        cursor = query.partition("last_event_id=")[2].encode()
        named = [n for n, f in enumerate(self.frames) if b'"%b"' % cursor in f]
        start = named[0] + 1 if cursor and not self.replays else 0
        if self.refuses:
            return self.refuses
        more = self.every * (self.streams + 1) if self.replays else self.every
        return self._stream(start, more)

    def _stream(self, start: int, number: int) -> Reply:
        body = b"".join(self.frames[start : start + number])
        self.sent.append(body)
        silent = self.silent and self.streams
        return sse(body, *((Wait(threading.Event()),) if silent else ()))
