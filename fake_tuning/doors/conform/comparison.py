"""Compares two answers: the values of their members, or only which members there are and of which types.

Both are in the form of ``captured`` (see ``domain/recordings/captured.py``): without nulls, with datetimes for times.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

Sign: TypeAlias = Literal["-", "+", "~"]
"""Whether only AWS's answer has a member (``-``), only ours has it (``+``), or both have it and differ (``~``)."""

_NUMBERED = re.compile(r"\[[^\]]*\]")


@dataclass(frozen=True)
class Difference:
    """One member in which an answer of AWS and one of ours differ.

    Attributes:
        sign: how they differ.
        path: the member, such as ``"TrainingJobDefinition.InputDataConfig[0].ChannelName"``. An element of a list of
            named structures has its name in the place of its number.
        theirs: what AWS answered; None where it answered nothing.
        ours: what we answered.
    """

    sign: Sign
    path: str
    theirs: Any = None
    ours: Any = None

    @property
    def place(self) -> str:
        """The sign and the member, whichever element of a list it is in: ``"-InputDataConfig[].EnableFFM"``."""
        return self.sign + _NUMBERED.sub("[]", self.path)


def different_values(theirs: Any, ours: Any, path: str = "") -> Iterator[Difference]:
    """Find the innermost members whose values differ.

    Args:
        theirs: an answer of AWS, or a part of one.
        ours: the same of ours.
        path: where the part is.
    """
    if isinstance(theirs, Mapping) and isinstance(ours, Mapping):
        for name in {**theirs, **ours}:
            yield from _of_member(theirs, ours, name, f"{path}.{name}" if path else str(name))
    elif isinstance(theirs, Sequence) and isinstance(ours, Sequence) and not isinstance(theirs, str):
        their_elements, our_elements = _elements(theirs, ours)
        for key in {**their_elements, **our_elements}:
            yield from _of_member(their_elements, our_elements, key, f"{path}[{key}]")
    elif type_name(theirs) != type_name(ours) or theirs != ours:
        yield Difference("~", path, theirs, ours)


def _of_member(
    theirs: Mapping[Any, Any], ours: Mapping[Any, Any], key: object, path: str
) -> Iterator[Difference]:
    if key not in ours:
        yield Difference("-", path, theirs=theirs[key])
    elif key not in theirs:
        yield Difference("+", path, ours=ours[key])
    else:
        yield from different_values(theirs[key], ours[key], path)


def _elements(theirs: Sequence[Any], ours: Sequence[Any]) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """Return the elements of two lists by their names, or else by their numbers."""
    names = [
        [each.get("Name") if isinstance(each, Mapping) else None for each in elements]
        for elements in (theirs, ours)
    ]
    if all(None not in each and len(set(each)) == len(each) for each in names):
        return dict(zip(names[0], theirs, strict=True)), dict(zip(names[1], ours, strict=True))
    return dict(enumerate(theirs)), dict(enumerate(ours))


def different_members(theirs: Any, ours: Any) -> Iterator[Difference]:
    """Find the members that only one of two answers has, or that have another type.

    Elements of a list are taken together, but for members that all elements of ours have, and not all of theirs.

    Of a structure that only one of them has, its own members are not told.
    """
    answer, said = _members(theirs), _members(ours)
    counts, our_counts = _counts(theirs), _counts(ours)
    partly = {
        path
        for path in answer.keys() & said.keys()
        if counts[path] < counts[_outer(path)] and our_counts[path] == our_counts[_outer(path)]
    }
    found = [Difference("-", path, theirs=value) for path, (_, value) in answer.items() if path not in said]
    found += [Difference("+", path, ours=said[path][1]) for path in answer if path in partly]
    found += [Difference("+", path, ours=value) for path, (_, value) in said.items() if path not in answer]
    found += [
        Difference("~", path, theirs=value, ours=said[path][1])
        for path, (kind, value) in answer.items()
        if path in said and said[path][0] != kind
    ]
    paths = {each.path for each in found}
    yield from (each for each in found if not any(_within(each.path, outer) for outer in paths))


def different_repetitions(theirs: Any, ours: Any) -> Iterator[Difference]:
    """Find what two jobs that were asked the same repeat otherwise.

    Members that only one of the answers has are left to ``different_members``, but for metrics: to it, one metric is
    like another.
    """
    for each in different_values(theirs, ours):
        is_metric = each.place.endswith("AlgorithmSpecification.MetricDefinitions[]")
        if each.sign == "~" or is_metric:
            yield each


def _members(value: Any, path: str = "") -> dict[str, tuple[str, Any]]:
    """Return the members at every depth, each with the name of its type and a value."""
    found = {path: (type_name(value), value)} if path else {}
    if isinstance(value, Mapping):
        for name, each in value.items():
            found |= _members(each, f"{path}.{name}" if path else str(name))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for each in value:
            found |= _members(each, f"{path}[]")
    return found


def _counts(answer: Any) -> Counter[str]:
    """Return how often there is each member, and each element of a list."""
    counts: Counter[str] = Counter({"": 1})
    pending = [(answer, "")]
    while pending:
        value, path = pending.pop()
        inner = (
            [(each, f"{path}.{name}" if path else str(name)) for name, each in value.items()]
            if (isinstance(value, Mapping))
            else [(each, f"{path}[]") for each in value]
            if (isinstance(value, Sequence) and not isinstance(value, str))
            else []
        )
        counts.update(path for _, path in inner)
        pending += inner
    return counts


def _outer(path: str) -> str:
    """Return the path of the structure that a member is in; of an element, its own."""
    return path if path.endswith("[]") else path.rpartition(".")[0]


def _within(path: str, outer: str) -> bool:
    return path.startswith((f"{outer}.", f"{outer}["))


def type_name(value: object) -> str:
    """Return what the wire makes of a value: whole numbers and others are one type there, times another."""
    if isinstance(value, bool):
        return "boolean"
    for types, name in (
        (Mapping, "structure"),
        (str, "text"),
        (Sequence, "list"),
        (datetime, "time"),
        ((int, float), "number"),
    ):
        if isinstance(value, types):
            return name
    return type(value).__name__
