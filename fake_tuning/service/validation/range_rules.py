"""The rules for hyperparameter ranges, beyond the constraints that the model puts on their members."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from fake_tuning.domain.request.echo import RANGE_LISTS
from fake_tuning.domain.request.job_spec import OBJECTIVE_STATIC
from fake_tuning.domain.vocabulary.ranges import combinations, ranges_from_aws
from fake_tuning.service.validation import rules

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_DECIMAL = re.compile(r"\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*")

_MOST_RANGES = 30
"""Documented: the most hyperparameters that a tuning job can search, in all its definitions together."""

_MOST_STATICS = 100
"""Documented: the most static hyperparameters of a definition, of which the service adds one."""


def check_ranges(lists: Mapping[str, Any], static: Mapping[str, str]) -> None:
    """Refuse ranges that cannot be searched.

    Args:
        lists: the ranges of a definition, as requested.
        static: its static hyperparameters.

    Raises:
        ServiceError: ValidationException.
    """
    for entry in lists.get("IntegerParameterRanges", ()):
        _check_bounds(entry, whole=True)
    for entry in lists.get("ContinuousParameterRanges", ()):
        _check_bounds(entry, whole=False)
    for entry in lists.get("CategoricalParameterRanges", ()):
        twice = _repeated(entry["Values"])
        if twice is not None:
            raise rules.SAME_CATEGORY.refusal(name=entry["Name"], value=twice)
    names = [entry["Name"] for entries in lists.values() for entry in entries]
    twice = _repeated(names)
    if twice is not None:
        raise rules.TUNED_TWICE.refusal(name=twice)
    for name in names:
        if name in static:
            raise rules.TUNED_AND_STATIC.refusal(name=name)
    count = len({*static, OBJECTIVE_STATIC})
    if count > _MOST_STATICS:
        raise rules.TOO_MANY_STATICS.refusal(most=_MOST_STATICS, count=count, added=OBJECTIVE_STATIC)


def check_number_of_ranges(every: Sequence[Mapping[str, Any]]) -> None:
    """Refuse too many ranges in all definitions of a tuning job together; auto parameters do not count.

    Raises:
        ServiceError: ValidationException.
    """
    count = sum(len(lists.get(member, ())) for lists in every for member in RANGE_LISTS)
    if count > _MOST_RANGES:
        raise rules.TOO_MANY_RANGES.refusal(most=_MOST_RANGES, count=count)


def _repeated(names: Sequence[str]) -> str | None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def _check_bounds(entry: Mapping[str, str], *, whole: bool) -> None:
    name, scaling = entry["Name"], entry.get("ScalingType", "Auto")
    low, high = (_number(entry, bound, whole=whole) for bound in ("MinValue", "MaxValue"))
    if low >= high:
        raise rules.RANGE_ORDER.refusal(name=name, low=entry["MinValue"], high=entry["MaxValue"])
    if scaling == "Logarithmic" and low <= 0:
        raise rules.LOGARITHMIC_RANGE.refusal(name=name, low=entry["MinValue"])
    if scaling == "ReverseLogarithmic" and not (low >= 0 and high < 1):
        raise rules.REVERSE_LOGARITHMIC_RANGE.refusal(
            name=name, low=entry["MinValue"], high=entry["MaxValue"]
        )


def _number(entry: Mapping[str, str], bound: str, *, whole: bool) -> float:
    text = entry[bound]
    value = float(text) if _DECIMAL.fullmatch(text) else math.nan
    if not math.isfinite(value) or (whole and not value.is_integer()):
        kind = "a whole number" if whole else "a number"
        raise rules.RANGE_NUMBER.refusal(bound=bound, name=entry["Name"], kind=kind, value=text)
    return value


def check_combinations(lists: Mapping[str, Any], strategy: str, most: int | None) -> None:
    """Refuse ranges that do not suit the strategy or the number of trials.

    Args:
        lists: the ranges of a definition, which ``check_ranges`` accepted.
        strategy: the strategy of the tuning job.
        most: the number of trials for which there must be combinations; None when it is not known.

    Raises:
        ServiceError: ValidationException.
    """
    if strategy == "Grid":
        for member in ("IntegerParameterRanges", "ContinuousParameterRanges", "AutoParameters"):
            for entry in lists.get(member, ()):
                raise rules.GRID_RANGES.refusal(name=entry["Name"])
    if most is None:
        return
    count = combinations(ranges_from_aws(lists))
    if strategy == "Grid" and most != count:
        raise rules.GRID_COUNT.refusal(count=int(count), most=most)
    if count < most:
        raise rules.TOO_FEW_COMBINATIONS.refusal(count=float(count), most=most)
