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
            "  'xgb' Stopped; trials: 2 Completed, 2 Stopped",
            "  'lost' Failed; trials: 2 NonRetryableError; no data",
        ]
    ]


def test_the_middle_of_a_long_log_is_left_out(run: Run) -> None:
    result = run(
        HEAD
        + """
@pytest.mark.parametrize("count", [21, 22])
def test_it(tuning_service, sagemaker_client, count):
    tuning_service.add(TuningJob("xgb").never_ends())
    for _ in range(count):
        sagemaker_client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="xgb")
    assert 0
"""
    )
    whole, elided = sections(result)
    call = "+0s  DescribeHyperParameterTuningJob('xgb') -> InProgress"
    job = "  'xgb' InProgress; trials: none yet"
    assert whole[1:] == ["21 calls:", *(f"  {number:>2} {call}" for number in range(1, 22)), "1 job:", job]
    assert elided[1:] == [
        "22 calls:",
        *(f"  {number:>2} {call}" for number in range(1, 6)),
        "  ... 2 more ...",
        *(f"  {number:>2} {call}" for number in range(8, 23)),
        "1 job:",
        job,
    ]


def test_nothing_asked_and_nothing_there_is_said(run: Run) -> None:
    result = run("def test_it(tuning_service): assert 0")
    assert sections(result) == [
        [
            "tuning_service at 2026-01-01T00:00:00Z, +0s: seed 0, us-east-1, account 123456789012",
            "no calls",
            "no jobs",
        ]
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
        "  1 +1s  DescribeHyperParameterTuningJob('there') -> InProgress",
        "  2 -1h  DescribeHyperParameterTuningJob('there') -> ResourceNotFound: "
        "Amazon SageMaker can't find a tuning job called there. Ty...",
        "2 jobs:",
        "  'here' in us-east-1 InProgress; trials: none yet",
        "  'there' in eu-west-1 InProgress; trials: none yet",
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
        "  'xgb' InProgress; trials: 2 InProgress",
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
        "  'xgb' InProgress; trials: 2 InProgress",
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
        "  1 +0s  DescribeHyperParameterTuningJob('xgb') -> InProgress",
        "  2 +1m  DescribeHyperParameterTuningJob('xgb') -> InProgress",
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
        ["tuning_service could not be read: AttributeError(\"'str' object has no attribute 'region'\")"]
    ]
