"""What a failed test shows of its service, to the letter, and what no other test shows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from fake_tuning import Scenario, TuningJob  # noqa: F401  # imported once, not in each run within a test
from fake_tuning.doors.botocore import fake_service  # noqa: F401  # likewise
from fake_tuning.doors.clock import virtual_clock  # noqa: F401  # likewise

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., pytest.RunResult]

HEAD = """
import time
from datetime import datetime, timezone
import boto3
import pytest
from botocore.exceptions import ClientError
from fake_tuning import Scenario, TuningJob

def describe(name, **options):
    client = boto3.client("sagemaker", **options)
    return client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
"""


def sections(result: pytest.RunResult) -> list[list[str]]:
    """Return the lines of each section of ours."""
    found: list[list[str]] = []
    lines = iter(result.outlines)
    for line in lines:
        if re.fullmatch(r"-+ tuning -+", line):
            found.append([])
            for inside in lines:
                if re.match(r"(-{5,}|_{5,}|={5,}) ?", inside):
                    break
                found[-1].append(inside)
    return found


def test_it_shows_the_calls_and_the_jobs_as_they_stand_when_the_test_fails(run: Run) -> None:
    result = run(
        HEAD
        + """
@pytest.fixture
def cleaning(tuning_service, tuning_clock):
    yield
    tuning_clock.advance("1d")  # a report made later would show other jobs
    describe("xgb")

@pytest.mark.tuning(seed=7, region="eu-west-1")
def test_it(tuning_service, cleaning):
    tuning_service.add(TuningJob("xgb").trials(4, parallel=2, each="8m").stops(after="10m"))
    tuning_service.add(TuningJob("lost").trials(2).failed("no data"))
    describe("xgb")
    time.sleep(90)
    with pytest.raises(ClientError):
        describe("gone")
    time.sleep(3600)
    describe("xgb")
    client = boto3.client("sagemaker")
    client.list_hyper_parameter_tuning_jobs(
        MaxResults=3, NameContains="xg", CreationTimeAfter=datetime(2025, 1, 1, tzinfo=timezone.utc)
    )
    client.add_tags(ResourceArn=tuning_service.job("xgb").arn, Tags=[{"Key": "k", "Value": "v"}])
    assert not "what it should be"
"""
    )
    result.assert_outcomes(failed=1)
    assert sections(result) == [
        [
            "tuning_service at 2026-01-01T01:01:30Z, +1h1m30s: seed 7, eu-west-1, account 123456789012",
            "5 calls:",
            "  1      +0s  DescribeHyperParameterTuningJob('xgb') -> InProgress",
            "  2   +1m30s  DescribeHyperParameterTuningJob('gone') -> ResourceNotFound: "
            "Amazon SageMaker can't find a tuning job called gone. Typ...",
            "  3 +1h1m30s  DescribeHyperParameterTuningJob('xgb') -> Stopped",
            "  4 +1h1m30s  ListHyperParameterTuningJobs(MaxResults=3, NameContains='xg', "
            "CreationTimeAfter=2025-0...) -> ok",
            "  5 +1h1m30s  AddTags('arn:aws:sagemaker:eu-west-1:123456789012:hyper-parameter...) -> ok",
            "2 jobs:",
            "  'xgb' Stopped (InProgress +0s, Stopping +10m, Stopped +11m14s545ms); trials: 2 Completed, 2 Stopped",
            "  'lost' Failed (InProgress -3m22s711ms, Failed -1m); trials: 2 NonRetryableError; no data",
        ]
    ]


def test_equal_answers_share_a_line_and_every_change_has_one(run: Run) -> None:
    result = run(
        HEAD
        + """
def test_it(tuning_service, sagemaker_client):
    tuning_service.add(TuningJob("xgb").trials(20, parallel=4, each="8m").stops(after="40m"))
    tuning_service.add(TuningJob("other").completed())
    while True:
        describe("other")
        sagemaker_client.list_training_jobs()
        describe("xgb")
        time.sleep(60)
