"""Hyperparameter ranges: what may be tried, how it is sampled, and how AWS writes it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

from fake_tuning.domain.vocabulary.numbers import is_real
from fake_tuning.domain.vocabulary.suggestions import choices

Scaling: TypeAlias = Literal["Auto", "Linear", "Logarithmic", "ReverseLogarithmic"]
SCALINGS: tuple[Scaling, ...] = get_args(Scaling)

Value: TypeAlias = int | float | str
"""A tried value as an objective function sees it: categorical values are the strings of the request."""


def _check(name: str, low: float, high: float, scaling: str) -> None:
    if scaling not in SCALINGS:
        raise ValueError(choices(f"scaling for {name!r}", scaling, SCALINGS))
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError(f"the range of {name!r} must be finite, but is {low!r} to {high!r}")
    if not low < high:
        raise ValueError(f"the range of {name!r} must rise, but is {low!r} to {high!r}")
    if scaling == "Logarithmic" and low <= 0:
        raise ValueError(f"the logarithmic range of {name!r} must be above 0, but begins at {low!r}")
    if scaling == "ReverseLogarithmic" and not (low >= 0 and high < 1):
        raise ValueError(
            f"the reverse logarithmic range of {name!r} must be from 0 to below 1, but is {low!r} to {high!r}"
        )


_WIDE = 1000
"""Invented: from this ratio between its bounds on, a positive Auto range is sampled logarithmically."""


def _between(low: float, high: float, scaling: Scaling, share: float) -> float:
    if scaling == "Auto":
        scaling = "Logarithmic" if low > 0 and high / low >= _WIDE else "Linear"
    if scaling == "Logarithmic":
        return math.exp(math.log(low) + share * (math.log(high) - math.log(low)))
    if scaling == "ReverseLogarithmic":
        return 1 - math.exp(math.log1p(-low) + share * (math.log1p(-high) - math.log1p(-low)))
    return low + share * (high - low)


@dataclass(frozen=True, slots=True)
class IntegerRange:
    """Whole numbers from ``low`` to ``high``, both included."""

    name: str
    low: int
    high: int
    scaling: Scaling = "Auto"

    def __post_init__(self) -> None:
        _check(self.name, self.low, self.high, self.scaling)

    @property
    def count(self) -> int:
        """How many values there are."""
        return self.high - self.low + 1

    def at(self, share: float) -> int:
        """Return the value at a share (0 to below 1) of the range."""
        found = (
            round(_between(self.low - 0.5, self.high + 0.5, "Linear", share))
            if self._linear
            else round(_between(self.low, self.high, self.scaling, share))
        )
        return min(max(found, self.low), self.high)

    @property
    def _linear(self) -> bool:
        return self.scaling == "Linear" or (
            self.scaling == "Auto" and not (self.low > 0 and self.high / self.low >= _WIDE)
        )

    def holds(self, text: str) -> bool:
        """Whether a value that the service wrote lies in it."""
        return self.low <= float(text) <= self.high and float(text).is_integer()

    def written(self, value: Value) -> str:
        """Write a value as the service does: plain digits (recorded)."""
        return str(int(value))

    def read(self, text: str) -> int:
        """Read a value that the service wrote."""
        return int(float(text))

    def to_aws(self) -> tuple[str, dict[str, Any]]:
        """Return the request member that lists such ranges, and the entry in it."""
        return "IntegerParameterRanges", _bounds(self)


@dataclass(frozen=True, slots=True)
class ContinuousRange:
    """Numbers from ``low`` to ``high``."""

    name: str
    low: float
    high: float
    scaling: Scaling = "Auto"

    def __post_init__(self) -> None:
        _check(self.name, self.low, self.high, self.scaling)

    @property
    def count(self) -> float:
        """How many values there are: infinitely many."""
        return math.inf

    def at(self, share: float) -> float:
        """Return the value at a share (0 to below 1) of the range."""
        return min(max(_between(self.low, self.high, self.scaling, share), self.low), self.high)

    def holds(self, text: str) -> bool:
        """Whether a value that the service wrote lies in it."""
        return self.low <= float(text) <= self.high

    def written(self, value: Value) -> str:
        """Write a value as the service does: the shortest text that reads back the same double (recorded)."""
        return repr(float(value))

    def read(self, text: str) -> float:
        """Read a value that the service wrote."""
        return float(text)

    def to_aws(self) -> tuple[str, dict[str, Any]]:
        """Return the request member that lists such ranges, and the entry in it."""
        return "ContinuousParameterRanges", _bounds(self)


@dataclass(frozen=True, slots=True)
class CategoricalRange:
    """One of several texts."""

    name: str
    values: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.values:
            raise ValueError(f"the range of {self.name!r} needs at least one value")
        if len(set(self.values)) < len(self.values):
            raise ValueError(
                f"the range of {self.name!r} names a value twice: {', '.join(map(repr, self.values))}"
            )

    @property
    def count(self) -> int:
        """How many values there are."""
        return len(self.values)

    def at(self, share: float) -> str:
        """Return the value at a share (0 to below 1) of the range."""
        return self.values[int(share * len(self.values))]

    def holds(self, text: str) -> bool:
        """Whether a value that the service wrote is one of its own."""
        return text in self.values

    def written(self, value: Value) -> str:
        """Write a value as the service does: verbatim (recorded)."""
        return str(value)

    def read(self, text: str) -> str:
        """Read a value that the service wrote."""
        return text

    def to_aws(self) -> tuple[str, dict[str, Any]]:
        """Return the request member that lists such ranges, and the entry in it."""
        return "CategoricalParameterRanges", {"Name": self.name, "Values": list(self.values)}


Range: TypeAlias = IntegerRange | ContinuousRange | CategoricalRange


def _bounds(given: IntegerRange | ContinuousRange) -> dict[str, Any]:
    entry = {"Name": given.name, "MinValue": str(given.low), "MaxValue": str(given.high)}
    if given.scaling != "Auto":
        entry["ScalingType"] = given.scaling
    return entry


def range_of(name: str, written: object) -> Range:
    """Read a range as people write it.

    Args:
        name: the hyperparameter.
        written: ``(low, high)`` or ``(low, high, scaling)`` with numbers (whole numbers make an integer range),
            a ``range`` (its stop is excluded, as everywhere in Python), a list of values, or a range object.

    Raises:
        TypeError: it is none of these.
        ValueError: the bounds do not rise, the scaling is unknown or does not fit them, or a value occurs twice.
    """
    if isinstance(written, (IntegerRange, ContinuousRange, CategoricalRange)):
        return written
    if isinstance(written, range):
        if written.step != 1:
            raise ValueError(
                f"the range of {name!r} must have a step of 1, but is {written!r}: list the values instead"
            )
        return IntegerRange(name, written.start, written.stop - 1)
    if isinstance(written, tuple) and len(written) in (2, 3) and all(map(is_real, written[:2])):
        scaling: Any = written[2] if len(written) == 3 else "Auto"
        if all(isinstance(bound, int) for bound in written[:2]):
            return IntegerRange(name, written[0], written[1], scaling)
        return ContinuousRange(name, written[0], written[1], scaling)
    if isinstance(written, (list, tuple)):
        return CategoricalRange(name, tuple(map(str, written)))
    raise TypeError(
        f"the range of {name!r} must be (low, high), (low, high, scaling), range(...) or a list of values, "
        f"but is {written!r}"
    )


def ranges_to_aws(ranges: Sequence[Range]) -> dict[str, Any]:
    """Write ranges as the ``ParameterRanges`` of a request."""
    lists: dict[str, Any] = {}
    for given in ranges:
        member, entry = given.to_aws()
        lists.setdefault(member, []).append(entry)
    return lists


_HINT_SPREAD = 10.0
"""Invented: an auto parameter is searched from a tenth of its hint to ten times its hint."""


def ranges_from_aws(lists: Mapping[str, Any]) -> tuple[Range, ...]:
    """Read the ``ParameterRanges`` of a request that the service accepted."""
    found: list[Range] = []
    for entry in lists.get("IntegerParameterRanges", ()):
        low, high = int(float(entry["MinValue"])), int(float(entry["MaxValue"]))
        found.append(IntegerRange(entry["Name"], low, high, entry.get("ScalingType", "Auto")))
    for entry in lists.get("ContinuousParameterRanges", ()):
        low_bound, high_bound = float(entry["MinValue"]), float(entry["MaxValue"])
        found.append(ContinuousRange(entry["Name"], low_bound, high_bound, entry.get("ScalingType", "Auto")))
    found += [
        CategoricalRange(each["Name"], tuple(each["Values"]))
        for each in lists.get("CategoricalParameterRanges", ())
    ]
    found += [_around(each["Name"], each["ValueHint"]) for each in lists.get("AutoParameters", ())]
    return tuple(found)


def _around(name: str, hint: str) -> Range:
    try:
        value = float(hint)
    except ValueError:
        return CategoricalRange(name, (hint,))
    if not math.isfinite(value) or value == 0:
        return CategoricalRange(name, (hint,))
    low, high = sorted((value / _HINT_SPREAD, value * _HINT_SPREAD))
    if value.is_integer() and "." not in hint:
        return IntegerRange(name, math.floor(low), math.ceil(high))
    return ContinuousRange(name, low, high)


def combinations(ranges: Sequence[Range]) -> float:
    """Return how many different combinations the ranges allow (infinite with a continuous range)."""
    return math.prod(given.count for given in ranges)


def taking_turns(counts: Sequence[int], turn: int) -> tuple[int, int]:
    """Return whose turn it is (from 0) when each takes so many turns, and which of its own this is (from 0).

    Those that have taken all their turns are left out from then on. When all have, they start again.
    """
    again, turn = divmod(turn, sum(counts))
    taken, left = 0, list(range(len(counts)))
    while turn >= ((count := min(counts[each] for each in left)) - taken) * len(left):
        turn -= (count - taken) * len(left)
        taken, left = count, [each for each in left if counts[each] > count]
    rounds, position = divmod(turn, len(left))
    return left[position], again * counts[left[position]] + taken + rounds


def grid_at(ranges: Sequence[CategoricalRange], turn: int) -> dict[str, str]:
    """Return a combination of categorical values by its turn (from 0) in the grid, the last name moving fastest."""
    chosen: dict[str, str] = {}
    for given in reversed(ranges):
        turn, position = divmod(turn, given.count)
        chosen[given.name] = given.values[position]
    return chosen
