"""A botocore Stubber that is filled from tuning jobs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from fake_tuning.domain.vocabulary.durations import Duration, Instant, epoch_ms, instant, milliseconds, utc
from fake_tuning.domain.vocabulary.numbers import is_whole
from fake_tuning.domain.vocabulary.suggestions import checks_keywords
from fake_tuning.doors.botocore.answers import asked, refused, succeeded, timestamps_of
from fake_tuning.doors.botocore.faults import Fault
from fake_tuning.doors.stubber.answer_queue import Queued
from fake_tuning.doors.stubber.snapshot import (
    DESCRIBE,
    NAME,
    STATUS,
    Snapshot,
    moment,
    pages,
    poll_answers,
    refusal_text,
)
from fake_tuning.doors.stubber.strict_stubber import StrictStubber
from fake_tuning.service.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fake_tuning.doors.builder.tuning_job import TuningJob
    from fake_tuning.doors.options import Dialect
    from fake_tuning.doors.stubber.answer_queue import Given
    from fake_tuning.doors.stubber.snapshot import Answer

_KNOWN_ERRORS = {
    fault.code: fault for fault in (Fault.throttled(), Fault.server_error(), Fault.server_error(status=503))
}


@checks_keywords
class TuningStubber(StrictStubber):
    """A ``botocore.stub.Stubber`` that is filled from tuning jobs, and strict.

    Whatever is queued is checked against the whole service model, at the line that queues it. Calls that were refused
    fail the test at the end of the ``with`` body, even when the code under test swallowed the exception.

    Answers are those of the in-memory service: fresh objects with a ``ResponseMetadata`` and aware times. Each job
    is answered for as it was composed, in its own region and account (``TuningJob.located``), whatever was stubbed
    before: for a stopped job, stub ``job.stopped()``. Only what ``TuningJob.overriding`` sets is not checked against
    the service model. The methods of ``Stubber`` work as they do there.

    Args:
        client: a SageMaker client. It needs a region, and no credentials.
        dialect: the shape of describe responses, as in the option ``dialect`` of ``FakeTuningService``.

    Raises:
        TypeError: the client is one of another service.
        ValueError: there is no such dialect.
    """

    def __init__(self, client: Any, dialect: Dialect = "current") -> None:
        super().__init__(client, dialect)
        self._snapshot = partial(Snapshot, api=self._api)

    def describe(self, job: TuningJob, *, at: Duration | Instant | None = None, times: int = 1) -> None:
        """Queue answers to DescribeHyperParameterTuningJob, which must name the job.

        Args:
            job: the job that is described.
            at: how long after its creation, or an instant; None: its "now", as in ``TuningJob.describe``.
            times: how many equal answers.

        Raises:
            ValueError: the job does not exist then.
        """
        snapshot, when = self._snapshot(job), moment(job, at)
        self._describing(
            job, [(when, snapshot.answer(DESCRIBE, {NAME: job.name}, when)) for _ in _repeated(times)]
        )

    def polls(self, job: TuningJob, every: Duration = "30s", until: Duration | Instant | None = None) -> None:
        """Queue the answers for a loop that polls the job until it has ended.

        The first is of the job's "now", which is its creation unless the job was given another status. The last is the
        first with a terminal status, or the ResourceNotFound of a job that is being deleted.

        Args:
            job: the job that is polled.
            every: how long the loop sleeps between two polls.
            until: how long after the job's creation, or at which instant, the loop gives up.

        Raises:
            ValueError: the job never ends, or takes more than 10,000 answers to.
        """
        step = milliseconds(every, "every")
        if step < 1:
            raise ValueError(f"every must be 1 ms at least, but is {every!r}")
        self._describing(job, poll_answers(self._snapshot(job), job, step, until))

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
            at: how long after its creation, or an instant; None: its "now".
            page_size: the ``MaxResults`` that the calls have; None: they have none, and pages are of 10.
            expected: other parameters that the calls have, such as ``StatusEquals="Completed"``. The answers
                are filtered and sorted by them, except by those that are ``botocore.stub.ANY``.
        """
        snapshot, operation = self._snapshot(job), "ListTrainingJobsForHyperParameterTuningJob"
        self._listing(snapshot, operation, {**expected, NAME: job.name}, moment(job, at), page_size)

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
            at: an instant or, of a single job, how long after its creation; None: their latest "now".
            page_size: the ``MaxResults`` that the calls have; None: they have none, and pages are of 10.
            expected: other parameters that the calls have, such as ``NameContains="xgb"``. The answers are
                filtered and sorted by them, except by those that are ``botocore.stub.ANY``.
        """
        snapshot = self._snapshot(*jobs)
        if at is None:
            when = snapshot.now
        elif len(jobs) == 1:
            when = moment(jobs[0], at)
        else:
            when = epoch_ms(instant(at, "at, of several jobs,"))  # type: ignore[arg-type]  # it refuses durations
        self._listing(snapshot, "ListHyperParameterTuningJobs", expected, when, page_size)

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
        snapshot, when = self._snapshot(job), moment(job, at)
        name = job.describe_trial(number, at=at)["TrainingJobName"]
        self._answering(snapshot, "DescribeTrainingJob", {"TrainingJobName": name}, when, times)

    def create(self, job: TuningJob, **expected: Any) -> None:
        """Queue an answer to CreateHyperParameterTuningJob.

        Args:
            job: the job that is created. The request must have its name; its other members do not matter.
            expected: other members that the request must have.
        """
        snapshot, operation = self._snapshot(place=job), "CreateHyperParameterTuningJob"
        when = moment(job) - job.age
        members = snapshot.answer(operation, job.request, when)
        self._queue.append(self._queued(operation, {**expected, NAME: job.name}, members, when, partial=True))

    def stop(self, job: TuningJob, *, at: Duration | Instant | None = None) -> None:
        """Queue an answer to StopHyperParameterTuningJob, which must name the job.

        Args:
            job: the job. Answers that are queued after this one do not know of the stop: use ``job.stopping()``.
            at: how long after its creation, or an instant; None: its "now".

        Raises:
            ValueError: the job is over, so that the service would refuse; the message says how to queue that.
        """
        self._answering(self._snapshot(job), "StopHyperParameterTuningJob", {NAME: job.name}, moment(job, at))

    def list_tags(self, job: TuningJob, *, at: Duration | Instant | None = None) -> None:
        """Queue an answer to ListTags, which must name the job's ARN.

        Args:
            job: the job whose tags are listed (see ``TuningJob.tagged``).
            at: how long after its creation, or an instant; None: its "now".
        """
        snapshot = self._snapshot(job)
        arn = snapshot.service.job(str(job.name)).arn
        self._answering(snapshot, "ListTags", {"ResourceArn": arn}, moment(job, at))

    def error(
        self,
        operation: str,
        code: str,
        message: str | None = None,
        *,
        job: TuningJob | None = None,
        times: int = 1,
    ) -> None:
        """Queue errors. The client raises those of the service model as ``client.exceptions.X``.

        Args:
            operation: the operation, as AWS or as Python writes it.
            code: AWS's error code, such as ``"ResourceNotFound"``.
            message: its text; None: the text with which the service gives this code to this call, or ``""``.
            job: the job that the call must name; None: the call may have any parameters.
            times: how many equal errors.

        Raises:
            ValueError: there is no such operation, or it does not name a tuning job.
        """
        name = self._checks.operation(operation)
        if job is not None:
            self._checks.names_tuning_job(name)
        known = _KNOWN_ERRORS.get(code) or Fault.error(code)
        timestamps = timestamps_of(self._model.operation_model(name))
        when = self._snapshot(*([job] if job is not None else [])).now

        def give(body: bytes) -> Given:
            text = message
            if text is None:
                text = refusal_text(name, code, asked(body, timestamps), job, self._api) or known.message
            return self._parsed(refused(ServiceError(code, text, status=known.status)), utc(when))

        expected = None if job is None else {NAME: job.name}
        self._queue += [Queued(name, expected, give, partial=True) for _ in _repeated(times)]

    # How answers are queued.

    def _describing(self, job: TuningJob, answers: Iterable[tuple[int, Answer]]) -> None:
        plain = self._snapshot(job.without_overrides()) if job.overrides else None
        params = {NAME: job.name}
        found = []
        for at, answer in answers:
            if isinstance(answer, ServiceError):
                found.append(self._queued(DESCRIBE, params, answer, at))
                continue
            # What was overridden is odd on purpose: the answer without it is checked instead.
            checked = answer if plain is None else plain.answer(DESCRIBE, params, at)
            found.append(self._queued(DESCRIBE, params, answer, at, checked=checked))
        self._queue += found

    def _listing(
        self, snapshot: Snapshot, operation: str, params: dict[str, Any], at: int, page_size: int | None
    ) -> None:
        if page_size is not None:
            params = {**params, "MaxResults": page_size}
        self._checks.names(operation, params)
        self._queue += [self._queued(operation, *page, at) for page in pages(snapshot, operation, params, at)]

    def _answering(
        self, snapshot: Snapshot, operation: str, params: dict[str, Any], at: int, times: int = 1
    ) -> None:
        found = [snapshot.answer(operation, params, at) for _ in _repeated(times)]
        self._queue += [self._queued(operation, params, members, at) for members in found]

    def _queued(
        self,
        operation: str,
        expected: Mapping[str, Any],
        answer: Answer,
        at: int,
        *,
        checked: Mapping[str, Any] | None = None,
        partial: bool = False,
    ) -> Queued:
        self._checks.names(operation, expected)
        if isinstance(answer, ServiceError):
            outcome = refused(answer)
        else:
            self._checks.answer(operation, answer if checked is None else checked)
            outcome = succeeded(answer)
        status = outcome.members.get(STATUS) if operation == DESCRIBE else None
        return Queued(operation, expected, lambda _: self._parsed(outcome, utc(at)), partial, status)


def _repeated(times: int) -> range:
    if not is_whole(times):
        raise TypeError(f"times must be a whole number of answers, but is {times!r}")
    if times < 1:
        raise ValueError(f"times must be at least 1, but is {times!r}")
    return range(times)