"""
    )
    head, *lines = sections(result)[0]
    assert head.startswith("tuning_service at 2026-01-01T02:22:00Z, +2h22m: ")
    assert lines == [
        "429 calls:",
        "    1  +0s  DescribeHyperParameterTuningJob('other') -> Completed, 143 times until +2h22m",
        "    2  +0s  ListTrainingJobs() -> ok, 143 times until +2h22m",
        "    3  +0s  DescribeHyperParameterTuningJob('xgb') -> InProgress, 40 times until +39m",
        "  123 +40m  DescribeHyperParameterTuningJob('xgb') -> Stopping, 2 times until +41m",
        "  129 +42m  DescribeHyperParameterTuningJob('xgb') -> Stopped, 101 times until +2h22m",
        "2 jobs:",
        "  'xgb' Stopped (InProgress +0s, Stopping +40m, Stopped +41m12s793ms); "
        "trials: 16 Completed, 4 Stopped",
        "  'other' Completed (InProgress -8m39s486ms, Completed -1m); trials: 10 Completed",
    ]


def test_the_middle_of_a_long_log_is_left_out(run: Run) -> None:
    result = run(
        HEAD
        + """
@pytest.mark.parametrize("count", [21, 22])
def test_it(tuning_service, sagemaker_client, count):
    for size in range(1, count + 1):
        sagemaker_client.list_training_jobs(MaxResults=size)
    assert 0
"""
    )
    whole, elided = sections(result)

    def line(number: int) -> str:
        return f"  {number:>2} +0s  ListTrainingJobs(MaxResults={number}) -> ok"

    assert whole[1:] == ["21 calls:", *map(line, range(1, 22)), "no jobs"]
    assert elided[1:] == [
        "22 calls:",
        *map(line, range(1, 6)),
        "  ... 2 more ...",
        *map(line, range(8, 23)),
        "no jobs",
    ]


def test_what_never_reached_the_service_stands_among_the_calls(run: Run) -> None:
    result = run(
        HEAD
        + """
import contextlib
from fake_tuning import Fault

def test_it(tuning_service, sagemaker_client):
    with contextlib.suppress(AssertionError):
        boto3.client("s3").list_buckets()
    tuning_service.add(TuningJob("xgb").stopped())
    time.sleep(60)
    describe("xgb")
    tuning_service.fail_next("DescribeHyperParameterTuningJob", Fault.throttled(), Fault.connection_error())
    time.sleep(60)
    describe("xgb")
    with contextlib.suppress(AssertionError):
        sagemaker_client.list_models()
    tuning_service.refusals.clear()
    assert 0
""",
    )
    # botocore's pause before a retry has a random length.
    shown = [
        re.sub(r"^  (.) +\S+  |(?<= until) \S+", r"\1 ", line).rstrip() for line in sections(result)[0][1:7]
    ]
    assert shown == [
        "2 calls:",
        "- s3 ListBuckets -> refused on its way to s3.amazonaws.com",
        "1 DescribeHyperParameterTuningJob('xgb') -> Stopped, 2 times until",
        "- DescribeHyperParameterTuningJob -> met by a fault: ThrottlingException",
        "- DescribeHyperParameterTuningJob -> met by a fault: connection",
        "- sagemaker ListModels -> refused on its way to api.sagemaker.us-east-1.amazonaws.com",
    ]
    assert sections(result)[0][2].startswith("  - ")
    assert " +0s  s3 ListBuckets" in sections(result)[0][2]


def test_a_status_that_was_said_by_overriding_is_shown_as_it_was_answered(run: Run) -> None:
    result = run(
        HEAD
        + """
def test_it(tuning_service):
    tuning_service.add(TuningJob("xgb").in_progress().overriding(HyperParameterTuningJobStatus="DeleteFailed"))
    describe("xgb")
    assert 0
"""
    )
    assert sections(result)[0][1:] == [
        "1 call:",
        "  1 +0s  DescribeHyperParameterTuningJob('xgb') -> DeleteFailed",
        "1 job:",
        "  'xgb' DeleteFailed, as was said by overriding (InProgress -1m52s483ms); trials: 2 InProgress",
    ]


def test_training_jobs_that_stand_alone_are_shown(run: Run) -> None:
    result = run(
        HEAD
        + """
def test_it(tuning_service):
    tuning_service.add(TuningJob("xgb").completed())
    client = boto3.client("sagemaker")
    best = tuning_service.job("xgb").best.name
    told = client.describe_training_job(TrainingJobName=best)
    request = {each: told[each] for each in ("RoleArn", "ResourceConfig", "StoppingCondition", "OutputDataConfig")}
    request["AlgorithmSpecification"] = {"TrainingInputMode": "File", "TrainingImage": "image"}
    tuning_service.on_create(Scenario.fails("no data", after="5m"), name="lost", training_jobs=True)
    client.create_training_job(TrainingJobName="final", **request)
    boto3.client("sagemaker", region_name="eu-west-1").create_training_job(TrainingJobName="lost", **request)
    time.sleep(600)
    client.describe_training_job(TrainingJobName="final")
    assert 0
