"""A configuration of the test's own, and the environment that finds it."""

from pathlib import Path
from typing import NamedTuple

from tests.conftest import KEY


class Profile(NamedTuple):
    path: Path
    environ: dict[str, str]

    def __str__(self) -> str:
        return str(self.path)


def profile(folder: Path, content: str | bytes, **variables: str) -> Profile:
    path = folder / "config" / "gi" / "config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    home = {"HOME": str(folder), "XDG_CONFIG_HOME": f"{folder}/config"}
    return Profile(path, {"GEMINI_API_KEY": KEY, **home, **variables})
