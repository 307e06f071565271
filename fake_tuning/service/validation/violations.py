"""What the service model finds wrong with a value, and the error that says so: ``N validation errors detected: …``.

How well it is known what AWS says:

* Quoted from the service: the texts on length, pattern, number, enum and map values; the order of an enum's values;
  the paths; several errors in one message, of one value the pattern before the length; a sensitive value that is not
  shown. Quoted from other services: map keys, and a null member.
* Inferred: a list, map or structure is printed as Java's ``toString`` does; the size of a list is called its
  length; clauses have a fixed order (pattern, length, enum; members as in the model); a null in a list or map.
* Invented: that an optional member may not be null either; the text on a union; and all of
  SerializationException, which a value of the wrong type gets alone: what cannot be read is not checked.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from fake_tuning.domain.vocabulary.suggestions import choices, nearest
from fake_tuning.service.error_texts import (
    AT_LEAST,
    AT_MOST,
    BROKEN,
    BROKEN_NULL,
    BROKEN_UNSHOWN,
    ENUM,
    NOT_NULL,
    ONE_VALIDATION_ERROR,
    PATTERN,
    UNION,
    UNREADABLE,
    VALIDATION_ERRORS,
)
from fake_tuning.service.errors import ServiceError, validation

if TYPE_CHECKING:
    from botocore.model import Shape

_UNKNOWN_MEMBER = "The model has no member at '{path}': {hint}"
_SIZED = frozenset({"string", "list", "map"})


class Violation(NamedTuple):
    """One constraint that a value breaks.

    Attributes:
        path: the steps to the value, outermost first.
        template: what is said of it, with ``{path}`` where the path goes.
        words: what goes into the template beside the path.
        unreadable: whether the value is of the wrong type, so that it could not even be read.
        nearest: of a value that is none of an enum, the value of the enum that is most like it.
    """

    path: tuple[str, ...]
    template: str
    words: Mapping[str, object]
    unreadable: bool = False
    nearest: str | None = None

    @property
    def text(self) -> str:
        """The clause, as it stands in the message."""
        template = self.template if self.path else self.template.replace(" at '{path}'", "")
        return template.format(path=".".join(self.path), **self.words)

    @property
    def is_unknown_member(self) -> bool:
        """Whether it is a member that the model does not have."""
        return self.template == _UNKNOWN_MEMBER

    @property
    def advice(self) -> str:
        """The clause, and the nearest legal value if there is one: for messages that need not be in AWS's words."""
        return f"{self.text}: did you mean {self.nearest!r}?" if self.nearest else self.text

    def under(self, *steps: str) -> Violation:
        """Return this violation with more steps before its path."""
        return self._replace(path=(*steps, *self.path))


def refusal(found: Sequence[Violation]) -> ServiceError:
    """Return the error that answers a request with these violations, of which there is at least one."""
    for violation in found:
        if violation.unreadable:
            return ServiceError("SerializationException", violation.text)
    text = ONE_VALIDATION_ERROR if len(found) == 1 else VALIDATION_ERRORS
    clauses = "; ".join(violation.text for violation in found)
    return validation(text.format(count=len(found), clauses=clauses))


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
        return AT_MOST.format(noun=self.noun, bound=self.high)

    @property
    def at_least(self) -> str:
        """The text of the lower bound."""
        return AT_LEAST.format(noun=self.noun, bound=self.low)


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
    return ENUM.format(values=", ".join(_as_listed(shape.enum)))


def _as_listed(values: Sequence[str]) -> list[str]:
    """Return the values of an enum in the order in which the service lists them.

    It is that of a hash table which is filled in the order of the model: of 32 buckets, by Java's hash of a text, in
    each of which what comes later comes first. Five lists of instance types that people quoted over seven years, of
    up to 65 values, have just this order, and so have the shorter lists that are known.
    """
    later_first = values[::-1]
    return sorted(later_first, key=_bucket)


def _bucket(text: str) -> int:
    place = 0
    for character in text:
        place = (31 * place + ord(character)) % 32
    return place


def pattern_text(shape: Shape) -> str:
    """Return the text of a shape's pattern."""
    return PATTERN.format(pattern=shape.metadata["pattern"])


def union_text(shape: Shape) -> str:
    """Return the text of a union, of which exactly one member has to be there."""
    return UNION.format(members=", ".join(shape.members))


def broken(shape: Shape, value: object, texts: Sequence[str]) -> list[Violation]:
    """Return a violation for each of the texts, which are those of the constraints that ``value`` breaks."""
    if not texts:
        return []
    if shape.metadata.get("sensitive"):
        return [Violation((), BROKEN_UNSHOWN, {"constraint": text}) for text in texts]
    printed = _printed(shape, value)
    return [Violation((), BROKEN, {"value": printed, "constraint": text}) for text in texts]


def outside_enum(shape: Shape, value: str) -> list[Violation]:
    """Return the violation of a value that a shape's enum does not have."""
    return [
        each._replace(nearest=nearest(value, shape.enum)) for each in broken(shape, value, [enum_text(shape)])
    ]


def null(*path: str) -> Violation:
    """Return the violation of a member that is null, or of a required one that is absent."""
    return Violation(path, BROKEN_NULL, {"constraint": NOT_NULL})


def unreadable(wanted: str, value: object) -> list[Violation]:
    """Return the violation of a value that is not of the ``wanted`` type, such as ``"a string"``."""
    found = repr(value)
    found = found if len(found) <= 80 else f"{found[:77]}..."
    words = {"wanted": wanted, "found": found, "type": type(value).__name__}
    return [Violation((), UNREADABLE, words, unreadable=True)]


def unknown_member(name: str, known: Collection[str]) -> Violation:
    """Return the violation of a member that the model does not have."""
    hint = choices("member", name, known) if known else "this operation answers nothing"
    return Violation((step_to(name),), _UNKNOWN_MEMBER, {"hint": hint})


def step_to(member: str) -> str:
    """Return a member's name as paths and printed structures have it, in lower camel case."""
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
