"""The plugin as its users meet it: fixtures, marker, ini options, and what fails a test at its end."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from itertools import permutations
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import boto3
import pytest
from botocore.exceptions import ClientError
from freezegun import freeze_time
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_tuning import AmbientClock, FakeTuningService, Quirks, TuningJob, TuningStubber, VirtualClock

if TYPE_CHECKING:
    from collections.abc import Callable

    from fake_tuning.doors.pytest.options import TuningConfig

    Run = Callable[..., pytest.RunResult]

PLUGIN = "fake_tuning.doors.pytest.plugin"
START = datetime(2026, 1, 1, tzinfo=timezone.utc)
NAME = "HyperParameterTuningJobName"
STATUS = "HyperParameterTuningJobStatus"


def now() -> datetime:
    return datetime.now(timezone.utc)


def wait(client: Any, name: str) -> str:
    """Wait for the end of a job, as people do."""
    while True:
        status: str = client.describe_hyper_parameter_tuning_job(**{NAME: name})[STATUS]
        if status in {"Completed", "Failed", "Stopped"}:
            return status
        time.sleep(60)


# The fixtures, used by this very run.


def test_a_job_is_waited_for_in_virtual_time(
    tuning_service: FakeTuningService, sagemaker_client: Any
) -> None:
    tuning_service.add(TuningJob("xgb").fails("no luck", after="3h"))
    assert wait(sagemaker_client, "xgb") == "Failed"
    assert timedelta(hours=3) <= now() - START < timedelta(hours=3, minutes=5)


def test_the_clock_is_that_of_the_service(
    tuning_clock: VirtualClock, tuning_service: FakeTuningService
) -> None:
    tuning_service.add(TuningJob("xgb").stops(after="40m"))
    assert tuning_service.clock is tuning_clock
    tuning_clock.run_until(lambda: tuning_service.job("xgb").status == "Stopped")
    assert tuning_clock.advance_to_next_event() is None


def test_the_clock_works_without_the_service(tuning_clock: VirtualClock) -> None:
    time.sleep(90)
    assert tuning_clock.now() == now() == START + timedelta(seconds=90)


def test_a_client_needs_no_service_by_name(sagemaker_client: Any) -> None:
    assert sagemaker_client.list_hyper_parameter_tuning_jobs()["HyperParameterTuningJobSummaries"] == []


def test_a_client_has_the_region_of_the_module(
    module_tuning_service: FakeTuningService, sagemaker_client: Any
) -> None:
    sagemaker_client.list_hyper_parameter_tuning_jobs()
    assert [call.operation for call in module_tuning_service.calls] == ["ListHyperParameterTuningJobs"]


def test_a_stubber_is_active(tuning_stubber: Callable[[Any], TuningStubber]) -> None:
    client = boto3.client("sagemaker", region_name="us-east-1")
    tuning_stubber(client).describe(TuningJob("xgb").stopped())
    assert client.describe_hyper_parameter_tuning_job(**{NAME: "xgb"})[STATUS] == "Stopped"


@pytest.mark.tuning(
    region="eu-west-1", account="111122223333", start="2027-03-01T12:00:00+02:00", dialect="pre-ga"
)
def test_the_marker_tells_the_fixtures(tuning_service: FakeTuningService, sagemaker_client: Any) -> None:
    handle = tuning_service.add(TuningJob("xgb"))
    assert handle.arn == "arn:aws:sagemaker:eu-west-1:111122223333:hyper-parameter-tuning-job/xgb"
    assert sagemaker_client.meta.region_name == "eu-west-1"
    assert now() == datetime(2027, 3, 1, 10, tzinfo=timezone.utc)
    assert "TrainingJobCounters" in sagemaker_client.describe_hyper_parameter_tuning_job(**{NAME: "xgb"})


@pytest.mark.tuning(seed=1, account="111122223333")
class TestCloserMarkers:
    @pytest.mark.tuning(seed=2)
    def test_count_more_keyword_by_keyword(self, tuning_service: FakeTuningService) -> None:
        assert (tuning_service.seed, tuning_service.account) == (2, "111122223333")

    @pytest.mark.tuning(seed=2)
    @pytest.mark.parametrize("seed", [pytest.param(3, marks=pytest.mark.tuning(seed=3))])
    def test_of_a_parameter_are_the_closest(self, tuning_service: FakeTuningService, seed: int) -> None:
        assert tuning_service.seed == seed

    def test_are_not_heard_by_what_is_wider(
        self, tuning_service: FakeTuningService, class_tuning_service: FakeTuningService
    ) -> None:
        assert (tuning_service.seed, class_tuning_service.seed) == (1, 1)
        assert tuning_service.calls is not class_tuning_service.calls


@pytest.mark.tuning(clock="ambient")
def test_a_freezer_drives_the_ambient_clock(freezer: Any, tuning_service: FakeTuningService) -> None:
    freezer.move_to("2024-05-01")
    assert isinstance(tuning_service.clock, AmbientClock)
    handle = tuning_service.add(TuningJob("xgb").stops(after="40m"))
    freezer.tick(timedelta(hours=2))
    assert (handle.status, now().year) == ("Stopped", 2024)


@pytest.mark.tuning(clock="ambient")
@freeze_time("2024-05-01", ignore=["_pytest.timing"])
def test_a_decorator_drives_the_ambient_clock(tuning_service: FakeTuningService, tuning_clock: Any) -> None:
    assert tuning_clock.now() == tuning_service.clock.now() == datetime(2024, 5, 1, tzinfo=timezone.utc)


@pytest.mark.tuning(clock="ambient")
def test_time_machine_drives_the_ambient_clock(time_machine: Any, tuning_service: FakeTuningService) -> None:
    time_machine.move_to(START, tick=False)
    handle = tuning_service.add(TuningJob("xgb").stops(after="40m"))
    time_machine.shift(timedelta(hours=2))
    assert handle.status == "Stopped"


def test_the_virtual_clock_follows_a_freezer(freezer: Any, tuning_service: FakeTuningService) -> None:
    began = tuning_service.clock.now()
    freezer.tick(timedelta(hours=1))
    time.sleep(60)
    assert tuning_service.clock.now() - began == timedelta(hours=1, minutes=1)


@settings(max_examples=5, deadline=None)
@given(minutes=st.integers(1, 600))
def test_with_hypothesis_it_is_a_context_manager(minutes: int) -> None:
    with VirtualClock() as clock, FakeTuningService(clock=clock) as service:
        service.add(TuningJob("xgb").stops(after=f"{minutes}m"))
        assert wait(boto3.client("sagemaker"), "xgb") == "Stopped"
        assert now() - START >= timedelta(minutes=minutes)


@pytest.mark.tuning(strict=False)
def test_what_is_not_strict_still_raises(tuning_service: FakeTuningService) -> None:
    with pytest.raises(AssertionError, match="about to leave for the network"):
        boto3.client("s3").list_buckets()
    assert len(tuning_service.refusals) == 1


@pytest.mark.tuning(
    quotas={"ml.m5.xlarge for training job usage": 8}, quirks=Quirks(lower_case_list_arns=False)
)
def test_quotas_and_quirks_come_from_the_marker(
    tuning_service: FakeTuningService, sagemaker_client: Any
) -> None:
    xgb = tuning_service.add(TuningJob("XGB"))
    listed = sagemaker_client.list_hyper_parameter_tuning_jobs()["HyperParameterTuningJobSummaries"]
    assert [each[f"{NAME[:-4]}Arn"] for each in listed] == [xgb.arn]
    greedy = TuningJob("greedy").trials(9, parallel=9)
    greedy = greedy.defined(
        ResourceConfig={"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30}
    )
    with pytest.raises(ClientError, match="is 8 Instances, with current utilization of 0 Instances"):
        sagemaker_client.create_hyper_parameter_tuning_job(**greedy.request)


def test_the_service_has_none_of_either_by_default(tuning_service: FakeTuningService) -> None:
    assert tuning_service.quirks == FakeTuningService(quirks=None).quirks == Quirks()
    assert tuning_service.quotas.limits == FakeTuningService(quotas=None).quotas.limits == {}


def test_the_marker_names_a_tool_whose_threads_sleep_for_real(run):
    watcher = """
