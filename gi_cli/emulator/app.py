"""The WSGI application: routes to answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from http.client import responses
from typing import TYPE_CHECKING, Any

from gi_cli.emulator import (
    answers,
    breaking,
    ending,
    pairing,
    prompt,
    script,
    stream,
    web,
)
from gi_cli.emulator.checks import check
from gi_cli.emulator.database import StorageError
from gi_cli.emulator.faults import FaultError, Faults
from gi_cli.emulator.files import Files, is_chunk
from gi_cli.emulator.record import Record, request
from gi_cli.emulator.refusal import (
    RefusedError,
    bad_key,
    internal,
    invalid,
    no_key,
    no_route,
    not_found,
)
from gi_cli.emulator.replay import Replay
from gi_cli.emulator.rules import Rules
from gi_cli.emulator.storage import Memory, Storage
from gi_cli.emulator.usage import usage
from gi_cli.emulator.watch import Watch

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

_AGENT_SECONDS = 2.5  # how long a run in the background takes
_MODEL_SECONDS = 1.0


class Emulator:
    """Google's Interactions API as far as its wire format goes.

    What it says is in `script`, which functions it calls in `calling`.

    `sleep` lets the time of `now` pass. A background run takes a few seconds of it,
    whether or not anybody watches. JSON answers are lists of bytes: all is done before
    they are given, and there is nothing to close. `fault` is what `faults` describes,
    for every request; it raises FaultError. A fault that breaks the connection is a
    BrokenError, raised for the answer or out of its chunks. With a `replay`, creates
    are answered from it alone.
    """

    require_key = False
    replay = Replay(())

    def __init__(
        self,
        *,
        now: Callable[[], float] = time.time,
        new_id: Callable[[], str] | None = None,
        new_file_id: Callable[[], str] | None = None,
        storage: Storage | None = None,
        sleep: Callable[[float], None] = time.sleep,
        fault: str = "",
    ) -> None:
        self._now, self._sleep = now, sleep
        self._new_id = new_id or _random_id
        self._kept = storage or Memory()
        self._files = Files(self._kept, now, new_file_id)
        self._rules = Rules(fault)

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Answer one request."""
        answer = self._answer(environ)
        reason = responses.get(answer.status, "Unknown")
        start_response(f"{answer.status} {reason}", answer.headers)
        return answer.chunks

    def _answer(self, environ: WSGIEnvironment) -> web.Answer:
        try:
            faults = self._rules.of(environ)
        except FaultError as error:
            message = f"Invalid value for header 'x-gi-fault': {error}."
            return _refusal(invalid(message))
        whole = breaking.refusal(faults) or self._whole(environ, faults)
        return breaking.answer(whole, faults)

    def _whole(self, environ: WSGIEnvironment, faults: Faults) -> web.Answer:
        try:
            return self._route(environ, faults)
        except RefusedError as refused:
            return _refusal(refused)
        except StorageError as error:
            return _refusal(internal(str(error)))

    def _route(self, environ: WSGIEnvironment, faults: Faults) -> web.Answer:
        if is_chunk(environ):
            return self._files.receive(environ)
        self._admit(environ)
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        match method, path.split("/")[1:]:
            case "POST", ["v1beta" | "v1", "interactions"]:
                return self._create(web.body(environ), web.origin(environ), faults)
            case "GET", ["v1beta" | "v1", "interactions", interaction_id]:
                record = self._find(interaction_id)
                return self._get(record, web.query(environ), faults)
            case "POST", ["v1beta" | "v1", "interactions", interaction_id, "cancel"]:
                return self._cancel(interaction_id)
            case "DELETE", ["v1beta" | "v1", "interactions", interaction_id]:
                return self._delete(self._find(interaction_id))
            case "POST", ["upload", "v1beta" | "v1", "files"]:
                return self._files.start(environ)
            case _, ["v1beta" | "v1", "files", *route]:
                return self._files.answer(environ, route)
            case "GET", ["v1beta" | "v1", "media", name]:
                return _medium(name)
        raise no_route(method, path)

    def _admit(self, environ: WSGIEnvironment) -> None:
        """Refuse a request for its key, or because it has none."""
        if web.header(environ, "X-Goog-API-Key") == "invalid":
            raise bad_key()
        if self.require_key and not web.has_key(environ):
            raise no_key()

    def _create(self, body: dict[str, Any], origin: str, faults: Faults) -> web.Answer:
        try:
            return self._created(body, origin, faults)
        except RefusedError as refused:
            if refused.late and body.get("stream"):
                return breaking.framed(refused.status, refused.body)
            raise

    def _created(self, body: dict[str, Any], origin: str, faults: Faults) -> web.Answer:
        check(body)
        self._files.check(body, origin)
        if self.replay:
            return self._replayed(body, faults)
        record = self._generate(body, origin, faults.end)
        if record.id:
            self._kept.put(record)
        if body.get("stream"):
            return self._stream(record, faults)
        return web.json(answers.created(self._seen(record, faults)))

    def _replayed(self, body: dict[str, Any], faults: Faults) -> web.Answer:
        asked = self._asked(body)
        recording = self.replay.next()
        if recording.id:
            self._kept.put(recording.record(body, asked, self._now()))
        if body.get("stream"):
            return self._events(recording.chunks(), faults)
        return web.json(recording.interaction)

    def _get(self, record: Record, query: dict[str, str], faults: Faults) -> web.Answer:
        if faults.gone:
            raise _unknown(record.id)
        include_input = _flag(query, "include_input")
        saved = self.replay.find(record.id)
        if not _flag(query, "stream"):
            seen = self._seen(record, faults)
            done = stream.steps_done(seen, self._now())
            told = answers.stored(seen, done, include_input=include_input)
            return web.json(told | saved.head if saved else told)
        if faults.resume_refused:
            raise invalid(f"Interaction '{record.id}' cannot be streamed.")
        after = query.get("last_event_id", "")
        known = saved.has_event(after) if saved else stream.has_event(record, after)
        if after and not known:
            raise invalid(f"Unknown event id '{after}' in 'last_event_id'.")
        after = "" if faults.replay else after
        if saved:
            return self._events(saved.chunks(after), faults)
        return self._stream(record, faults, after=after)

    def _seen(self, record: Record, faults: Faults) -> Record:
        """Return the interaction as one sees it while it may be queued."""
        is_queued = self._now() < record.created + faults.queued
        if is_queued and record.status == "in_progress":
            return record._replace(status="queued")
        return record

    def _cancel(self, interaction_id: str) -> web.Answer:
        now = self._now()

        def cancelled(record: Record) -> Record:
            record = record.at(now)
            if record.status in ending.RUNNING:
                return record._replace(status="cancelled", updated=now)
            raise invalid(
                f"Interaction '{record.id}' is {record.status}: "
                "only one that runs in the background can be cancelled."
            )

        if record := self._kept.change(interaction_id, cancelled):
            return web.json(answers.bare(record))
        raise _unknown(interaction_id)

    def _delete(self, record: Record) -> web.Answer:
        self._kept.remove(record.id)
        return web.nothing()

    def _stream(self, record: Record, faults: Faults, *, after: str = "") -> web.Answer:
        watch = Watch(record, self._kept, self._now, self._sleep)
        ids = not faults.no_event_ids
        chunks = stream.chunks(
            record, watch, after=after, ids=ids, queued=faults.queued
        )
        return self._events(chunks, faults)

    def _events(self, chunks: Iterator[bytes], faults: Faults) -> web.Answer:
        broken = breaking.stream(chunks, faults, self._sleep)
        return web.Answer([("Content-Type", "text/event-stream")], broken)

    def _generate(self, body: dict[str, Any], origin: str, end: str) -> Record:
        asked = self._asked(body)
        steps = ending.left(script.steps(body, asked, origin), end)
        outcome = end or script.outcome(steps, asked)
        started = self._now()
        return Record(
            id=self._new_id() if body.get("store", True) else "",
            body=request(body),
            asked=asked,
            status="in_progress" if body.get("background") else outcome,
            created=started,
            updated=started,
            seconds=_seconds(body),
            steps=steps,
            usage=usage(body, asked, steps),
            outcome=outcome,
        )

    def _asked(self, body: dict[str, Any]) -> prompt.Prompt:
        before = self._before(body)
        said = before.said if before else []
        pairing.check(said, prompt.steps(body))
        return prompt.read(body, before.asked if before else None, said)

    def _before(self, body: dict[str, Any]) -> Record | None:
        """Return the interaction that this one follows."""
        if not (previous := body.get("previous_interaction_id")):
            return None
        record = self._find(previous)
        if record.status in ending.RUNNING:
            raise invalid(f"Interaction '{previous}' is still {record.status}.")
        return record

    def _find(self, interaction_id: str) -> Record:
        if record := self._kept.get(interaction_id):
            return record.at(self._now())
        raise _unknown(interaction_id)


def _medium(name: str) -> web.Answer:
    from gi_cli.emulator.media.address import find

    medium = find(name)
    return web.data(medium.data(), medium.mime_type)


def _unknown(interaction_id: str) -> RefusedError:
    return not_found(f"Interaction '{interaction_id}' not found.")


def _seconds(body: dict[str, Any]) -> float:
    if not body.get("background"):
        return 0
    return _AGENT_SECONDS if body.get("agent") else _MODEL_SECONDS


def _flag(query: dict[str, str], name: str) -> bool:
    value = query.get(name, "false").lower()
    if value not in {"true", "false"}:
        raise invalid(f"Invalid value for parameter '{name}': must be true or false.")
    return value == "true"


def _refusal(refused: RefusedError) -> web.Answer:
    return web.json(refused.body, status=refused.status)


def _random_id() -> str:
    import secrets  # slow to import, not needed before the first id

    return f"v1_{secrets.token_urlsafe(24)}"
