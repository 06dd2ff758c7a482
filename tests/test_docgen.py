"""man/, completions/ and .assets/ are what gi, its options and the prose make them."""

from collections.abc import Callable

import pytest

from gi_cli.docgen.__main__ import FILES, ROOT


@pytest.mark.parametrize(("name", "make"), FILES.items(), ids=[*FILES])
def test_a_file_is_fresh(name: str, make: Callable[[], str]) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == make(), (
        "python -m gi_cli.docgen writes it"
    )


@pytest.mark.parametrize("folder", sorted({name.split("/")[0] for name in FILES}))
def test_a_folder_holds_nothing_else(folder: str) -> None:
    found = {str(p.relative_to(ROOT)) for p in (ROOT / folder).rglob("*")}
    assert found == {name for name in FILES if name.startswith(f"{folder}/")}