import threading, time

def watch():
    watching = threading.Thread(target=time.sleep, args=(0.001,))
    watching.start()
    watching.join()
"""
    result = run(
        """
import pytest
import watcher

@pytest.mark.tuning(tools="watcher")
def test_it(tuning_clock):
    watcher.watch()
    assert sum(tuning_clock.real_sleepers.values()) == 1

def test_without(tuning_clock):
    watcher.watch()
    assert tuning_clock.real_sleepers == {}
""",
        watcher=watcher,
    )
    result.assert_outcomes(passed=2)


# What is refused where it is written.


@pytest.mark.parametrize(
    ("written", "refused"),
    [
        (
            "sede=1",
            "TypeError: unknown keyword of the tuning marker 'sede': did you mean 'seed'? The choices are "
            "region, account, seed, dialect, quirks, quotas, transport, start, clock, strict, allow, max_polls, "
            "max_sleeps, max_span, patience, io_patience, tools.",
        ),
        (
            "start='2026-01-01T00:00:00'",
            "TypeError: start must say its time zone, but '2026-01-01T00:00:00' is naive: "
            "write datetime(..., tzinfo=timezone.utc), or a text that ends in 'Z'",
        ),
        (
            "clock='virtuel'",
            "ValueError: unknown clock 'virtuel': did you mean 'virtual'? The choices are virtual, ambient.",
        ),
        ("seed='7'", "TypeError: seed must be a whole number, but is '7'"),
        ("seed=True", "TypeError: seed must be a whole number, but is True"),
        ("strict=1", "TypeError: strict must be true or false, but is 1"),
        ("account=123456789012", "TypeError: account must be a text of 12 digits, but is 123456789012"),
        ("account='1234'", "ValueError: account must be a text of 12 digits, but is '1234'"),
        ("max_sleeps=0", "ValueError: max_sleeps must be at least 1, but is 0"),
        ("max_polls=True", "TypeError: max_polls must be a whole number, but is True"),
        ("max_polls=0", "ValueError: max_polls must be at least 1, but is 0"),
        (
            "max_span='soon'",
            "ValueError: max_span cannot be read from 'soon': "
            "write it like '90s', '8m', '1h30m', '2d' or '250ms'",
        ),
        (
            "io_patience='soon'",
            "ValueError: io_patience cannot be read from 'soon': "
            "write it like '90s', '8m', '1h30m', '2d' or '250ms'",
        ),
        (
            "tools=3",
            "TypeError: tools must be names of modules, such as ('watcher', 'vendor.agent'), but is 3",
        ),
        (
            "dialect='curent'",
            "ValueError: unknown dialect 'curent': did you mean 'current'? The choices are current, pre-ga.",
        ),
        (
            "transport='wired'",
            "ValueError: unknown transport 'wired': did you mean 'wire'? The choices are parsed, wire.",
        ),
        (
            "allow='s3 GetObject'",
            "ValueError: allow must be services such as 's3' or operations such as 's3:GetObject', "
            "but has 's3 GetObject'",
        ),
        (
            "allow=3",
            "TypeError: allow must be services such as 's3' or operations such as 's3:GetObject', but is 3",
        ),
        (
            "quotas=8",
            "TypeError: quotas must be limits by name, such as {'ml.m5.xlarge for training job usage': 8}, "
            "but is 8",
        ),
        (
            "quotas={'ml.m5.xlarge for training job usage': '8'}",
            "TypeError: the quota 'ml.m5.xlarge for training job usage' must be a whole number, but is '8'",
        ),
        (
            "quirks=['lower_case_list_arns']",
            "TypeError: quirks must be Quirks, such as Quirks(lower_case_list_arns=False), or a mapping, such as "
            "{'lower_case_list_arns': False}, but is ['lower_case_list_arns']",
        ),
        (
            "quirks={'lower_case_arns': False}",
            "ValueError: unknown quirk 'lower_case_arns': did you mean 'lower_case_list_arns'? "
            "The choices are lower_case_list_arns, pages_cut_before_filters.",
        ),
        ("allow=['s33']", "ValueError: unknown service 's33': did you mean 's3'?"),
        (
            "allow=['s3:GetObjekt']",
            "ValueError: s3 has no operation 'GetObjekt': did you mean 'GetObject'?",
        ),
    ],
)
def test_a_mistake_in_the_marker_shows_its_line(run: Run, written: str, refused: str) -> None:
    result = run(
        f"""
        import pytest

        @pytest.mark.tuning(
            {written},
        )
        def test_it(tuning_service): pass
        """
    )
    result.assert_outcomes(errors=1)
    told = result.outlines.index(f"E   {refused}")
    assert result.outlines[told - 1 : told + 2] == ["", f"E   {refused}", f"      test_it.py:4: {written},"]
    assert not any("pytest_plugin.py" in line for line in result.outlines)


def test_the_line_is_found_wherever_the_marker_stands(run: Run) -> None:
    result = run(
        """
        import pytest

        seed = dict(seed="not this line")
        pytestmark = pytest.mark.tuning(seed="module")

        class TestIt:
            pytestmark = [pytest.mark.tuning(account="class")]

            def test_class(self, tuning_clock): pass

        def test_module(tuning_clock): pass

        @pytest.mark.parametrize("n", [pytest.param(1, marks=pytest.mark.tuning(region=1))])
        def test_param(tuning_clock, n): pass

        @pytest.mark.tuning(**{"region": 2})
        def test_hidden(tuning_clock): pass

        @pytest.mark.tuning("virtual")
        def test_positional(tuning_clock): pass
        """
    )
    result.assert_outcomes(errors=5)
    result.stdout.fnmatch_lines(
        [
            "E   ValueError: account must be a text of 12 digits, but is 'class'",
            '      test_it.py:7: pytestmark = [[]pytest.mark.tuning(account="class")]',
            "E   TypeError: seed must be a whole number, but is 'module'",
            '      test_it.py:4: pytestmark = pytest.mark.tuning(seed="module")',
            "E   TypeError: region must be a text, but is 1",
            "      test_it.py:13: @pytest.mark.parametrize(*",
            "E   TypeError: region must be a text, but is 2",
            "      test_it.py::test_hidden",
            "E   TypeError: the tuning marker takes keywords only, such as seed=3, but got 'virtual'",
            "      test_it.py::test_positional",
        ]
    )


def test_ini_options_fixture_and_marker_each_count_more_than_the_one_before(run: Run) -> None:
    run(
        """
        import pytest

        def test_ini(tuning_service, tuning_config):
            assert (tuning_config.region, tuning_config.seed, tuning_config.strict) == ("eu-west-1", 8, False)
            assert tuning_config.allow == ("s3", "sqs:SendMessage")
            assert (tuning_config.max_sleeps, tuning_config.account) == (5, "123456789012")
            assert tuning_service.region == "eu-west-1"
            assert not tuning_service.quirks.lower_case_list_arns
            assert tuning_service.quirks.pages_cut_before_filters
            assert tuning_service.quotas.limits == tuning_config.quotas == {
                "ml.m5.xlarge for training job usage": 8,
                "Number of concurrent hyperparameter tuning jobs": 2,
            }
            assert tuning_service.clock.now().isoformat() == "2026-05-01T00:00:00+00:00"

        @pytest.mark.tuning(seed=9)
        def test_marker(tuning_service):
            assert (tuning_service.seed, tuning_service.region) == (9, "eu-west-1")
        """,
        pytest="""
        [pytest]
        tuning_region = eu-west-1
        tuning_seed = 7
        tuning_start = 2026-05-01T00:00:00Z
        tuning_strict = no
        tuning_allow = s3 sqs:SendMessage
        tuning_max_sleeps = 5
        tuning_quirks = lower_case_list_arns = No
        tuning_quotas =
            ml.m5.xlarge for training job usage = 8

            Number of concurrent hyperparameter tuning jobs=2
        """,
        conftest="""
        import dataclasses
        import pytest

        @pytest.fixture(scope="session")
        def tuning_config(tuning_config):
            assert tuning_config.seed == 7
            return dataclasses.replace(tuning_config, seed=8)
        """,
    ).assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("tuning_clock = virtuel", "tuning_clock: unknown clock 'virtuel': did you mean 'virtual'? *"),
        (
            "tuning_start = 2026-01-01",
            "tuning_start: start must say its time zone, but '2026-01-01' is naive*",
        ),
        ("tuning_seed = seven", "tuning_seed must be a whole number: *seven*"),
        ("tuning_strict = perhaps", "tuning_strict must be true or false: *"),
        ("tuning_account = 12", "tuning_account: account must be a text of 12 digits, but is '12'"),
        (
            "tuning_quotas = ml.m5.xlarge for training job usage",
            "tuning_quotas: write each line like 'ml.m5.xlarge for training job usage = 8', "
            "not 'ml.m5.xlarge for training job usage'",
        ),
        (
            "tuning_quotas = ml.m5.xlarge for training job usage = eight",
            "tuning_quotas: the quota 'ml.m5.xlarge for training job usage' must be a whole number, "
            "but is 'eight'",
        ),
        (
            "tuning_quotas = ml.m5.xlarge for training job usage = -1",
            "tuning_quotas: the quota 'ml.m5.xlarge for training job usage' must not be negative, but is -1",
        ),
        ("tuning_quotas = ml.m5.xlarge = 8", "tuning_quotas: unknown quota 'ml.m5.xlarge': there are *"),
        (
            "tuning_quotas =\n  Number of concurrent hyperparameter tuning jobs = 1\n"
            "  Number of concurrent hyperparameter tuning jobs = 2",
            "tuning_quotas: 'Number of concurrent hyperparameter tuning jobs' has two lines: keep one of them",
        ),
        (
            "tuning_quirks = lower_case_arns = no",
            "tuning_quirks: unknown quirk 'lower_case_arns': did you mean 'lower_case_list_arns'? "
            "The choices are lower_case_list_arns, pages_cut_before_filters.",
        ),
        (
            "tuning_quirks = lower_case_list_arns = maybe",
            "tuning_quirks: the quirk 'lower_case_list_arns' must be yes or no, but is 'maybe'",
        ),
        (
            "tuning_quirks = lower_case_list_arns",
            "tuning_quirks: write each line like 'lower_case_list_arns = no', not 'lower_case_list_arns'",
        ),
    ],
)
def test_a_mistake_in_the_ini_file_ends_the_run_and_is_named(run: Run, line: str, message: str) -> None:
    result = run("def test_it(): pass", pytest=f"[pytest]\n{line}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: the ini option {message}"])


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("", "the fixture tuning_config"),
        ("tuning_allow = s33", "the ini option tuning_allow"),
    ],
)
def test_a_mistake_that_shows_late_names_its_place(run: Run, line: str, place: str) -> None:
    overriding = "tuning_config" if line else "dataclasses.replace(tuning_config, allow=('s33',))"
    result = run(
        "def test_it(tuning_service): pass",
        pytest=f"[pytest]\n{line}",
        conftest=f"""
        import dataclasses
        import pytest

        @pytest.fixture(scope="session")
        def tuning_config(tuning_config):
            return {overriding}
        """,
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["E   ValueError: unknown service 's33': did you mean 's3'?", f"      {place}"], consecutive=True
    )


def test_an_overriding_fixture_is_told_its_mistakes(run: Run) -> None:
    result = run(
        """
        import dataclasses
        import pytest

        class TestKeyword:
            @pytest.fixture
            def tuning_config(self, tuning_config):
                return dataclasses.replace(tuning_config, sede=1)

            def test_it(self, tuning_service): pass

        class TestDict:
            @pytest.fixture
            def tuning_config(self):
                return {"seed": 1}

            def test_it(self, tuning_service): pass
        """
    )
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(
        [
            "E *TypeError: unknown keyword of TuningConfig 'sede': did you mean 'seed'? *",
            "E *TypeError: the fixture tuning_config must return a TuningConfig, such as "
            "dataclasses.replace(tuning_config, seed=3), but it returned {'seed': 1}",
        ]
    )


# What fails a test at its end.

SWALLOW = """
import contextlib
import time
import boto3
import pytest
from fake_tuning import TuningJob
from pipeline import attempt, poll, wait

