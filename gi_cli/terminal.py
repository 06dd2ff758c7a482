"""Ask a person on the terminal, whatever stdin and stdout are.

What is typed is read in the terminal's own line mode, so it is echoed and edited as
everywhere else. `/dev/tty` is opened anew: that it does not block is seen by nobody
else who has the terminal open.
"""

import os
import re
import select
import termios
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from enum import Enum, auto
from typing import NamedTuple

from gi_cli import reading
from gi_cli.console import Console, in_a_line, visible, with_shapes
from gi_cli.errors import GiError, UsageError
from gi_cli.inputs import text_of
from gi_cli.wire import codec

SWITCHES = ("GI_NO_INPUT", "CI")  # any value but an empty one: nobody is asked
FLAGS = os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC
READ_SIZE = 1 << 16
CUT = 4095  # bytes; Linux drops what a longer line has in front of its newline
QUIET = 0.1  # seconds in which nothing comes, or until the next look
MOST_NAME = 200  # characters that are shown
MOST = 2000  # characters of the arguments
MOST_LINES = 30
ONE_LINE = 76  # characters that need no layout
JSON_TOKEN = re.compile(
    r'"[^"\\]*(?:\\.[^"\\]*)*\\?"?|[ \t\r\n]+|[\[\]{},:]|[^"\[\]{},: \t\r\n]+',
    re.DOTALL,
)
SPACE = " \t\r\n"
SPACED = {",": ", ", ":": ": "}
HOW = "type its result; or Enter, lines and a lone .; or @FILE; s skips, q quits"
RUN_ANSWERS = "answer y (run it), n (skip it) or q (quit)"
ANSWERS = "answer y (yes) or n (no)"


class Choice(Enum):
    """An answer that is not a text."""

    YES = auto()
    SKIP = auto()
    QUIT = auto()  # also: nobody is there any more


class Typed(NamedTuple):
    """The result of a function call, as a person gave it."""

    text: str


Answer = Typed | Choice


def find(
    environ: Mapping[str, str], console: Console, *, no_input: bool
) -> "Terminal | None":
    """Where a person can be asked; None where nobody is there or wants to be asked.

    That is known at once: nothing here reads, writes or changes the terminal, so a job
    in its background is not stopped.
    """
    number = None if no_input else opened(environ, console)
    return Terminal(number, console) if isinstance(number, int) else None


def opened(environ: Mapping[str, str], console: Console) -> int | str:
    """The terminal's descriptor, or why nobody can be asked."""
    if switch := next(filter(environ.get, SWITCHES), None):
        return f"{switch} is set"
    if not console.stderr_tty:
        return "stderr is no terminal"
    try:
        number = os.open("/dev/tty", FLAGS)
    except OSError:
        return "there is no terminal"
    if _in_foreground(number):
        return number
    os.close(number)
    return "gi is in the background"


def _in_foreground(number: int) -> bool:
    try:
        return os.tcgetpgrp(number) == os.getpgrp()
    except OSError:  # it was hung up
        return False


