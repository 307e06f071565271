"""Checks of what the builder's words are given. None of them reads the service model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from fake_tuning.domain.request.job_spec import METRIC_TYPES, STRATEGIES
from fake_tuning.domain.vocabulary.arns import Place
from fake_tuning.domain.vocabulary.numbers import is_whole
from fake_tuning.domain.vocabulary.ranges import CategoricalRange, Range, range_of
from fake_tuning.domain.vocabulary.suggestions import choices
from fake_tuning.service.error_texts import RESERVED_TAG
from fake_tuning.service.validation.create_rules import is_reserved

NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,31}")
"""The service model's pattern of tuning job names (a test compares them)."""

_LONGEST_NAME = 32

LONGEST: Mapping[str, int] = MappingProxyType(
    {
        "the objective metric": 255,
        "the name of a hyperparameter": 256,
        "the value of a static hyperparameter": 2500,
        "the key of a tag": 128,
        "the value of a tag": 256,
    }
)
"""The service model's limits on lengths, in characters (a test compares them)."""

MOST: Mapping[str, int] = MappingProxyType(
    {
        "training job definitions": 10,
        "ranges": 30,
        "categorical values": 30,
        "static hyperparameters": 99,
        "tags": 50,
    }
)
"""The service model's limits on numbers (a test compares them).

Of the 100 static hyperparameters that the model allows, the service adds one (documented).
"""

_DAY = 86_400_000
_FIRST_DATE, _LAST_DATE = -62_135_596_800_000 + _DAY, 253_402_300_800_000 - _DAY
"""Python's dates without the first and the last day, in milliseconds since 1970: a time zone may move them by that."""

_REGION = re.compile(r"[a-z0-9-]+")
_ACCOUNT = re.compile(r"[0-9]{12}")


def checked_name(name: str) -> str:
    """Return a tuning job's name.

    Raises:
        TypeError: it is no text.
        ValueError: the service would refuse it.
    """
    if not isinstance(name, str):
        raise TypeError(f"a tuning job's name must be a text, but is {name!r}")
    if len(name) > _LONGEST_NAME:
        raise ValueError(
            f"a tuning job's name has at most {_LONGEST_NAME} characters, but {name!r} has {len(name)}"
        )
    if not NAME.fullmatch(name):
        raise ValueError(
            f"a tuning job's name has letters, digits and single hyphens inside, but is {name!r}: "
            f"it must match {NAME.pattern}"
        )
    return name


def checked_seed(seed: int) -> int:
    """Return a seed.

    Raises:
        ValueError: it is no whole number.
    """
    if not is_whole(seed):
        raise ValueError(f"the seed must be a whole number, but is {seed!r}")
    return seed


def checked_date(moment: int, what: str) -> int:
    """Return an instant, in milliseconds since 1970.

    Args:
        moment: the instant.
        what: what it is, named in a refusal.

    Raises:
        ValueError: Python's dates cannot express it in every time zone.
    """
    if not _FIRST_DATE <= moment <= _LAST_DATE:
        raise ValueError(
            f"{what} must lie between the years 1 and 9999, with a day to spare: "
            "say another .created(...), shorter lengths or another at"
        )
    return moment


def checked_place(region: str, account: str) -> Place:
    """Return a place.

    Raises:
        TypeError: the region or the account is no text.
        ValueError: no ARN could name it.
    """
    for what, text, pattern, example in (
        ("a region", region, _REGION, "'us-east-1'"),
        ("an account", account, _ACCOUNT, "'123456789012', of 12 digits"),
    ):
        if not isinstance(text, str):
            raise TypeError(f"{what} must be a text such as {example}, but is {text!r}")
        if not pattern.fullmatch(text):
            raise ValueError(f"{what} must be like {example}, but is {text!r}")
    return Place(region, account)


