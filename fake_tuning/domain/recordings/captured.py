"""Takes what people captured into one form: no nulls, no metadata, and times as aware datetimes, whoever wrote it.

Go and Java write null for members that are not set; JSON has times as numbers or as texts, and placebo's files have
structures for them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from types import MappingProxyType
from typing import Any

from fake_tuning.domain.jobs.responses import FREE, TIMES
from fake_tuning.domain.vocabulary.durations import epoch_ms, instant, utc
from fake_tuning.domain.vocabulary.shown import shown

_DEEPEST = 40
"""No answer of the service is nested half as deep."""

_LAST_SECOND = 7_258_118_400
"""Seconds since 1970 to the year 2200. Whatever is beyond it is milliseconds, as events on AWS's buses have them."""

_DATETIME = ("year", "month", "day", "hour", "minute", "second", "microsecond")
_NAMES = ("HyperParameterTuningJobName", "TrainingJobName")
_RANGE = ("Name", "MinValue", "MaxValue")
_TRIAL = (
    "TrainingJobName",
    "CreationTime",
    "TrainingJobStatus",
    "TunedHyperParameters",
    "FinalHyperParameterTuningJobObjectiveMetric",
)
_DEFINITION = ("AlgorithmSpecification", "OutputDataConfig")
_NEEDED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "HyperParameterTuningJobConfig": ("Strategy", "ResourceLimits"),
        "ResourceLimits": ("MaxParallelTrainingJobs",),
        "HyperParameterTuningJobObjective": ("MetricName",),
        "TuningObjective": ("MetricName",),
        "IntegerParameterRanges": _RANGE,
        "ContinuousParameterRanges": _RANGE,
        "CategoricalParameterRanges": ("Name", "Values"),
        "AutoParameters": ("Name", "ValueHint"),
        "TrainingJobDefinition": _DEFINITION,
        "TrainingJobDefinitions": _DEFINITION,
        "InputDataConfig": ("ChannelName",),
        "OutputDataConfig": ("S3OutputPath",),
        "DebugRuleConfigurations": ("RuleConfigurationName",),
        "ProfilerRuleConfigurations": ("RuleConfigurationName",),
        "MetricDefinitions": ("Name", "Regex"),
        "BestTrainingJob": _TRIAL,
        "OverallBestTrainingJob": _TRIAL,
        "FinalHyperParameterTuningJobObjectiveMetric": ("Value",),
        "WarmStartConfig": ("ParentHyperParameterTuningJobs",),
        "SecondaryStatusTransitions": ("Status", "StartTime"),
        "FinalMetricDataList": ("MetricName", "Value"),
        "WarmPoolStatus": ("Status",),
    }
)
"""By structure, the members without which nothing can be made of it."""


def captured(response: object, example: str) -> dict[str, Any]:
    """Return a copy of a captured response in the one form.

    Args:
        response: the response, as an SDK or a JSON file has it.
        example: a call that gives such a response.

    Raises:
        TypeError: it is no response, or has something in it that no response has.
        ValueError: a time in it cannot be read, something is missing inside, or a tool wrapped something around it.
    """
    if not isinstance(response, Mapping):
        raise TypeError(f"a response is a mapping, such as {example} gives: {shown(response)}")
    for member, value in response.items():
        # Members of responses begin with a capital letter.
        if isinstance(value, Mapping) and str(member)[:1].islower() and not value.keys().isdisjoint(_NAMES):
            raise ValueError(
                f"this is what a tool wrapped around a response, which is under {member!r}: "
                f"give response[{member!r}]"
            )
    copied: dict[str, Any] = _copied(
        {name: value for name, value in response.items() if name != "ResponseMetadata"}, ()
    )
    for path, name, structure in _structures(copied, ()):
        missing = [member for member in _NEEDED.get(name, ()) if member not in structure]
        if missing:
            raise ValueError(f"{_written(path)} of the response has no {', '.join(missing)}")
    return copied


def _copied(value: object, path: tuple[str, ...]) -> Any:
    """Return a copy of a part of a response, without its nulls."""
    if len(path) > _DEEPEST:
        raise ValueError(f"the response is nested more than {_DEEPEST} deep: {_written(path[:4])}...")
    if isinstance(value, Mapping):
        moment = placebo_datetime(value)
        if moment is not None:
            return _timed(moment, path)
        for key in value:
            if not isinstance(key, str):
                raise TypeError(f"the names in a response are texts, but {_written(path)} has {shown(key)}")
        # The users' own names may look like those of times.
        free = path[-1:] and path[-1] in FREE
        return {
            key: _timed(each, (*path, key)) if key in TIMES and not free else _copied(each, (*path, key))
            for key, each in value.items()
            if each is not None
        }
    if isinstance(value, (list, tuple)):
        return [_copied(each, (*path, str(at))) for at, each in enumerate(value, 1) if each is not None]
    if isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, datetime):
        return _timed(value, path)
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise TypeError(f"no response has {shown(value)}, but {_written(path)} of this one has")


def placebo_datetime(value: Mapping[Any, Any]) -> datetime | None:
    """Return the datetime for which placebo wrote a structure, or None if this is no such structure."""
    if value.get("__class__") != "datetime":
        return None
    try:
        return datetime(**{part: value.get(part, 0) for part in _DATETIME}, tzinfo=timezone.utc)
    except (TypeError, ValueError):
        return None


def ms_of_number(value: float) -> int | None:
    """Return the milliseconds since 1970 that a number in a response tells.

    Args:
        value: seconds, or milliseconds if it is too large for seconds.

    Returns:
        None if it lies before 1970 or after 2200, whatever it is.
    """
    ms = value * 1000 if value < _LAST_SECOND else value
    return round(ms) if 0 <= ms < _LAST_SECOND * 1000 else None


def _timed(value: object, path: tuple[str, ...]) -> Any:
    """Return a time as an aware datetime, of whole milliseconds as the service has them."""
    if isinstance(value, (Mapping, list, tuple)):
        return _copied(value, path)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        ms = ms_of_number(value)
        if ms is None:
            raise ValueError(
                f"{_written(path)} must be seconds or milliseconds since 1970, up to the year 2200, but is "
                f"{shown(value)}"
            )
        return utc(ms)
    if not isinstance(value, (str, datetime)):
        raise TypeError(
            f"{_written(path)} must be a datetime, a text such as '2026-01-31T12:00:00Z', or seconds or milliseconds "
            f"since 1970, but is {shown(value)}"
        )
    moment = epoch_ms(instant(value, _written(path)))
    if not 0 <= moment < _LAST_SECOND * 1000:
        raise ValueError(f"{_written(path)} must lie between 1970 and 2200, but is {shown(value)}")
    return utc(moment)


def _structures(
    value: object, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], str, Mapping[str, Any]]]:
    """Return the structures inside, each with its path and the name of its member."""
    if path and path[-1] in FREE:
        return
    if isinstance(value, dict):
        if path:
            name = path[-2] if path[-1].isdecimal() else path[-1]
            yield path, name, value
        for key, each in value.items():
            yield from _structures(each, (*path, key))
    elif isinstance(value, list):
        for at, each in enumerate(value, 1):
            yield from _structures(each, (*path, str(at)))


def _written(path: tuple[str, ...]) -> str:
    return ".".join(path)
