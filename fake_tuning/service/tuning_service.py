"""The service: carries out operations, and lets a test look into it and change what it has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any

from fake_tuning.domain.recordings.training_job_recording import TrainingJobRecording
from fake_tuning.domain.simulation.scenario import Scenario
from fake_tuning.domain.simulation.scoring import scoring_calls
from fake_tuning.domain.vocabulary.arns import Place
from fake_tuning.domain.vocabulary.clock import AmbientClock, Clock
from fake_tuning.domain.vocabulary.durations import epoch_ms, utc
from fake_tuning.domain.vocabulary.shown import shown
from fake_tuning.domain.vocabulary.suggestions import checks_keywords, choices
from fake_tuning.service.api_version import CURRENT, ApiVersion
from fake_tuning.service.calls import Call
from fake_tuning.service.composed_job import ComposedJob
from fake_tuning.service.creation import Creation
from fake_tuning.service.errors import ServiceError
from fake_tuning.service.handles import JobHandle, TrialView
from fake_tuning.service.local_time import local_stamp
from fake_tuning.service.lock import ServiceLock
from fake_tuning.service.operations.invocation import Invocation
from fake_tuning.service.operations.registry import OperationKey, key_named, operations_of
from fake_tuning.service.quirks import Quirks
from fake_tuning.service.reads import Read, is_read, status_in
from fake_tuning.service.settings import Settings
from fake_tuning.service.store import Store
from fake_tuning.service.validation.captured_answers import read_answer
from fake_tuning.service.validation.create_rules import check_create
from fake_tuning.service.validation.model import Constraints, installed_model
from fake_tuning.service.validation.quotas import Quotas
from fake_tuning.service.validation.warm_start import inherited

_NAMES = ("HyperParameterTuningJobName", "TrainingJobName")
"""The members of requests that name a job."""


@cache
def _constraints(api: ApiVersion) -> Constraints:
    # Compiled once for all services: to read the model takes longer than most tests.
    return Constraints(api.model(installed_model()))


def _without_names(value: Any, is_known: Callable[[object], bool]) -> Any:
    """Return a part of a request with a plain name in the place of those names of jobs that are known."""
    if isinstance(value, Mapping):
        return {
            member: "captured" if member in _NAMES and is_known(each) else _without_names(each, is_known)
            for member, each in value.items()
        }
    return [_without_names(each, is_known) for each in value] if isinstance(value, list) else value


@checks_keywords
class TuningService:
    """An in-memory SageMaker, as far as tuning goes. Services share nothing with each other.

    Args:
        settings: what is decided about it beforehand.
        clock: tells the time; the process's own by default.
        api: the version of the API that it speaks.
    """

    def __init__(self, settings: Settings, *, clock: Clock | None = None, api: ApiVersion = CURRENT) -> None:
        self.clock: Clock = clock or AmbientClock()
        self.calls: list[Call] = []
        self._settings = settings
        self._api = api
        self._operations = operations_of(api)
        self._reads = frozenset(name for _, name in self._operations if is_read(name))
        self._stores: dict[str, Store] = {}
        self._creation = Creation(settings.seed)
        self._last_read: Read | None = None
        self._lock = ServiceLock()
        self._stamp = local_stamp()

    def __repr__(self) -> str:
        """Return a short text for tracebacks, with the number of tuning jobs that exist now in all regions."""
        try:
            with self._lock:
                now = self._now()
                jobs = sum(len(store.tuning_jobs(now)) for store in self._stores.values())
            counted = _counted(jobs, "tuning job")
        except Exception as error:  # its clock has ended, or a function that scores trials raised
            counted = f"unknown tuning jobs ({shown(error)})"
        return f"<{type(self).__name__} {self.region}, {counted}, {_counted(len(self.calls), 'call')}>"

    # Its settings, which cannot be changed once it is made.

    @property
    def region(self) -> str:
        """The region of calls that name none."""
        return self._settings.region

    @property
    def account(self) -> str:
        """The account of all ARNs."""
        return self._settings.account

    @property
    def seed(self) -> int:
        """The seed of everything that is drawn at random."""
        return self._settings.seed

    @property
    def quirks(self) -> Quirks:
        """The oddities of the real service, each on or off."""
        return self._settings.quirks

    @property
    def quotas(self) -> Quotas:
        """The quotas of the account; its ``limits`` are by AWS's names."""
        return self._settings.quotas

    # What it does.

    @property
    def operations(self) -> frozenset[str]:
        """The names of the operations that the service answers."""
        return frozenset(name for _, name in self._operations)

    def call(self, operation: str, params: Mapping[str, Any], *, region: str | None = None) -> dict[str, Any]:
        """Carry out an operation now.

        Args:
            operation: its name, such as ``"DescribeHyperParameterTuningJob"``.
            params: the request.
            region: the region that it is addressed to.

        Returns:
            A fresh answer without ResponseMetadata; datetimes are aware, in the local time zone, as botocore makes
            them.

        Raises:
            ServiceError: the service refuses; nothing has changed then.
            KeyError: there is no such operation; the message names those that there are.
        """
        key = key_named(operation, self._operations)
        if key is None:
            raise KeyError(choices("operation", operation, [name for _, name in self._operations]))
        self.clock.join()
        return self._answer(key, params, region or self.region, self.clock.now())

    def _answer(
        self, operation: OperationKey, params: Mapping[str, Any], region: str, at: datetime
    ) -> dict[str, Any]:
        """Carry out an operation that arrives at an instant. Calls of clients come here, and so does ``call``.

        Args:
            operation: one of those that are served.
            params: the request.
            region: the region that it is addressed to.
            at: when it arrives, aware.

        Returns:
            The answer, as from ``call``.

        Raises:
            ServiceError: the service refuses; nothing has changed then.
        """
        answer: dict[str, Any] = {}
        error: ServiceError | None = None
        with self._lock:
            try:
                self._check(operation[1], params, region)
                answer = self._operations[operation](self._invocation(params, epoch_ms(at), region))
            except ServiceError as refusal:
                error = refusal
            call = Call(operation[1], params, at, region, error, status_in(answer))
            self.calls.append(call)
            read = (
                Read(call, answer, self._store(region), self._lock) if operation[1] in self._reads else None
            )
        if read is not None:
            self._last_read = read
            self.clock.note_read(read)  # which may ask this service in turn: the lock is not held
        if error is not None:
            raise error
        return answer

    def _check(self, operation: str, params: Mapping[str, Any], region: str) -> None:
        """Hold a request to the service model.

        Raises:
            ServiceError: it breaks a constraint.
        """
        constraints = _constraints(self._api)
        try:
            constraints.check_request(operation, params)
        except ServiceError:
            # Captured jobs may have been given names that no job of the service can have.
            excused = _without_names(params, self._store(region).may_have)
            if excused == params:
                raise
            constraints.check_request(operation, excused)

    def _invocation(self, params: Mapping[str, Any], now: int, region: str) -> Invocation:
        return Invocation(params, now, self._store(region), self._stamp, self._settings, self._creation)

    def _store(self, region: str) -> Store:
        found = self._stores.get(region)
        if found is None:
            found = self._stores.setdefault(region, Store(Place(region, self.account)))
        return found

    def _now(self) -> int:
        return epoch_ms(self.clock.now())

    def on_create(self, scenario: Scenario, *, name: str = "*", training_jobs: bool = False) -> None:
        """Decide how jobs behave that are created through the API from now on.

        Args:
            scenario: how they behave.
            name: a pattern with ``*`` and ``?`` for their names; of several that match, the last one counts.
            training_jobs: whether this is about standalone training jobs, and not about tuning jobs. The ending is
                that of the training job, if its StoppingCondition does not come first, and ``.trial(1)`` is the
                training job itself.

        Raises:
            TypeError: the scenario is no Scenario, or the name no text.
            ValueError: the scenario has something that no training job can do.
        """
        if not isinstance(scenario, Scenario):
            raise TypeError(
                f"on_create takes a Scenario, such as Scenario.stops(after='40m'), but got {_instead(scenario)}"
            )
        if not isinstance(name, str):
            raise TypeError(f"on_create takes a name, such as name='xgb-*', but got {shown(name)}")
        with self._lock:
            if training_jobs:
                self._creation.expect_training_jobs(scenario, name)
            else:
                self._creation.expect_tuning_jobs(scenario, name)

    def add(self, job: ComposedJob, *, region: str | None = None) -> JobHandle:
        """Put a job into the service that now has the status for which it was composed.

        When a tuning job of its name was deleted, the training jobs of that one are still there (documented). The new
        trials have other names than theirs then, and so others than ``job.describe()`` shows. What was recorded keeps
        its name; if two jobs have a trial of one name, that stands for the trial of the job that was added last.

        Args:
            job: the job; its request must be one that the service accepts. That of a job of ``from_response`` is: the
                real service has accepted it, whatever was edited since, and whether or not the parents of its warm
                start are here.
            region: where; by default the service's own region.

        Raises:
            ValueError: there is a job of this name, the service would refuse its request, or its
                version of the API cannot express the job.
            TypeError: it is no job.
        """
        if isinstance(job, type) or not hasattr(job, "record_at"):
            raise TypeError(
                f"add takes a TuningJob, such as TuningJob('xgb').completed(), but got {_instead(job)}"
            )
        with self._lock:
            store, now, request = self._store(region or self.region), self._now(), job.request
            standing = store.named(job.name, now)
            if standing is not None and standing.timeline.exists(now):
                how = ": TuningJob.from_response(response, name=...)" if job.is_recorded else ""
                raise ValueError(
                    f"there is a tuning job {standing.name!r} already: give this one another name{how}"
                )
            best = None
            if not job.is_recorded:
                with _refused_as_value_error(job.name):
                    self._check("CreateHyperParameterTuningJob", request, store.place.region)
                    check_create(request, store, now)
                best = inherited(request, store, now)
            predecessors = store.predecessors(job.name, now)
            record = job.record_at(now, store.place, parent_best=best, predecessors=predecessors)
            self._api.describe(record, now, self._stamp)  # refused here, and not where somebody polls it
            store.put(record, now)
        return self.job(job.name, region=region)

    def add_training_job(
        self,
        response: Mapping[str, Any],
        *,
        scenario: Scenario | None = None,
        region: str | None = None,
    ) -> TrialView:
        """Put a training job into the service that a real DescribeTrainingJob response describes.

        It describes itself as recorded, member for member, but its times are moved as if it had been recorded now, and
        its ARNs are of this service. One that ran goes on; what the response does not say is made up.

        Args:
            response: the whole response; its times are datetimes, as placebo writes them too, ISO texts, or seconds or
                milliseconds since 1970.
            scenario: how one goes on that ran; None: it completes.
            region: where; by default the service's own region.

        Raises:
            ValueError: there is a training job of this name, or the response lacks members that every response has,
                cannot be read or contradicts itself; or the training job did not run, or cannot go on by the scenario.
            TypeError: the response is no mapping, or a value in it is of another type than the model's.
        """
        if scenario is not None and not isinstance(scenario, Scenario):
            raise TypeError(
                f"add_training_job takes a Scenario, such as Scenario.never_ends(), but got {scenario!r}"
            )
        answer = read_answer("DescribeTrainingJob", response)
        with self._lock:
            store, now = self._store(region or self.region), self._now()
            recording = TrainingJobRecording.read(answer, now, store.place, self.seed, scenario or Scenario())
            if store.training_job(recording.name, now) is not None:
                raise ValueError(
                    f"there is a training job {recording.name!r} already: give this one another name"
                )
            recording.check()
            store.put_training_job(recording, now)
        return self.training_job(recording.name, region=region)

    def job(self, name: str, *, region: str | None = None) -> JobHandle:
        """Return a handle of a tuning job.

        Args:
            name: its name; the job may be gone by now, or yet to come, when the time was moved.
            region: where; by default the service's own region.

        Raises:
            KeyError: there never was such a job; the message names those that there are.
        """
        with self._lock:
            store = self._store(region or self.region)
            record = store.named(name, self._now())
            if record is not None and record.name == name:
                return JobHandle(name, store, self._now, self._lock, self._api)
            known = [each.name for each in store.tuning_jobs(self._now())]
            elsewhere = [place for place, each in self._stores.items() if each.tuning_job(name, self._now())]
        if elsewhere:
            raise KeyError(
                f"no tuning job {name!r} is in {store.place.region} now, but one is in {elsewhere[0]}: "
                f"say region={elsewhere[0]!r}"
            )
        raise _unknown("tuning job", name, known, store)

    def jobs(self, *, region: str | None = None) -> list[JobHandle]:
        """Return handles of all tuning jobs that exist now."""
        with self._lock:
            names = [record.name for record in self._store(region or self.region).tuning_jobs(self._now())]
            return [self.job(name, region=region) for name in names]

    @property
    def regions(self) -> list[str]:
        """The regions that it was asked about or that hold something, its own one first."""
        return list(dict.fromkeys([self.region, *self._stores]))

    def standalone_training_jobs(self, *, region: str | None = None) -> list[TrialView]:
        """Return the training jobs that exist now and that no tuning job launched."""
        with self._lock:
            now = self._now()
            alone = self._store(region or self.region).standalone_training_jobs(now)
            return [TrialView.of_training_job(job, now) for job in alone]

    def training_job(self, name: str, *, region: str | None = None) -> TrialView:
        """Return a training job as it is now: a trial or a standalone one.

        Raises:
            KeyError: there is no such training job now; the message names those that there are.
        """
        with self._lock:
            store, now = self._store(region or self.region), self._now()
            job = store.training_job(name, now)
            if job is not None:
                return TrialView.of_training_job(job, now)
            known = [each.name for each in store.training_jobs(now)]
        raise _unknown("training job", name, known, store)

    # What a clock asks.

    def next_event_after(self, instant: datetime) -> datetime | None:
        """Return when something happens next in any job, or None if nothing does."""
        after = epoch_ms(instant)
        with self._lock:
            events = [store.next_event(after) for store in self._stores.values()]
        return min((utc(event) for event in events if event is not None), default=None)

    def explain_wait(self) -> str | None:
        """Say what the code under test read last, and how that is now.

        Return None when it read nothing, or when a function that scores a trial is asking, which cannot be told.
        """
        if self._last_read is None or scoring_calls():
            return None
        prospect = self._last_read.prospect(self.clock.now())
        return f"{prospect.standing}: {prospect.question}"


@contextmanager
def _refused_as_value_error(name: str) -> Iterator[None]:
    """Turn a refusal of the request of a job into the error of the test's line that adds the job."""
    try:
        yield
    except ServiceError as refusal:
        raise ValueError(f"the service would refuse the request of {name!r}: {refusal.message}") from None


def _instead(given: object) -> str:
    """Return what was given in the place of a job or a scenario, and what to do with it."""
    if isinstance(given, Mapping) and "HyperParameterTuningJobStatus" in given:
        return "a response: read it with TuningJob.from_response(response)"
    if isinstance(given, Mapping) and "TrainingJobStatus" in given:
        return "the response of a training job: write add_training_job(response)"
    if isinstance(given, Scenario):
        return "a Scenario: write on_create(scenario), or say the same of the job, as in TuningJob('xgb').stops()"
    if callable(given):
        name = getattr(getattr(given, "func", given), "__qualname__", shown(given))
        return f"{name}, which is to be called: {name}(...)"
    return shown(given)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _unknown(what: str, name: str, known: Sequence[str], store: Store) -> KeyError:
    if known:
        return KeyError(choices(what, name, known))
    return KeyError(f"unknown {what} {name!r}: there are none in {store.place.region} now")