def checked_tags(tags: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return tags as pairs of a key and a value, in their order.

    Raises:
        TypeError: a value is no text.
        ValueError: there are too many, a key is reserved, or a key or a value is longer than the service allows.
    """
    check_number("tags", "a job", len(tags))
    for key, value in tags.items():
        if not isinstance(value, str):
            raise TypeError(f"the value of tag {key!r} must be a text, but is {value!r}")
        check_length("the key of a tag", key)
        check_length("the value of a tag", value)
        if is_reserved(key):
            raise ValueError(f"the service would refuse this: {RESERVED_TAG.format(key=key)}")
    return tuple(tags.items())


def checked_count(what: str, count: int) -> int:
    """Return a number of trials.

    Raises:
        ValueError: it is no whole number from 1.
    """
    if not is_whole(count) or count < 1:
        raise ValueError(f"the number of {what} must be a whole number from 1, but is {count!r}")
    return count


def checked_strategy(name: object) -> str:
    """Return the name of a strategy.

    Raises:
        ValueError: there is no such strategy.
    """
    if name not in STRATEGIES:
        raise ValueError(choices("strategy", name, STRATEGIES))
    return str(name)


def check_metric_type(objective: object) -> None:
    """Refuse a HyperParameterTuningJobObjective of an unknown type.

    Raises:
        ValueError: there is no such type.
    """
    kind = objective.get("Type", "Maximize") if isinstance(objective, Mapping) else "Maximize"
    if kind not in METRIC_TYPES:
        raise ValueError(choices("metric type", kind, METRIC_TYPES))


def checked_static(hyperparameters: Mapping[str, object]) -> dict[str, str]:
    """Return static hyperparameters as the service keeps them: as texts.

    Raises:
        ValueError: there are too many, or a name or a value is longer than the service allows.
    """
    check_number("static hyperparameters", "a definition", len(hyperparameters))
    static = {name: str(value) for name, value in hyperparameters.items()}
    for name, value in static.items():
        check_length("the name of a hyperparameter", name)
        check_length("the value of a static hyperparameter", value)
    return static


def checked_ranges(written: Mapping[str, object]) -> tuple[Range, ...]:
    """Read ranges by name, as people write them (see ``range_of``).

    Raises:
        TypeError, ValueError: one of them cannot be read, its name is longer than the service allows, or there are
            too many of them, or of the values of one.
    """
    check_number("ranges", "a job", len(written))
    for name in written:
        check_length("the name of a hyperparameter", name)
    ranges = tuple(range_of(name, each) for name, each in written.items())
    for each in ranges:
        if isinstance(each, CategoricalRange):
            check_number("categorical values", f"the range of {each.name!r}", len(each.values))
    return ranges


def check_free(given: Mapping[str, Any], word: str, member: str, value: object) -> None:
    """Refuse to set a member that was set to something else by its AWS name: that would take precedence.

    Args:
        given: the members that were set by their AWS names.
        word: the method that set them.
        member: the member.
        value: what it is to be; of a structure or a map, what is to be in it.

    Raises:
        ValueError: it was set to something else.
    """
    present = given.get(member, value)
    if isinstance(present, Mapping) and isinstance(value, Mapping):
        present = {name: inner for name, inner in present.items() if name in value}
    if present != value:
        raise ValueError(
            f"{member} was set with .{word}({member}=...), which would take precedence: say one or the other"
        )


def check_number(what: str, whose: str, count: int, advice: str = "say fewer") -> None:
    """Refuse more of something than the service allows.

    Args:
        what: one of the keys of ``MOST``.
        whose: who has so many of them, named in the refusal.
        count: how many there are.
        advice: what to do about it.

    Raises:
        ValueError: there are too many.
    """
    if count > MOST[what]:
        raise ValueError(f"{whose} has at most {MOST[what]} {what}, but these are {count}: {advice}")


def check_length(what: str, text: str) -> None:
    """Refuse a text that is longer than the service allows.

    Args:
        what: one of the keys of ``LONGEST``.
        text: the text.

    Raises:
        ValueError: it is too long.
    """
    if len(text) > LONGEST[what]:
        raise ValueError(
            f"{what} has at most {LONGEST[what]} characters, but {text[:20]!r}... has {len(text)}"
        )
