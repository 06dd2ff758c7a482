"""Events on their way to the reader: folded in, media saved, shown."""

from typing import TYPE_CHECKING, Any

from gi_cli.run import Run
from gi_cli.wire import events, legacy, replay
from gi_cli.wire.assemble import Assembler, Piece, Thought
from gi_cli.wire.events import Event
from gi_cli.wire.medium import Medium

if TYPE_CHECKING:
    from gi_cli.media.gallery import Gallery


def show_event(run: Run, event: Event, state: Assembler) -> None:
    """Fold an event in, and show what it brought."""
    pieces = state.feed(event)
    if run.verbose:
        run.log_unknown(event)
    if event.type != events.STEP_DELTA:
        run.report.know(state)
    if run.gallery:
        pieces = _saved(run, run.gallery, event, pieces, state.id)
    run.sink.event(event, pieces)
    if run.sources and pieces:
        apart = events.is_whole(event.data)
        run.sources.take(pieces, run.sink.shifts, apart=apart)
    if run.progress:
        run.progress.take(pieces, state)
    if run.last and pieces:
        run.last.take(pieces)
    if run.show_thoughts and pieces:
        _think(run, pieces)


def _saved(
    run: Run, gallery: "Gallery", event: Event, pieces: tuple[Piece, ...], id: str
) -> tuple[Piece, ...]:
    """Save what came of media."""
    goes_on = any(isinstance(each, Medium) and each.more for each in pieces)
    brought = any(not isinstance(each, Thought) for each in pieces)
    if gallery.is_open and not goes_on and (brought or event.type in events.ENDS):
        finish_medium(run)
    if any(isinstance(each, Medium) for each in pieces):
        run.flush()  # what came before does not wait until a picture is fetched
    return gallery.take(pieces, id) if pieces else ()


def finish_medium(run: Run) -> None:
    """Nothing more comes of a medium that came in chunks."""
    if run.gallery and (medium := run.gallery.finish()):
        run.sink.finished(medium)


def _think(run: Run, pieces: tuple[Piece, ...]) -> None:
    for piece in pieces:
        if isinstance(piece, Thought):
            for line in filter(None, piece.text.splitlines()):
                run.say(f"gi: thought: {line}")
        elif isinstance(piece, Medium) and piece.thought:
            shown = piece.file.path if piece.file else "not saved (--media-dir DIR)"
            run.say(f"gi: thought: [{piece.kind}] {shown}")


def show_whole(
    run: Run, interaction: dict[str, Any], state: Assembler, *, timeline: bool = False
) -> None:
    """Show an answer that came in one piece, in the shape of a stream.

    A `timeline`, as GET gives it, begins with what the user said.
    """
    whole = legacy.interaction(interaction)
    state.head = {"id": whole.get("id")}  # to be named beside what is not saved
    run.report.know(state)
    keep, state.keep = state.keep, False  # the steps are there already
    for event in replay.events(whole, timeline=timeline):
        show_event(run, event, state)
    finish_medium(run)
    state.keep = keep
    state.adopt(whole)
    run.report.know(state)
    run.flush()
