"""Holds a recorded description of a training job against ours: read back, and of a job that is created anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from fake_tuning.domain.recordings.training_job_recording import (
    NOT_REQUESTED,
    TrainingJobRecording,
    last_change,
)
from fake_tuning.domain.recordings.tuning_job_recording import in_ms
from fake_tuning.domain.request.job_spec import OBJECTIVE_STATIC
from fake_tuning.domain.simulation.scenario import Scenario
from fake_tuning.domain.vocabulary.arns import Place
from fake_tuning.domain.vocabulary.builtin_algorithms import REPEATED_OBJECTIVE, builtin_algorithm
from fake_tuning.doors.conform.comparison import (
    Difference,
    different_members,
    different_repetitions,
    different_values,
)
from fake_tuning.doors.conform.stage import HERE, Clients, Stage, place_of, sendable
from fake_tuning.service.validation.captured_answers import read_answer
from fake_tuning.service.validation.model import installed_model

DESCRIBE, CREATE = "DescribeTrainingJob", "CreateTrainingJob"
_NAMED = "TrainingJobName"
_MOST_EVENTS = 200
_LONG = 3_600_000
"""How much longer than recorded a phase lasts that was not over, in milliseconds."""

_STAGES = {
    "Starting": "cold_start",
    "Downloading": "download",
    "Training": "train",
    "Uploading": "upload",
    "Stopping": "drain",
    "Interrupted": "restart",
    "Restarting": "restart",
}
"""What scenarios call the lengths of phases."""

_REPEATED = ("TrainingJobStatus", "SecondaryStatus")
_OWN = NOT_REQUESTED | {_NAMED}
"""Members whose values differ from one job to another."""


def read_back(clients: Clients, answer: Mapping[str, Any]) -> Iterator[Difference]:
    """Put the recorded job into a service, and compare what a client is told at the instant of the recording.

    Raises:
        TypeError: the answer cannot be read.
        ValueError: the answer cannot be read, or contradicts itself.
    """
    theirs = read_answer(DESCRIBE, answer)
    with Stage(clients, place_of(theirs.get("TrainingJobArn")) or HERE, seen_last(theirs)) as stage:
        name = stage.service.add_training_job(answer).name
        yield from different_values(theirs, stage.ask(DESCRIBE, {_NAMED: name}))


def seen_last(theirs: Mapping[str, Any]) -> int:
    """Return when a recorded training job had changed last, in milliseconds since 1970.

    Raises:
        ValueError: it does not say when it was created.
    """
    if "CreationTime" not in theirs:
        raise ValueError("a DescribeTrainingJob response has CreationTime, but this one has not")
    return last_change(theirs)


def created_anew(
    clients: Clients, answer: Mapping[str, Any], request: Mapping[str, Any] | None = None
) -> Iterator[Difference]:
    """Create the recorded job by a client, bring it to where it was, and compare its members and what it repeats.

    A trial is created by a tuning job that launches it alone, or first.

    Args:
        clients: makes the client.
        answer: the recorded description.
        request: the request that made the job; None: the one that the description tells.

    Raises:
        TypeError: the answer cannot be read.
        ValueError: the answer cannot be read, or contradicts itself.
        RefusedError: the request is refused.
    """
    theirs = read_answer(DESCRIBE, answer)
    place, seen = place_of(theirs.get("TrainingJobArn")) or HERE, seen_last(theirs)
    asked = sendable(CREATE, request or _request(theirs, place))
    with Stage(clients, place, in_ms(theirs)["CreationTime"]) as stage:
        if "TuningJobArn" in theirs:
            name = _launch(stage, asked, _scenario(theirs), followed=_standing(theirs)[2] == "Reused")
        else:
            name = "recorded"
            stage.service.on_create(_scenario(theirs), training_jobs=True)
            stage.ask(CREATE, {**asked, _NAMED: name})
        ours = _Course(stage, name, theirs, asked).end(seen)
    yield from different_members(theirs, ours)
    yield from different_repetitions(_repeated(theirs), _repeated(ours))


def _repeated(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: each for name, each in answer.items() if name in _REPEATED or name not in _OWN}


def _request(theirs: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """Return a request that leads to such a description."""
    asked = dict(TrainingJobRecording.read(theirs, last_change(theirs), place, 0, Scenario()).request)
    # What is answered for no channels (recorded), and cannot be sent.
    if asked.get("InputDataConfig") == []:
        del asked["InputDataConfig"]
    if "WarmPoolStatus" in theirs and "TuningJobArn" not in theirs:
        # People edited it away.
        asked["ResourceConfig"] = {"KeepAlivePeriodInSeconds": 600, **asked.get("ResourceConfig", {})}
    return asked


def _launch(stage: Stage, asked: Mapping[str, Any], scenario: Scenario, *, followed: bool) -> str:
    """Create a tuning job with a trial that is asked to do the same, and return the trial's name.

    Args:
        stage: where it is created.
        asked: the request.
        scenario: how it behaves.
        followed: whether another trial takes over its instances.
    """
    given = {
        name: each for name, each in asked.get("HyperParameters", {}).items() if name != OBJECTIVE_STATIC
    }
    metric = asked.get("HyperParameters", {}).get(OBJECTIVE_STATIC, "objective")
    specified = asked.get("AlgorithmSpecification", {})
    algorithm = builtin_algorithm(asked)
    tunable = None if algorithm is None else algorithm.tunable
    tuned = [name for name in given if tunable is None or name in tunable][:1]
    sent = installed_model().shape_for("HyperParameterTrainingJobDefinition").members
    specification = {
        name: each for name, each in specified.items() if name in sent["AlgorithmSpecification"].members
    }
    if algorithm is None:
        specification["MetricDefinitions"] = [
            each for each in specification.get("MetricDefinitions", ()) if each["Name"] != REPEATED_OBJECTIVE
        ] or [{"Name": metric, "Regex": "."}]
    definition = {
        **{name: each for name, each in asked.items() if name in sent},
        "AlgorithmSpecification": specification,
        "StaticHyperParameters": {name: each for name, each in given.items() if name not in tuned},
    }
    trials = 2 if followed and tuned else 1
    ranges = {
        "CategoricalParameterRanges": [
            {"Name": name, "Values": [given[name], f"not {given[name]}"][:trials]} for name in tuned
        ]
    }
    scenario = scenario.trial(1).tries(**{name: given[name] for name in tuned})
    stage.service.on_create(scenario.paced(launch=0.001, accept=0.001))
    stage.ask(
        "CreateHyperParameterTuningJob",
        {
            "HyperParameterTuningJobName": "recorded",
            "HyperParameterTuningJobConfig": {
                "Strategy": "Random",
                "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": metric},
                "ResourceLimits": {"MaxNumberOfTrainingJobs": trials, "MaxParallelTrainingJobs": 1},
                "ParameterRanges": ranges,
            },
            "TrainingJobDefinition": definition,
        },
    )
    stage.clock.ms += 1
    return stage.service.job("recorded").trials[0].name


def _scenario(theirs: Mapping[str, Any]) -> Scenario:
    """Return how the job behaves: its phases last as long as they did, or longer if they were not over or cut short."""
    scenario = Scenario()
    lengths: dict[str, tuple[int, int]] = {}
    for phase in in_ms(theirs).get("SecondaryStatusTransitions", ()):
        if phase["Status"] in _STAGES:
            is_over = "EndTime" in phase and phase["Status"] != _stopped_in(theirs)
            length = max(phase["EndTime"] - phase["StartTime"], 1) if is_over else _LONG
            lengths[_STAGES[phase["Status"]]] = (length, length)
    return _as_it_went(replace(scenario, pacing=replace(scenario.pacing, **lengths)), theirs)


def _as_it_went(scenario: Scenario, theirs: Mapping[str, Any]) -> Scenario:
    """Return a scenario in which the only trial is set back as the recorded job, emits what it emitted and ends so."""
    phases = [each["Status"] for each in theirs.get("SecondaryStatusTransitions", ())]
    if "Interrupted" in phases:
        scenario = scenario.trial(1).is_interrupted(phases.count("Interrupted"))
    if "Restarting" in phases:
        scenario = scenario.trial(1).hits_internal_errors(phases.count("Restarting"))
    # A built-in algorithm emits metrics whenever it completes.
    must = builtin_algorithm(theirs) is not None and theirs["TrainingJobStatus"] == "Completed"
    if "FinalMetricDataList" not in theirs and not must:
        scenario = scenario.trial(1).emits_no_metric()
    if "FailureReason" in theirs:
        trains = "TrainingStartTime" in theirs
        scenario = scenario.trial(1).fails(theirs["FailureReason"], before_start=not trains)
    if theirs["SecondaryStatus"] in ("MaxRuntimeExceeded", "MaxWaitTimeExceeded"):
        scenario = scenario.trial(1).never_ends()
    return scenario


@dataclass
class _Course:
    """The life of a job that was created anew, up to where the recorded one was."""

    stage: Stage
    name: str
    theirs: Mapping[str, Any]
    asked: Mapping[str, Any]

    def end(self, seen: int) -> dict[str, Any]:
        """Bring it to where the recorded one was, or as far as it goes, and return its description.

        Args:
            seen: when the recorded one was seen, in milliseconds since 1970. It is as old then, if that can be.
        """
        wanted, stopped, reused = _standing(self.theirs), False, False
        clock = self.stage.clock
        for _ in range(_MOST_EVENTS):
            ours = self._describe()
            following = self._following(ours)
            standing = _standing(ours)
            if standing[:2] == wanted[:2] and wanted[2] in (None, standing[2]):
                clock.ms = max(clock.ms, min(seen, seen if following is None else following - 1))
                return self._describe()
            if not stopped and self._is_to_stop(ours):
                stopped = True
                self.stage.ask("StopTrainingJob", {_NAMED: self.name})
            elif not reused and wanted[2] == "Reused" and standing[2] == "Available" and not self._is_trial:
                reused = True
                self.stage.ask(CREATE, {**self.asked, _NAMED: "next"})
            elif following is None:
                break
            else:
                clock.ms = following
        return ours

    @property
    def _is_trial(self) -> bool:
        return "TuningJobArn" in self.theirs

    def _following(self, ours: Mapping[str, Any]) -> int | None:
        """Return when something happens next, in milliseconds since 1970, or None.

        A tuning job does not tell of the phases of its trials: they begin as recorded.
        """
        event, recorded = self.stage.next_event(), in_ms(self.theirs)
        later = in_ms(ours)["CreationTime"] - recorded["CreationTime"]
        phases = [each["StartTime"] + later for each in recorded.get("SecondaryStatusTransitions", ())]
        moments = [each for each in (event, *phases) if each is not None and each > self.stage.clock.ms]
        return min(moments, default=None)

    def _describe(self) -> dict[str, Any]:
        return self.stage.ask(DESCRIBE, {_NAMED: self.name})

    def _is_to_stop(self, ours: Mapping[str, Any]) -> bool:
        """Whether the recorded job was stopped at this age, or in this phase if nothing tells when."""
        stops = [
            each["StartTime"] - self.theirs["CreationTime"]
            for each in self.theirs.get("SecondaryStatusTransitions", ())
            if each["Status"] == "Stopping"
        ]
        age = self.stage.clock.now() - ours["CreationTime"]
        return _standing(ours)[1] == _stopped_in(self.theirs) and all(age >= each for each in stops)


def _stopped_in(theirs: Mapping[str, Any]) -> str | None:
    """Return the phase in which a recorded job was stopped; None if nobody stopped it."""
    if theirs["TrainingJobStatus"] not in ("Stopping", "Stopped"):
        return None
    if theirs["SecondaryStatus"] in ("MaxRuntimeExceeded", "MaxWaitTimeExceeded", "Interrupted"):
        return None
    phases = [each["Status"] for each in theirs.get("SecondaryStatusTransitions", ())]
    before = [phase for phase in phases if phase in _STAGES and phase != "Stopping"]
    if before:
        return str(before[-1])
    return "Training" if "TrainingStartTime" in theirs else "Starting"


def _standing(answer: Mapping[str, Any]) -> tuple[str, str, str | None]:
    """Return a job's status, the phase that it is in, and the status of its warm pool, if it tells one."""
    status, phase = answer["TrainingJobStatus"], answer["SecondaryStatus"]
    if status == "Stopping":
        phase = status  # it stays what it was, if the job was Starting (recorded)
    elif status == "InProgress" and answer.get("SecondaryStatusTransitions"):
        phase = answer["SecondaryStatusTransitions"][-1]["Status"]
    return status, phase, answer.get("WarmPoolStatus", {}).get("Status")
