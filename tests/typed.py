"""Whether Google's SDK for Python knows all of what it was given.

Its models keep what they do not know: fields, values of enums, whole objects. And what
does not fit a type is made an object of that type without being looked at. All of it
looks well to a program that only reads what it expects.
"""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError

# What the API sends and the types leave out.
SENT = {("Interaction", "object")}
FREE = ("DynamicAgentConfig",)  # takes any field


def unknown(value: Any, where: str = "") -> list[str]:
    """Whatever the types do not say of a value that the SDK has made; none is well."""
    return [*_strange(value, where), *_unfit(value)]


def _strange(value: Any, where: str) -> Iterator[str]:
    where = where or type(value).__name__
    if isinstance(value, BaseModel):
        if getattr(value, "is_unknown", False):
            yield f"{where} is a {type(value).__name__}: {value}"
        yield from (f"{where}.{name} is not a field" for name in _extra(value))
        for name, inner in value:
            if name in type(value).model_fields:
                yield from _strange(inner, f"{where}.{name}")
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _strange(inner, f"{where}[{at}]")
    elif type(value).__name__.startswith("Unrecognized"):
        yield f"{where} is no value of its type: {value}"


def _extra(value: BaseModel) -> Iterator[str]:
    name = type(value).__name__
    if type(value).model_fields and name not in FREE:
        found = value.model_extra or {}
        yield from (field for field in found if (name, field) not in SENT)


def _unfit(value: Any) -> Iterator[str]:
    """Validate again, with nothing to fall back on."""
    if isinstance(value, BaseModel):
        told = value.model_dump(
            mode="json", by_alias=True, exclude_unset=True, warnings=False
        )
        try:
            type(value).model_validate(told)
        except ValidationError as error:
            yield str(error)
