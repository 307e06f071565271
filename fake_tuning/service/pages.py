"""Lists as the service gives them: filtered, sorted, cut into pages."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, TypeVar

from fake_tuning.domain.vocabulary.durations import epoch_ms
from fake_tuning.service.error_texts import BAD_TOKEN
from fake_tuning.service.errors import validation

_T = TypeVar("_T")

DEFAULT_PAGE = 10
"""Documented: the page size of a list that is asked for without ``MaxResults``."""


def page(
    items: Sequence[_T], params: Mapping[str, Any], name: Callable[[_T], str], size: int = DEFAULT_PAGE
) -> tuple[Sequence[_T], dict[str, str]]:
    """Cut the page that was asked for.

    Args:
        items: all items, in their order.
        params: the request, of which ``MaxResults`` and ``NextToken`` are read.
        name: names an item; a token names the items on both sides of the cut, so that it stays valid when
            others come or go.
        size: how many items a page has unless the request says.

    Returns:
        The items of the page, and the ``NextToken`` member, which is absent on the last page.

    Raises:
        ServiceError: ValidationException, for a token that this service did not give.
    """
    start = _start(items, params["NextToken"], name) if "NextToken" in params else 0
    end = start + (params.get("MaxResults") or size)
    more = {"NextToken": _token(end, name(items[end - 1]), name(items[end]))} if end < len(items) else {}
    return items[start:end], more


def filtered_page(
    items: Sequence[_T],
    chosen: Callable[[_T], bool],
    params: Mapping[str, Any],
    name: Callable[[_T], str],
    *,
    cut_first: bool,
) -> tuple[Sequence[_T], dict[str, str]]:
    """Cut the page that was asked for of items that are filtered (see ``page`` for what else it takes and returns).

    Args:
        items: all items, in their order.
        chosen: the filter.
        params: the request.
        name: names an item.
        cut_first: whether the page is cut before it is filtered, so that it can be short, or empty and yet have a
            token.
    """
    shown, more = page(items if cut_first else list(filter(chosen, items)), params, name)
    return list(filter(chosen, shown)) if cut_first else shown, more


def _token(position: int, before: str, after: str) -> str:
    return base64.b64encode(json.dumps([position, before, after]).encode()).decode()


def _start(items: Sequence[_T], token: str, name: Callable[[_T], str]) -> int:
    try:
        position, before, after = json.loads(base64.b64decode(token, validate=True))
        position, before, after = int(position), str(before), str(after)
    except (ValueError, TypeError, OverflowError):
        raise validation(BAD_TOKEN.format(token=token)) from None
    if 0 <= position < len(items) and name(items[position]) == after:
        return position
    places = {name(item): index for index, item in enumerate(items)}
    return places.get(after, places.get(before, min(max(position, 0), len(items)) - 1) + 1)


def within(params: Mapping[str, Any], member: str, instant: Callable[[], int]) -> bool:
    """Whether an instant (milliseconds since 1970) lies in the bounds that a request sets for it.

    Args:
        params: the request, of which ``<member>After`` and ``<member>Before`` are read. Both bounds are exclusive
            (invented: it is not documented).
        member: the member, such as ``"CreationTime"``.
        instant: returns the instant; called only if there is a bound.
    """
    after, before = params.get(f"{member}After"), params.get(f"{member}Before")
    if after is None and before is None:
        return True
    ms = instant()
    return (after is None or ms > bound_ms(after)) and (before is None or ms < bound_ms(before))


def bound_ms(bound: datetime | float | str) -> int:
    """Return a timestamp of a request in milliseconds; a naive one counts as UTC, as botocore sends it."""
    if isinstance(bound, datetime):
        moment = bound
    else:
        try:
            return round(float(bound) * 1000)
        except ValueError:
            from dateutil.parser import parse  # slow to import, and seldom needed

            moment = parse(str(bound))
    return epoch_ms(moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc))


def ordered(
    items: Sequence[_T], key: Callable[[_T], Any], name: Callable[[_T], str], *, down: bool
) -> list[_T]:
    """Sort items; equal ones go by name, so the order is always the same, and descending is its exact reverse."""
    return sorted(sorted(items, key=name, reverse=down), key=key, reverse=down)


def descending(params: Mapping[str, Any], default: str) -> bool:
    """Whether a request asks for the descending order, or leaves it to a default that is descending."""
    return bool(params.get("SortOrder", default) == "Descending")
