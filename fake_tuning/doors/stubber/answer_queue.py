"""The answers that a stubber has queued, and the messages about calls that it does not expect."""

from __future__ import annotations

import difflib
import itertools
import reprlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fake_tuning.domain.vocabulary.statuses import TERMINAL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_MOST_LISTED = 10
_WIDEST = 120
Given = tuple[Any, dict[str, Any]]
"""What botocore's handlers return as an answer: an HTTP response, and what was parsed from it."""


@dataclass(frozen=True, slots=True)
class Queued:
    """An answer that waits for its call.

    Attributes:
        operation: the operation that it answers, as AWS writes it.
        expected: the parameters that the call must have; None: any.
        give: makes the answer from the body of the request. It is called once.
        partial: whether the call may have more parameters than the expected ones.
        status: the status of the tuning job that the answer describes, if it does.
    """

    operation: str
    expected: Mapping[str, Any] | None
    give: Callable[[bytes], Given]
    partial: bool = False
    status: str | None = None

    def takes(self, params: Mapping[str, Any]) -> bool:
        """Tell whether a call of this operation has the expected parameters; ``ANY`` equals everything."""
        if self.expected is None:
            return True
        return (self.partial or self.expected.keys() == params.keys()) and all(
            name in params and value == params[name] for name, value in self.expected.items()
        )

    def __str__(self) -> str:
        if self.expected is None:
            return f"{self.operation}(any parameters)"
        return called(self.operation, self.expected, *(["any others"] if self.partial else []))


def called(operation: str, params: Mapping[str, Any], *more: str) -> str:
    """Return a call as it would be written in Python, shortened to one line."""
    written = ", ".join([*(f"{name}={reprlib.repr(value)}" for name, value in params.items()), *more])
    return f"{operation}({written if len(written) <= _WIDEST else written[: _WIDEST - 1] + '…'})"


def listed(queue: Sequence[Queued], first: int) -> str:
    """Return one line for each queued answer, or for several equal ones in a row.

    Args:
        queue: the answers.
        first: the number of the first of them, counted from 1.
    """
    lines, number = [], first
    for text, equal in itertools.groupby(str(each) for each in queue):
        last = number + len(list(equal)) - 1
        lines.append(f"  #{number} {text}" if last == number else f"  #{number} to #{last} {text}")
        number = last + 1
    if len(lines) > _MOST_LISTED:
        hidden = len(lines) - _MOST_LISTED
        lines[_MOST_LISTED:] = [f"  … and {hidden} line{'s' if hidden > 1 else ''} more"]
    return "\n".join(lines)


def out_of_turn(queue: Sequence[Queued], first: int, operation: str, params: Mapping[str, Any]) -> str:
    """Return a message: how a call differs from the one that the next answer is for, and what is queued."""
    expected = queue[0]
    what = "another call" if operation != expected.operation else "other parameters"
    wanted = expected.expected or {}
    seen = params if expected.expected is not None else {}
    if expected.partial:
        seen = {name: value for name, value in params.items() if name in wanted}
    diff = difflib.unified_diff(
        [expected.operation, *_leaves(wanted)],
        [operation, *_leaves(_as_expected(seen, wanted))],
        "expected",
        "got",
        lineterm="",
    )
    total = first + len(queue) - 1
    remain = "1 answer is" if len(queue) == 1 else f"{len(queue)} answers are"
    return "\n".join(
        [
            f"the next answer, #{first} of {total}, is for {what}.",
            *diff,
            f"{remain} queued:",
            listed(queue, first),
        ]
    )


def run_dry(last: Queued | None, given: int, operation: str, params: Mapping[str, Any]) -> str:
    """Return a message: nothing is queued for a call, and what the last answer was."""
    call = called(operation, params)
    if last is None:
        return f"nothing is queued for {call}."
    so_far = "the only answer was given" if given == 1 else f"all {given} answers were given, the last"
    found = f"nothing is queued any more for {call}: {so_far} to {last}."
    if last.status in TERMINAL and last.operation == operation:
        found += f" It had the status {last.status}, which is terminal: does your loop handle {last.status}?"
    return found


def _as_expected(got: Any, expected: Any) -> Any:
    """Return ``got`` with the expected values where the two are equal, so that a diff shows only differences."""
    if expected == got:
        return expected
    if isinstance(got, dict) and isinstance(expected, dict):
        return {
            name: _as_expected(value, expected[name]) if name in expected else value
            for name, value in got.items()
        }
    if isinstance(got, (list, tuple)) and isinstance(expected, (list, tuple)) and len(got) == len(expected):
        return [_as_expected(*pair) for pair in zip(got, expected, strict=True)]
    return got


def _leaves(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, dict) and value:
        for name in sorted(value, key=str):
            yield from _leaves(value[name], f"{path}.{name}" if path else str(name))
    elif isinstance(value, (list, tuple)) and value:
        for index, element in enumerate(value):
            yield from _leaves(element, f"{path}[{index}]")
    elif path:
        yield f"  {path} = {value!r}"
