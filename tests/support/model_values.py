"""Requests made from the service model: right ones, and such as break just one of its constraints."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from fake_tuning.service.operations import registry
from support.pattern_values import matches_everything, matching, near_miss, width

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from botocore.model import Shape

OPERATIONS = tuple(name for service, name in registry.OPERATIONS if service == registry.SAGEMAKER)
"""The names of the operations of SageMaker that are served."""

ABSENT = object()
NOT_NULL = "Member must not be null"
UNREADABLE = "unreadable"
SIZED = ("string", "list", "map")
WHOLE_NUMBERS = {"integer": 2**31, "long": 2**63}
WRONG_TYPES = {
    "structure": ["text", [], 1],
    "list": ["text", {}, 1],
    "map": ["text", [], 1],
    "string": [1, 1.5, True, [], {}, b"bytes"],
    "integer": ["1", 1.5, True, [], 2**31, -(2**31) - 1, 10**400],
    "long": ["1", 1.5, True, [], 2**63, -(2**63) - 1],
    "float": ["1", True, [], math.nan, math.inf],
    "double": ["1", True, [], math.nan, math.inf],
    "boolean": ["true", 1, []],
    "timestamp": ["yesterday, or so", "", [], {}, math.nan, math.inf],
}


def limits(shape: Shape) -> tuple[float, float]:
    lowest = 0 if shape.type_name in SIZED else -math.inf
    return shape.metadata.get("min", lowest), shape.metadata.get("max", math.inf)


def text(shape: Shape, length: int) -> str | None:
    """A string of that length that breaks nothing but, perhaps, the length; None when there is none."""
    pattern = shape.metadata.get("pattern")
    return matching(pattern, length) if pattern else "a" * length


def shortest_text(shape: Shape) -> str:
    low = limits(shape)[0]
    if shape.metadata.get("pattern"):
        low = max(low, width(shape.metadata["pattern"])[0])
    found = text(shape, int(low))
    assert found is not None, f"no value found for {shape.name}"
    return found


def right(shape: Shape, size: int | None = None) -> Any:
    """A value with nothing wrong with it, as small as can be; or of the given size, for a list or a map."""
    kind, (low, high) = shape.type_name, limits(shape)
    count = size if size is not None else int(max(low, 0))
    if kind == "structure":
        return {name: right(shape.members[name]) for name in shape.required_members}
    if kind == "list":
        return [right(shape.member) for _ in range(count)]
    if kind == "map":
        longest = int(limits(shape.key)[1])
        keys = [text(shape.key, length) for length in range(longest, longest - count, -1)]
        assert None not in keys, f"too few keys for {shape.name}"
        return {key: right(shape.value) for key in keys}
    if kind == "string":
        return shape.enum[0] if shape.enum else shortest_text(shape)
    if kind == "timestamp":
        return datetime(2024, 5, 1, tzinfo=timezone.utc)
    return {"boolean": False, "float": 0.5, "double": 0.5}.get(kind, int(min(max(low, 1), high)))


@dataclass(frozen=True)
class Case:
    """A request and what is to be said of it.

    Attributes:
        constraint: the shape and its constraint, such as ``("RoleArn", "pattern")``.
        request: the request.
        path: where the wrong value is, as the message names it.
        value: the value there.
        clauses: what the message says of it; empty when the request is right.
    """

    constraint: tuple[str, str]
    request: Any
    path: str
    value: object
    clauses: tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """One place in a request, at which a value can be put."""

    shape: Shape
    path: str
    put: Callable[[Any], Any]

    def wrong(self, constraint: str, value: object, *clauses: str) -> Case:
        return Case((self.shape.name, constraint), self.put(value), self.path, value, clauses)

    def fine(self, constraint: str, value: object) -> Case:
        return Case((self.shape.name, constraint), self.put(value), self.path, value, ())


def cases(shape: Shape) -> Iterator[Case]:
    """The cases of every constraint at every place in a request of that shape."""
    whole = Place(shape, "", lambda value: value)
    yield whole.fine("type", right(shape))
    yield from (whole.wrong("type", value, UNREADABLE) for value in WRONG_TYPES["structure"])
    yield from _members(whole, ())


def _join(path: str, *steps: str) -> str:
    return ".".join(filter(None, (path, *steps)))


def _within(place: Place, above: tuple[str, ...]) -> Iterator[Case]:
    """The cases of what stands at a place, and of all inside it; a structure inside itself once only."""
    shape = place.shape
    yield from _own(place)
    if shape.type_name == "structure" and shape.name not in above:
        yield from _members(place, (*above, shape.name))
    if shape.type_name == "list":
        rest = right(shape, max(int(limits(shape)[0]) - 1, 0))
        element = Place(
            shape.member, _join(place.path, "1", "member"), lambda value: place.put([value, *rest])
        )
        yield element.wrong("null", None, NOT_NULL)
        yield from _within(element, above)
    if shape.type_name == "map":
        yield from _entries(place)


def _members(place: Place, above: tuple[str, ...]) -> Iterator[Case]:
    shape = place.shape
    small = right(shape)
    for name, member in shape.members.items():
        others = {key: value for key, value in small.items() if key != name}

        def put(value: object, name: str = name, others: dict[str, Any] = others) -> Any:
            return place.put(others if value is ABSENT else {**others, name: value})

        here = Place(member, _join(place.path, name[0].lower() + name[1:]), put)
        missing = (NOT_NULL,) if name in shape.required_members else ()
        if missing:
            yield place.fine(f"required {name}", small)
        yield Case((shape.name, f"required {name}"), put(ABSENT), here.path, None, missing)
        yield here.wrong("null", None, NOT_NULL)
        yield from _within(here, above)


def _entries(place: Place) -> Iterator[Case]:
    key, value = place.shape.key, place.shape.value
    right_key, right_value = text(key, int(limits(key)[1])), right(value)
    for case in _own(Place(key, place.path, lambda text: {text: right_value})):
        yield _as_entry(case, place, "keys", key, place.path)
    for case in _own(Place(value, place.path, lambda inner: {right_key: inner})):
        yield _as_entry(case, place, "value", value, f"{place.path}.{right_key}.member")
    nulls = ", ".join([*_texts(value), NOT_NULL])
    yield place.wrong("null", {right_key: None}, f"Map value must satisfy constraint: [{nulls}]")


def _as_entry(case: Case, place: Place, what: str, shape: Shape, path: str) -> Case:
    """The case of a key or value as the map shows it: the map is wrong, and all its constraints are said."""
    if UNREADABLE in case.clauses:
        return replace(case, request=place.put(case.request), path=path)
    clauses = (f"Map {what} must satisfy constraint: [{', '.join(_texts(shape))}]",) if case.clauses else ()
    return replace(case, request=place.put(case.request), value=case.request, clauses=clauses)


def _texts(shape: Shape) -> list[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    pattern = shape.metadata.get("pattern")
    return [
        *([] if high is None else [f"Member must have length less than or equal to {high}"]),
        *([] if low is None else [f"Member must have length greater than or equal to {low}"]),
        *([] if pattern is None else [f"Member must satisfy regular expression pattern: {pattern}"]),
    ]


def listed(enum: Sequence[str]) -> list[str]:
    """The values of an enum as a table of 32 chains gives them back that a Java program has put them into."""
    chains: list[list[str]] = [[] for _ in range(32)]
    for value in enum:
        code = sum(ord(letter) * 31**power for power, letter in enumerate(reversed(value)))
        chains[code & 31].insert(0, value)
    return [value for chain in chains for value in chain]


def _own(place: Place) -> Iterator[Case]:
    """The cases of the constraints of one value, not of what is inside it."""
    shape = place.shape
    for value in WRONG_TYPES[shape.type_name]:
        with suppress(
            TypeError
        ):  # there are values, such as a list, that cannot even be written as a map's key
            yield place.wrong("type", value, UNREADABLE)
    yield place.fine("type", right(shape))
    if shape.type_name in SIZED:
        yield from _sizes(place)
    else:
        yield from _amounts(place)
    if getattr(shape, "enum", None):
        values = f"Member must satisfy enum value set: [{', '.join(listed(shape.enum))}]"
        yield from (
            place.wrong("enum", value, values)
            for value in ("", shape.enum[0].swapcase(), shape.enum[0] + " ")
        )
        yield from (place.fine("enum", value) for value in shape.enum)
    if shape.metadata.get("pattern"):
        yield from _pattern(place)


def _of_size(shape: Shape, size: float) -> Any:
    """A value of that size that breaks nothing but, perhaps, the size; None when there is none."""
    if size < 0:
        return None
    return text(shape, int(size)) if shape.type_name == "string" else right(shape, int(size))


def _sizes(place: Place) -> Iterator[Case]:
    shape, (low, high) = place.shape, limits(place.shape)
    pattern = f"Member must satisfy regular expression pattern: {shape.metadata.get('pattern')}"
    for name, bound, beyond, words in (("max", high, high + 1, "less"), ("min", low, low - 1, "greater")):
        if name not in shape.metadata:
            continue
        at_bound = _of_size(shape, bound)
        # A pattern may leave no value of that length (no role's ARN has 20 characters): then the nearest one.
        yield place.fine(name, right(shape) if at_bound is None else at_bound)
        clause = f"Member must have length {words} than or equal to {bound}"
        broken = _of_size(shape, beyond)
        if broken is not None:
            yield place.wrong(name, broken, clause)
        elif beyond >= 0:  # the length cannot be broken without the pattern: the clauses are two
            yield place.wrong(name, "-" * int(beyond), pattern, clause)


def _amounts(place: Place) -> Iterator[Case]:
    shape, (low, high) = place.shape, limits(place.shape)
    widest = WHOLE_NUMBERS.get(shape.type_name)
    if widest:
        yield from (place.fine("type", value) for value in (-widest, widest - 1) if low <= value <= high)
    for name, bound, beyond, words in (("max", high, high + 1, "less"), ("min", low, low - 1, "greater")):
        if name in shape.metadata:
            yield place.fine(name, bound)
            yield place.wrong(name, beyond, f"Member must have value {words} than or equal to {bound}")


def _pattern(place: Place) -> Iterator[Case]:
    shape, (low, high) = place.shape, limits(place.shape)
    pattern = shape.metadata["pattern"]
    yield place.fine("pattern", shortest_text(shape))
    if matches_everything(pattern):
        yield place.fine("pattern", "\x00\n\U0001f600")
        return
    broken = near_miss(pattern, range(max(int(low), 1), int(min(high, 100)) + 1))
    assert broken is not None, f"no value found that breaks {pattern!r} of {shape.name}"
    yield place.wrong("pattern", broken, f"Member must satisfy regular expression pattern: {pattern}")


NO_CONSTRAINT = {"required", "type", "members", "member", "key", "value", "box", "documentation"}
NO_TRAIT = {"shape", "documentation", "box", "idempotencyToken", "deprecated", "deprecatedMessage"}


def constraints_of(raw_shapes: dict[str, Any], name: str) -> set[tuple[str, str]]:
    """Every constraint that the JSON of the model holds for a shape and all that it is made of.

    Anything that is not known to be none is one, so that a new kind of constraint cannot be overlooked.
    """
    found, waiting, seen = set(), [name], set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        shape = raw_shapes[name]
        found |= {(name, "type"), *((name, key) for key in shape.keys() - NO_CONSTRAINT)}
        found |= {(name, f"required {member}") for member in shape.get("required", ())}
        parts = [
            *shape.get("members", {}).values(),
            *(shape[k] for k in ("member", "key", "value") if k in shape),
        ]
        for part in parts:
            found |= {(part["shape"], trait) for trait in part.keys() - NO_TRAIT}
            waiting.append(part["shape"])
    return found


def cannot_be_broken(raw_shapes: dict[str, Any], constraint: tuple[str, str]) -> bool:
    r"""Whether nothing breaks a constraint: no length is below zero, and everything matches ``[\S\s]*``."""
    name, key = constraint
    shape = raw_shapes[name]
    no_less = key == "min" and shape["min"] == 0 and shape["type"] in SIZED
    return no_less or (key == "pattern" and matches_everything(shape["pattern"]))
