"""The calls that a service was asked to answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from fake_tuning.service.errors import ServiceError


@dataclass(frozen=True, slots=True)
class Call:
    """One call that the code under test made.

    Attributes:
        operation: its name, such as ``"DescribeHyperParameterTuningJob"``.
        params: the request.
        at: when it arrived, aware, in UTC.
        region: the region that it was addressed to.
        error: the error with which it was refused, or None.
        status: the status that a description of a job gave, or None for other calls.
    """

    operation: str
    params: Mapping[str, Any]
    at: datetime
    region: str
    error: ServiceError | None = None
    status: str | None = None


class Mishap(NamedTuple):
    """Something that was attempted and never reached the service, for the report of a failed test.

    Attributes:
        after: the last call that the service had answered by then, or None.
        at: when it was attempted, or None when the clock did not run.
        what: the operation, with its service if that is another.
        outcome: what became of it.
    """

    after: Call | None
    at: datetime | None
    what: str
    outcome: str
