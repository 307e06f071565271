"""The builder: a job's ``repr`` is the code that makes it, and jobs with equal parts are equal."""

from __future__ import annotations

import contextlib
import copy
import datetime
import pickle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.vendor.pretty import pretty

from fake_tuning import TuningJob
from support.strategies import DETERMINISTIC


def objective(tried: Any) -> float:
    return float(tried.get("eta", 0.5))


NAMESPACE = {"TuningJob": TuningJob, "datetime": datetime, "objective": objective}
PARENT = TuningJob("parent").maximize("auc").searching(eta=(0.1, 0.3)).trials(2).completed()

LENGTHS = st.sampled_from(["8m", 90, 0.25, datetime.timedelta(minutes=3)])
NAMES = st.sampled_from(["eta", "max-depth", "lambda", "self", "name", "n_epochs"])
REQUESTS = [
    st.builds(lambda metric: lambda job: job.maximize(metric), st.sampled_from(["auc", 'it\'s "odd"\n'])),
    st.just(lambda job: job.minimize("loss")),
    st.builds(
        lambda ranges: lambda job: job.searching(**ranges),
        st.dictionaries(
            NAMES, st.sampled_from([(1, 50), (0.1, 0.3), (0.1, 9.0, "Logarithmic"), range(1, 30)]), min_size=1
        ),
    ),
    st.builds(
        lambda values: lambda job: job.with_static(**values),
        st.dictionaries(NAMES, st.sampled_from([1, 0.5, "text", True])),
    ),
    st.builds(
        lambda most, parallel: lambda job: job.trials(most, parallel=parallel),
        st.integers(1, 12),
        st.sampled_from([None, 1, 3]),
    ),
    st.builds(lambda name: lambda job: job.strategy(name), st.sampled_from(["Random", "Bayesian"])),
    st.builds(lambda seed: lambda job: job.configured(RandomSeed=seed), st.integers(0, 9)),
    st.just(lambda job: job.defined(RetryStrategy={"MaximumRetryAttempts": 2}, EnableNetworkIsolation=True)),
    st.just(
        lambda job: job.defining("a", maximize="auc", searching={"eta": (0.1, 0.2)}, static={"lambda": 1})
    ),
    st.just(lambda job: job.defining("b", EnableNetworkIsolation=True)),
    st.just(lambda job: job.tagged(team="search", **{"cost center": "7"})),
    st.just(lambda job: job.located(region="eu-west-1")),
    st.just(lambda job: job.warm_started_from(PARENT, "other", kind="TransferLearning")),
]
BEHAVIOURS = [
    st.builds(lambda length: lambda job: job.each(length), LENGTHS),
    st.builds(lambda length: lambda job: job.paced(launch=length, drain=("1s", "2s")), LENGTHS),
    st.just(lambda job: job.scored_by(objective)),
    st.just(lambda job: job.failing(0.25)),
    st.builds(lambda edit: lambda job: edit(job.trial(1)), st.sampled_from([
        lambda trial: trial.fails("because", before_start=True),
        lambda trial: trial.completes(),
        lambda trial: trial.lacks_capacity(),
        lambda trial: trial.stops(),
        lambda trial: trial.takes("2h"),
        lambda trial: trial.scores([0.1, 0.2]),
        lambda trial: trial.emits_no_metric(),
        lambda trial: trial.hits_internal_errors(2),
        lambda trial: trial.is_interrupted(),
    ])),
]  # fmt: skip
STATUSES = [
    st.just(lambda job: job.created("2026-03-01T08:00:00Z")),
    st.just(lambda job: job.created(datetime.datetime(2026, 3, 1, tzinfo=datetime.timezone.utc))),
    st.builds(
        lambda status: lambda job: job.in_status(status),
        st.sampled_from([job.status for job in TuningJob.every_status()]),
    ),
    st.just(lambda job: job.in_progress(running=1)),
    st.just(lambda job: job.failed("the disk is full")),
    st.builds(lambda length: lambda job: job.stops(after=length), LENGTHS),
    st.just(lambda job: job.completes()),
    st.just(lambda job: job.fails("because", after="3h")),
    st.just(lambda job: job.never_ends()),
    st.just(lambda job: job.never_ends(ignoring_limits=True)),
    st.just(lambda job: job.overriding(FailureReason="odd", BestTrainingJob=None)),
]
WORDS = st.one_of(*REQUESTS, *BEHAVIOURS, *STATUSES)


@st.composite
def spoken(draw) -> TuningJob:
    """Jobs that are made by any words in any order, as far as these do not contradict each other."""
    job = TuningJob(draw(st.sampled_from(["xgb", None])), seed=draw(st.integers(0, 2)))
    for word in draw(st.lists(WORDS, max_size=7)):
        with contextlib.suppress(ValueError):
            job = word(job)
    return job


