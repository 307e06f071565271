"""Where a stubber's answers come from: services of its own, whose clocks are set by hand."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from botocore.stub import ANY

from fake_tuning.domain.vocabulary.clock import DEFAULT_START, AmbientClock
from fake_tuning.domain.vocabulary.durations import Duration, Instant, epoch_ms, spell, utc
from fake_tuning.domain.vocabulary.statuses import TERMINAL
from fake_tuning.doors.builder.tuning_job import DEFAULT_PLACE, TuningJob
from fake_tuning.doors.options import ServiceOptions
from fake_tuning.service.api_version import CURRENT, ApiVersion
from fake_tuning.service.errors import ServiceError
from fake_tuning.service.tuning_service import TuningService

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime


NAME = "HyperParameterTuningJobName"
STATUS = "HyperParameterTuningJobStatus"
DESCRIBE = "DescribeHyperParameterTuningJob"

Answer: TypeAlias = dict[str, Any] | ServiceError
"""What the service answers, or the error with which it refuses."""

MOST_POLLS = 10_000
"""The number of sleeps that a virtual clock allows by default."""


class SetClock(AmbientClock):
    """A clock that shows the instant it was set to, in milliseconds since 1970."""

    def __init__(self, ms: int) -> None:
        self.ms = ms

    def now(self) -> datetime:
        """Return the instant that it shows."""
        return utc(self.ms)


class Snapshot:
    """A service that has some jobs, and can be asked as of any instant.

    Jobs that have different ideas of "now" are all composed for the latest. The parents of their warm starts are
    there too.

    Args:
        jobs: the jobs, which must be in the same region and account.
        place: a job whose region and account are used when there are no jobs.
        api: the version of the API that the service speaks.

    Attributes:
        now: the latest "now" of the jobs, in milliseconds since 1970.
        clock: the service's clock.
        service: the service.

    Raises:
        TypeError: a job is something else.
        ValueError: the jobs are in different regions or accounts, or the service does not accept one.
    """

    def __init__(self, *jobs: TuningJob, place: TuningJob | None = None, api: ApiVersion = CURRENT) -> None:
        for job in (*jobs, *((place,) if place is not None else ())):
            if not isinstance(job, TuningJob):
                raise TypeError(
                    f"a stub is made from a TuningJob, such as TuningJob('xgb').completed(), not {job!r}"
                )
        places = {job.place for job in jobs} or {place.place if place else DEFAULT_PLACE}
        if len(places) > 1:
            where = ", ".join(f"{job.name!r} is in {job.place.region} of {job.place.account}" for job in jobs)
            raise ValueError(
                f"one list has the jobs of one region and account, but {where}: say .located(...)"
            )
        at = places.pop()
        self.now = max((moment(job) for job in jobs), default=epoch_ms(DEFAULT_START))
        self.clock = SetClock(self.now)
        settings = replace(ServiceOptions().settings(), region=at.region, account=at.account)
        self.service = TuningService(settings, clock=self.clock, api=api)
        for job in _with_parents(jobs):
            self.service.add(job)

    def ask(self, operation: str, params: Mapping[str, Any], at: int) -> dict[str, Any]:
        """Return what the service answers at an instant, in milliseconds since 1970.

        Raises:
            ServiceError: the service refuses.
        """
        self.clock.ms = at
        return self.service.call(operation, params)

    def answer(self, operation: str, params: Mapping[str, Any], at: int) -> dict[str, Any]:
        """Return what the service answers at an instant, in milliseconds since 1970.

        Raises:
            ValueError: the service refuses; the message says how to queue that.
        """
        try:
            return self.ask(operation, params, at)
        except ServiceError as refusal:
            raise ValueError(
                f"{operation} would be refused at {utc(at).isoformat()}: {refusal}\n"
                f"To queue that: stub.error({operation!r}, {refusal.code!r}, {refusal.message!r})"
            ) from None


def _with_parents(jobs: Iterable[TuningJob]) -> Iterator[TuningJob]:
    """Yield each job once, after the parents of its warm start that are jobs themselves."""
    found: set[TuningJob] = set()
    for job in jobs:
        parents = job.warm_start.jobs if job.warm_start else ()
        for each in (*_with_parents(parents), job):
            if each not in found:
                found.add(each)
                yield each


def moment(job: TuningJob, at: Duration | Instant | None = None) -> int:
    """Return the instant that ``TuningJob.describe`` takes ``at`` for, in milliseconds since 1970."""
    return job.moment(at)


def poll_answers(
    snapshot: Snapshot, job: TuningJob, step: int, until: Duration | Instant | None
) -> list[tuple[int, Answer]]:
    """Return the answers that a loop gets which polls a job, each with its instant (milliseconds since 1970).

    Args:
        snapshot: a service that has the job.
        job: the job.
        step: the time between two polls, in milliseconds.
        until: when the loop gives up; None: when the job has ended.

    Raises:
        ValueError: the job never ends, needs too many polls until it does, or is already past ``until``.
    """
    at, last = snapshot.now, None if until is None else moment(job, until)
    if last is not None and last < at:
        raise ValueError(f"until={until!r} is past: the job's now is {job.since_creation(at)}")
    found: list[tuple[int, Answer]] = []
    while last is None or at <= last:
        if len(found) == MOST_POLLS:
            raise ValueError(
                f"polling {job.name!r} every {spell(step)} takes more than {MOST_POLLS:,} answers: it has "
                f"not ended {job.since_creation(at)}. Poll less often, such as every='5m', "
                "or not so long, such as until='2h'"
            )
        try:
            answer = snapshot.ask(DESCRIBE, {NAME: job.name}, at)
        except ServiceError as gone:
            found.append((at, gone))
            break
        found.append((at, answer))
        if answer.get(STATUS) in TERMINAL:
            break
        if last is None and snapshot.service.next_event_after(utc(at)) is None:
            raise ValueError(
                f"{job.name!r} never ends: from {job.since_creation(at)} on it stays {answer.get(STATUS)}. "
                "Say how long the loop polls, such as until='2h', or let the job end"
            )
        at += step
    return found


def pages(
    snapshot: Snapshot, operation: str, params: Mapping[str, Any], at: int
) -> Iterator[tuple[Mapping[str, Any], dict[str, Any]]]:
    """Yield all pages of a list, each with the parameters of its request.

    Args:
        snapshot: the service.
        operation: the operation that lists.
        params: the parameters of the first request; those that are ``botocore.stub.ANY`` are not sent.
        at: the instant, in milliseconds since 1970.
    """
    while True:
        page = snapshot.answer(
            operation, {name: value for name, value in params.items() if value is not ANY}, at
        )
        yield params, page
        if "NextToken" not in page:
            return
        params = {**params, "NextToken": page["NextToken"]}


def refusal_text(
    operation: str, code: str, params: Mapping[str, Any], job: TuningJob | None, api: ApiVersion
) -> str | None:
    """Return the message of the service's error with this code, or None if the call never gives that error.

    Args:
        operation: the operation that is called.
        code: AWS's error code.
        params: the request.
        job: the job that the service has; None: the service is tried without jobs, and then with a new job of the
            name in the request.
        api: the version of the API that the service speaks.
    """
    for snapshot in _snapshots(params.get(NAME), job, api):
        if operation in snapshot.service.operations:
            try:
                snapshot.ask(operation, params, snapshot.now)
            except ServiceError as refusal:
                if refusal.code == code:
                    return refusal.message
    return None


def _snapshots(name: str | None, job: TuningJob | None, api: ApiVersion) -> Iterator[Snapshot]:
    yield Snapshot(api=api)
    if job is not None:
        yield Snapshot(job, api=api)
    elif name is not None:
        with contextlib.suppress(ValueError):  # the name may be one that no job can have
            yield Snapshot(TuningJob(name), api=api)
