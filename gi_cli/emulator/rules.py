"""Which faults a request meets: those that concern it, as often as they happen."""

from __future__ import annotations

import random
import threading
from collections import Counter
from typing import TYPE_CHECKING

import orjson

from gi_cli.emulator import web
from gi_cli.emulator.faults import ANY, Faults, Rule, parse

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment


class Rules:
    """The faults of an emulator and of its requests; thread-safe."""

    def __init__(self, text: str) -> None:
        self._always = parse(text)
        self._times: Counter[str] = Counter()
        self._chances: dict[str, random.Random] = {}
        self._drawing = threading.Lock()

    def of(self, environ: WSGIEnvironment) -> Faults:
        """Return what happens to a request; raises FaultError for its header."""
        rules = [*self._always, *parse(web.header(environ, "X-Gi-Fault"))]
        kinds = _kinds(environ) if rules else set()
        faults = Faults()
        for rule in rules:
            found = {
                name: value
                for name, (kind, value) in rule.faults.items()
                if kind in kinds
            }
            if found and rule.on in kinds and self._happens(rule):
                faults = faults._replace(**found)
        return faults

    def _happens(self, rule: Rule) -> bool:
        with self._drawing:
            if rule.chance < 1:
                numbers = self._chances.setdefault(rule.text, _numbers(rule.seed))
                if numbers.random() >= rule.chance:
                    return False
            self._times[rule.text] += 1
            return self._times[rule.text] <= rule.times


def _kinds(environ: WSGIEnvironment) -> set[str]:
    method = environ["REQUEST_METHOD"]
    kinds = {ANY, method}
    match method, environ["PATH_INFO"].split("/")[1:]:
        case "POST", [_, "interactions"]:
            kinds |= {"CREATE", "INTERACTION"}
            if _wants_stream(web.peek(environ)):
                kinds.add("STREAM")
        case "GET", [_, "interactions", _]:
            kinds |= {"READ", "INTERACTION"}
            if web.query(environ).get("stream", "").lower() == "true":
                kinds |= {"STREAM", "RESUME"}
        case "POST", [_, "interactions", _, "cancel"]:
            kinds.add("CANCEL")
        case "POST", ["upload", *_]:
            kinds.add("UPLOAD")
    return kinds


def _wants_stream(body: bytes) -> bool:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return isinstance(value, dict) and value.get("stream") is True


def _numbers(seed: str | None) -> random.Random:
    return random.Random(seed)  # noqa: S311