def upload():
    with contextlib.suppress(Exception):
        boto3.client("s3").list_buckets()
"""

PIPELINE = """
import time
import boto3

def poll():
    client = boto3.client("sagemaker")
    while True:
        client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="xgb")
        try:
            time.sleep(60)
        except Exception:
            return

def wait():
    while True:
        time.sleep(60)

def attempt(function):
    try:
        function()
    except Exception:
        return "swallowed"
"""


def test_what_was_swallowed_fails_the_test_at_its_teardown(run: Run) -> None:
    result = run(
        SWALLOW
        + """
def test_network(tuning_service):
    upload()

def test_operation(tuning_service, sagemaker_client):
    with contextlib.suppress(Exception):
        sagemaker_client.list_models()

@pytest.mark.tuning(max_polls=3)
def test_runaway(tuning_service):
    tuning_service.add(TuningJob("xgb").stopped())
    poll()

@pytest.mark.tuning(max_sleeps=1)
def test_runaway_of_a_clock(tuning_clock):
    assert attempt(wait) == "swallowed"

@pytest.mark.tuning(max_polls=3, strict=False)
def test_lenient(tuning_service):
    tuning_service.add(TuningJob("xgb").stopped())
    upload()
    poll()

def test_cleared(tuning_service):
    upload()
    tuning_service.refusals.clear()