@settings(DETERMINISTIC, max_examples=100)
@given(spoken())
def test_the_repr_of_a_job_is_the_code_that_makes_it(job: TuningJob) -> None:
    again = eval(repr(job), dict(NAMESPACE))  # that this works is what is promised
    assert again == job
    assert hash(again) == hash(job)
    assert repr(again) == repr(job)
    assert (again.request, again.describe()) == (job.request, job.describe())


@pytest.mark.parametrize(
    ("job", "code"),
    [
        (TuningJob("xgb"), "TuningJob('xgb')"),
        (TuningJob("xgb", seed=3).completed(), "TuningJob('xgb', seed=3).completed()"),
        (
            TuningJob("xgb").searching(eta=(0.01, 0.3), **{"max-depth": range(3, 11)}).trials(20, each="8m"),
            "TuningJob('xgb').searching(eta=(0.01, 0.3), **{'max-depth': range(3, 11)}).trials(20, each='8m')",
        ),
        (
            TuningJob("xgb").scored_by(objective).trial(3).fails("AlgorithmError: exit code 1"),
            "TuningJob('xgb').scored_by(objective).trial(3).fails('AlgorithmError: exit code 1')",
        ),
        (TuningJob("xgb").trial(2).lacks_capacity(), "TuningJob('xgb').trial(2).lacks_capacity()"),
        (TuningJob("xgb").in_status("Stopped"), "TuningJob('xgb').in_status('Stopped')"),
        (
            TuningJob("again").warm_started_from(TuningJob("xgb").completed(), kind="TransferLearning"),
            "TuningJob('again').warm_started_from(TuningJob('xgb').completed(), kind='TransferLearning')",
        ),
        (
            TuningJob.from_response(TuningJob("xgb").completed().describe()).tagged(team="search"),
            "TuningJob.from_response({'HyperParameterTuningJobName': 'xgb', ...}).tagged(team='search')",
        ),
    ],
)
def test_the_code_is_written_as_people_write_it(job: TuningJob, code: str) -> None:
    assert repr(job) == code


def test_notebooks_and_hypothesis_show_the_code_too() -> None:
    assert pretty(TuningJob("xgb").completed()) == "TuningJob('xgb').completed()"


def test_a_name_that_was_made_up_is_in_the_code() -> None:
    assert repr(TuningJob().completed()) == f"TuningJob({TuningJob().name!r}).completed()"


def test_arguments_are_written_down_as_they_were() -> None:
    curve = [0.1, 0.2]
    job = TuningJob("xgb").trial(1).scores(curve)
    curve.append(9.0)
    assert repr(job) == "TuningJob('xgb').trial(1).scores([0.1, 0.2])"


def test_equal_parts_make_equal_jobs_whatever_was_said_before() -> None:
    job = TuningJob("xgb").trials(5).with_static(a=1, b=2)
    other = TuningJob("xgb").with_static(b=2, a=1).trials(9).trials(5).stopped().completed()
    assert job.completed() == other
    assert len({job.completed(), other, job}) == 2
    assert {job.completed(): "found"}[other] == "found"
    assert job != TuningJob("xgb").trials(5)
    assert job != "xgb"


@pytest.mark.parametrize(
    "other",
    [
        TuningJob("xgb", seed=1),
        TuningJob("yes"),
        TuningJob("xgb").created("2026-03-01T08:00:00Z"),
        TuningJob("xgb").warm_started_from("parent"),
        TuningJob("xgb").defining("a"),
        TuningJob("xgb").overriding(FailureReason="odd"),
        TuningJob("xgb").scored_by(objective),
    ],
)
def test_another_part_makes_another_job(other: TuningJob) -> None:
    assert TuningJob("xgb") != other


def test_the_order_of_tags_is_a_part_as_it_is_in_the_request() -> None:
    assert TuningJob("xgb").tagged(a="1", b="2") != TuningJob("xgb").tagged(b="2", a="1")


def test_a_status_that_was_replaced_leaves_nothing_behind() -> None:
    """Room that was made for one status is not kept for the next."""
    job = TuningJob("xgb").in_progress(completed=12).completed()
    assert job == TuningJob("xgb").completed()
    assert job.describe()["TrainingJobStatusCounters"]["Completed"] == 10


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda job: pickle.loads(pickle.dumps(job))])
def test_jobs_can_be_copied_and_pickled(copied: Any) -> None:
    job = TuningJob("xgb").warm_started_from(PARENT).completed()
    answer = job.describe()
    again = copied(job)
    assert (again, repr(again), again.describe()) == (job, repr(job), answer)
