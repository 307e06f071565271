"""Whatever a test patches, in whatever order its fixtures are torn down, nothing of it or of ours is left after it.

Each case is a session of its own, in another process. For every target and every tool, three tests follow each other:
one that patches the target, one that uses no fixture of ours and finds the originals, and one that finds the fake and
its clock at work.
"""

from __future__ import annotations

import importlib
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from unittest import mock

import boto3
import pytest

from fake_tuning.doors.clock.virtual_clock import VirtualClock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., pytest.RunResult]

HOLDER = "from datetime import datetime\nfrom time import sleep, time"
"""A module that holds by name what is frozen and what sleeps."""

POISONS = '''
"""What is patched, and by which tool."""

import asyncio
import datetime
import functools
import os
import threading
import time
from unittest import mock

import boto3
import botocore.client
import botocore.httpsession
import botocore.session

import holder


class OwnEvent(threading.Event):
    pass


class OwnDatetime(datetime.datetime):
    pass


def own_sleep(seconds): ...


async def own_sleep_in_loop(seconds): ...


def own_time():
    return 3.0


def own_call(self, operation, params):
    return {"answered": "by the test"}


OWN = {
    "time.sleep": own_sleep,
    "holder.sleep": own_sleep,
    "holder.time": own_time,
    "holder.datetime": OwnDatetime,
    "asyncio.sleep": own_sleep_in_loop,
    "time.time": own_time,
    "time.monotonic": own_time,
    "threading.Event": OwnEvent,
    "botocore.client.BaseClient._make_api_call": own_call,
}
VARIABLES = ("AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_PROFILE")
LOOKED_AT = (
    *OWN,
    "asyncio.BaseEventLoop.time",
    "botocore.httpsession.URLLib3Session.send",
    "botocore.session.create_loader",
    "threading.Condition.wait",
    "threading.Thread.join",
    "threading.Thread.start",
)


def owner_of(target):
    path, _, name = target.rpartition(".")
    first, *rest = path.split(".")
    return functools.reduce(getattr, rest, globals()[first]), name


def standing(target):
    owner, name = owner_of(target)
    return vars(owner)[name]


def all_standing():
    return {target: standing(target) for target in LOOKED_AT}


def variables():
    return {name: value for name, value in os.environ.items() if name.startswith("AWS_")}


@functools.cache
def client():
    return boto3.Session("testing", "testing", region_name="us-east-1").client("sagemaker")


def describe():
    return client().describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="xgb")


def set_by_monkeypatch(target, body, monkeypatch, mocker):
    monkeypatch.setattr(*owner_of(target), OWN[target])
    body()


def patched_by_mocker(target, body, monkeypatch, mocker):
    mocker.patch(target, new=OWN[target])
    body()


def decorated(target, body, monkeypatch, mocker):
    mock.patch(target, OWN[target])(body)()


def in_a_context(target, body, monkeypatch, mocker):
    with mock.patch.object(*owner_of(target), OWN[target]):
        body()


def spied_on(target, body, monkeypatch, mocker):
    mocker.spy(*owner_of(target))


def wrapped(target, body, monkeypatch, mocker):
    beneath = standing(target)
    monkeypatch.setattr(*owner_of(target), lambda *args, **kwargs: beneath(*args, **kwargs))


def env_set(target, body, monkeypatch, mocker):
    monkeypatch.setenv(target, "own")
    body()


def env_deleted(target, body, monkeypatch, mocker):
    monkeypatch.delenv(target, raising=False)


def env_patched_by_mocker(target, body, monkeypatch, mocker):
    mocker.patch.dict(os.environ, {target: "own"})
    body()


def env_cleared_by_mocker(target, body, monkeypatch, mocker):
    mocker.patch.dict(os.environ, {target: "own"}, clear=True)
    body()


def env_decorated(target, body, monkeypatch, mocker):
    mock.patch.dict(os.environ, {target: "own"})(body)()


def env_in_a_context(target, body, monkeypatch, mocker):
    with mock.patch.dict(os.environ, {target: "own"}):
        body()


ON_ATTRIBUTES = (set_by_monkeypatch, patched_by_mocker, decorated, in_a_context, spied_on)
ON_VARIABLES = (
    env_set, env_deleted, env_patched_by_mocker, env_cleared_by_mocker, env_decorated, env_in_a_context
)
CASES = {
    **{f"{target}-{tool.__name__}": (target, tool) for target in OWN for tool in ON_ATTRIBUTES},
    **{f"{target}-{wrapped.__name__}": (target, wrapped) for target in LOOKED_AT},
    **{f"{target}-{tool.__name__}": (target, tool) for target in VARIABLES for tool in ON_VARIABLES},
}


def own_rules(target):
    """Use what the test has put in place of the target."""
    if target in VARIABLES:
        assert os.environ[target] == "own"
        return
    assert standing(target) is OWN[target]
    if target == "botocore.client.BaseClient._make_api_call":
        assert describe() == {"answered": "by the test"}
    elif target == "asyncio.sleep":
        asyncio.run(asyncio.sleep(10**9))
    elif target.endswith("sleep"):
        standing(target)(10**9)
'''

