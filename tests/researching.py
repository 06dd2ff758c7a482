"""A service in this process whose time is the test's, and gi asking it."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import httpx
import orjson

from gi_cli.emulator.app import Emulator
from gi_cli.transport.offline import Offline
from tests.conftest import KEY, Done, FakeClock, run_main

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gi_cli.waits import Waits

URL = "https://gi.test"
PATH = "/v1beta/interactions"
AGENT = "deep-research-preview-04-2026"
MAX = "deep-research-max-preview-04-2026"
WAIT = f"gi wait --base-url {URL}"
GET = f"gi get --base-url {URL}"
RELEASE = f"gi release --base-url {URL}"


class Service:
    """An emulator with the ids v1_1, v1_2 ..., and a record of what it was asked."""

    def __init__(
        self, home: Path, fault: str = "", clock: FakeClock | None = None
    ) -> None:
        self.clock = clock or FakeClock()
        self.fault = fault
        self.requests: list[httpx.Request] = []
        self._waits: Waits
        number = itertools.count(1)
        app = Emulator(
            now=self.clock.now,
            new_id=lambda: f"v1_{next(number)}",
            sleep=self._sleep,
        )
        self._inner = Offline(app, self._sleep)
        self.environ = {"GEMINI_API_KEY": KEY, "XDG_STATE_HOME": f"{home}.state"}

    def gi(
        self,
        *argv: str,
        code: int = 0,
        stdin: bytes | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> Done:
        """Run gi; the exit code is asserted."""
        return run_main(
            *argv,
            *("--base-url", URL),
            code=code,
            stdin=stdin,
            environ={**self.environ, **(environ or {})},
            clock=self.clock,
            service=self._serving,
        )

    @property
    def creates(self) -> int:
        """How many requests could have been paid for."""
        return len(self.bodies)

    @property
    def bodies(self) -> list[Any]:
        """The bodies of those requests."""
        found = [r for r in self.requests if (r.method, r.url.path) == ("POST", PATH)]
        return [orjson.loads(r.content) for r in found]

    def _serving(self, waits: Waits) -> httpx.BaseTransport:
        self._waits = waits
        return _Transport(self)

    def answer(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        if self.fault:
            request.headers["x-gi-fault"] = self.fault
        return self._inner.handle_request(request)

    def _sleep(self, seconds: float) -> None:
        """Let time pass as the alarm of a process would see it."""
        end = self.clock.time + seconds
        while (left := end - self.clock.time) > 0:
            with self._waits.for_server():
                self.clock.sleep(min(left, 1.0))
        with self._waits.for_server():
            pass


class _Transport(httpx.BaseTransport):
    def __init__(self, service: Service) -> None:
        self._service = service

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._service.answer(request)