"""
    )
    assert sections(result)[0][-5:] == [
        "1 job:",
        "  'xgb' Completed (InProgress -8m33s251ms, Completed -1m); trials: 10 Completed",
        "2 training jobs:",
        "  'final' in us-east-1 Completed (InProgress +0s, Completed +2m17s784ms)",
        "  'lost' in eu-west-1 Failed (InProgress +0s, Failed +5m); no data",
    ]


def test_threads_that_slept_for_real_are_named_with_their_line(run: Run) -> None:
    result = run(
        HEAD
        + """
import threading
from freezegun import api

stop = threading.Event()

def tick():
    while not stop.is_set():
        time.sleep(0.01)

ticker = threading.Thread(target=tick, name="ticker", daemon=True)
ticker.start()

def test_it(tuning_service):
    began = api.real_monotonic()
    while not tuning_service.clock.real_sleepers and api.real_monotonic() < began + 30:
        pass
    stop.set()
    assert 0
"""
    )
    assert sections(result)[0][-2] == (
        "slept for real, as they do not take part (let them call tuning_clock.join() if they should):"
    )
    assert re.fullmatch(r"  ticker at test_it\.py:19, \d+ times?", sections(result)[0][-1])


def test_nothing_asked_and_nothing_there_is_said(run: Run) -> None:
    result = run("def test_it(tuning_service): assert 0")
    assert sections(result) == [
        [
            "tuning_service at 2026-01-01T00:00:00Z, +0s: seed 0, us-east-1, account 123456789012",
            "no calls",
            "no jobs",
        ]
    ]


def test_it_shows_what_it_can_when_a_function_that_scores_trials_raises(run: Run) -> None:
    result = run(
        HEAD
        + """
def test_it(tuning_service, tuning_clock):
    tuning_service.add(TuningJob("xgb").scored_by(lambda tried: tried["nope"]))
    tuning_clock.advance("1h")
    describe("xgb")
"""
    )
    result.assert_outcomes(failed=1)
    assert sections(result)[0][1:] == [
        "no calls",
        "jobs cannot be shown: KeyError('nope'), raised by the function that was to score trial 1 of 'xgb'",
    ]


def test_jobs_of_other_regions_say_where_they_are(run: Run) -> None:
    result = run(
        HEAD
        + """
def test_it(tuning_service, tuning_clock):
    tuning_service.add(TuningJob("here"))
    tuning_service.add(TuningJob("there"), region="eu-west-1")
    tuning_clock.move_to("2026-01-01T00:00:01Z")
    describe("there", region_name="eu-west-1")
    tuning_clock.move_to("2025-12-31T23:00:00Z")
    with pytest.raises(ClientError):
        describe("there", region_name="eu-west-1")
    tuning_clock.move_to("2026-01-01T00:00:00Z")
    assert 0
"""
    )
    assert sections(result)[0][1:] == [
        "2 calls:",
        "  1 +1s  DescribeHyperParameterTuningJob('there') in eu-west-1 -> InProgress",
        "  2 -1h  DescribeHyperParameterTuningJob('there') in eu-west-1 -> ResourceNotFound: "
        "Amazon SageMaker can't find a tuning job called there. Ty...",
        "2 jobs:",
        "  'here' in us-east-1 InProgress (InProgress +0s); trials: none yet",
        "  'there' in eu-west-1 InProgress (InProgress +0s); trials: none yet",
    ]


@pytest.mark.parametrize(
    "test",
    [
        "def test_it(tuning_service): pass",
        "def test_it(): assert 0",
        "def test_it(tuning_clock): assert 0",
        "def test_it(tuning_service): __import__('pytest').skip('not today')",
        "@__import__('pytest').mark.xfail\ndef test_it(tuning_service): assert 0",
    ],
)
def test_there_is_none_without_a_failure_or_without_the_service(run: Run, test: str) -> None:
    assert sections(run(test, "-rA")) == []


@pytest.mark.parametrize(
    ("fixture", "outcome"),
    [
        ("raise RuntimeError", {"errors": 1}),
        ("yield\n    tuning_service.clock.advance('1h')\n    raise RuntimeError", {"failed": 1, "errors": 1}),
    ],
)
def test_there_is_only_one(run: Run, fixture: str, outcome: dict[str, int]) -> None:
    result = run(
        f"""
