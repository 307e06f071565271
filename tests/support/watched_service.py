"""A service that is watched: each of its answers must be what the documentation says, and agree with earlier ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import ClientError

from support import documented
from support.random_jobs import STATED_FAILURE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from random import Random

    from fake_tuning.doors.botocore.fake_service import FakeTuningService
    from support.hand_clock import HandClock

Answer = dict[str, Any]

OPERATIONS: Mapping[str, str] = {
    "AddTags": "add_tags",
    "CreateHyperParameterTuningJob": "create_hyper_parameter_tuning_job",
    "CreateTrainingJob": "create_training_job",
    "DeleteHyperParameterTuningJob": "delete_hyper_parameter_tuning_job",
    "DeleteTags": "delete_tags",
    "DeleteTrainingJob": "delete_training_job",
    "DescribeHyperParameterTuningJob": "describe_hyper_parameter_tuning_job",
    "DescribeTrainingJob": "describe_training_job",
    "ListHyperParameterTuningJobs": "list_hyper_parameter_tuning_jobs",
    "ListTags": "list_tags",
    "ListTrainingJobs": "list_training_jobs",
    "ListTrainingJobsForHyperParameterTuningJob": "list_training_jobs_for_hyper_parameter_tuning_job",
    "Search": "search",
    "StopHyperParameterTuningJob": "stop_hyper_parameter_tuning_job",
    "StopTrainingJob": "stop_training_job",
    "UpdateTrainingJob": "update_training_job",
}
"""The operations and the methods of a client."""

_READS = ("Describe", "List", "Search")


class Refused(Exception):
    """The service refused a call.

    Attributes:
        code: the error's code.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code


class Seen(NamedTuple):
    """What was seen of a job at an instant."""

    at: datetime
    status: str
    created: datetime


class Picture(NamedTuple):
    """All that a client can see at an instant."""

    at: datetime
    seen: Answer


@dataclass
class Memory:
    """What was seen of jobs, which what is seen later must agree with.

    Attributes:
        tuning: the tuning jobs that were described, by name.
        training: the training jobs that were described, by name.
        stopped: when a stop of a job was accepted, by name.
        phases: what training jobs had been through, by name: a secondary status, its beginning and its end.
        launched: how many trials a tuning job had launched when it began to end, by name.
        tags: the tags of a resource, by ARN.
    """

    tuning: dict[str, Seen] = field(default_factory=dict)
    training: dict[str, Seen] = field(default_factory=dict)
    stopped: dict[str, datetime] = field(default_factory=dict)
    phases: dict[str, list[tuple[str, datetime, datetime]]] = field(default_factory=dict)
    launched: dict[str, int] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)

    def forget_tuning_job(self, name: str) -> None:
        """Forget the tuning job that had this name, in whatever case."""
        for known in (self.tuning, self.stopped, self.launched):
            _drop(known, lambda each: each.lower() == name.lower())
        _drop(self.tags, lambda arn: arn.endswith(f":hyper-parameter-tuning-job/{name}"))

    def forget_training_job(self, name: str) -> None:
        """Forget the training job that had this name."""
        for known in (self.training, self.stopped, self.phases):
            known.pop(name, None)
        _drop(self.tags, lambda arn: arn.endswith(f":training-job/{name}"))


def _drop(known: dict[str, Any], gone: Callable[[str], bool]) -> None:
    for each in [each for each in known if gone(each)]:
        del known[each]


