"""What is not known of how an answer of ours differs from a recorded one, as the command ``conform`` compares them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fake_tuning.domain.recordings.captured import captured
from fake_tuning.doors.conform.comparison import different_members, different_repetitions
from fake_tuning.doors.conform.known_differences import reason_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fake_tuning.doors.conform.comparison import Difference
    from fake_tuning.doors.conform.known_differences import Check


def unexplained_members(
    operation: str, theirs: dict[str, Any], ours: dict[str, Any], check: Check = "created anew"
) -> list[str]:
    """The members that only one of two answers has, or has otherwise, but for known differences."""
    ours = {member: value for member, value in ours.items() if member != "ResponseMetadata"}
    return _unexplained(operation, theirs, check, different_members(captured(theirs, ""), ours))


def unexplained_values(
    operation: str, theirs: dict[str, Any], ours: dict[str, Any], *among: str
) -> list[str]:
    """The members that two answers repeat otherwise, within some of their members, but for known differences."""
    both = [{name: each for name, each in whose.items() if name in among} for whose in (theirs, ours)]
    found = different_repetitions(captured(both[0], ""), both[1])
    return _unexplained(operation, theirs, "created anew", found)


def _unexplained(
    operation: str, theirs: dict[str, Any], check: Check, found: Iterable[Difference]
) -> list[str]:
    return [each.place for each in found if reason_of(operation, check, each, theirs) is None]
