"""Holds what no user chooses in a recorded answer to what we would answer, given what the same recording tells.

To read a job back shows that we can repeat what was recorded. Here we ask what would follow from its request, its
status, its phases and its times, and what the service model says of any answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fake_tuning.domain.jobs.responses import with_times
from fake_tuning.domain.jobs.warm_pool import pool_message
from fake_tuning.domain.recordings.captured import captured
from fake_tuning.domain.recordings.counted_trials import can_be_named
from fake_tuning.domain.recordings.training_job_recording import TrainingJobRecording
from fake_tuning.domain.recordings.tuning_job_recording import in_ms
from fake_tuning.domain.request.job_spec import MOST_TRIALS, OBJECTIVE_STATIC, Definition, JobSpec
from fake_tuning.domain.simulation.scenario import Scenario
from fake_tuning.domain.vocabulary.arns import TRAINING_JOB, TUNING_JOB
from fake_tuning.domain.vocabulary.builtin_algorithms import (
    REPEATED_OBJECTIVE,
    builtin_algorithm,
    emitted_metrics,
)
from fake_tuning.domain.vocabulary.durations import epoch_ms, utc
from fake_tuning.domain.vocabulary.failure_texts import fails_a_tuning_job, messages_of
from fake_tuning.domain.vocabulary.numbers import float32
from fake_tuning.domain.vocabulary.statuses import TERMINAL
from fake_tuning.doors.conform.comparison import Difference, different_values
from fake_tuning.doors.conform.exchange import Exchange
from fake_tuning.doors.conform.stage import HERE, place_of
from fake_tuning.doors.conform.training_jobs import seen_last
from fake_tuning.service.validation.captured_answers import read_answer, read_tuning_job
from fake_tuning.service.validation.model import installed_constraints

_KINDS = {"HyperParameterTuningJob": TUNING_JOB, "TrainingJob": TRAINING_JOB}
_FINAL = "FinalMetricDataList"
_PHASES = "SecondaryStatusTransitions"
_OBJECTIVE = "FinalHyperParameterTuningJobObjectiveMetric"
_DERIVED = ("CreationTime", "SecondaryStatus", "ProfilingStatus", "TrainingStartTime", "ModelArtifacts")
_DERIVED_AT_THE_END = ("TrainingEndTime", "TrainingTimeInSeconds")


# Any answer.


def by_the_model(exchange: Exchange) -> Iterator[Difference]:
    """Find the values of any answer that break the service model. Members that it lacks are told elsewhere.

    Raises:
        TypeError: it is no answer, or a value in it is of another type than the model's.
        ValueError: a time in it cannot be read.
    """
    answer = captured(exchange.answer, "an answer")
    found = installed_constraints().wrong_in_response(exchange.operation, answer)
    for wrong in found:
        if wrong.unreadable:
            raise TypeError(f"the response cannot be read: {wrong.text}")
    for wrong in found:
        path, value, is_there = _found(answer, wrong.path)
        if not is_there:
            yield Difference("+", path, ours="a value, for the model requires one")
        elif not wrong.is_unknown_member:
            yield Difference("~", path, value, wrong.text)


def _found(answer: Any, steps: Sequence[str]) -> tuple[str, Any, bool]:
    """Return the path to a value as we write it, the value, and whether it is there."""
    path, value = "", answer
    for step in steps:
        if isinstance(value, list):
            if step != "member":
                path, value = f"{path}[{int(step) - 1}]", value[int(step) - 1]
        elif isinstance(value, Mapping):
            if step == "member":
                continue
            name = step if step in value else step[:1].upper() + step[1:]
            path = f"{path}.{name}" if path else name
            if name not in value:
                return path, None, False
            value = value[name]
    return path, value, True


def names(exchange: Exchange) -> Iterator[Difference]:
    """Compare each ARN of a job with its name beside it, or in the request, and the names in both."""
    asked, answer = exchange.request or {}, exchange.answer
    for resource in _KINDS:
        name = f"{resource}Name"
        if name in asked and name in answer and asked[name] != answer[name]:
            yield Difference("~", name, answer[name], asked[name])
    first = {name: asked[name] for name in (f"{each}Name" for each in _KINDS) if name in asked}
    yield from _arns(answer, "", first)
    yield from _repeated_names(answer)


def _arns(value: Any, path: str, asked: Mapping[str, Any]) -> Iterator[Difference]:
    if isinstance(value, Mapping):
        told = {**asked, **value}
        for resource, kind in _KINDS.items():
            arn, name = value.get(f"{resource}Arn"), told.get(f"{resource}Name")
            place = place_of(arn)
            if not isinstance(name, str) or not isinstance(arn, str):
                continue
            ours = (place or HERE).arn(kind, name)
            # Until 2022, and in some lists, they have it in lower case (recorded).
            if arn not in (ours, (place or HERE).arn(kind, name.lower())):
                yield Difference("~", f"{path}{resource}Arn", arn, ours)
        for name, each in value.items():
            yield from _arns(each, f"{path}{name}.", {})
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from _arns(each, f"{path[:-1]}[{at}].", {})


def _repeated_names(answer: Mapping[str, Any]) -> Iterator[Difference]:
    """Find the entries of a list that stand in it twice."""
    for member, entries in answer.items():
        if not member.endswith("JobSummaries") or not isinstance(entries, list):
            continue
        told = [
            each.get("TrainingJobArn", each.get("HyperParameterTuningJobArn"))
            for each in entries
            if isinstance(each, Mapping)
        ]
        for arn, count in Counter(told).items():
            if arn is not None and count > 1:
                yield Difference("~", f"{member}[]", f"{count} times {arn}", "each job once")


# Training jobs.


def of_training_job(answer: Mapping[str, Any]) -> Iterator[Difference]:
    """Compare a description of a training job with what we would answer of a job with its phases and times.

    Raises:
        TypeError: the answer cannot be read.
        ValueError: the answer cannot be read.
    """
    theirs = read_answer("DescribeTrainingJob", answer)
    place = place_of(theirs.get("TrainingJobArn")) or HERE
    recording = TrainingJobRecording.read(theirs, seen_last(theirs), place, 0, Scenario())
    recording.check()
    ours = _with_datetimes(recording.derived)
    compared = [*_DERIVED, *(_DERIVED_AT_THE_END if "TrainingEndTime" in theirs else ())]
    if not theirs.get("EnableManagedSpotTraining"):  # of which a share is billed that nobody knows
        compared.append("BillableTimeInSeconds")
    for name in compared:
        if name in theirs and name in ours:
            yield from different_values(theirs[name], ours[name], name)
    if theirs.get("LastModifiedTime", ours["LastModifiedTime"]) < ours["LastModifiedTime"]:
        yield Difference("~", "LastModifiedTime", theirs["LastModifiedTime"], ours["LastModifiedTime"])
    launched_by = theirs.get("TuningJobArn", "").rpartition("/")[2]
    if launched_by and not can_be_named(theirs["TrainingJobName"].lower(), launched_by.lower(), MOST_TRIALS):
        yield Difference(
            "~", "TrainingJobName", theirs["TrainingJobName"], f"a name that {launched_by} gives"
        )
    if theirs.get(_PHASES):
        yield from _phases(theirs, ours)
    if theirs.get(_FINAL):
        yield from _final_metrics(theirs)


def _with_datetimes(derived: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = with_times(derived, utc)
    return told


def _phases(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> Iterator[Difference]:
    """Compare the phases: which there are, from when to when, and what is said of each."""
    told, derived = (
        [{name: each[name] for name in each if name != "StatusMessage"} for each in answer[_PHASES]]
        for answer in (theirs, ours)
    )
    yield from different_values(told, derived, _PHASES)
    for at, each in enumerate(theirs[_PHASES]):
        known = messages_of(each["Status"], is_over="EndTime" in each)
        if each["Status"] == "Completed" and "WarmPoolStatus" in theirs:
            known = frozenset({pool_message(theirs["WarmPoolStatus"])})
        message, path = each.get("StatusMessage"), f"{_PHASES}[{at}].StatusMessage"
        if message is None and known:
            yield Difference("+", path, ours=min(known))
        elif message is not None and message not in known:
            yield Difference("~", path, message, " or ".join(sorted(known)) or "nothing")


def _final_metrics(theirs: Mapping[str, Any]) -> Iterator[Difference]:
    """Compare the final metrics: which there are, the form of their values and times, and that of the objective."""
    values = {each.get("MetricName"): each.get("Value") for each in theirs[_FINAL]}
    given = theirs.get("HyperParameters", {})
    objective = given.get(OBJECTIVE_STATIC)
    channels = [each.get("ChannelName") for each in theirs.get("InputDataConfig", ())]
    derived = [*emitted_metrics(theirs, given, channels, objective or "")]
    if objective is not None and "TuningJobArn" in theirs:
        derived.append(REPEATED_OBJECTIVE)
    for name, value in values.items():
        if derived and name not in derived:
            yield Difference("-", f"{_FINAL}[{name}]", theirs=value)
    for name in dict.fromkeys(derived):
        # Algorithms that are not built in emit what their expressions find in the log.
        if name not in values and (builtin_algorithm(theirs) or name == REPEATED_OBJECTIVE):
            yield Difference("+", f"{_FINAL}[{name}]", ours="its final value")
    for at, each in enumerate(theirs[_FINAL]):
        yield from _final_metric(each, f"{_FINAL}[{at}]")
    if objective in values and values.get(REPEATED_OBJECTIVE, values[objective]) != values[objective]:
        yield Difference(
            "~", f"{_FINAL}[{REPEATED_OBJECTIVE}].Value", values[REPEATED_OBJECTIVE], values[objective]
        )
    if REPEATED_OBJECTIVE in [*values][:-1]:
        yield Difference("~", f"{_FINAL}[{len(values) - 1}].MetricName", [*values][-1], REPEATED_OBJECTIVE)


def _final_metric(metric: Mapping[str, Any], path: str) -> Iterator[Difference]:
    value, moment = metric.get("Value"), metric.get("Timestamp")
    if value is not None and float32(value) != value:
        yield Difference("~", f"{path}.Value", value, float32(value))
    if moment is not None and epoch_ms(moment) % 1000:
        yield Difference("~", f"{path}.Timestamp", moment, moment.replace(microsecond=0))


# Tuning jobs.


def of_tuning_job(answer: Mapping[str, Any]) -> Iterator[Difference]:
    """Compare a description of a tuning job with what follows from its own status, counters and times.

    Raises:
        TypeError: the answer cannot be read.
        ValueError: the answer cannot be read, or contradicts itself.
    """
    theirs, recording = read_answer("DescribeHyperParameterTuningJob", answer), read_tuning_job(answer)
    told, ended = in_ms(theirs), theirs.get("HyperParameterTuningEndTime")
    modified = theirs.get("LastModifiedTime", ended)
    if theirs["HyperParameterTuningJobStatus"] in TERMINAL and None is not ended != modified:
        yield Difference("~", "LastModifiedTime", modified, ended)
    reason = theirs.get("FailureReason")
    if reason is not None and not fails_a_tuning_job(reason):
        yield Difference("~", "FailureReason", reason, "a text that is known")
    longest = (told.get("LastModifiedTime", recording.observed) - told["CreationTime"]) // 1000
    consumed = theirs.get("ConsumedResources", {}).get("RuntimeInSeconds", 0)
    if consumed > longest:
        yield Difference("~", "ConsumedResources.RuntimeInSeconds", consumed, longest)
    details, name = theirs.get("TuningJobCompletionDetails", {}), "NumberOfTrainingJobsObjectiveNotImproving"
    scored = theirs.get("ObjectiveStatusCounters", {}).get("Succeeded", 0)
    if details.get(name, 0) > scored:
        yield Difference("~", f"TuningJobCompletionDetails.{name}", details[name], scored)
    for member in ("BestTrainingJob", "OverallBestTrainingJob"):
        if member in theirs:
            yield from _scored(theirs[member], member)
    if "BestTrainingJob" in theirs:
        yield from _best(theirs, theirs["BestTrainingJob"], JobSpec.read(recording.request))


def _scored(best: Mapping[str, Any], path: str) -> Iterator[Difference]:
    """Compare a trial with what every trial shows that ended with a value of its objective."""
    if best.get("ObjectiveStatus", "Succeeded") != "Succeeded":
        yield Difference("~", f"{path}.ObjectiveStatus", best["ObjectiveStatus"], "Succeeded")
    if best["TrainingJobStatus"] not in TERMINAL:
        yield Difference("~", f"{path}.TrainingJobStatus", best["TrainingJobStatus"], "Completed")
    for member in ("CreationTime", "TrainingStartTime", "TrainingEndTime"):
        if member not in best:
            yield Difference("+", f"{path}.{member}", ours="a time")
        elif epoch_ms(best[member]) % 1000:
            yield Difference("~", f"{path}.{member}", best[member], best[member].replace(microsecond=0))
    value = best.get(_OBJECTIVE, {}).get("Value", 0.0)
    if float32(value) != value:
        yield Difference("~", f"{path}.{_OBJECTIVE}.Value", value, float32(value))


def _best(theirs: Mapping[str, Any], best: Mapping[str, Any], spec: JobSpec) -> Iterator[Difference]:
    """Compare the best trial with what its tuning job was asked."""
    path, launched = "BestTrainingJob", sum(theirs.get("TrainingJobStatusCounters", {}).values())
    if not can_be_named(best["TrainingJobName"], spec.name, launched):
        yield Difference(
            "~",
            f"{path}.TrainingJobName",
            best["TrainingJobName"],
            f"{spec.name}-<number up to {launched}>-<digits>",
        )
    named = best.get("TrainingJobDefinitionName")
    definition = spec.definitions[0] if named is None else spec.definition_named(named)
    yield from _tuned(best, definition, path)
    metric = best.get(_OBJECTIVE, {})
    if metric.get("MetricName", definition.metric) != definition.metric:
        yield Difference("~", f"{path}.{_OBJECTIVE}.MetricName", metric["MetricName"], definition.metric)


def _tuned(best: Mapping[str, Any], definition: Definition, path: str) -> Iterator[Difference]:
    tuned = best.get("TunedHyperParameters", {})
    ranges = {each.name: each for each in definition.ranges}
    for name in {**tuned, **ranges}:
        inner = f"{path}.TunedHyperParameters.{name}"
        if name not in tuned:
            yield Difference("+", inner, ours="a value of its range")
        elif name not in ranges:
            yield Difference("-", inner, theirs=tuned[name])
        elif not ranges[name].holds(tuned[name]):
            yield Difference("~", inner, tuned[name], "a value of its range")
