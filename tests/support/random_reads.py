"""What a driver looks at, and how what it sees must agree: lists, pages, filters, orders, summaries, searches."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from support import documented
from support.watched_service import Answer, WatchedService, spelt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from random import Random
    from typing import Any


# Looking.


def look_at_a_tuning_job(watched: WatchedService, rng: Random) -> None:
    """Its description, its trials, its summary and its handle agree."""
    name = watched.some_tuning_job(rng)
    if name is None:
        return
    job, trials = watched.describe(name), watched.trials(name)
    some_deleted = name in watched.with_deleted_trials
    documented.check_trials(job, trials, some_deleted=some_deleted)
    untimed = (name, job["CreationTime"]) in watched.untimed
    if untimed and not some_deleted:
        documented.check_left_alone(job, trials, watched.now)
    names = {each["TrainingJobName"] for each in trials}
    pools = {
        each["TrainingJobName"]: each["WarmPoolStatus"]
        for each in watched.training_jobs(NameContains=name)
        if each["TrainingJobName"] in names
    }
    documented.check_pools(job, trials, pools, paced=untimed)
    (summary,) = [
        each for each in watched.tuning_jobs(NameContains=name) if each["HyperParameterTuningJobName"] == name
    ]
    # Observed: the list has ARNs in lower case.
    assert summary.pop("HyperParameterTuningJobArn") == job["HyperParameterTuningJobArn"].lower()
    config = job["HyperParameterTuningJobConfig"]
    shown = {**job, "Strategy": config["Strategy"], "ResourceLimits": config["ResourceLimits"]}
    assert summary == {member: shown[member] for member in summary}, f"{summary} of {job}"
    handle = watched.service.job(name)
    assert handle.status == job["HyperParameterTuningJobStatus"], handle
    for each in rng.sample(trials, min(len(trials), 2)):
        _look_at_trial(watched, job, each)


def _look_at_trial(watched: WatchedService, job: Answer, summary: Answer) -> None:
    trial = watched.describe_training(summary["TrainingJobName"])
    assert trial["TuningJobArn"] == job["HyperParameterTuningJobArn"].lower(), trial
    for member in summary.keys() & trial.keys():
        shown = trial[member]
        if isinstance(shown, datetime):  # recorded: whole seconds in this list
            shown = shown.replace(microsecond=0)
        assert summary[member] == shown, f"{member}: {summary} of {trial}"
    assert summary["TunedHyperParameters"].items() <= trial["HyperParameters"].items(), (
        f"{summary} of {trial}"
    )


def look_at_training_jobs(watched: WatchedService, rng: Random) -> None:
    """Every one that is listed can be described, and is as listed."""
    listed = watched.training_jobs()
    names = [each["TrainingJobName"] for each in listed]
    assert len(set(names)) == len(names), f"listed twice: {sorted(names)}"
    for each in rng.sample(listed, min(len(listed), 4)):
        job = watched.describe_training(each["TrainingJobName"])
        assert each == {member: job.get(member) for member in each}, f"{each} of {job}"


# Lists.


def list_tuning_jobs(watched: WatchedService, rng: Random) -> None:
    """Pages, filters and orders of ListHyperParameterTuningJobs."""
    whole = watched.tuning_jobs()
    by = rng.choice(("Name", "Status", "CreationTime", None))
    member = {"Status": "HyperParameterTuningJobStatus", "CreationTime": "CreationTime"}.get(
        by or "Name", "HyperParameterTuningJobName"
    )
    asked = _filters(watched, rng, [each["HyperParameterTuningJobStatus"] for each in whole])
    _check_list(
        watched,
        rng,
        "ListHyperParameterTuningJobs",
        "HyperParameterTuningJob",
        whole,
        by,
        member,
        asked,
        "Ascending",
    )


def list_training_jobs(watched: WatchedService, rng: Random) -> None:
    """Pages, filters and orders of ListTrainingJobs."""
    whole = watched.training_jobs()
    by = rng.choice(("Name", "Status", "CreationTime", None))
    member = {"Status": "TrainingJobStatus", "Name": "TrainingJobName"}.get(by or "", "CreationTime")
    asked = _filters(watched, rng, [each["TrainingJobStatus"] for each in whole])
    # Observed: the newest come first, whatever the documentation says.
    order = "Ascending" if by else "Descending"
    _check_list(watched, rng, "ListTrainingJobs", "TrainingJob", whole, by, member, asked, order)


def _filters(watched: WatchedService, rng: Random, statuses: Sequence[str]) -> Answer:
    asked: Answer = {}
    if rng.random() < 0.4:
        asked["NameContains"] = rng.choice(("x", "B", "1", "in"))
    if statuses and rng.random() < 0.4:
        asked["StatusEquals"] = rng.choice(statuses)
    for bound in (
        "CreationTimeAfter",
        "CreationTimeBefore",
        "LastModifiedTimeAfter",
        "LastModifiedTimeBefore",
    ):
        if rng.random() < 0.15:
            # Whether the bounds belong to it is not documented: this is no whole millisecond.
            asked[bound] = watched.now - timedelta(seconds=10 ** rng.uniform(0, 6), microseconds=500)
    return asked


def _check_list(
    watched: WatchedService,
    rng: Random,
    operation: str,
    kind: str,
    whole: Sequence[Answer],
    by: str | None,
    member: str,
    asked: Answer,
    order: str,
) -> None:
    params: Answer = {} if by is None else {"SortBy": by}
    if by is not None and rng.random() < 0.6:
        params["SortOrder"] = order = rng.choice(("Ascending", "Descending"))
    found = watched.whole(operation, f"{kind}Summaries", **params, **asked)
    names = [each[f"{kind}Name"] for each in found]
    expected = [each[f"{kind}Name"] for each in whole if _chosen(each, kind, asked)]
    assert sorted(names) == sorted(expected), (
        f"{operation}({spelt({**params, **asked})}): {names}, not {expected}"
    )
    documented.check_order([each[member] for each in found], order)
    most = rng.choice((1, 2, 3, 7))
    pages = watched.pages(operation, f"{kind}Summaries", MaxResults=most, **params, **asked)
    documented.check_pages([[each[f"{kind}Name"] for each in page] for page in pages], most, names)


def list_trials(watched: WatchedService, rng: Random) -> None:
    """Pages, the filter and orders of ListTrainingJobsForHyperParameterTuningJob."""
    name = watched.some_tuning_job(rng)
    if name is None:
        return
    whole = watched.trials(name)
    by = rng.choice(("Name", "CreationTime", "Status", "FinalObjectiveMetricValue"))
    params: Answer = {"SortBy": by, "SortOrder": rng.choice(("Ascending", "Descending"))}
    metric = "FinalHyperParameterTuningJobObjectiveMetric"
    # "If the value of this field is FinalObjectiveMetricValue, any training jobs that did not return an objective
    # metric are not listed."
    expected = [each for each in whole if by != "FinalObjectiveMetricValue" or metric in each]
    if rng.random() < 0.4:
        params["StatusEquals"] = rng.choice(("InProgress", "Completed", "Failed", "Stopping", "Stopped"))
        expected = [each for each in expected if each["TrainingJobStatus"] == params["StatusEquals"]]
    found = watched.trials(name, **params)
    names = [each["TrainingJobName"] for each in found]
    assert sorted(names) == sorted(each["TrainingJobName"] for each in expected), (
        f"{params}: {names}, {expected}"
    )
    keys: Mapping[str, Callable[[Answer], Any]] = {
        "Name": lambda each: each["TrainingJobName"],
        "CreationTime": lambda each: each["CreationTime"],
        "Status": lambda each: each["TrainingJobStatus"],
        "FinalObjectiveMetricValue": lambda each: each[metric]["Value"],
    }
    documented.check_order([keys[by](each) for each in found], params["SortOrder"])
    most = rng.choice((1, 2, 3, 7))
    pages = watched.pages(
        "ListTrainingJobsForHyperParameterTuningJob",
        "TrainingJobSummaries",
        HyperParameterTuningJobName=name,
        MaxResults=most,
        **params,
    )
    documented.check_pages([[each["TrainingJobName"] for each in page] for page in pages], most, names)


def search(watched: WatchedService, rng: Random) -> None:
    """Search finds what is listed, as it is described."""
    kind, listed = rng.choice(
        (("HyperParameterTuningJob", watched.tuning_jobs), ("TrainingJob", watched.training_jobs))
    )
    whole = listed()
    by = rng.choice((f"{kind}Name", f"{kind}Status", "CreationTime"))
    params: Answer = {"SortBy": by, "SortOrder": rng.choice(("Ascending", "Descending"))}
    expected = whole
    if whole and rng.random() < 0.5:
        status = rng.choice(whole)[f"{kind}Status"]
        params["SearchExpression"] = {
            "Filters": [{"Name": f"{kind}Status", "Operator": "Equals", "Value": status}]
        }
        expected = [each for each in whole if each[f"{kind}Status"] == status]
    pages: list[Answer] = []
    token: dict[str, str] = {}
    total = 0
    while True:
        answer = watched.call("Search", Resource=kind, MaxResults=rng.choice((3, 100)), **params, **token)
        pages += [each[kind] for each in answer["Results"]]
        total = answer["TotalHits"]["Value"]
        if "NextToken" not in answer:
            break
        token = {"NextToken": answer["NextToken"]}
    names = [each[f"{kind}Name"] for each in pages]
    assert sorted(names) == sorted(each[f"{kind}Name"] for each in expected), f"{params}: {names}"
    assert total == len(names), f"{total} hits, but {names}"
    documented.check_order([each[by] for each in pages], params["SortOrder"])
    describe = watched.describe if kind == "HyperParameterTuningJob" else watched.describe_training
    for hit in rng.sample(pages, min(len(pages), 2)):
        job = describe(hit[f"{kind}Name"])
        both = hit.keys() & job.keys()
        assert {each: hit[each] for each in both} == {each: job[each] for each in both}, f"{hit} of {job}"


def _chosen(job: Answer, kind: str, asked: Answer) -> bool:
    """Whether a job is one of those that a list was asked for."""
    return (
        asked.get("NameContains", "") in job[f"{kind}Name"]
        and asked.get("StatusEquals", job[f"{kind}Status"]) == job[f"{kind}Status"]
        and all(
            asked.get(f"{time}After", job[time]) <= job[time] <= asked.get(f"{time}Before", job[time])
            for time in ("CreationTime", "LastModifiedTime")
        )
    )
