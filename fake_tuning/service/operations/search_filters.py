"""What a SearchExpression asks for, as a test of one resource.

All of an expression is checked before anything is searched, so that a wrong filter is refused even if
there is nothing to find. Where the documentation is silent (all inferred): text is compared character by
character, by ``Contains`` too; the strings of ``In`` are not trimmed; a property that is not there satisfies
``NotEquals`` and ``NotExists`` and nothing else; of several values, as in a list, one is enough to satisfy a
filter, and ``NotEquals`` is the opposite of ``Equals``.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, TypeAlias

from fake_tuning.domain.vocabulary.durations import epoch_ms, instant
from fake_tuning.service.error_texts import (
    SEARCH_CONTAINS,
    SEARCH_NO_VALUE,
    SEARCH_NOTHING_ASKED,
    SEARCH_OPERATOR,
    SEARCH_TOO_MANY,
    SEARCH_VALUE,
)
from fake_tuning.service.errors import ServiceError, validation
from fake_tuning.service.operations.search_properties import Kind, Members, Properties, Property

Test: TypeAlias = Callable[[Members], bool]

_MOST_ELEMENTS = 20
"""Documented: of one expression, its filters, nested filters and subexpressions together."""
_MOST_RECURSIVE = 50
"""Documented: of an expression with all that is in it; the filters of nested filters count too (inferred)."""
_MOST_CONTAINS = 1
"""Documented, with the text: for all properties of tuning jobs and training jobs."""

_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = MappingProxyType(
    {
        "Equals": operator.eq,
        "NotEquals": operator.eq,  # true of none
        "GreaterThan": operator.gt,
        "GreaterThanOrEqualTo": operator.ge,
        "LessThan": operator.lt,
        "LessThanOrEqualTo": operator.le,
    }
)
_EQUALITY = frozenset({"Equals", "NotEquals"})
_ORDER = frozenset(_COMPARISONS) - _EQUALITY
_OF_TEXT = frozenset({"Contains", "In"})
_EXISTENCE = frozenset({"Exists", "NotExists"})
# Documented: no order for text, and Contains and In for text only. Hyperparameters are text, or numbers.
_SUPPORTED: Mapping[Kind, frozenset[str]] = MappingProxyType(
    {
        "text": _EQUALITY | _OF_TEXT,
        "number": _EQUALITY | _ORDER,
        "timestamp": _EQUALITY | _ORDER,
        "Boolean": _EQUALITY,
        "hyperparameter": _EQUALITY | _ORDER | _OF_TEXT,
        "object": frozenset(),
    }
)
SPOKEN: Mapping[Kind, str] = MappingProxyType(
    {
        "text": "a text property",
        "number": "a numerical property",
        "timestamp": "a timestamp property",
        "Boolean": "a Boolean property",
        "hyperparameter": "a hyperparameter",
        "object": "an object",
    }
)
"""What a refusal calls a property of this kind."""

_WHOLE = re.compile(r"[+-]?[0-9]+")
_DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{3})?(?P<offset>Z|[+-][0-9]{2}:[0-9]{2})?"
)


def matching(expression: Mapping[str, Any], properties: Properties) -> Test:
    """Return the test that a resource passes when it is asked for.

    Args:
        expression: the SearchExpression of a request, which the model accepted.
        properties: those of the resource.

    Raises:
        ServiceError: ValidationException, for what the documentation rules out.
    """
    _check_size(expression)
    return _expression(expression, properties)


def _check_size(expression: Mapping[str, Any]) -> None:
    total = contains = 0
    for each in _within(expression):
        nested = each.get("NestedFilters", ())
        filters = [*each.get("Filters", ()), *(inner for outer in nested for inner in outer["Filters"])]
        elements = sum(len(each.get(member, ())) for member in ("Filters", "NestedFilters", "SubExpressions"))
        if not elements:
            raise validation(SEARCH_NOTHING_ASKED)
        if elements > _MOST_ELEMENTS:
            raise validation(SEARCH_TOO_MANY.format(most=_MOST_ELEMENTS, what="elements", count=elements))
        total += len(filters) + len(nested) + len(each.get("SubExpressions", ()))
        contains += sum(one.get("Operator") == "Contains" for one in filters)
    if total > _MOST_RECURSIVE:
        what = "recursive SubExpressions, NestedFilters and Filters"
        raise validation(SEARCH_TOO_MANY.format(most=_MOST_RECURSIVE, what=what, count=total))
    if contains > _MOST_CONTAINS:
        raise validation(SEARCH_CONTAINS)


def _within(expression: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    pending = [expression]
    while pending:
        each = pending.pop()
        yield each
        pending += each.get("SubExpressions", ())


def _expression(expression: Mapping[str, Any], properties: Properties) -> Test:
    tests = [_filter(each, properties) for each in expression.get("Filters", ())]
    tests += [_nested(each, properties) for each in expression.get("NestedFilters", ())]
    tests += [_expression(each, properties) for each in expression.get("SubExpressions", ())]
    combined = any if expression.get("Operator", "And") == "Or" else all
    return lambda members: combined(test(members) for test in tests)


def _nested(nested: Mapping[str, Any], properties: Properties) -> Test:
    # Documented: satisfied when a single object in the list satisfies all filters.
    inner, listed = properties.elements(nested["NestedPropertyName"])
    tests = [_filter(each, inner) for each in nested["Filters"]]
    return lambda members: any(all(test(element) for test in tests) for element in listed.values(members))


def _filter(asked: Mapping[str, Any], properties: Properties) -> Test:
    found = properties.find(asked["Name"])
    # Documented: a Value without an Operator asks for what equals it.
    operation = asked.get("Operator", "Equals")
    if operation in _EXISTENCE:
        return lambda members: bool(found.values(members)) == (operation == "Exists")
    if operation not in _SUPPORTED[found.kind]:
        raise validation(SEARCH_OPERATOR.format(operator=operation, name=found.name, kind=SPOKEN[found.kind]))
    if "Value" not in asked:
        raise validation(SEARCH_NO_VALUE.format(operator=operation, name=found.name))
    satisfies = _satisfying(operation, found, asked["Value"])
    wanted = operation != "NotEquals"
    return lambda members: any(map(satisfies, found.values(members))) == wanted


def _satisfying(operation: str, asked: Property, value: str) -> Callable[[Any], bool]:
    if operation == "Contains":
        return lambda found: value in found
    if operation == "In":
        return value.split(",").__contains__
    compare = _COMPARISONS[operation]
    if asked.kind == "hyperparameter":
        if operation in _EQUALITY and number(value) is None:
            return lambda found: compare(found, value)
        return partial(_hyperparameter, compare, _amount(asked.name, value))
    wanted = _WANTED[asked.kind](asked.name, value)
    return lambda found: compare(found, wanted)


def _hyperparameter(compare: Callable[[Any, Any], bool], wanted: float, text: str) -> bool:
    found = number(text)
    if found is None:
        return False
    # Documented: decimal hyperparameters are treated as integers where the Value is one.
    if isinstance(wanted, int) and isinstance(found, float) and math.isfinite(found):
        found = math.trunc(found)
    return compare(found, wanted)


def number(text: str) -> int | float | None:
    """Return the number that a text spells, or None; an integer, if it has neither point nor exponent."""
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else None


def _amount(name: str, value: str) -> float:
    amount = number(value)
    if amount is None:
        raise _unfit(name, "an integer or a floating-point decimal", value)
    return amount


def _moment(name: str, value: str) -> int:
    # Documented: an ISO 8601 time, YYYY-mm-dd'T'HH:MM:SS. Without an offset it is in UTC (inferred).
    written = _TIME.fullmatch(value)
    try:
        if written:
            return epoch_ms(instant(value if written["offset"] else f"{value}Z"))
    except ValueError:
        pass
    raise _unfit(name, "an ISO 8601 time such as 2026-01-31T12:00:00", value)


def _truth(name: str, value: str) -> bool:
    if value.lower() not in ("true", "false"):
        raise _unfit(name, "true or false", value)
    return value.lower() == "true"


def _unfit(name: str, wanted: str, value: str) -> ServiceError:
    return validation(SEARCH_VALUE.format(name=name, wanted=wanted, value=value))


_WANTED: Mapping[Kind, Callable[[str, str], Any]] = MappingProxyType(
    {
        "text": lambda _, value: value,
        "number": _amount,
        "timestamp": _moment,
        "Boolean": _truth,
    }
)
