"""The service: what lives in it, what was asked of it, and how jobs created in it will behave."""

from __future__ import annotations

import copy
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from random import Random
from typing import Any, Protocol

from dateutil.tz import tzlocal

from fake_tuning.domain.jobs.training_job_record import TrainingJobRecord, check_scenario
from fake_tuning.domain.jobs.tuning_job_record import ParentBest, TuningJobRecord
from fake_tuning.domain.recordings.training_job_recording import TrainingJobRecording
from fake_tuning.domain.request.job_spec import JobSpec
from fake_tuning.domain.simulation.scenario import Scenario
from fake_tuning.domain.simulation.timeline import Timeline
from fake_tuning.domain.simulation.trial import FOREVER
from fake_tuning.domain.vocabulary.arns import TUNING_JOB, Place
from fake_tuning.domain.vocabulary.clock import AmbientClock, Clock
from fake_tuning.domain.vocabulary.durations import epoch_ms, utc
from fake_tuning.domain.vocabulary.statuses import TERMINAL
from fake_tuning.domain.vocabulary.suggestions import checks_keywords, choices
from fake_tuning.service.api_version import CURRENT, ApiVersion
from fake_tuning.service.errors import ServiceError
from fake_tuning.service.handles import JobHandle, TrialView
from fake_tuning.service.operations.invocation import Invocation
from fake_tuning.service.operations.registry import OperationKey, key_named, operations_of
from fake_tuning.service.quirks import Quirks
from fake_tuning.service.store import Store
from fake_tuning.service.validation.create_rules import check_create, check_training_job
from fake_tuning.service.validation.model import Constraints, installed_model
from fake_tuning.service.validation.quotas import Quotas
from fake_tuning.service.validation.warm_start import inherited


@dataclass(frozen=True, slots=True)
class Call:
    """One call that the code under test made.

    Attributes:
        operation: its name, such as ``"DescribeHyperParameterTuningJob"``.
        params: what was asked.
        at: when, aware, in UTC.
        region: where.
        error: what was refused, or None.
    """

    operation: str
    params: Mapping[str, Any]
    at: datetime
    region: str
    error: ServiceError | None = None


class ComposedJob(Protocol):
    """A tuning job that can be put into a service, as it is composed for an instant."""

    @property
    def name(self) -> str:
        """The tuning job's name."""

    @property
    def request(self) -> dict[str, Any]:
        """The request that makes it."""

    def record_at(
        self, now: int, place: Place | None = None, *, parent_best: ParentBest | None = None
    ) -> TuningJobRecord:
        """Return the job as it exists when "now" is an instant.

        Args:
            now: the instant, in milliseconds since 1970.
            place: the region and the account.
            parent_best: the best trial of the parents of its warm start.
        """


@cache
def _constraints(api: ApiVersion) -> Constraints:
    # Compiled once for all services: to read the model takes longer than most tests.
    return Constraints(api.model(installed_model()))


