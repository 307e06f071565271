"""A botocore Stubber that is filled from tuning jobs."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from fake_tuning.domain.vocabulary.durations import Duration, Instant, epoch_ms, instant, milliseconds, utc
from fake_tuning.domain.vocabulary.suggestions import checks_keywords
from fake_tuning.doors.botocore.answers import asked, refused, succeeded, timestamps_of
from fake_tuning.doors.botocore.faults import Fault
from fake_tuning.doors.stubber.answer_queue import Queued
from fake_tuning.doors.stubber.still_service import (
    DESCRIBE,
    NAME,
    STATUS,
    StillService,
    moment,
    pages,
    polled,
    since_creation,
    words,
)
from fake_tuning.doors.stubber.strict_stubber import StrictStubber
from fake_tuning.service.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fake_tuning.doors.builder.tuning_job import TuningJob
    from fake_tuning.doors.pre_ga import Dialect
    from fake_tuning.doors.stubber.answer_queue import Given

_KNOWN_ERRORS = {
    fault.code: fault for fault in (Fault.throttled(), Fault.server_error(), Fault.server_error(status=503))
}


@checks_keywords
class TuningStubber(StrictStubber):
    """A ``botocore.stub.Stubber`` that is filled from tuning jobs, and strict (see ``StrictStubber``).

    Answers are those of the in-memory service: fresh, with a ``ResponseMetadata``, their times aware. A job
    is answered for as it was composed, in its own region and account (``TuningJob.located``), whatever was
    stubbed before: a stopped job is ``job.stopped()``. What ``TuningJob.overriding`` sets, and only that, is
    not checked against the service model. All that ``Stubber`` has works as there.

    Args:
        client: a SageMaker client. It needs a region, and no credentials.
        dialect: the shape of describe responses, as in the option ``dialect`` of ``FakeTuningService``.

    Raises:
        TypeError: the client is one of another service.
        ValueError: there is no such dialect.
    """

    def __init__(self, client: Any, dialect: Dialect = "current") -> None:
        super().__init__(client, dialect)
        self._still_service = partial(StillService, api=self._api)

    def describe(self, job: TuningJob, *, at: Duration | Instant | None = None, times: int = 1) -> None:
        """Queue answers to DescribeHyperParameterTuningJob, which must name the job.

        Args:
            job: the job that is described.
            at: how long after its creation, or an instant; None: its now, as in ``TuningJob.describe``.
            times: how many equal answers.

        Raises:
            ValueError: the job does not exist then.
        """
        still, when = self._still_service(job), moment(job, at)
        self._describing(
            job, [(when, still.answer(DESCRIBE, {NAME: job.name}, when)) for _ in _repeated(times)]
        )

    def polls(self, job: TuningJob, every: Duration = "30s", until: Duration | Instant | None = None) -> None:
        """Queue the answers that a loop gets which polls the job until it has ended.

        The first is of the job's now, which is its creation when nothing was said about it, and the last is
        the first with a terminal status; of a job that is being deleted, it is the ResourceNotFound.

        Args:
            job: the job that is polled.
            every: how long the loop sleeps.
            until: how long after its creation, or at which instant, the loop gives up.

        Raises:
            ValueError: the job never ends, or takes more than 10,000 answers to.
        """
        step = milliseconds(every, "every")
        if step < 1:
            raise ValueError(f"every must be 1 ms at least, but is {every!r}")
        self._describing(job, polled(self._still_service(job), job, step, until))

    def list_trials(
        self,
        job: TuningJob,
        *,
        at: Duration | Instant | None = None,
        page_size: int | None = None,
        **expected: Any,
    ) -> None:
        """Queue all pages of ListTrainingJobsForHyperParameterTuningJob, with their tokens.

        Args:
            job: the job whose trials are listed.
            at: how long after its creation, or an instant; None: its now.
            page_size: the ``MaxResults`` that the calls have; None: they have none, and pages are of 10.
            expected: other parameters that the calls have, such as ``StatusEquals="Completed"``: they are
                carried out. One that is ``botocore.stub.ANY`` is not.
        """
        still, operation = self._still_service(job), "ListTrainingJobsForHyperParameterTuningJob"
        self._listing(still, operation, {**expected, NAME: job.name}, moment(job, at), page_size)

    def list_jobs(
        self,
        *jobs: TuningJob,
        at: Duration | Instant | None = None,
        page_size: int | None = None,
        **expected: Any,
    ) -> None:
        """Queue all pages of ListHyperParameterTuningJobs, with their tokens.

        Args:
            jobs: the jobs that there are.
            at: an instant, or, of a single job, how long after its creation; None: their now.
            page_size: the ``MaxResults`` that the calls have; None: they have none, and pages are of 10.
            expected: other parameters that the calls have, such as ``NameContains="xgb"``: they are carried
                out. One that is ``botocore.stub.ANY`` is not.
        """
        still = self._still_service(*jobs)
        if at is None:
            when = still.now
        elif len(jobs) == 1:
            when = moment(jobs[0], at)
        else:
            when = epoch_ms(instant(at, "at, of several jobs,"))  # type: ignore[arg-type]  # it refuses durations
        self._listing(still, "ListHyperParameterTuningJobs", expected, when, page_size)

    def describe_trial(
        self, job: TuningJob, number: int, at: Duration | Instant | None = None, *, times: int = 1
    ) -> None:
        """Queue answers to DescribeTrainingJob, which must name a trial's training job.

        Args:
            job: the tuning job.
            number: the trial, from 1 in the order of launch.
            at: how long after the tuning job's creation, or an instant; None: its now.
            times: how many equal answers.

        Raises:
            ValueError: no such trial is launched by then.
        """
        still, when = self._still_service(job), moment(job, at)
        still.clock.ms = when
        launched = {trial.number: trial.name for trial in still.service.job(str(job.name)).trials}
        if number not in launched:
            raise ValueError(
                f"there is no trial {number!r} of {job.name!r} {since_creation(job, when)}: "
                f"it has launched {len(launched)} by then. Say another at, or another number"
            )
        self._answering(still, "DescribeTrainingJob", {"TrainingJobName": launched[number]}, when, times)

    def create(self, job: TuningJob, **expected: Any) -> None:
        """Queue an answer to CreateHyperParameterTuningJob.

        Args:
            job: the job that is created. The request must have its name, and otherwise be as it likes.
            expected: other members that the request must have.
        """
        still, operation = self._still_service(place=job), "CreateHyperParameterTuningJob"
        when = moment(job) - job.age
        members = still.answer(operation, job.request, when)
        self._queue.append(self._queued(operation, {**expected, NAME: job.name}, members, when, partial=True))

    def stop(self, job: TuningJob, *, at: Duration | Instant | None = None) -> None:
        """Queue an answer to StopHyperParameterTuningJob, which must name the job.

        Args:
            job: the job. What is queued for later is not stopped by this: say ``job.stopping()`` there.
            at: how long after its creation, or an instant; None: its now.

        Raises:
            ValueError: the service would refuse, the job being over; the message says how to queue that.
        """
        self._answering(
            self._still_service(job), "StopHyperParameterTuningJob", {NAME: job.name}, moment(job, at)
        )

    def list_tags(self, job: TuningJob, *, at: Duration | Instant | None = None) -> None:
        """Queue an answer to ListTags, which must name the job's ARN.

        Args:
            job: the job whose tags are listed (see ``TuningJob.tagged``).
            at: how long after its creation, or an instant; None: its now.
        """
        still = self._still_service(job)
        arn = still.service.job(str(job.name)).arn
        self._answering(still, "ListTags", {"ResourceArn": arn}, moment(job, at))

    def error(
        self,
        operation: str,
        code: str,
        message: str | None = None,
        *,
        job: TuningJob | None = None,
        times: int = 1,
    ) -> None:
        """Queue error answers. Codes of the model surface as ``client.exceptions.X``.

        Args:
            operation: the operation, as AWS or as Python writes it.
            code: AWS's error code, such as ``"ResourceNotFound"``.
            message: its text; None: what the service says with this code to this call, else ``""``.
            job: the job that the call must name, and that the service's text is about; None: the call may
                have any parameters.
            times: how many equal answers.

        Raises:
            ValueError: there is no such operation, or it does not name a tuning job.
        """
        name = self._checks.operation(operation)
        if job is not None:
            self._checks.names_tuning_job(name)
        known = _KNOWN_ERRORS.get(code) or Fault.error(code)
        timestamps = timestamps_of(self._model.operation_model(name))
        when = self._still_service(*([job] if job is not None else [])).now

        def give(body: bytes) -> Given:
            text = message
            if text is None:
                text = words(name, code, asked(body, timestamps), job, self._api) or known.message
            return self._parsed(refused(ServiceError(code, text, status=known.status)), utc(when))

        expected = None if job is None else {NAME: job.name}
        self._queue += [Queued(name, expected, give, partial=True) for _ in _repeated(times)]

    # How answers are queued.

    def _describing(self, job: TuningJob, told: Iterable[tuple[int, dict[str, Any] | ServiceError]]) -> None:
        plain = self._still_service(replace(job, overrides={})) if job.overrides else None
        params = {NAME: job.name}
        found = []
        for at, said in told:
            if isinstance(said, ServiceError):
                found.append(self._queued(DESCRIBE, params, said, at))
                continue
            # What was overridden is checked as it would have been: it is odd on purpose.
            checked = said if plain is None else plain.answer(DESCRIBE, params, at)
            found.append(self._queued(DESCRIBE, params, said, at, checked=checked))
        self._queue += found

    def _listing(
        self, still: StillService, operation: str, params: dict[str, Any], at: int, page_size: int | None
    ) -> None:
        if page_size is not None:
            params = {**params, "MaxResults": page_size}
        self._checks.names(operation, params)
        self._queue += [self._queued(operation, *page, at) for page in pages(still, operation, params, at)]

    def _answering(
        self, still: StillService, operation: str, params: dict[str, Any], at: int, times: int = 1
    ) -> None:
        found = [still.answer(operation, params, at) for _ in _repeated(times)]
        self._queue += [self._queued(operation, params, members, at) for members in found]

    def _queued(
        self,
        operation: str,
        expected: Mapping[str, Any],
        said: dict[str, Any] | ServiceError,
        at: int,
        *,
        checked: Mapping[str, Any] | None = None,
        partial: bool = False,
    ) -> Queued:
        self._checks.names(operation, expected)
        if isinstance(said, ServiceError):
            outcome = refused(said)
        else:
            self._checks.answer(operation, said if checked is None else checked)
            outcome = succeeded(said)
        status = outcome.members.get(STATUS) if operation == DESCRIBE else None
        return Queued(operation, expected, lambda _: self._parsed(outcome, utc(at)), partial, status)


def _repeated(times: int) -> range:
    if isinstance(times, bool) or not isinstance(times, int):
        raise TypeError(f"times must be a whole number of answers, but is {times!r}")
    if times < 1:
        raise ValueError(f"times must be at least 1, but is {times!r}")
    return range(times)
