"""Results that are given to `gi continue`, for the calls of an earlier turn."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from gi_cli import reading
from gi_cli.errors import UsageError
from gi_cli.history import Before, ask
from gi_cli.inputs import STDIN, Stdin, text_of, text_or_file
from gi_cli.options.commands import Continue
from gi_cli.request import tools
from gi_cli.request.calls import Call, Result, pending, printed_result
from gi_cli.session import Session
from gi_cli.wire import codec

FLAG, FILE_FLAG = "--result", "--results"
KEPT = ("result", "is_error")  # of a result as gi keeps it

Json = dict[str, Any]


class Answers(NamedTuple):
    """Results by the id of their call, and the calls that they leave."""

    given: dict[str, Json]
    calls: list[Call] | None  # None if nobody could be asked which there are

    @property
    def left(self) -> list[Call]:
        """The calls without a result."""
        return [call for call in self.calls or () if call.id not in self.given]

    def steps(self, more: Sequence[Result] = ()) -> list[Json]:
        """All results, in the order of the calls."""
        known = {result.call.id: result.step() for result in more}
        if self.calls is None:
            return list(self.given.values())
        found = {**known, **self.given}
        return [
            {**_head(call), **_rest(found[call.id])}
            for call in self.calls
            if call.id in found
        ]


def _head(call: Call) -> Json:
    return {"type": "function_result", "call_id": call.id, "name": call.name}


def _rest(step: Mapping[str, Any]) -> Json:
    return {k: v for k, v in step.items() if k in KEPT}


def given(
    options: Continue, stdin: Stdin, waiting: Sequence[str] = ()
) -> dict[str, Json]:
    """The results of --results and --result, as steps; raises UsageError.

    An id of those that are `waiting` may hold a `=`.
    """
    found: dict[str, Json] = {}
    if options.results:
        found |= _kept(_text(options.results, stdin))
    for text in options.result or ():
        known = [each for each in waiting if text.startswith(f"{each}=")]
        id, equals, value = text.partition("=")
        if known:
            id = max(known, key=len)
            value = text[len(id) + 1 :]
        if not (id and equals):
            raise UsageError(f"{FLAG}: {text!r} is not CALL_ID=VALUE")
        if id in found:
            raise UsageError(f"{FLAG}: {id} has two results")
        value = text_or_file(value, f"{FLAG} {id}", stdin)
        found[id] = printed_result(Call(id, "", {}, ""), value).step()
    return {
        id: {k: v for k, v in step.items() if v != ""} for id, step in found.items()
    }


def _text(path: str, stdin: Stdin) -> str:
    if path == STDIN:
        return stdin.text(FILE_FLAG)
    with reading.opened(path, FILE_FLAG, stdin.console.waits) as file:
        return text_of(file.read(), path)


def _kept(text: str) -> dict[str, Json]:
    """A file that gi has kept: a list of results; or an object with one value for each
    call, which is taken like what a command prints."""
    value = tools.json_of(text, FILE_FLAG)
    if isinstance(value, dict):
        return {id: _of_value(id, each) for id, each in value.items()}
    if not isinstance(value, list) or not all(map(_is_result, value)):
        raise UsageError(f"{FILE_FLAG}: it is no list of function results")
    found: dict[str, Json] = {}
    for each in value:
        id = each["call_id"]
        if id in found:
            raise UsageError(f"{FILE_FLAG}: {id} has two results")
        found[id] = dict(each)
    return found


def _of_value(id: str, value: Any) -> Json:
    text = value if isinstance(value, str) else codec.dumps(value).decode()
    return printed_result(Call(id, "", {}, ""), text).step()


def _is_result(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.get("type") == "function_result"
        and isinstance(value.get("call_id"), str)
        and "result" in value
    )


def matched(found: dict[str, Json], calls: list[Call], where: str) -> Answers:
    """The results beside the calls that wait; raises UsageError for any other."""
    if not calls:
        raise UsageError(f"no call waits for a result in {where}")
    waiting = [call.id for call in calls]
    for id in found:
        if id not in waiting:
            raise UsageError(
                f"{FLAG}: no call {id} waits for a result; these do: "
                f"{', '.join(waiting)}"
            )
    return Answers(found, calls)


def find(session: Session, options: Continue, before: Before) -> Answers:
    """The results that were given beside the calls that wait, which the transcript or
    the service tells; a preview asks nobody. Raises UsageError."""
    found = given(options, session.stdin)
    if before.transcript:
        steps = [codec.loads(line) for line in before.transcript.lines]
        where = str(before.transcript.path)
    elif session.previews(options):
        return Answers(found, None)
    else:
        where = str(before.id)
        steps = ask(session, where).get("steps") or []
    calls = pending(steps)
    if any("=" in call.id for call in calls):  # where an id ends is known only now
        found = given(options, session.stdin, [call.id for call in calls])
    return matched(found, calls, where)