@checks_keywords
class TuningService:
    """An in-memory SageMaker, as far as tuning goes. Two of them never share anything.

    Args:
        clock: tells the time; the process's own by default.
        region: the region of calls that name none.
        account: the account of all ARNs.
        seed: decides all that is drawn.
        api: the version of the API that it speaks.
        quirks: which oddities of the real service it has; by default those that were observed.
        quotas: the account's limits in each region by AWS's names, such as
            ``{"ml.m5.xlarge for training job usage": 8}``; what is not named has none.

    Raises:
        ValueError: a quota is unknown or negative.
        TypeError: a quota is no whole number.
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        region: str = "us-east-1",
        account: str = "123456789012",
        seed: int = 0,
        api: ApiVersion = CURRENT,
        quirks: Quirks | None = None,
        quotas: Mapping[str, int] | None = None,
    ) -> None:
        self.clock: Clock = clock or AmbientClock()
        self.region = region
        self.account = account
        self.seed = seed
        self._api = api
        self._operations = operations_of(api)
        self.quirks = quirks or Quirks()
        self.quotas = Quotas(quotas or {})
        self.calls: list[Call] = []
        self._stores: dict[str, Store] = {}
        self._scenarios: list[tuple[str, Scenario]] = []
        self._training_scenarios: list[tuple[str, Scenario]] = []
        self._lock = threading.RLock()
        self._stamp = lru_cache(maxsize=4096)(_local)
        self._last_read: tuple[Store, str, str] | None = None

    @property
    def operations(self) -> frozenset[str]:
        """The names of the operations that it has."""
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
        error: ServiceError | None = None
        with self._lock:
            try:
                _constraints(self._api).check_request(operation[1], params)
                return self._operations[operation](self._invocation(params, epoch_ms(at), region))
            except ServiceError as refusal:
                error = refusal
                raise
            finally:
                self.calls.append(Call(operation[1], params, at, region, error))

    def _invocation(self, params: Mapping[str, Any], now: int, region: str) -> Invocation:
        return Invocation(
            params,
            now,
            self._store(region),
            self._stamp,
            self.quirks,
            self.quotas,
            self._create_tuning_job,
            self._create_training_job,
            self._note_read,
        )

    def _store(self, region: str) -> Store:
        found = self._stores.get(region)
        if found is None:
            found = self._stores.setdefault(region, Store(Place(region, self.account)))
        return found

    def _now(self) -> int:
        return epoch_ms(self.clock.now())

    def _create_tuning_job(self, request: Mapping[str, Any], now: int, store: Store) -> TuningJobRecord:
        request = copy.deepcopy(dict(request))
        spec = JobSpec.read(request)
        scenario = _matching(self._scenarios, spec.name)
        timeline = Timeline(spec, scenario, self._seed_of(spec.name, store, now), now)
        return TuningJobRecord(request, timeline, store.place, inherited(request, store, now))

    def _seed_of(self, name: str, store: Store, now: int) -> int:
        # The training jobs of a deleted job stay: those of the next job of its name need other names.
        turn = sum(each.timeline.created < now for each in store.records_named(name))
        return Random(f"{self.seed}:{name}:{turn}").getrandbits(32) if turn else self.seed

    def _create_training_job(self, request: Mapping[str, Any], now: int, store: Store) -> TrainingJobRecord:
        request = copy.deepcopy(dict(request))
        scenario = _matching(self._training_scenarios, request["TrainingJobName"])
        record = TrainingJobRecord(request, store.place, scenario, self.seed, now)
        record.trial  # noqa: B018  # what a scenario's objective raises is raised before anything is stored
        return record

    def on_create(self, scenario: Scenario, *, name: str = "*", training_jobs: bool = False) -> None:
        """Say how jobs will behave that are created from now on.

        Args:
            scenario: how they behave.
            name: for which names, with ``*`` and ``?``; what was said last comes first.
            training_jobs: for training jobs that are created by themselves, and not for tuning jobs. The ending is
                that of the training job, if its StoppingCondition does not come first, and ``.trial(1)`` is the
                training job itself.

        Raises:
            TypeError: something else than a scenario or a name is given.
            ValueError: the scenario says of training jobs what they cannot do.
        """
        if not isinstance(scenario, Scenario):
            raise TypeError(
                f"on_create takes a Scenario, such as Scenario.stops(after='40m'), but got {scenario!r}"
            )
        if not isinstance(name, str):
            raise TypeError(f"on_create takes a name, such as name='xgb-*', but got {name!r}")
        if training_jobs:
            check_scenario(scenario)
        with self._lock:
            (self._training_scenarios if training_jobs else self._scenarios).append((name, scenario))

    def add(self, job: ComposedJob, *, region: str | None = None) -> JobHandle:
        """Put a job into the service, as it is composed for now.

        Args:
            job: the job; its request must be one that the service accepts.
            region: where; by default the service's own region.

        Raises:
            ValueError: there is a job of this name, the service would refuse its request, or its
                version of the API cannot express the job.
            TypeError: it is no job.
        """
        if not hasattr(job, "record_at"):
            raise TypeError(f"add takes a TuningJob, such as TuningJob('xgb').completed(), but got {job!r}")
        with self._lock:
            store, now, request = self._store(region or self.region), self._now(), job.request
            standing = store.named(job.name, now)
            if standing is not None and standing.timeline.exists(now):
                raise ValueError(
                    f"there is a tuning job {standing.name!r} already: give this one another name"
                )
            try:
                _constraints(self._api).check_request("CreateHyperParameterTuningJob", request)
                check_create(self._invocation(request, now, store.place.region))
            except ServiceError as refusal:
                raise ValueError(
                    f"the service would refuse the request of {job.name!r}: {refusal.message}"
                ) from None
            record = job.record_at(now, store.place, parent_best=inherited(request, store, now))
            self._api.describe(record, now, self._stamp)  # refused here, and not where somebody polls it
            store.put(record)
        return self.job(job.name, region=region)

    def add_training_job(self, response: Mapping[str, Any], *, region: str | None = None) -> TrialView:
        """Put a training job into the service, as a real DescribeTrainingJob response tells of it.

        It describes itself as recorded, member for member, but its times are moved so that it was recorded now, and
        its ARNs are of this service. One that ran goes on; what the response does not tell is made up.

        Args:
            response: the whole response; its times are datetimes, ISO texts or seconds since 1970.
            region: where; by default the service's own region.

        Raises:
            ValueError: there is a training job of this name, members are missing that every response has, the
                response contradicts itself, or the service would refuse such a training job.
            TypeError: it is no response.
        """
        recording = TrainingJobRecording(response)
        with self._lock:
            store, now = self._store(region or self.region), self._now()
            if store.training_job(recording.name, now) is not None:
                raise ValueError(
                    f"there is a training job {recording.name!r} already: give this one another name"
                )
            try:
                _constraints(self._api).check_request("CreateTrainingJob", recording.request)
                check_training_job(recording.request)
            except ServiceError as refusal:
                raise ValueError(
                    f"the service would refuse the request of {recording.name!r}: {refusal.message}"
                ) from None
            store.put_training_job(recording.placed(now, store.place, self.seed))
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
        if known:
            raise KeyError(choices("tuning job", name, known))
        raise KeyError(f"unknown tuning job {name!r}: there are none in {store.place.region} now")

    def jobs(self, *, region: str | None = None) -> list[JobHandle]:
        """Return handles of all tuning jobs that exist now."""
        with self._lock:
            names = [record.name for record in self._store(region or self.region).tuning_jobs(self._now())]
            return [self.job(name, region=region) for name in names]

    def training_job(self, name: str, *, region: str | None = None) -> TrialView:
        """Return a training job as it is now: a trial, or one that was created by itself.

        Raises:
            KeyError: there is no such training job now; the message names those that there are.
        """
        with self._lock:
            store, now = self._store(region or self.region), self._now()
            job = store.training_job(name, now)
            if job is not None:
                return TrialView.of_training_job(job, now)
            known = [each.trial.name for each in store.training_jobs(now)]
        if known:
            raise KeyError(choices("training job", name, known))
        raise KeyError(f"unknown training job {name!r}: there are none in {store.place.region} now")

    def _note_read(self, store: Store, kind: str, name: str) -> None:
        self._last_read = (store, kind, name)

    # What a clock asks.

    def next_event_after(self, instant: datetime) -> datetime | None:
        """Return when something happens next in any job, or None."""
        after = epoch_ms(instant)
        with self._lock:
            records = [record for store in self._stores.values() for record in store.records()]
            events = [record.timeline.next_event(after) for record in records]
            events += [
                at
                for store in self._stores.values()
                for at in store.training_events()
                if after < at < FOREVER
            ]
        return min((utc(event) for event in events if event is not None), default=None)

    def explain_wait(self) -> str | None:
        """Say which job the code under test kept reading, and what that job was."""
        with self._lock:
            if self._last_read is None:
                return None
            store, kind, name = self._last_read
            now = self._now()
            if kind == TUNING_JOB:
                record = store.tuning_job(name, now)
                return _explained(name, record.timeline.state(now).status if record else None)
            job = store.training_job(name, now)
            return _explained(name, job.status_at(now) if job else None)


def _matching(scenarios: Sequence[tuple[str, Scenario]], name: str) -> Scenario:
    return next(
        (scenario for pattern, scenario in reversed(scenarios) if fnmatchcase(name, pattern)), Scenario()
    )


def _explained(name: str, status: str | None) -> str:
    if status is None:
        return f"{name!r} is gone: does your loop handle a job that was deleted?"
    if status in TERMINAL:
        return f"{name!r} stayed {status}, which is terminal: does your loop handle {status}?"
    return f"{name!r} stayed {status}: does its scenario ever let it end?"


def _local(ms: int) -> datetime:
    """Return an instant as botocore's parser makes it: aware, in the local time zone."""
    return utc(ms).astimezone(tzlocal())
