"""Holds recorded lists of jobs and of tags against ours: each entry as we list a job that is as it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fake_tuning.domain.recordings.captured import captured
from fake_tuning.domain.recordings.training_job_recording import last_change
from fake_tuning.domain.vocabulary.clock import DEFAULT_START
from fake_tuning.domain.vocabulary.durations import epoch_ms
from fake_tuning.domain.vocabulary.statuses import PHASES, TRAINING_LIFECYCLE
from fake_tuning.doors.builder.tuning_job import TuningJob
from fake_tuning.doors.conform.comparison import Difference, different_members, different_values
from fake_tuning.doors.conform.stage import HERE, Clients, Stage, place_of

_USERS = ("TrainingJobDefinitionName", "TunedHyperParameters")

_STOPPED_BEFORE_START = (("Stopping", False), ("Stopped", False))

_START = epoch_ms(DEFAULT_START)


def _entries(answer: Mapping[str, Any], member: str, *needed: str) -> list[dict[str, Any]]:
    """Return the entries of a list.

    Args:
        answer: the list.
        member: the member that has its entries.
        needed: the members of an entry without which there is nothing to compare.

    Raises:
        TypeError: it is no list of structures.
        ValueError: an entry lacks something.
    """
    entries = captured(answer, f"a list with {member}").get(member, [])
    if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
        raise TypeError(f"{member} is no list of structures")
    for each in entries:
        missing = [name for name in needed if name not in each]
        if missing:
            raise ValueError(f"an entry of {member} has no {', '.join(missing)}")
    return entries


def tuning_jobs(clients: Clients, answer: Mapping[str, Any]) -> Iterator[Difference]:
    """Compare each entry of a ListHyperParameterTuningJobs answer with how we list a job of these properties.

    Raises:
        TypeError: an entry cannot be read.
        ValueError: an entry cannot be read, or contradicts itself.
    """
    member, named = "HyperParameterTuningJobSummaries", "HyperParameterTuningJobName"
    needed = (named, "HyperParameterTuningJobArn", "CreationTime")
    for at, theirs in enumerate(_entries(answer, member, *needed)):
        described = TuningJob("listed").describe()
        described["HyperParameterTuningJobConfig"] |= {
            name: theirs[name] for name in ("Strategy", "ResourceLimits") if name in theirs
        }
        described |= {
            name: each for name, each in theirs.items() if name not in ("Strategy", "ResourceLimits")
        }
        # The list has it in lower case.
        arn = str(theirs["HyperParameterTuningJobArn"]).rpartition("/")[0]
        described["HyperParameterTuningJobArn"] = f"{arn}/{theirs[named]}"
        job = TuningJob.from_response(described)
        now = epoch_ms(theirs.get("LastModifiedTime", theirs["CreationTime"]))
        with Stage(clients, job.place, now) as stage:
            stage.service.add(job)
            (ours,) = stage.ask("ListHyperParameterTuningJobs", {})[member]
        yield from different_values(theirs, ours, f"{member}[{at}]")


def training_jobs(clients: Clients, answer: Mapping[str, Any]) -> Iterator[Difference]:
    """Compare each entry of a ListTrainingJobs answer with how we list a job of these properties.

    Raises:
        TypeError: an entry cannot be read.
        ValueError: an entry cannot be read, or contradicts itself.
    """
    member = "TrainingJobSummaries"
    described = _training_job(clients)
    needed = ("TrainingJobArn", "TrainingJobStatus", "CreationTime")
    for at, theirs in enumerate(_entries(answer, member, *needed)):
        status, created = theirs["TrainingJobStatus"], theirs["CreationTime"]
        told = {"SecondaryStatus": PHASES.get(status, ("Training",))[0], "LastModifiedTime": created}
        if status in TRAINING_LIFECYCLE.terminal:
            told["TrainingEndTime"] = theirs.get("LastModifiedTime", created)
        whole = {**described, **told, **theirs}
        place = place_of(theirs["TrainingJobArn"]) or HERE
        with Stage(clients, place, last_change(captured(whole, "an entry"))) as stage:
            stage.service.add_training_job(whole)
            (ours,) = stage.ask("ListTrainingJobs", {})[member]
        yield from different_values(theirs, ours, f"{member}[{at}]")


def _training_job(clients: Clients) -> dict[str, Any]:
    """Return what the description of any training job repeats of its request."""
    with Stage(clients, HERE, _START) as stage:
        trial = stage.service.add(TuningJob("any").trials(1, parallel=1).in_progress()).trials[0]
        answer = stage.ask("DescribeTrainingJob", {"TrainingJobName": trial.name})
    told = ("AlgorithmSpecification", "RoleArn", "OutputDataConfig", "ResourceConfig", "StoppingCondition")
    return {name: answer[name] for name in told}


def trials(clients: Clients, answer: Mapping[str, Any]) -> Iterator[Difference]:
    """Compare the members of each entry of a ListTrainingJobsForHyperParameterTuningJob answer with those of ours.

    Raises:
        TypeError: an entry cannot be read.
        ValueError: an entry cannot be read.
    """
    member = "TrainingJobSummaries"
    for theirs in _entries(answer, member, "TrainingJobStatus"):
        with Stage(clients, HERE, _START) as stage:
            stage.service.add(_tuning_job_of(theirs))
            ours = _trial_in(stage, theirs)
        yield from different_members({member: [_of_all(theirs)]}, {member: [_of_all(ours)]})


def _of_all(trial: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the members that do not depend on what the user asked for."""
    return {name: each for name, each in trial.items() if name not in _USERS}


