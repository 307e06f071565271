"""Which job the code under test read last, for the message about a loop that waits in vain."""

from __future__ import annotations

from fake_tuning.domain.vocabulary.arns import TUNING_JOB
from fake_tuning.domain.vocabulary.statuses import TERMINAL
from fake_tuning.service.store import Store


class LastRead:
    """The job that was read last, whether alone, in a list or in a search."""

    def __init__(self) -> None:
        self._job: tuple[Store, str, str] | None = None

    def note(self, store: Store, kind: str, name: str) -> None:
        """Note that a job is read.

        Args:
            store: the region that has it.
            kind: ``TUNING_JOB`` or ``TRAINING_JOB``.
            name: its name.
        """
        self._job = store, kind, name

    def explanation(self, now: int) -> str | None:
        """Say what the job is at an instant (milliseconds since 1970), or return None if none was read."""
        if self._job is None:
            return None
        store, kind, name = self._job
        status = _status(store, kind, name, now)
        if status is None:
            return f"{name!r} is gone: does your loop handle a job that was deleted?"
        if status in TERMINAL:
            return f"{name!r} stayed {status}, which is terminal: does your loop handle {status}?"
        return f"{name!r} stayed {status}: does its scenario ever let it end?"


def _status(store: Store, kind: str, name: str, now: int) -> str | None:
    if kind == TUNING_JOB:
        record = store.tuning_job(name, now)
        return record.timeline.state(now).status if record else None
    job = store.training_job(name, now)
    return job.status_at(now) if job else None
