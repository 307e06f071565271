"""What one region of the service holds: the records of all jobs that were ever created there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TypeVar

from fake_tuning.domain.jobs.record import Record
from fake_tuning.domain.jobs.training_job import TrainingJob
from fake_tuning.domain.jobs.training_job_record import TrainingJobRecord
from fake_tuning.domain.jobs.tuning_job_record import TuningJobRecord
from fake_tuning.domain.jobs.warm_pool import Reuse
from fake_tuning.domain.simulation.steering import Change
from fake_tuning.domain.vocabulary.arns import TRAINING_JOB, TUNING_JOB, Place

_MOST_DIGITS = 20
"""No job has so many trials that one has a number as long, and Python reads no text of thousands of digits."""


@dataclass
class Store:
    """The jobs of one region and account. Which of them exist depends on the instant that is asked about.

    At any instant a name is that of one tuning job and of one training job. Captured jobs may contradict that, and so
    may the past of a job that was added: the training job is then the one that stands alone, or else the trial of the
    tuning job that came here last.

    Attributes:
        place: the region and the account.
        revision: how often something was changed here.
    """

    place: Place
    revision: int = 0
    _tuning_jobs: dict[str, list[TuningJobRecord]] = field(default_factory=dict)
    _training_jobs: dict[str, list[TrainingJobRecord]] = field(default_factory=dict)
    _launchers_of_captured: dict[str, set[str]] = field(default_factory=dict)

    def records_named(self, name: str) -> Sequence[TuningJobRecord]:
        """Return the tuning jobs that ever had this name, in whatever case, in the order in which they came here."""
        return self._tuning_jobs.get(name.casefold(), ())

    def predecessors(self, name: str, now: int) -> int:
        """Return how many tuning jobs had this name, in whatever case, by an instant."""
        return sum(each.created <= now for each in self.records_named(name))

    def may_have(self, name: object) -> bool:
        """Whether a job of this name was ever put here, or may have been launched."""
        if not isinstance(name, str):
            return False
        return bool(self.records_named(name) or name in self._training_jobs or any(self._launchers(name)))

    def put(self, record: TuningJobRecord, now: int) -> None:
        """Keep a tuning job that comes here at an instant at which no other one has its name.

        Those of its name that are gone by then stay, because their training jobs do (documented). Those that were
        created later would have been refused: drop them.
        """
        self.revision += 1
        name = record.name.casefold()
        # What came here last stands last.
        earlier = [each for each in self._tuning_jobs.pop(name, ()) if each.created <= now]
        self._tuning_jobs[name] = [*earlier, record]
        for trial in record.scenario.numbers_by_name:
            self._launchers_of_captured.setdefault(trial, set()).add(name)

    def put_training_job(self, record: TrainingJobRecord, now: int) -> None:
        """Keep a training job that comes here at an instant at which no other one has its name.

        Those of its name that were created later would have been refused: drop them.
        """
        self.revision += 1
        earlier = [each for each in self._training_jobs.get(record.name, ()) if each.created <= now]
        self._training_jobs[record.name] = [*earlier, record]

    def change(self, job: Record | TrainingJob, change: Change) -> None:
        """Do something to a job that is here, or to a trial of one."""
        record, changed = job.record if isinstance(job, TrainingJob) else job, job.changed(change)
        self.revision += 1
        if isinstance(changed, TuningJobRecord):
            _exchange(self._tuning_jobs[changed.name.casefold()], record, changed)
        if isinstance(changed, TrainingJobRecord):
            _exchange(self._training_jobs[changed.name], record, changed)
            self._lend_again(changed)

    def _lend_again(self, lender: TrainingJobRecord) -> None:
        """Let those start cold that took over its instances, if a change in the past has left them none."""
        reuses = [each for each in lender.changes_to(1) if isinstance(each, Reuse)]
        if not reuses:
            return
        pool = TrainingJob(lender, lender.trial).warm_pool(lender.changes[-1].at)
        for reuse in reuses:
            warm = pool is not None and pool.reuse == reuse
            for record in self._training_jobs.get(reuse.by, ()):
                if record.created == reuse.at and record.warm != warm:
                    changed = replace(record, warm=warm)
                    _exchange(self._training_jobs[reuse.by], record, changed)
                    self._lend_again(changed)

    def named(self, name: str, now: int) -> TuningJobRecord | None:
        """Return the tuning job of this name, in whatever case, even one that is gone by now or yet to come."""
        records_named = self.records_named(name)
        for record in reversed(records_named):
            if record.created <= now:
                return record
        return records_named[0] if records_named else None

    def tuning_job(self, name: str, now: int) -> TuningJobRecord | None:
        """Return the tuning job of exactly this name, if it exists at an instant."""
        record = self.named(name, now)
        return record if record and record.name == name and record.timeline.exists(now) else None

    def tuning_jobs(self, now: int) -> list[TuningJobRecord]:
        """Return the tuning jobs that exist at an instant."""
        standing = (self.named(name, now) for name in self._tuning_jobs)
        return [record for record in standing if record and record.timeline.exists(now)]

    def _records(self) -> Iterator[Record]:
        """Return all jobs, even those that are gone or yet to come, the one that a name stands for first."""
        for records in self._training_jobs.values():
            yield from reversed(records)
        yield from self._newest_first(self._tuning_jobs)

    def training_job(self, name: str, now: int) -> TrainingJob | None:
        """Return the training job of this name, if one exists at an instant."""
        return next((job for job in self._training_jobs_named(name, now) if job.exists(now)), None)

    def had_training_job(self, name: str, now: int) -> bool:
        """Whether there was a training job of this name by an instant, even one that is gone by then."""
        return any(job.trial.created <= now for job in self._training_jobs_named(name, now))

    def _training_jobs_named(self, name: str, now: int) -> Iterator[TrainingJob]:
        """Return the training jobs that ever had this name by an instant, and perhaps later ones: see ``Store``."""
        for record in reversed(self._training_jobs.get(name, ())):
            yield TrainingJob(record, record.trial)
        for each, number in self._launchers(name):
            trial = each.timeline.trial(number, now)
            if trial is not None and trial.name == name:
                yield TrainingJob(each, trial)

    def _launchers(self, name: str) -> Iterator[tuple[TuningJobRecord, int]]:
        """Return the tuning jobs that may have a trial of this name, and its number there."""
        tuning, _, digits = name.rpartition("-")[0].rpartition("-")
        number = int(digits) if digits.isdecimal() and len(digits) < _MOST_DIGITS else None
        # A captured trial has the name that it had, which may be any.
        launchers = set(self._launchers_of_captured.get(name, ()))
        if number is not None:
            launchers.add(tuning.casefold())
        for record in self._newest_first(launchers):
            found = record.scenario.numbers_by_name.get(name, number)
            if found is not None:
                yield record, found

    def _newest_first(self, names: Collection[str]) -> Iterator[TuningJobRecord]:
        """Return the tuning jobs that ever had one of these names, which are in lower case, the last one first."""
        if len(names) > 1:
            names = [name for name in reversed(self._tuning_jobs) if name in names]
        for name in names:
            yield from reversed(self._tuning_jobs.get(name, ()))

    def training_jobs(self, now: int) -> Iterator[TrainingJob]:
        """Return the training jobs that exist at an instant: they outlive their tuning jobs (documented)."""
        return _one_of_each_name(self._records(), now)

    def standalone_training_jobs(self, now: int) -> Iterator[TrainingJob]:
        """Return those that no tuning job launched."""
        return _one_of_each_name(chain.from_iterable(map(reversed, self._training_jobs.values())), now)

    def resource(self, arn: str, now: int) -> TuningJobRecord | TrainingJob | None:
        """Return the job that an ARN names, if it exists at an instant."""
        kind, _, name = arn.removeprefix(self.place.arn("", "").rstrip("/")).partition("/")
        if kind == TUNING_JOB:
            record = self.tuning_job(name, now)
            if record is not None and record.arn == arn:
                return record
            # One that was captured may have another name in its ARN.
            return next((each for each in self.tuning_jobs(now) if each.arn == arn), None)
        if kind == TRAINING_JOB:
            job = self.training_job(name, now)
            return job if job is not None and job.arn == arn else self._captured_training_job(arn, now)
        return None

    def _captured_training_job(self, arn: str, now: int) -> TrainingJob | None:
        """Return the training job with this ARN, if it exists at an instant and has another name in its ARN."""
        alone = (name for name, records in self._training_jobs.items() if records[-1].arn == arn)
        records = self._newest_first(self._tuning_jobs)
        trials = (name for record in records for name in record.kept.named_in_arns)
        jobs = (self.training_job(name, now) for name in chain(alone, trials))
        return next((job for job in jobs if job is not None and job.arn == arn), None)

    def next_event(self, after: int) -> int | None:
        """Return when something that can be seen happens next in any job, in milliseconds since 1970, or None."""
        events = (record.next_event(after) for record in self._records())
        return min((event for event in events if event is not None), default=None)


_Record = TypeVar("_Record", bound=Record)


def _one_of_each_name(records: Iterable[Record], now: int) -> Iterator[TrainingJob]:
    """Return the training jobs of some records that exist at an instant: of several of one name, the first."""
    seen: set[str] = set()
    for record in records:
        for job in record.training_jobs(now):
            name = job.trial.name
            if name not in seen:
                seen.add(name)
                yield job


def _exchange(records: list[_Record], record: Record, changed: _Record) -> None:
    records[:] = [changed if each is record else each for each in records]