SESSION = """
import asyncio
import threading
import time

import pytest

import holder
import poisons
from fake_tuning import TuningJob

ORIGINALS, VARIABLES = poisons.all_standing(), poisons.variables()
REAL, REAL_BEGAN = [time.perf_counter], time.time()


@pytest.fixture(scope="module", params=poisons.CASES.values(), ids=poisons.CASES)
def case(request):
    return request.param


{poisoned}


def test_nothing_is_left(case):
    assert poisons.all_standing() == ORIGINALS
    assert poisons.variables() == VARIABLES
    (clock,) = REAL
    began = clock()
    holder.sleep(0.001)
    asyncio.run(asyncio.sleep(0.001))
    assert clock() - began >= 0.002
    assert holder.time() > REAL_BEGAN


def test_the_fake_and_its_clock_work(case, tuning_service, tuning_clock):
    tuning_service.add(TuningJob("xgb").completes(after="3h"))
    began = tuning_clock.now()

    def passed():
        return (tuning_clock.now() - began).total_seconds()

    assert poisons.describe()["HyperParameterTuningJobStatus"] == "InProgress"
    time.sleep(3600)
    holder.sleep(3600)
    assert passed() == 7200
    asyncio.run(asyncio.sleep(3600))
    assert round(passed()) == 10800
    threading.Event().wait(3600)
    assert round(passed()) == 14400
    assert poisons.describe()["HyperParameterTuningJobStatus"] == "Completed"
    assert holder.datetime.now() == tuning_clock.now().replace(tzinfo=None)
    assert holder.time() == tuning_clock.now().timestamp()
    assert poisons.variables()["AWS_DEFAULT_REGION"] == "us-east-1"
"""

FIRST = """
def test_poisoned(monkeypatch, mocker, tuning_service, case):
    target, tool = case
    tool(target, lambda: poisons.own_rules(target), monkeypatch, mocker)
"""

LAST = """
def test_poisoned(tuning_service, monkeypatch, mocker, case):
    target, tool = case
    tool(target, lambda: poisons.own_rules(target), monkeypatch, mocker)
"""

BETWEEN = """
def test_poisoned(mocker, tuning_service, monkeypatch, case):
    target, tool = case
    tool(target, lambda: poisons.own_rules(target), monkeypatch, mocker)
"""

BEFORE = """
@pytest.fixture(autouse=True)
def patched(request, case, monkeypatch, mocker):
    if request.node.name.startswith("test_poisoned"):
        target, tool = case
        tool(target, lambda: None, monkeypatch, mocker)

def test_poisoned(tuning_service):
    time.sleep(60)
"""

AUTOUSE = """
@pytest.fixture(autouse=True)
def tools(monkeypatch, mocker):
    return monkeypatch, mocker

def test_poisoned(tools, tuning_service, case):
    target, tool = case
    tool(target, lambda: poisons.own_rules(target), *tools)
"""

BY_HAND = """
from fake_tuning import FakeTuningService, VirtualClock

def test_poisoned(monkeypatch, mocker, case):
    target, tool = case
    with VirtualClock() as clock, FakeTuningService(clock=clock):
        tool(target, lambda: poisons.own_rules(target), monkeypatch, mocker)

def test_around(monkeypatch, mocker, case):
    def body():
        with VirtualClock() as clock, FakeTuningService(clock=clock):
            time.sleep(60)

    target, tool = case
    tool(target, body, monkeypatch, mocker)
"""