def _tuning_job_of(theirs: Mapping[str, Any]) -> TuningJob:
    """Return a tuning job whose only trial ends as the one of an entry did."""
    editor = TuningJob("listed").maximize("objective").trials(1, parallel=1).trial(1)
    status = theirs["TrainingJobStatus"]
    if status == "Failed":
        trains = "TrainingStartTime" in theirs
        job = editor.fails(theirs.get("FailureReason", "AlgorithmError"), before_start=not trains)
    else:
        ends = {"Completed": editor.completes, "Stopping": editor.stops, "Stopped": editor.stops}
        job = ends.get(status, editor.never_ends)()
    if "FinalHyperParameterTuningJobObjectiveMetric" not in theirs:
        return job.trial(1).emits_no_metric()
    return job.trial(1).scores([0.5] * 100)  # so often that it has one whenever it is stopped


def _trial_in(stage: Stage, theirs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entry of the only trial, as soon as it is where the recorded one was, or as far as it goes."""
    wanted = _standing(theirs)
    while True:
        page = stage.ask(
            "ListTrainingJobsForHyperParameterTuningJob", {"HyperParameterTuningJobName": "listed"}
        )
        listed = [dict(each) for each in page["TrainingJobSummaries"]]
        event = stage.next_event()
        if listed and (_standing(listed[0]) == wanted or event is None):
            return listed[0]
        if listed and wanted in _STOPPED_BEFORE_START and _standing(listed[0]) == ("InProgress", False):
            stage.ask("StopTrainingJob", {"TrainingJobName": listed[0]["TrainingJobName"]})
            continue
        assert event is not None  # a job of the default scenario launches a trial
        stage.clock.ms = event


def _standing(trial: Mapping[str, Any]) -> tuple[str, bool]:
    """Return a trial's status, and whether it has started."""
    return trial["TrainingJobStatus"], "TrainingStartTime" in trial


def tags(clients: Clients, answer: Mapping[str, Any]) -> Iterator[Difference]:
    """Give a job the recorded tags, and compare them with those that we list, in any order.

    Tags that AWS itself sets are left out: nobody else can.
    """
    theirs = [each for each in _entries(answer, "Tags") if not str(each.get("Key")).startswith("aws:")]
    with Stage(clients, HERE, _START) as stage:
        arn = stage.service.add(TuningJob("tagged").in_progress()).arn
        if theirs:
            stage.ask("AddTags", {"ResourceArn": arn, "Tags": theirs})
        ours = stage.ask("ListTags", {"ResourceArn": arn})["Tags"]
    yield from different_values(_by_key(theirs), _by_key(ours), "Tags")


def _by_key(tagged: list[dict[str, Any]]) -> dict[Any, Any]:
    return {each.get("Key"): each for each in tagged}