def test_afterwards(tuning_service): pass
""",
        pipeline=PIPELINE,
    )
    result.assert_outcomes(passed=7, errors=4)
    result.stdout.fnmatch_lines(
        [
            "*ERROR at teardown of test_network*",
            "1 request was refused while the fake was installed (if that was meant, *",
            "- s3 ListBuckets was about to leave for the network *",
            "*ERROR at teardown of test_operation*",
            "- the fake does not have the sagemaker operation ListModels. *",
            "*ERROR at teardown of test_runaway *",
            "a ClockRunaway was swallowed: 'xgb' has been Stopped for 3 polls: does your loop handle Stopped?",
            "If that was meant, mark the test with @pytest.mark.tuning(strict=False).",
            "*ERROR at teardown of test_runaway_of_a_clock*",
            "a ClockRunaway was swallowed: slept once, and nothing lies ahead: *",
        ]
    )
    result.stdout.no_fnmatch_line("*All traceback entries are hidden*")


def test_a_runaway_that_the_test_itself_got_is_not_told_again(run: Run) -> None:
    run(
        SWALLOW
        + """
import asyncio
import unittest
from concurrent.futures import ThreadPoolExecutor
from fake_tuning import ClockRunaway

pytestmark = pytest.mark.tuning(max_polls=3, max_sleeps=3)

