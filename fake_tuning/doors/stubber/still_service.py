"""Where a stubber's answers come from: services of its own, which stand still at one instant at a time."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from botocore.stub import ANY

from fake_tuning.domain.vocabulary.clock import DEFAULT_START, AmbientClock
from fake_tuning.domain.vocabulary.durations import Duration, Instant, epoch_ms, spell, utc
from fake_tuning.domain.vocabulary.statuses import TERMINAL
from fake_tuning.doors.builder.tuning_job import US_EAST, TuningJob
from fake_tuning.service.api_version import CURRENT, ApiVersion
from fake_tuning.service.errors import ServiceError
from fake_tuning.service.tuning_service import TuningService

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime


NAME = "HyperParameterTuningJobName"
STATUS = "HyperParameterTuningJobStatus"
DESCRIBE = "DescribeHyperParameterTuningJob"

MOST_POLLS = 10_000
"""As many as a virtual clock lets a loop sleep by default."""


class StandingClock(AmbientClock):
    """A clock that stands at an instant, in milliseconds since 1970, until it is set to another."""

    def __init__(self, ms: int) -> None:
        self.ms = ms

    def now(self) -> datetime:
        """Return the instant at which it stands."""
        return utc(self.ms)


class StillService:
    """A service with the given jobs in it, each as it is composed for the latest of their nows.

    Args:
        jobs: the jobs.
        place: a job in whose region and account the service is; by default the jobs', which must be the same.
        api: the version of the API that the service speaks.

    Attributes:
        now: the latest of the jobs' nows, in milliseconds since 1970.
        clock: the service's clock.
        service: the service.

    Raises:
        TypeError: one of them is no job.
        ValueError: the jobs are in several places, or the service would not have them.
    """

    def __init__(self, *jobs: TuningJob, place: TuningJob | None = None, api: ApiVersion = CURRENT) -> None:
        for job in (*jobs, *((place,) if place is not None else ())):
            if not isinstance(job, TuningJob):
                raise TypeError(
                    f"a stub is made from a TuningJob, such as TuningJob('xgb').completed(), not {job!r}"
                )
        places = {job.place for job in jobs} or {place.place if place else US_EAST}
        if len(places) > 1:
            where = ", ".join(f"{job.name!r} is in {job.place.region} of {job.place.account}" for job in jobs)
            raise ValueError(
                f"one list has the jobs of one region and account, but {where}: say .located(...)"
            )
        at = places.pop()
        self.now = max((moment(job) for job in jobs), default=epoch_ms(DEFAULT_START))
        self.clock = StandingClock(self.now)
        self.service = TuningService(clock=self.clock, region=at.region, account=at.account, api=api)
        for job in jobs:
            self.service.add(job)

    def ask(self, operation: str, params: Mapping[str, Any], at: int) -> dict[str, Any]:
        """Return what the service answers at an instant, in milliseconds since 1970.

        Raises:
            ServiceError: the service refuses.
        """
        self.clock.ms = at
        return self.service.call(operation, params)

    def answer(self, operation: str, params: Mapping[str, Any], at: int) -> dict[str, Any]:
        """Return what the service answers, which must be no refusal.

        Raises:
            ValueError: it is one; the message says how to queue it.
        """
        try:
            return self.ask(operation, params, at)
        except ServiceError as refusal:
            raise ValueError(
                f"{operation} would be refused at {utc(at).isoformat()}: {refusal}\n"
                f"To queue that: stub.error({operation!r}, {refusal.code!r}, {refusal.message!r})"
            ) from None


def moment(job: TuningJob, at: Duration | Instant | None = None) -> int:
    """Return the instant that ``at`` means to ``TuningJob.describe``, in milliseconds since 1970."""
    return job.moment(at)


def since_creation(job: TuningJob, at: int) -> str:
    """Say when an instant is, in terms of a job's life."""
    age = at - moment(job) + job.age
    return f"{spell(age)} after its creation" if age >= 0 else f"{spell(-age)} before its creation"


def polled(
    still: StillService, job: TuningJob, step: int, until: Duration | Instant | None
) -> list[tuple[int, dict[str, Any] | ServiceError]]:
    """Return what a loop is told that polls a job every so many milliseconds, each with its instant.

    Raises:
        ValueError: the job never ends, takes too many polls to, or is already past ``until``.
    """
    at, last = still.now, None if until is None else moment(job, until)
    if last is not None and last < at:
        raise ValueError(f"until={until!r} is past: the job's now is {since_creation(job, at)}")
    found: list[tuple[int, dict[str, Any] | ServiceError]] = []
    while last is None or at <= last:
        if len(found) == MOST_POLLS:
            raise ValueError(
                f"polling {job.name!r} every {spell(step)} takes more than {MOST_POLLS:,} answers: it has "
                f"not ended {since_creation(job, at)}. Poll less often, such as every='5m', "
                "or not so long, such as until='2h'"
            )
        try:
            said = still.ask(DESCRIBE, {NAME: job.name}, at)
        except ServiceError as gone:
            found.append((at, gone))
            break
        found.append((at, said))
        if said.get(STATUS) in TERMINAL:
            break
        if last is None and still.service.next_event_after(utc(at)) is None:
            raise ValueError(
                f"{job.name!r} never ends: from {since_creation(job, at)} on it stays {said.get(STATUS)}. "
                "Say how long the loop polls, such as until='2h', or let the job end"
            )
        at += step
    return found


def pages(
    still: StillService, operation: str, params: Mapping[str, Any], at: int
) -> Iterator[tuple[Mapping[str, Any], dict[str, Any]]]:
    """Yield all pages of a list, each with the parameters that ask for it."""
    while True:
        page = still.answer(
            operation, {name: value for name, value in params.items() if value is not ANY}, at
        )
        yield params, page
        if "NextToken" not in page:
            return
        params = {**params, "NextToken": page["NextToken"]}


def words(
    operation: str, code: str, params: Mapping[str, Any], job: TuningJob | None, api: ApiVersion
) -> str | None:
    """Return what the service says when it refuses a call with this code, or None when it never does.

    Args:
        operation: the operation that is called.
        code: AWS's error code.
        params: the request.
        job: the job that the service has; None: one of the name in the request, just created, or none at all.
        api: the version of the API that the service speaks.
    """
    for still in _still_services(params.get(NAME), job, api):
        if operation in still.service.operations:
            try:
                still.ask(operation, params, still.now)
            except ServiceError as refusal:
                if refusal.code == code:
                    return refusal.message
    return None


def _still_services(name: str | None, job: TuningJob | None, api: ApiVersion) -> Iterator[StillService]:
    yield StillService(api=api)
    if job is not None:
        yield StillService(job, api=api)
    elif name is not None:
        with contextlib.suppress(ValueError):  # the name may be one that no job can have
            yield StillService(TuningJob(name), api=api)
