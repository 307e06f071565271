"""What an operation knows while it is carried out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from fake_tuning.domain.jobs.responses import Stamp
from fake_tuning.domain.jobs.training_job_record import TrainingJobRecord
from fake_tuning.domain.jobs.tuning_job_record import TuningJobRecord
from fake_tuning.service.quirks import Quirks
from fake_tuning.service.store import Store
from fake_tuning.service.validation.quotas import Quotas


class Invocation(NamedTuple):
    """One request, at one instant.

    Attributes:
        params: the request, which the model accepted.
        now: when it arrives, in milliseconds since 1970.
        store: what exists in the region that it is addressed to.
        stamp: makes the datetimes of the answer.
        quirks: which oddities the service has.
        quotas: what the account may have at a time.
        create_tuning_job: makes a tuning job of a request, when it arrives and what exists then.
        create_training_job: makes a training job of the same.
        note_read: notes which job was read: where it is, its kind, as in its ARN, and its name.
    """

    params: Mapping[str, Any]
    now: int
    store: Store
    stamp: Stamp
    quirks: Quirks
    quotas: Quotas
    create_tuning_job: Callable[[Mapping[str, Any], int, Store], TuningJobRecord]
    create_training_job: Callable[[Mapping[str, Any], int, Store], TrainingJobRecord]
    note_read: Callable[[Store, str, str], None]