def test_raises(tuning_clock):
    with pytest.raises(ClockRunaway, match="slept 3 times"):
        wait()

def test_raises_without_with(tuning_clock):
    pytest.raises(ClockRunaway, wait)

def test_an_except_of_its_own(tuning_clock):
    try:
        wait()
    except AssertionError as runaway:
        assert "slept 3 times" in str(runaway)

def runs_away(function):
    with contextlib.suppress(ClockRunaway):
        function()
        return False
    return True

def test_a_function_of_the_test_module(tuning_clock):
    assert runs_away(wait)

def test_from_a_thread(tuning_clock):
    def work():
        tuning_clock.join()
        wait()
    with ThreadPoolExecutor(1) as pool, pytest.raises(ClockRunaway):
        pool.submit(work).result()

def test_from_a_task(tuning_clock):
    async def work():
        while True:
            await asyncio.sleep(60)
    with pytest.raises(ClockRunaway):
        asyncio.run(work())

def test_after_it_was_swallowed_once(tuning_clock):
    assert attempt(wait) == "swallowed"
    with pytest.raises(ClockRunaway):
        wait()

class TestCase(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def clock(self, tuning_clock): pass

    def test_it(self):
        self.assertRaises(ClockRunaway, wait)

from base import Inherited

class TestInherited(Inherited): pass
""",
        pipeline=PIPELINE,
        base="""
import pytest
from fake_tuning import ClockRunaway
from pipeline import wait

class Inherited:
    def test_it(self, tuning_clock):
        with pytest.raises(ClockRunaway):
            wait()
""",
    ).assert_outcomes(passed=9)


def test_a_runaway_that_another_error_hid_is_told(run: Run) -> None:
    result = run(
        SWALLOW
        + """
import threading

pytestmark = pytest.mark.tuning(max_sleeps=3)

def test_hidden(tuning_clock):
    with pytest.raises(ValueError):
        hide(wait)

@pytest.mark.filterwarnings("ignore")
def test_in_a_thread(tuning_clock):
    def work():
        tuning_clock.join()
        wait()
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

from pipeline import hide
""",
        pipeline=PIPELINE
        + """
def hide(function):
    try:
        function()
    except AssertionError as error:
        raise ValueError("broken") from error
""",
    )
    result.assert_outcomes(passed=2, errors=2)
    result.stdout.fnmatch_lines(
        [
            "a ClockRunaway was swallowed: slept 3 times, and nothing lies ahead: *",
            "a ClockRunaway was swallowed: slept 3 times, and nothing lies ahead: *",
        ]
    )


def test_the_summary_says_the_cause_of_a_runaway(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    result = run(
        SWALLOW
        + """
def test_it(tuning_service):
    tuning_service.add(TuningJob("xgb").stops(after="40m"))
    while True:
        boto3.client("sagemaker").describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="xgb")
        time.sleep(60)