class WatchedService:
    """Real clients and handles of one service, and what was seen of it.

    Args:
        service: the service, which has nothing yet.
        clock: its clock.
        client: a client that it answers, and that tries nothing twice.

    Attributes:
        count: how many operations were carried out, those by which answers are checked included.
        log: what was done, in order.
        known_until: until when things were done that are yet to come, because the time was moved back.
        pictures: what was seen at earlier instants.
        restored: when tuning jobs were added in another region as they had been described, by name.
        untimed: the names and times of creation of tuning jobs whose scenario does not say how long they take.
        with_deleted_trials: the names of tuning jobs some of whose training jobs may have been deleted.
    """

    def __init__(self, service: FakeTuningService, clock: HandClock, client: Any) -> None:
        self.count = 0
        self.log: list[str] = []
        self.known_until: datetime | None = None
        self._memory = Memory()
        self.pictures: list[Picture] = []
        self.restored: dict[str, datetime] = {}
        self.untimed: set[tuple[str, datetime]] = set()
        self.with_deleted_trials: set[str] = set()
        self.service, self.clock, self._client = service, clock, client

    def call(self, operation: str, **params: Any) -> Answer:
        """Call an operation, and return its answer without metadata.

        Raises:
            Refused: the service refuses.
        """
        self.count += 1
        self.log.append(f"  {operation}({spelt(params)})")
        try:
            answer: Answer = getattr(self._client, OPERATIONS[operation])(**params)
        except ClientError as error:
            self.log[-1] += f" -> {error.response['Error']['Code']}"
            raise Refused(error.response["Error"]["Code"], error.response["Error"]["Message"]) from None
        del answer["ResponseMetadata"]
        if self.count % 40 == 0:
            documented.conforms(operation, answer)
        if not operation.startswith(_READS):
            self.changed()
        return answer

    @property
    def memory(self) -> Memory:
        """What was seen; nothing is kept while things are yet to come that were done already."""
        repeats = self.known_until is not None and self.now <= self.known_until
        return Memory() if repeats else self._memory

    def forget(self) -> None:
        """Forget everything: the time is about to be moved back."""
        self.known_until = max(self.now, self.known_until or self.now)
        self._memory = Memory()

    def changed(self) -> None:
        """Drop what was seen at this instant, or would be seen later."""
        self.pictures = [each for each in self.pictures if each.at < self.now]

    @property
    def now(self) -> datetime:
        """The present instant."""
        return self.clock.now()

    def pages(self, operation: str, member: str, **params: Any) -> list[list[Answer]]:
        """Return the pages of a list."""
        pages: list[list[Answer]] = []
        token: dict[str, str] = {}
        while True:
            answer = self.call(operation, **params, **token)
            pages.append(answer[member])
            if "NextToken" not in answer:
                return pages
            token = {"NextToken": answer["NextToken"]}

    def whole(self, operation: str, member: str, **params: Any) -> list[Answer]:
        """Return all that a list has."""
        return [each for page in self.pages(operation, member, MaxResults=100, **params) for each in page]

    def tuning_jobs(self, **params: Any) -> list[Answer]:
        """Return the summaries of tuning jobs."""
        return self.whole("ListHyperParameterTuningJobs", "HyperParameterTuningJobSummaries", **params)

    def training_jobs(self, **params: Any) -> list[Answer]:
        """Return the summaries of training jobs."""
        return self.whole("ListTrainingJobs", "TrainingJobSummaries", **params)

    def trials(self, name: str, **params: Any) -> list[Answer]:
        """Return the summaries of the training jobs that a tuning job launched."""
        operation = "ListTrainingJobsForHyperParameterTuningJob"
        return self.whole(operation, "TrainingJobSummaries", HyperParameterTuningJobName=name, **params)

    def describe(self, name: str) -> Answer:
        """Return the description of a tuning job, after a look at what it was before."""
        job = self.call("DescribeHyperParameterTuningJob", HyperParameterTuningJobName=name)
        documented.check_tuning_job(job, self.now)
        status, known = job["HyperParameterTuningJobStatus"], self.memory.tuning.get(name)
        if known is not None and known.created != job["CreationTime"]:
            # Another job, which was created before the time was moved back.
            self.memory.forget_tuning_job(name)
        if _fails_as_stated(job, "HyperParameterTuningEndTime"):
            self.memory.forget_tuning_job(name)
        seen = Seen(self.now, status, job["CreationTime"])
        self._note(self.memory.tuning, documented.TUNING_STEPS, name, seen)
        launched = sum(job["TrainingJobStatusCounters"].values())
        if status != "InProgress":
            before = self.memory.launched.setdefault(name, launched)
            assert launched == before, f"{name} is {status}, and has launched {launched} trials, not {before}"
        return job

    def describe_training(self, name: str) -> Answer:
        """Return the description of a training job, after a look at what it was before."""
        job = self.call("DescribeTrainingJob", TrainingJobName=name)
        as_stated = _fails_as_stated(job, "TrainingEndTime")
        documented.check_training_job(job, fails_as_stated=as_stated)
        documented.check_stopping_condition(job)
        known = self.memory.training.get(name)
        another = known is not None and known.created != job["CreationTime"]
        if another or as_stated:
            self.memory.forget_training_job(name)
        seen = Seen(self.now, job["TrainingJobStatus"], job["CreationTime"])
        self._note(self.memory.training, documented.TRAINING_STEPS, name, seen)
        phases = [
            (each["Status"], each["StartTime"], each["EndTime"])
            for each in job["SecondaryStatusTransitions"]
            if "EndTime" in each
        ]
        before = self.memory.phases.get(name, [])
        assert phases[: len(before)] == before, f"{name} has been through {phases}, and had through {before}"
        self.memory.phases[name] = phases
        return job

    def _note(
        self, known: dict[str, Seen], steps: Mapping[str, frozenset[str]], name: str, seen: Seen
    ) -> None:
        before, status, stopped = known.get(name), seen.status, self.memory.stopped.get(name)
        known[name] = seen
        if before is not None:
            assert documented.follows(steps, before.status, status), (
                f"{name} was {before.status} at {before.at}, and is {status} at {seen.at}"
            )
        if stopped is not None and status not in ("Stopped", "Deleting", "DeleteFailed"):
            assert status == "Stopping", f"{name} was stopped at {stopped}, and is {status} at {seen.at}"
            assert seen.at - stopped < documented.DRAIN, f"{name} is Stopping since {stopped}"

    def picture(self) -> Answer:
        """Return all that a client can see."""
        found: Answer = {"tuning jobs": self.tuning_jobs(), "training jobs": self.training_jobs()}
        for each in found["tuning jobs"]:
            name = each["HyperParameterTuningJobName"]
            found[f"tuning job {name}"] = self.describe(name), self.trials(name)
        for each in found["training jobs"]:
            found[f"training job {each['TrainingJobName']}"] = self.describe_training(each["TrainingJobName"])
        return found

    def check_same(self, before: Answer, why: str) -> None:
        """All that a client can see is as in an earlier picture."""
        after = self.picture()
        assert before.keys() == after.keys(), f"{why}: {before.keys() ^ after.keys()}"
        for what, seen in before.items():
            assert after[what] == seen, f"{why}, {what} was {seen}, and is {after[what]}"

    def attempt(self, rng: Random, operation: str, **params: Any) -> str | None:
        """Call an operation that changes something, and return the code of its refusal, or None.

        A call that is refused changes nothing.
        """
        before = self.picture() if rng.random() < 0.04 else None
        try:
            self.call(operation, **params)
        except Refused as refused:
            if before is not None:
                self.check_same(before, f"{operation} was refused ({refused})")
            return refused.code
        return None

    # Choices.

    def some_tuning_job(self, rng: Random) -> str | None:
        """Choose a tuning job, if there is one."""
        names = [each["HyperParameterTuningJobName"] for each in self.tuning_jobs()]
        return rng.choice(names) if names else None

    def some_training_job(self, rng: Random) -> str | None:
        """Choose a training job, if there is one, more often one that runs."""
        found = self.training_jobs()
        running = [each for each in found if each["TrainingJobStatus"] in ("InProgress", "Stopping")]
        chosen = running if running and rng.random() < 0.6 else found
        return rng.choice(chosen)["TrainingJobName"] if chosen else None


def _fails_as_stated(job: Answer, ended: str) -> bool:
    """Whether a job has failed because its scenario said so, which no stop prevents."""
    _, age = STATED_FAILURE
    return "FailureReason" in job and job[ended] - job["CreationTime"] == age


def spelt(params: Mapping[str, Any]) -> str:
    """Write parameters as a call has them."""
    return ", ".join(
        f"{name}={value.isoformat() if isinstance(value, datetime) else value!r}"
        for name, value in params.items()
    )
