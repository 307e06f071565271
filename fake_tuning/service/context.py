"""What an operation knows while it is carried out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fake_tuning.domain.dialects import Dialect
from fake_tuning.domain.record import TuningRecord
from fake_tuning.domain.responses import Stamp
from fake_tuning.domain.training_record import TrainingRecord
from fake_tuning.service.quotas import Quotas
from fake_tuning.service.shelf import Shelf


@dataclass(frozen=True, slots=True)
class Quirks:
    """Oddities of the real service, each on by default because it was observed.

    Attributes:
        lower_case_list_arns: ListHyperParameterTuningJobs gives ARNs in lower case, whatever the case of the name
            (observed since 2022; tagging with such an ARN fails).
        pages_cut_before_filters: ListTrainingJobs cuts a page first and filters it by name and status then, so that
            pages can be short or empty and yet carry a token (recorded).
    """

    lower_case_list_arns: bool = True
    pages_cut_before_filters: bool = True


@dataclass(frozen=True, slots=True)
class Context:
    """One request, at one instant.

    Attributes:
        params: the request, which the model accepted.
        now: when it arrives, in milliseconds since 1970.
        shelf: the region that it is addressed to.
        stamp: makes the datetimes of the answer.
        quirks: which oddities the service has.
        quotas: what the account may have at a time.
        dialect: which of its shapes a describe response has.
        born: makes a tuning job of a request to create one.
        trained: makes a training job of a request to create one.
        noticed: is told which job was read: its kind, as in its ARN, and its name.
    """

    params: Mapping[str, Any]
    now: int
    shelf: Shelf
    stamp: Stamp
    quirks: Quirks
    quotas: Quotas
    dialect: Dialect
    born: Callable[[Mapping[str, Any]], TuningRecord]
    trained: Callable[[Mapping[str, Any]], TrainingRecord]
    noticed: Callable[[str, str], None]