""",
        pipeline=PIPELINE,
    )
    result.stdout.fnmatch_lines(
        [
            "E * fake_tuning.ClockRunaway: 'xgb' has been Stopped for 100 polls: does your loop handle Stopped?",
            "test_it.py:16: ClockRunaway",
            "FAILED test_it.py::test_it - fake_tuning.ClockRunaway: 'xgb' has been Stopped for 100 polls: "
            "does your loop handle Stopped?",
        ]
    )


def test_what_the_failure_shows_is_not_told_twice(run: Run) -> None:
    result = run(
        SWALLOW
        + """
def test_network(tuning_service):
    boto3.client("s3").list_buckets()

def test_wrapped(tuning_service):
    try:
        boto3.client("s3").list_buckets()
    except AssertionError as error:
        raise ValueError("no bucket") from error

@pytest.mark.tuning(max_sleeps=1)
def test_runaway(tuning_clock):
    while True:
        time.sleep(1)

def test_another_failure(tuning_service):
    upload()
    assert not "something else"
""",
        pipeline=PIPELINE,
    )
    result.assert_outcomes(failed=4, errors=1)
    result.stdout.fnmatch_lines(["*ERROR at teardown of test_another_failure*", "1 request was refused *"])


def test_all_that_is_to_be_told_is_told_at_once(run: Run) -> None:
    result = run(
        SWALLOW
        + """
