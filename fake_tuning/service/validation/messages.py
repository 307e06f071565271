"""The grammar in which AWS says what is wrong with a request: ``N validation errors detected: …``.

How well the texts are known:

* quoted from the service: those of length, pattern, number, enum, map values; the paths; several errors in
  one message; a sensitive value left out. Quoted from other services: those of map keys and of a null member.
* inferred: a list, map or structure printed as Java's ``toString``; list sizes in the words of lengths;
  clauses in a fixed order (length, enum, pattern; members as in the model); a null in a list or map.
* invented: that an optional member may not be null either; the text of a union; and all of
  SerializationException, which a value of the wrong type gets, alone: what cannot be read is not checked.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from fake_tuning.domain.vocabulary.suggestions import choices, nearest
from fake_tuning.service.errors import ServiceError, validation

if TYPE_CHECKING:
    from botocore.model import Shape

NOT_NULL = "Member must not be null"
_SIZED = frozenset({"string", "list", "map"})


class Violation(NamedTuple):
    """One constraint that a value breaks.

    Attributes:
        path: the steps to the value, outermost first.
        before: the words that go before the path.
        after: the words that go after it.
        unreadable: whether the value could not even be read, being of another type.
        nearest: of a value that is none of an enum, the one that it is most like.
    """

    path: tuple[str, ...]
    before: str
    after: str
    unreadable: bool = False
    nearest: str | None = None

    @property
    def text(self) -> str:
        """The clause, as it stands in the message."""
        where = f" at '{'.'.join(self.path)}'" if self.path else ""
        return f"{self.before}{where}{self.after}"

    @property
    def advice(self) -> str:
        """The clause, with the nearest legal value if there is one: for people, where AWS's words do not matter."""
        return f"{self.text}: did you mean {self.nearest!r}?" if self.nearest else self.text

    def under(self, *steps: str) -> Violation:
        """Return this violation as the holder of the value sees it."""
        return self._replace(path=(*steps, *self.path))


def refusal(found: Sequence[Violation]) -> ServiceError:
    """Return the error that a request with these violations, one at least, is answered with."""
    for violation in found:
        if violation.unreadable:
            return ServiceError("SerializationException", violation.text)
    count = "1 validation error" if len(found) == 1 else f"{len(found)} validation errors"
    return validation(f"{count} detected: {'; '.join(violation.text for violation in found)}")


class Bounds(NamedTuple):
    """How large a number may be, or how long a string, list or map."""

    low: float
    high: float
    noun: str

    @classmethod
    def of(cls, shape: Shape) -> Bounds:
        """Return the bounds of a shape, infinite where the model gives none."""
        noun = "length" if shape.type_name in _SIZED else "value"
        return cls(shape.metadata.get("min", -math.inf), shape.metadata.get("max", math.inf), noun)

    def broken_by(self, amount: float) -> list[str]:
        """Return the text of the bound that ``amount`` breaks, if it breaks one."""
        if amount > self.high:
            return [self.at_most]
        return [self.at_least] if amount < self.low else []

    @property
    def at_most(self) -> str:
        """The text of the upper bound."""
        return f"Member must have {self.noun} less than or equal to {self.high}"

    @property
    def at_least(self) -> str:
        """The text of the lower bound."""
        return f"Member must have {self.noun} greater than or equal to {self.low}"


def constraint_texts(shape: Shape) -> list[str]:
    """Return the texts of all constraints of a shape, in the order in which a map's values show them."""
    bounds = Bounds.of(shape)
    return [
        *([bounds.at_most] if bounds.high < math.inf else []),
        *([bounds.at_least] if bounds.low > -math.inf else []),
        *([enum_text(shape)] if getattr(shape, "enum", None) else []),
        *([pattern_text(shape)] if "pattern" in shape.metadata else []),
    ]


def enum_text(shape: Shape) -> str:
    """Return the text of a shape's enum."""
    return f"Member must satisfy enum value set: [{', '.join(shape.enum)}]"


def pattern_text(shape: Shape) -> str:
    """Return the text of a shape's pattern."""
    return f"Member must satisfy regular expression pattern: {shape.metadata['pattern']}"


def union_text(shape: Shape) -> str:
    """Return the text of a union: exactly one of its members has to be there."""
    return f"Member must have exactly one of [{', '.join(shape.members)}] set"


def broken(shape: Shape, value: object, texts: Sequence[str]) -> list[Violation]:
    """Return a violation for each text of a constraint that ``value`` breaks."""
    if not texts:
        return []
    shown = "Value" if shape.metadata.get("sensitive") else f"Value '{_printed(shape, value)}'"
    return [Violation((), shown, f" failed to satisfy constraint: {text}") for text in texts]


def outside_enum(shape: Shape, value: str) -> list[Violation]:
    """Return the violation of a value that is none of a shape's enum."""
    return [
        each._replace(nearest=nearest(value, shape.enum)) for each in broken(shape, value, [enum_text(shape)])
    ]


def null(*path: str) -> Violation:
    """Return the violation of a member that is null, or of a required one that is absent."""
    return Violation(path, "Value null", f" failed to satisfy constraint: {NOT_NULL}")


def unreadable(wanted: str, value: object) -> list[Violation]:
    """Return the violation of a value that is of another type than ``wanted``."""
    found = repr(value)
    found = found if len(found) <= 80 else f"{found[:77]}..."
    after = f": expected {wanted}, found {found} ({type(value).__name__})"
    return [Violation((), "Cannot read the value", after, unreadable=True)]


def unknown_member(name: str, known: Collection[str]) -> Violation:
    """Return the violation of a member that is not among those that the model has."""
    hint = choices("member", name, known) if known else "this operation answers nothing"
    return Violation((step_to(name),), "The model has no member", f": {hint}")


def step_to(member: str) -> str:
    """Return a member's name as paths and structures write it, with a small first letter."""
    return member[:1].lower() + member[1:]


def _printed(shape: Shape, value: object) -> str:
    """Return the value as Java prints it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if shape.type_name == "list" and isinstance(value, (list, tuple)):
        return f"[{', '.join(_printed(shape.member, element) for element in value)}]"
    if shape.type_name == "map" and isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}={_printed(shape.value, element)}' for key, element in value.items())}}}"
    if shape.type_name == "structure" and isinstance(value, Mapping):
        fields = [f"{step_to(n)}={_printed(of, value[n])}" for n, of in shape.members.items() if n in value]
        return f"{shape.name}({', '.join(fields)})"
    return str(value)
