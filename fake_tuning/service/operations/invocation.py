"""What an operation knows while it is carried out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fake_tuning.domain.jobs.responses import Stamp
from fake_tuning.domain.jobs.training_job_record import TrainingJobRecord
from fake_tuning.domain.jobs.tuning_job_record import TuningJobRecord
from fake_tuning.service.quirks import Quirks
from fake_tuning.service.store import Store
from fake_tuning.service.validation.quotas import Quotas


@dataclass(frozen=True, slots=True)
class Invocation:
    """One request, at one instant.

    Attributes:
        params: the request, which the model accepted.
        now: when it arrives, in milliseconds since 1970.
        store: what exists in the region that it is addressed to.
        stamp: makes the datetimes of the answer.
        quirks: which oddities the service has.
        quotas: what the account may have at a time.
        create_tuning_job: makes a tuning job of a request to create one.
        create_training_job: makes a training job of a request to create one.
        note_read: notes which job was read: its kind, as in its ARN, and its name.
    """

    params: Mapping[str, Any]
    now: int
    store: Store
    stamp: Stamp
    quirks: Quirks
    quotas: Quotas
    create_tuning_job: Callable[[Mapping[str, Any]], TuningJobRecord]
    create_training_job: Callable[[Mapping[str, Any]], TrainingJobRecord]
    note_read: Callable[[str, str], None]