def test_it(tuning_service, sagemaker_client, tuning_stubber):
    upload()
    tuning_stubber(sagemaker_client).describe(TuningJob("xgb"))
""",
        pipeline=PIPELINE,
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["1 queued answer was never asked for:*", "1 request was refused *"])


def test_a_teardown_that_fails_by_itself_shows_what_was_swallowed_as_well(run: Run) -> None:
    result = run(
        SWALLOW
        + """
@pytest.fixture
def broken(tuning_service):
    yield
    raise RuntimeError("broken")

def test_it(broken):
    upload()
""",
        pipeline=PIPELINE,
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        ["E *RuntimeError: broken", "*Captured tuning teardown*", "1 request was refused *"]
    )


def test_unused_answers_fail_only_a_test_that_passed(run: Run) -> None:
    result = run(
        """
        import boto3
        from fake_tuning import TuningJob

        client = boto3.client("sagemaker", region_name="us-east-1")

        def test_unused(tuning_stubber):
            tuning_stubber(client).describe(TuningJob("xgb"))

        def test_failing(tuning_stubber):
            tuning_stubber(client).describe(TuningJob("xgb"))
            assert 0

        def test_deactivated(tuning_service):
            assert client.list_hyper_parameter_tuning_jobs()["HyperParameterTuningJobSummaries"] == []
        """
    )
    result.assert_outcomes(passed=2, failed=1, errors=1)
    result.stdout.fnmatch_lines(
        ["*ERROR at teardown of test_unused*", "1 queued answer was never asked for:*"]
    )


# Services of a wider scope.


def test_a_wide_service_keeps_its_jobs_and_its_time_and_freezes_only_those_who_use_it(run: Run) -> None:
    run(
        SWALLOW
        + """
from datetime import datetime, timezone

@pytest.fixture(scope="module")
def trained(module_tuning_service):
    module_tuning_service.add(TuningJob("xgb").stops(after="40m"))
    yield
    assert boto3.client("sagemaker").list_training_jobs()["TrainingJobSummaries"]
    assert datetime.now(timezone.utc) == module_tuning_service.clock.now()

def frozen(): return abs(time.time() - REAL()) > 3600

from freezegun import api
def REAL(): return api.real_time()

def test_before(): assert not frozen()

@pytest.mark.tuning(start="2030-01-01T00:00:00Z")
def test_first(trained, module_tuning_service):
    time.sleep(3600)
    assert module_tuning_service.job("xgb").status == "Stopped"

def test_between():
    assert not frozen()
    began = REAL()
    time.sleep(0.01)
    assert REAL() > began

def test_second(trained, tuning_clock, module_tuning_clock):
    assert tuning_clock is module_tuning_clock
    assert tuning_clock.now().isoformat() == "2026-01-01T01:00:00+00:00"
    assert datetime.now(timezone.utc) == tuning_clock.now()

class TestClient:
    def test_it(self, module_tuning_service, sagemaker_client):
        assert sagemaker_client.list_hyper_parameter_tuning_jobs()["HyperParameterTuningJobSummaries"]

def test_after(): assert not frozen()
""",
        pipeline=PIPELINE,
    ).assert_outcomes(passed=6)


def test_limits_and_blame_of_a_wide_service_are_those_of_each_test(run: Run) -> None:
    result = run(
        SWALLOW
        + """
pytestmark = pytest.mark.tuning(max_polls=3, max_sleeps=3)

def test_a(module_tuning_service):
    [time.sleep(1) for _ in range(3)]

def test_b(module_tuning_service):
    module_tuning_service.add(TuningJob("xgb").stopped())
    upload()
    poll()

def test_c(module_tuning_service):
    [time.sleep(1) for _ in range(3)]

def test_d(session_tuning_service, class_tuning_service):
    class_tuning_service.refusals.clear()