ORDERS = {
    "first": FIRST,
    "last": LAST,
    "between": BETWEEN,
    "before": BEFORE,
    "autouse": AUTOUSE,
    "by hand": BY_HAND,
}
"""Where the tools stand among the fixtures of a test."""


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with a region and a profile, and without credentials in its environment."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
    monkeypatch.setenv("AWS_PROFILE", "production")


@pytest.mark.slow
@pytest.mark.parametrize("poisoned", ORDERS.values(), ids=ORDERS)
def test_no_order_of_fixtures_poisons_a_session(run: Run, poisoned: str) -> None:
    result = run(SESSION.replace("{poisoned}", poisoned), "-q", apart=True, holder=HOLDER, poisons=POISONS)
    assert result.ret == 0


@pytest.mark.slow
def test_workers_are_not_poisoned_either(run: Run) -> None:
    result = run(
        SESSION.replace("{poisoned}", FIRST), *("-q", "-n1"), apart=True, holder=HOLDER, poisons=POISONS
    )
    assert result.ret == 0


def test_what_a_wider_fixture_undoes_late_is_removed_when_its_scope_ends(run: Run) -> None:
    result = run(
        """
        import os
        import unittest
        from unittest import mock

        import boto3
        import pytest
        from botocore.client import BaseClient
        from fake_tuning import FakeTuningService

        ORIGINAL, REGION = BaseClient._make_api_call, os.environ.get("AWS_DEFAULT_REGION")

        def poison(patch):
            patch.setenv("AWS_DEFAULT_REGION", "own")
            patch.setenv("AWS_ACCESS_KEY_ID", "own")
            patch.setattr(BaseClient, "_make_api_call", lambda *call: None)

        @pytest.fixture(scope="class")
        def class_patch():
            with pytest.MonkeyPatch.context() as patch:
                yield patch

        class TestWide:
            def test_service_of_the_class(self, class_patch, class_tuning_service):
                poison(class_patch)

        class TestWideTool:
            def test_service_of_a_test(self, class_patch, tuning_service):
                poison(class_patch)

            def test_own_values_rule_until_the_class_ends(self):
                assert os.environ["AWS_DEFAULT_REGION"] == "own"

        class TestUnits(unittest.TestCase):
            def setUp(self):
                self.env = mock.patch.dict(os.environ, {"OTHER": "1"})
                self.service = FakeTuningService()
                self.service.__enter__()
                self.env.start()

            def test_it(self):
                pass

            def tearDown(self):
                self.service.__exit__(None, None, None)
                self.env.stop()

        class TestAfterwards:
            def test_it(self):
                assert BaseClient._make_api_call is ORIGINAL
                assert (os.environ.get("AWS_DEFAULT_REGION"), os.environ.get("AWS_ACCESS_KEY_ID")) == (REGION, None)
                assert "AWS_EC2_METADATA_DISABLED" not in os.environ
        """
    )
    result.assert_outcomes(passed=5)