class Terminal:
    """The controlling terminal, open for questions; what was typed ahead is kept."""

    def __init__(self, number: int, console: Console) -> None:
        self._number = number
        self._console, self._waits = console, console.waits
        self._ahead = b""

    def close(self) -> None:
        """Ask nothing any more."""
        os.close(self._number)

    def ask_result(self, name: str, arguments: str, *, number: int, of: int) -> Answer:
        """Ask for the result of a call; `arguments` is JSON text, valid or not."""
        counted = f" ({number} of {of})" if of > 1 else ""
        return self._ask(
            _call(name, arguments, counted), f"gi: {HOW}\n> ", self._result
        )

    def ask_run(self, name: str, arguments: str, command: str) -> Answer:
        """Ask whether a command may answer a call: YES, SKIP or QUIT.

        Only what is typed after the question counts: the rest of a pasted text is
        nobody's consent.
        """
        prompt = f"gi: run {_inline(command, MOST)}? [y/N/q] "
        shown = _call(name, arguments)
        return self._ask(shown, prompt, lambda: self._consent(RUN_ANSWERS), afresh=True)

    def ask_yes(self, shown: str, question: str) -> bool:
        """Ask whether to do something; both texts are shown as they are."""
        prompt = f"gi: {question}? [y/N] "
        answer = self._ask(shown, prompt, lambda: self._consent(ANSWERS), afresh=True)
        return answer is Choice.YES

    def _ask(
        self,
        question: str,
        prompt: str,
        answer: Callable[[], Answer],
        *,
        afresh: bool = False,
    ) -> Answer:
        """Show the question until it is answered; a terminal that is gone is QUIT."""
        if not _in_foreground(self._number):
            return Choice.QUIT
        try:
            self._console.start_line()
            if afresh:
                self._drop()
            self._write(question + prompt)
            while True:
                try:
                    return answer()
                except UsageError as refused:
                    self._drop()
                    again = prompt.rpartition("\n")[2]
                    self._write(f"gi: {visible(refused.message)}\n{again}")
        except (OSError, EOFError):
            self._end_line()
            return Choice.QUIT
        except GiError:
            self._end_line()
            raise

    def _result(self) -> Answer:
        line = self._line()
        if not line:
            return Typed(_text(*iter(self._line, b".")))
        text = _text(line)
        if text.strip() in ("s", "q"):
            return Choice.SKIP if text.strip() == "s" else Choice.QUIT
        if text.startswith("@@"):
            return Typed(text[1:])
        return Typed(self._file(text[1:]) if text.startswith("@") else text)

    def _consent(self, answers: str) -> Answer:
        match _text(self._line()).strip().lower():
            case "y" | "yes":
                return Choice.YES
            case "" | "n" | "no" | "s":
                return Choice.SKIP
            case "q":
                return Choice.QUIT
        raise UsageError(answers)

    def _file(self, path: str) -> str:
        with reading.opened(path, "the result", self._waits) as file:
            try:
                return text_of(file.read(), path)
            except OSError as error:
                raise UsageError(f"{path}: {error.strerror}") from error

    def _line(self) -> bytes:
        """The next line without its newline; raises EOFError for Ctrl-D or a hangup.

        Ctrl-D behind some text only hands that over, and the line goes on.
        """
        while b"\n" not in self._ahead:
            piece = self._read()
            if not piece:
                self._ahead = b""
                raise EOFError
            self._ahead += piece
        line, _, self._ahead = self._ahead.partition(b"\n")
        return line

    def _read(self) -> bytes:
        """What the terminal has. After Ctrl-Z and `bg` it belongs to somebody else, and
        reading would stop gi: then it waits for `fg`."""
        while True:
            with suppress(BlockingIOError), self._waits:
                select.select([self._number], [], [])
                if os.tcgetpgrp(self._number) == os.getpgrp():
                    return os.read(self._number, READ_SIZE)
            self._waits.sleep(QUIET)

    def _drop(self) -> None:
        """Forget what was typed before a person could see what is written next.

        A long paste comes in parts, so its end is a moment in which nothing comes.
        """
        self._ahead = b""
        while self._comes_within(QUIET):
            if not self._read():
                raise EOFError
        with suppress(termios.error):
            termios.tcflush(self._number, termios.TCIFLUSH)  # a line without an end

    def _comes_within(self, seconds: float) -> bool:
        with self._waits:
            return bool(select.select([self._number], [], [], seconds)[0])

    def _write(self, text: str) -> None:
        left = memoryview(codec.encode(text))
        while left:
            with self._waits:
                select.select([], [self._number], [])
            try:
                left = left[os.write(self._number, left) :]
            except BlockingIOError:  # no room for a newline, which is two characters
                self._waits.sleep(QUIET)

    def _end_line(self) -> None:
        """What comes next does not stand behind the prompt or the echo of Ctrl-C."""
        with suppress(OSError):
            os.write(self._number, b"\n")


def _text(*lines: bytes) -> str:
    """Lines as one text; raises UsageError for what may not be what was typed."""
    if any(len(line) >= CUT for line in lines):
        raise UsageError(
            f"the terminal cuts a line at {CUT:,} bytes: put it in a file, answer @FILE"
        )
    try:
        return b"\n".join(lines).decode()
    except UnicodeDecodeError as error:
        raise UsageError("that is not UTF-8: type it again") from error


def _call(name: str, arguments: str, counted: str = "") -> str:
    """A call for people, each line of it either gi's own or indented."""
    text = arguments.strip(SPACE)
    shown = "".join(f"  {line}\n" for line in _layout(text)) if text else ""
    return f"gi: the model calls {_inline(name)}{counted}\n{shown}"


def _inline(text: str, most: int = MOST_NAME) -> str:
    """Foreign text in one line; nothing that a person agrees to is without a shape."""
    left = len(text) - most
    more = f"... ({left:,} characters left out)" if left > 0 else ""
    return in_a_line(with_shapes(text[:most])) + more


def _layout(arguments: str) -> Iterator[str]:
    """JSON text as lines, one for each member of the outermost object or list.

    Only the space between tokens is changed: what a parser would drop (a key that comes
    twice) or change (a large number) is shown as it is.
    """
    if len(arguments) <= ONE_LINE and "\n" not in arguments:
        yield _inline(arguments)
        return
    lines, depth, end = [""], 0, 0
    for found in JSON_TOKEN.finditer(arguments, 0, MOST):
        part, end = found[0], found.end()
        depth = max(depth - (part in "]}"), 0)
        if part in "]}" and depth == 0:
            lines.append("")
        if part[0] in SPACE:
            part = " " if lines[-1][-1:] not in ("", " ") else ""
        lines[-1] += SPACED.get(part, part)
        depth += part in ("[", "{")
        if depth == 1 and part in ("[", "{", ","):
            lines.append("  ")
        if len(lines) > MOST_LINES:
            break
    yield from (
        _inline(line.rstrip(" "), 2 * MOST) for line in lines if line.strip(" ")
    )
    if left := len(arguments) - end:
        yield f"... ({left:,} characters left out)"