""",
        pipeline=PIPELINE,
    )
    result.assert_outcomes(passed=4, errors=1)
    result.stdout.fnmatch_lines(
        ["*ERROR at teardown of test_b*", "1 request was refused *", "a ClockRunaway was swallowed: *"]
    )


# Beside others.


def test_a_run_that_uses_no_fixture_imports_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # other plugins import what they like
    result = run(
        """
        import sys

        def test_it(pytestconfig):
            assert pytestconfig.getini("tuning_seed") is None
            heavy = {"botocore", "boto3", "freezegun", "faker", "dateutil", "fake_tuning.service"}
            assert sorted(heavy & sys.modules.keys()) == []
            ours = {name for name in sys.modules if name.startswith("fake_tuning.")}
            assert ours == {
                "fake_tuning.doors",
                "fake_tuning.doors.options",
                "fake_tuning.doors.pytest",
                "fake_tuning.doors.pytest.late_undoing",
                "fake_tuning.doors.pytest.lifetimes",
                "fake_tuning.doors.pytest.options",
                "fake_tuning.doors.pytest.plugin",
            }
        """,
        *("-p", PLUGIN),
        apart=True,
    )
    result.assert_outcomes(passed=1)


@pytest.mark.slow
def test_it_is_switched_off_by_name(run: Run) -> None:
    result = run("def test_it(tuning_service): pass", "-p", "no:fake_tuning", apart=True)
    if "fixture 'tuning_service' not found" not in result.stdout.str():
        pytest.skip("the plugin is not installed here, and has another name")
    result.assert_outcomes(errors=1)


@pytest.mark.slow
def test_with_workers_times_are_real_and_reports_come_home(run: Run, pytester: pytest.Pytester) -> None:
    result = run(
        """
        import time

        def test_a(module_tuning_service): time.sleep(86400)
        def test_b(tuning_service): time.sleep(86400)
        def test_c(): pass
        def test_d(session_tuning_service, tuning_clock): tuning_clock.advance("30d")
        def test_e(freezer, tuning_clock): tuning_clock.advance("30d")
        def test_f(tuning_service): assert 0
        """,
        *("--durations=0", "-vv", "--junitxml=junit.xml", "-p", "xdist", "-n", "2"),
        apart=True,
    )
    result.assert_outcomes(passed=5, failed=1)
    assert len([line for line in result.outlines if line.startswith("tuning_service at ")]) == 1
    shown = [line.partition("s ")[0] for line in result.outlines if "s setup" in line or "s call" in line]
    suite = ElementTree.parse(pytester.path / "junit.xml").getroot()[0]
    times = [*map(float, shown), *(float(each.attrib["time"]) for each in suite.iter("testcase"))]
    assert len(times) > 5
    assert all(0 <= each < 60 for each in times)
    assert "2026-01-01" not in suite.attrib["timestamp"]


@pytest.mark.slow
def test_every_order_is_as_good(run: Run) -> None:
    head = "import time\nfrom freezegun import api\n"
    tests = {
        "wide": "def test_wide(session_tuning_service): time.sleep(60)\n",
        "own": "def test_own(tuning_clock): assert tuning_clock.now().minute == 0; time.sleep(60)\n",
        "none": "def test_none(): assert abs(time.time() - api.real_time()) < 60\n",
    }
    for order in permutations(tests.values()):
        run(head + "".join(order)).assert_outcomes(passed=3)


def test_fixtures_and_marker_explain_themselves(run: Run) -> None:
    result = run("", "--fixtures", "-v")
    shown = (
        result.stdout.str()
        .partition("fake_tuning.doors.pytest.plugin")[2]
        .partition("fixtures defined from")[0]
    )
    names = [
        f"{scope}tuning_{what}"
        for scope in ("", "class_", "module_", "session_")
        for what in ("clock", "service")
    ]
    for name in [*names, "tuning_config", "tuning_stubber", "sagemaker_client"]:
        assert f"\n{name} " in shown
    assert "no docstring available" not in shown
    run("", "--markers").stdout.fnmatch_lines(
        [
            "@pytest.mark.tuning(region='us-east-1', account='123456789012', seed=0, dialect='current', *): *",
            "  region: the default region of clients, and the service's.",
            "  transport: parsed answers clients directly; *",
        ]
    )


def test_the_options_are_the_same_everywhere(
    tuning_config: TuningConfig, pytestconfig: pytest.Config
) -> None:
    for name in vars(tuning_config):
        assert pytestconfig.getini(f"tuning_{name}") is None


def test_a_mistake_in_a_marker_is_refused_on_a_test_without_fixtures_too(run: Run) -> None:
    result = run(
        """
        import pytest

        @pytest.mark.tuning(sede=1)
        def test_it():
            pass
        """
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*unknown keyword of the tuning marker 'sede': did you mean 'seed'?*"])
