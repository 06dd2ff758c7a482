"""Words, files and stdin, read before anything is sent."""

from collections.abc import Callable, Sequence
from typing import IO

from gi_cli import reading
from gi_cli.console import Console
from gi_cli.errors import UsageError

STDIN = "-"
EXAMPLE = 'gi create "Why is the sky blue?"'
UNREAD = "stdin has data that was not read; pass - as the first or last word to send it"


class Stdin:
    """stdin, read at most once and only where it was named."""

    def __init__(self, console: Console, say: Callable[[str], None]) -> None:
        self.console, self._say = console, say
        self.read_for: str | None = None
        self._told = False

    def text(self, name: str) -> str:
        """Read it all for `name`; two names for stdin are a usage error."""
        self._claim(name)
        return text_of(reading.whole(self.console.read_some, "stdin"), "stdin")

    def spooled(self, name: str) -> IO[bytes]:
        """Read it all for `name` into a file, which is on disk if it is large."""
        self._claim(name)
        return reading.spooled(self.console.read_some, "stdin")

    def _claim(self, name: str) -> None:
        if self.read_for is not None:
            raise UsageError(f"stdin is named twice: for {self.read_for} and {name}")
        self.console.require_stdin()
        self.read_for = name

    def tell_unread(self) -> None:
        """Say once that data is waiting which nobody asked for."""
        if self.read_for is None and not self._told and self.console.stdin_waiting():
            self._told = True
            self._say(f"gi: {UNREAD}")


def text_of(data: bytes, name: str) -> str:
    """Text as UTF-8, whatever the locale, without a byte order mark.

    Raises UsageError for bytes that are no text: a NUL, or invalid UTF-8.
    """
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise UsageError(f"{name} is not UTF-8 text (at byte {error.start})") from error
    if "\0" in text:
        place = data.index(b"\0")
        raise UsageError(f"{name} is not text: it has a NUL at byte {place}")
    return text


def text_in(file: IO[bytes], name: str) -> str:
    """The text of a file that nobody has read from; raises UsageError."""
    reading.require_short(reading.size(file), name)
    return text_of(reading.some(file, name), name)


def text_or_file(value: str, flag: str, stdin: Stdin) -> str:
    """The value of a flag that takes TEXT|@FILE; `@-` is stdin, `@@` a literal @."""
    if value.startswith("@@"):
        return value[1:]
    if not value.startswith("@"):
        return value
    if value == "@-":
        return stdin.text(flag)
    with reading.opened(value[1:], flag, stdin.console.waits) as file:
        return text_in(file, value[1:])


def prompt_texts(
    words: Sequence[str], stdin: Stdin, *, literal: int = 0, alone: bool = True
) -> list[str]:
    """The texts of one user turn, in order: words joined by a space, and stdin.

    stdin is read where `-` is the first or last word, or when the words are `alone`,
    there are none, and stdin is open and no terminal. The last `literal` words came
    after `--`: a `-` among them is somebody's text. Raises UsageError when there is
    nothing to send.
    """
    if not words:
        if not alone:
            return []
        if stdin.read_for or not stdin.console.stdin_offered:
            raise UsageError("there is no prompt", hints=(EXAMPLE,))
        words = [STDIN]
    first = words[0] == STDIN and literal < len(words)
    last = len(words) > 1 and words[-1] == STDIN and not literal
    if first and last:
        raise UsageError("stdin is named twice: as the first and as the last word")
    texts = [" ".join(words[first : len(words) - last])]
    if first or last:
        text = stdin.text("-")
        if not text.strip() and texts[0].strip():
            raise UsageError("stdin is empty: nothing stands where - is")
        texts.insert(0 if first else 1, text)
    texts = [text for text in texts if text.strip()]
    if not texts:
        raise UsageError("the prompt is empty", hints=(EXAMPLE,))
    return texts
