"""The calls that a service was asked to answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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
