"""How long bash takes to answer at TAB."""

from pathlib import Path

from tests.bench.place import Place

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("reference") / "complete.sh"


def answered(place: Place) -> float:
    completions = ROOT / "completions/gi.bash"
    assert completions.is_file(), f"{completions.relative_to(ROOT)} is missing"
    spent = place.run("/bin/bash", str(SCRIPT), str(completions))
    said = place.out.read_text().split()
    assert said == ["--format"], f"gi create --form is completed by {said}"
    return spent.wall


def started(place: Place) -> float:
    """The same process that answers nothing."""
    return place.run("/bin/bash", str(SCRIPT)).wall