def test_a_default_session_that_comes_back_is_forgotten(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    result = run(
        """
        import boto3
        from fake_tuning import FakeTuningService

        def test_it(monkeypatch):
            with FakeTuningService():
                boto3.client("sagemaker")
                monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)

        def test_afterwards():
            assert boto3.DEFAULT_SESSION is None
        """
    )
    result.assert_outcomes(passed=2)


def test_what_others_set_is_theirs_even_when_it_looks_like_ours(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    result = run(
        """
        import os

        import pytest

        def region():
            return os.environ.get("AWS_DEFAULT_REGION")

        @pytest.fixture(scope="module")
        def module_region():
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
                yield

        @pytest.fixture
        def other_region(monkeypatch):
            monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")

        class TestA:
            def test_fixture_of_a_test(self, other_region, tuning_service):
                assert region() == "us-east-1"

            def test_nothing_is_taken(self):
                assert region() == "us-east-1"

            def test_a_value_for_good(self):
                os.environ["AWS_ACCESS_KEY_ID"] = "testing"

            def test_stays(self, tuning_service):
                assert os.environ["AWS_ACCESS_KEY_ID"] == "testing"

            def test_stays_after_a_fake(self):
                assert os.environ.pop("AWS_ACCESS_KEY_ID") == "testing"

            def test_nothing_is_taken_from_the_module(self, module_region):
                assert region() == "eu-west-1"

            def test_fixture_of_the_module(self, module_region, tuning_service):
                assert region() == "us-east-1"
        """,
        test_later="""
        import os

        def test_it():
            assert os.environ.get("AWS_DEFAULT_REGION") == "us-east-1"
        """,
    )
    result.assert_outcomes(passed=8)


def test_a_module_that_is_imported_meanwhile_is_left_as_it_would_be_without_us(run: Run) -> None:
    result = run(
        """
        import time
        from datetime import datetime

        REAL = {"sleep": time.sleep, "time": time.time, "datetime": datetime}

        def test_it(monkeypatch, tuning_service):
            import latecomer

            for name in REAL:
                monkeypatch.setattr(latecomer, name, None)

        def test_afterwards():
            import latecomer

            assert {name: vars(latecomer)[name] for name in REAL} == REAL

        def test_again(tuning_clock):
            import latecomer

            latecomer.sleep(600)
            assert latecomer.time() == tuning_clock.now().timestamp()
            assert latecomer.datetime.now() == tuning_clock.now().replace(tzinfo=None)
        """,
        latecomer=HOLDER,
    )
    result.assert_outcomes(passed=3)


@pytest.mark.slow
def test_freezegun_itself_is_left_alone(run: Run) -> None:
    result = run(
        """
        import time
        from datetime import datetime

        from freezegun import freeze_time

        @freeze_time("2020-01-01")
        def test_clock_in_a_freeze(tuning_clock): pass

        def test_freezer(freezer, tuning_clock): pass

        def test_import(tuning_clock):
            import names_of_freezegun

        def test_freeze():
            import names_of_freezegun

            assert names_of_freezegun.FakeDatetime.__name__ == "FakeDatetime"
            with freeze_time("2020-01-01"):
                assert (datetime.now().year, time.time()) == (2020, 1577836800)
            assert datetime.now().year > 2020
        """,
        apart=True,
        names_of_freezegun="from freezegun.api import FakeDatetime, fake_time",
    )
    result.assert_outcomes(passed=4)


@pytest.mark.parametrize("how", [{}, {"autospec": True}, {"new": lambda seconds: None}])
def test_a_patch_of_the_users_own_may_begin_before_the_clock_and_end_after_it(how: Any) -> None:
    original = time.sleep
    with mock.patch("time.sleep", **how) as own:
        standing = time.sleep
        with VirtualClock() as clock:
            began = clock.now()
            time.sleep(600)
            assert clock.now() - began == timedelta(minutes=10)
        assert time.sleep is standing
        assert how or own.mock_calls == []
    assert time.sleep is original


@pytest.mark.parametrize("how", [{}, {"autospec": True}, {"wraps": None}])
def test_a_patch_of_the_users_own_rules_while_it_lasts(how: Any) -> None:
    original = time.sleep
    with VirtualClock() as clock:
        began = clock.now()
        with mock.patch("time.sleep", **how):
            time.sleep(600)
        assert clock.now() == began
        time.sleep(600)
        assert clock.now() - began == timedelta(minutes=10)
    assert time.sleep is original


def test_a_patch_that_was_there_at_the_first_look_hides_nothing_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "looked_at_once.py").write_text(HOLDER)
    monkeypatch.syspath_prepend(tmp_path)
    module: Any = importlib.import_module("looked_at_once")
    for _ in range(2):
        with mock.patch.multiple(module, datetime=None, time=None, sleep=None), VirtualClock():
            pass
    with VirtualClock() as clock:
        module.sleep(600)
        assert (module.time(), module.datetime.now()) == (
            clock.now().timestamp(),
            clock.now().replace(tzinfo=None),
        )
    assert (module.sleep, module.time, module.datetime) == (time.sleep, time.time, datetime)
