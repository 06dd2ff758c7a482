"""What is noted of a turn, the moment it is known: ledger and --id-file."""

from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from gi_cli.errors import UsageError, WriteFailed
from gi_cli.output import AtomicFile
from gi_cli.places import local
from gi_cli.request.inherit import settings_of
from gi_cli.waits import Clock, DeadlineReached
from gi_cli.wire import codec
from gi_cli.wire.assemble import Assembler
from gi_cli.wire.status import NOT_STORED

if TYPE_CHECKING:
    from gi_cli.ledger import Ledger, Turn
    from gi_cli.once import Claim

BRIEFLY = 0.2  # seconds
AT_THE_END = 1.0
SENDING = "sending"  # a background request is under way: its id is not known yet


class Place(NamedTuple):
    """Where turns belong."""

    origin: str
    command: str
    session: str | None
    terminal: str | None


class Recorder:
    """Notes one command's turns. The ledger is opened when there is an id to note."""

    def __init__(
        self,
        ledger: "Callable[[], Ledger]",
        clock: Clock,
        place: Place,
        id_file: str | None,
    ) -> None:
        self._find_ledger, self._clock, self._place = ledger, clock, place
        self._id_file = id_file
        self._file = AtomicFile(local(id_file), "--id-file") if id_file else None
        self.late: WriteFailed | None = None  # told at the end
        self.claim: Claim | None = None  # of --once: it knows first
        self._row: int | None = None
        self._id: str | None = None
        self._body: dict[str, Any] = {}
        self._began = 0.0

    def starting(self, body: dict[str, Any]) -> None:
        """A request is about to be sent; only background work is noted before."""
        self._row, self._id, self._body = None, None, body
        self._began = self._clock.now()
        if self.claim:
            self.claim.sending()
        if body.get("background"):
            self._row = self._ledger.add(self._turn(None, SENDING, {}))

    def refused(self) -> None:
        """The request surely created nothing."""
        if self.claim:
            self.claim.release()
        if self._row is not None:
            self._ledger.drop(self._row)

    def known(self, state: Assembler) -> None:
        """Note the id, once. A request that keeps nothing has none."""
        if not state.id or state.id == self._id:
            return
        self._id = state.id
        self._write_id(state.id)
        self._claim(state.id)
        turn = self._turn(state.id, state.status, state.head)
        if self._row is None:  # the stream does not wait for other processes
            self._row = self._ledger.add(turn, patience=BRIEFLY)
        else:
            self._ledger.know(self._row, turn)

    def ended(self, state: Assembler) -> None:
        """Note how it ended, also if the service keeps nothing of it."""
        self.known(state)
        if not self._id and not state.head:
            return
        status = state.status if self._id else NOT_STORED
        turn = self._turn(self._id, status, state.head)
        with suppress(DeadlineReached):  # the answer has come: that is how it ended
            if self._row is None:
                self._row = self._ledger.add(turn, patience=AT_THE_END)
            else:
                self._ledger.know(self._row, turn, patience=AT_THE_END)

    @cached_property
    def _ledger(self) -> "Ledger":
        return self._find_ledger()

    def _turn(self, id: str | None, status: str | None, head: dict[str, Any]) -> "Turn":
        from gi_cli.ledger import Turn

        body = self._body
        return Turn(
            origin=self._place.origin,
            id=codec.text(id),
            previous_id=codec.text(body.get("previous_interaction_id")),
            command=self._place.command,
            model=codec.text(body.get("model")),
            agent=codec.text(body.get("agent")),
            status=codec.text(status),
            created=self._began,
            updated=self._clock.now(),
            session=self._place.session,
            terminal=self._place.terminal,
            settings=settings_of(body, head),
        )

    def _claim(self, id: str) -> None:
        try:
            if self.claim:
                self.claim.known(id)
        except WriteFailed as error:  # the answer itself goes on
            self.late = error

    def _write_id(self, id: str) -> None:
        if self._id_file is None:
            return
        try:
            file = self._file or AtomicFile(local(self._id_file), "--id-file")
            self._file = None
            write_id(file, id)
        except (UsageError, WriteFailed) as error:  # the answer itself goes on
            self.late = WriteFailed(error.message)

    def close(self) -> None:
        """Let go of files; an --id-file without an id is not made."""
        if self._file is not None:
            self._file.commit()
        if "_ledger" in self.__dict__:
            self._ledger.close()


def write_id(file: AtomicFile, id: str) -> None:
    """Make an --id-file of it; raises WriteFailed."""
    file.write(codec.encode(f"{id}\n"))
    file.commit()
