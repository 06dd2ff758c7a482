"""Help as it is printed: plain, in sections, one line for each option."""

from collections.abc import Mapping, Sequence
from typing import Any

from typer.core import TyperCommand, TyperGroup

HELP_NAMES = {"help_option_names": ["-h", "--help"]}
CODES = "gi help exit-codes tells what the exit code means."


def epilog(prose: str, examples: Sequence[str]) -> str:
    """What stands below the options, in the form that `Ending` takes apart."""
    return "\n".join((prose, *examples))


class Ending:
    """Examples as they are typed, then the prose."""

    def get_help_option(self, ctx: Any) -> Any:
        """Describe --help in the words of the other options."""
        option = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None:
            option.help = "show this help"
        return option

    def format_epilog(self, _ctx: Any, formatter: Any) -> None:
        """Write the examples without breaking their lines."""
        prose, *examples = (self.epilog or "").split("\n")  # type: ignore[attr-defined]
        if examples:
            with formatter.section("Examples"):
                for example in examples:
                    formatter.write(f"  {example}\n")
        formatter.write_paragraph()
        formatter.write_text(f"{prose} {CODES}".strip())


class Command(Ending, TyperCommand):
    """A command, with one section for each group of options."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the sections in the order of the declaration, words first."""
        sections: dict[str, list[tuple[str, str]]] = {"Arguments": []}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record:
                panel = getattr(parameter, "rich_help_panel", None)
                words = parameter.param_type_name == "argument"
                title = "Arguments" if words else panel or "Help"
                sections.setdefault(title, []).append(record)
        for title, rows in sections.items():
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


class Group(Ending, TyperGroup):
    """Commands, in sections."""

    sections: Mapping[str, Sequence[str]] = {}  # what none names comes under "Commands"

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the commands first."""
        self.format_commands(ctx, formatter)
        rows = [each.get_help_record(ctx) for each in self.get_params(ctx)]
        with formatter.section("Options"):
            formatter.write_dl([row for row in rows if row])

    def format_commands(self, _ctx: Any, formatter: Any) -> None:
        """Write a line for each command."""
        named = {name for names in self.sections.values() for name in names}
        others = [name for name in self.commands if name not in named]
        width = max(map(len, self.commands))
        for title, names in {**self.sections, "Commands": others}.items():
            rows = [(n.ljust(width), self._line(n)) for n in names]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)

    def _line(self, name: str) -> str:
        return self.commands[name].get_short_help_str(limit=70).removesuffix(".")