import pytest

@pytest.fixture
def other(tuning_service):
    {fixture}

def test_it(other): assert 0
"""
    )
    result.assert_outcomes(**outcome)
    assert [lines[0].partition(": ")[0] for lines in sections(result)] == [
        "tuning_service at 2026-01-01T00:00:00Z, +0s"
    ]


@pytest.mark.parametrize(("ending", "outcome"), [("pass", {"passed": 1}), ("assert 0", {"failed": 1})])
def test_what_was_swallowed_shows_the_service_as_it_stood_before_its_teardown(
    run: Run, ending: str, outcome: dict[str, int]
) -> None:
    result = run(
        HEAD
        + f"""
def test_it(tuning_service):
    tuning_service.add(TuningJob("xgb").stops(after="40m"))
    time.sleep(7200)
    try:
        boto3.client("s3").list_buckets()
    except Exception:
        pass
    {ending}
"""
    )
    result.assert_outcomes(**outcome, errors=1)
    assert [lines[0].partition(": ")[0] for lines in sections(result)] == [
        "tuning_service at 2026-01-01T02:00:00Z, +2h"
    ]


def test_a_wide_service_shows_each_test_its_own_calls(run: Run) -> None:
    result = run(
        HEAD
        + """
def test_a(module_tuning_service):
    module_tuning_service.add(TuningJob("xgb").never_ends())
    describe("xgb")
    time.sleep(60)

def test_b():
    assert 0

def test_c(module_tuning_service, tuning_service):
    time.sleep(30)
    tuning_service.add(TuningJob("mine").stopped())
    describe("mine")
    assert 0

def test_d(module_tuning_service):
    time.sleep(15)
    describe("xgb")
    assert 0
"""
    )
    result.assert_outcomes(passed=1, failed=3)
    of_c, of_d = sections(result)
    assert [line for line in of_c if not line.startswith("  'mine'")] == [
        "module_tuning_service at 2026-01-01T00:01:30Z, +30s: seed 0, us-east-1, account 123456789012",
        "no calls, after 1 of earlier tests",
        "1 job:",
        "  'xgb' InProgress (InProgress -1m); trials: 2 InProgress",
        "",
        "tuning_service at 2026-01-01T00:01:30Z, +30s: seed 0, us-east-1, account 123456789012",
        "1 call:",
        "  1 +30s  DescribeHyperParameterTuningJob('mine') -> Stopped",
        "1 job:",
    ]
    assert of_d == [
        "module_tuning_service at 2026-01-01T00:01:45Z, +15s: seed 0, us-east-1, account 123456789012",
        "1 call, after 1 of earlier tests:",
        "  2 +15s  DescribeHyperParameterTuningJob('xgb') -> InProgress",
        "1 job:",
        "  'xgb' InProgress (InProgress -1m30s); trials: 2 InProgress",
    ]


def test_in_ambient_time_it_counts_from_the_first_call(run: Run) -> None:
    result = run(
        HEAD
        + """
@pytest.mark.tuning(clock="ambient")
def test_it(tuning_service, freezer):
    freezer.move_to("2024-05-01")
    tuning_service.add(TuningJob("xgb").never_ends())
    describe("xgb")
    freezer.tick(60)
    describe("xgb")
    assert 0
"""
    )
    assert sections(result)[0][:4] == [
        "tuning_service at 2024-05-01T00:01:00Z, +1m: seed 0, us-east-1, account 123456789012",
        "2 calls:",
        "  1 +0s  DescribeHyperParameterTuningJob('xgb') -> InProgress, 2 times until +1m",
        "1 job:",
    ]


def test_a_report_that_cannot_be_made_does_not_hide_the_failure(run: Run) -> None:
    result = run(
        """
def test_it(tuning_service):
    tuning_service.calls.append("rubbish")
    assert not "the failure"
"""
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *AssertionError: assert not 'the failure'"])
    assert sections(result) == [
        ["tuning_service could not be read: AttributeError(\"'str' object has no attribute 'operation'\")"]
    ]
