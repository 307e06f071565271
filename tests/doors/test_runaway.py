"""Code that waits for what can never happen is told so, by a message that names it; code that waits well is not."""

from __future__ import annotations

import asyncio
import contextlib
import pickle
import queue
import re
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest import mock

import boto3
import freezegun.api
import pytest

from fake_tuning import (
    ClockRunaway,
    ClockRunawayIgnored,
    FakeTuningService,
    ModelMismatchError,
    NetworkBlocked,
    OperationNotServed,
    Scenario,
    ServiceError,
    TuningJob,
    VirtualClock,
)
from fake_tuning.doors.clock.originals import real_join
from support.requests import request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

START = datetime(2026, 1, 1, tzinfo=timezone.utc)

CODE = """\
import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

def sleep_on():
    while True:
        time.sleep(60)

def swallow():
    while True:
        try:
            time.sleep(60)
        except Exception:
            pass

def wait(client, name="xgb", every=60):
    while True:
        job = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
        if job["HyperParameterTuningJobStatus"] in ("Completed", "Failed"):
            return job
        time.sleep(every)

def wait_busily(client):
    while client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="xgb"):
        pass

async def sleep_on_in_a_task():
    while True:
        await asyncio.sleep(60)

async def wait_in_a_task(client):
    while True:
        await asyncio.to_thread(client.describe_hyper_parameter_tuning_job, HyperParameterTuningJobName="xgb")
        await asyncio.sleep(60)

async def wait_by_a_pool(client):
    with ThreadPoolExecutor(1) as pool:
        while True:
            await asyncio.get_running_loop().run_in_executor(pool, describe, client)
            await asyncio.sleep(60)

def describe(client):
    client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="xgb")
"""

BUSY = '    while client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="xgb"):'
BY_A_POOL = '    client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="xgb")'

ALLOW = "Then allow more: VirtualClock({limit}=...), or @pytest.mark.tuning({limit}=...)."
GIVE_UP = (
    "Does it wait for what never happens? Let it handle that, or give up: a job that never_ends(ignoring_limits=True) "
    "is ended only by a stop. Is so much sleeping meant? "
)
HANDLE = (
    "Let the loop handle that, or give up: a job that never_ends(ignoring_limits=True) is ended only by a stop. "
    f"Is so much polling meant? {ALLOW.format(limit='max_polls')}"
)


def at(**length: float) -> datetime:
    return START + timedelta(**length)


@pytest.fixture
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Code under test, in a file ``pipeline.py`` of the working directory."""
    monkeypatch.chdir(tmp_path)
    found: dict[str, Any] = {"__name__": "pipeline"}
    exec(compile(CODE, str(tmp_path / "pipeline.py"), "exec"), found)
    return SimpleNamespace(**found)


def line(written: str) -> str:
    """The place of a line in the code under test."""
    return f"pipeline.py:{CODE.splitlines().index(written) + 1}"


@pytest.fixture
def clock() -> Iterator[VirtualClock]:
    with VirtualClock() as clock:
        yield clock


@pytest.fixture
def service(clock: VirtualClock) -> Iterator[FakeTuningService]:
    with FakeTuningService(clock=clock) as service:
        yield service


@pytest.fixture
def client(service: FakeTuningService) -> Any:
    return boto3.client("sagemaker")


def describe(client: Any, name: str = "xgb") -> str:
    answer = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    return str(answer["HyperParameterTuningJobStatus"])


def told(waiting: Callable[..., object], *arguments: Any) -> str:
    """What it is told that waits like this."""
    with pytest.raises(ClockRunaway) as runaway:
        waiting(*arguments)
    return str(runaway.value)


class World:
    """A timeline with events that the test names."""

    def __init__(self, *events: datetime, explanation: str | None = None) -> None:
        self.events = events
        self.explanation = explanation

    def next_event_after(self, instant: datetime) -> datetime | None:
        return min((event for event in self.events if event > instant), default=None)

    def explain_wait(self) -> str | None:
        return self.explanation


# Polling what has ended.


def test_a_loop_that_does_not_know_stopped_is_told_after_a_hundred_polls(
    code: SimpleNamespace, clock: VirtualClock, service: FakeTuningService, client: Any
) -> None:
    service.add(TuningJob("xgb").trials(20, parallel=4, each="8m").stops(after="40m"))
    text = told(code.wait, client)
    assert text == (
        "'xgb' has been Stopped for 100 polls: does your loop handle Stopped?\n"
        f"Last sleeper: {line('        time.sleep(every)')}, which began to sleep 1m more.\n"
        "Last reads that brought nothing new: DescribeHyperParameterTuningJob('xgb') -> Stopped. Nothing lies ahead "
        f"for what they show.\n{HANDLE}"
    )
    statuses = [call.status for call in service.calls]
    assert statuses.count("Stopped") == 101
    assert clock.runaway is not None


def test_it_is_told_at_once(code: SimpleNamespace, service: FakeTuningService, client: Any) -> None:
    service.add(TuningJob("xgb").stopped())
    told(code.wait, client)
    assert len(service.calls) == 101


@pytest.mark.parametrize("limit", [1, 7])
def test_the_limit_is_an_option(code: SimpleNamespace, limit: int) -> None:
    with VirtualClock(max_polls=limit) as clock, FakeTuningService(clock=clock) as service:
        service.add(TuningJob("xgb").stopped())
        polls = "1 poll" if limit == 1 else f"{limit} polls"
        assert told(code.wait, boto3.client("sagemaker")).startswith(f"'xgb' has been Stopped for {polls}: ")
        assert len(service.calls) == limit + 1


def test_a_job_that_was_deleted_is_gone(
    code: SimpleNamespace, service: FakeTuningService, client: Any
) -> None:
    def wait() -> None:
        while True:
            with contextlib.suppress(client.exceptions.ResourceNotFound):
                describe(client)
            time.sleep(60)

    service.add(TuningJob("xgb").stopped()).delete()
    assert told(wait).startswith(
        "'xgb' has been gone for 100 polls: does your loop handle a job that was deleted?\n"
    )
    assert service.calls[-1].error is not None


@pytest.mark.parametrize(
    ("ask", "asked", "cause"),
    [
        (
            "list_hyper_parameter_tuning_jobs",
            {},
            "'xgb' has been Stopped for 100 polls: does your loop handle Stopped?",
        ),
        (
            "list_hyper_parameter_tuning_jobs",
            {"StatusEquals": "Completed"},
            "ListHyperParameterTuningJobs has shown nothing else for 100 polls: does anything ever change it?",
        ),
        (
            "list_training_jobs_for_hyper_parameter_tuning_job",
            {"HyperParameterTuningJobName": "xgb"},
            "'xgb' has been Stopped for 100 polls: does your loop handle Stopped?",
        ),
        (
            "search",
            {"Resource": "HyperParameterTuningJob"},
            "'xgb' has been Stopped for 100 polls: does your loop handle Stopped?",
        ),
        (
            "list_training_jobs",
            {"StatusEquals": "Failed"},
            "ListTrainingJobs has shown nothing else for 100 polls: does anything ever change it?",
        ),
    ],
)
def test_every_way_of_reading_counts(
    service: FakeTuningService, client: Any, ask: str, asked: dict[str, Any], cause: str
) -> None:
    def wait() -> None:
        while True:
            getattr(client, ask)(**asked)
            time.sleep(60)

    service.add(TuningJob("xgb").trials(2).stopped())
    assert told(wait).partition("\n")[0] == cause


def test_a_window_that_moves_along_asks_nothing_new(service: FakeTuningService, client: Any) -> None:
    def wait() -> None:
        while True:
            yesterday = datetime.now(timezone.utc) - timedelta(days=1)
            client.list_hyper_parameter_tuning_jobs(CreationTimeAfter=yesterday)
            time.sleep(60)

    service.add(TuningJob("xgb").stopped())
    assert told(wait).startswith("'xgb' has been Stopped for 100 polls: ")


def test_several_jobs_that_have_ended_are_all_named(
    code: SimpleNamespace, service: FakeTuningService, client: Any
) -> None:
    def wait() -> None:
        while any([describe(client, name) != "Completed" for name in ("a", "b", "c", "d")]):  # noqa: C419  # all
            time.sleep(60)

    for name in ("a", "b", "c"):
        service.add(TuningJob(name).completed())
    service.add(TuningJob("d").failed())
    text = told(wait)
    assert text.startswith("'d' has been Failed for 100 polls: does your loop handle Failed?\n")
    assert (
        "Last reads that brought nothing new: DescribeHyperParameterTuningJob('b') -> Completed, "
        "DescribeHyperParameterTuningJob('c') -> Completed, DescribeHyperParameterTuningJob('d') -> Failed. "
    ) in text


def test_nobody_is_told_while_something_lies_ahead_for_what_it_reads() -> None:
    with VirtualClock(max_polls=1) as clock, FakeTuningService(clock=clock) as service:
        client = boto3.client("sagemaker")
        service.add(TuningJob("short").completed())
        service.add(TuningJob("long").stops(after="10h"))
        while "InProgress" in [describe(client, name) for name in ("long", "short")]:
            time.sleep(60)
        assert len(service.calls) > 1_000
        assert clock.runaway is None


def test_whatever_is_new_begins_anew(clock: VirtualClock, service: FakeTuningService, client: Any) -> None:
    service.add(TuningJob("parent").completed())
    for number in range(150):
        service.add(TuningJob(f"child-{number}").trials(1).completed())
    for number in range(150):
        describe(client, "parent")
        describe(client, f"child-{number}")
        time.sleep(60)
    assert clock.runaway is None


def test_somebody_is_told_although_another_job_goes_on(
    code: SimpleNamespace, clock: VirtualClock, service: FakeTuningService, client: Any
) -> None:
    service.add(TuningJob("xgb").stopped())
    service.add(TuningJob("long").stops(after="10h"))
    told(code.wait, client)
    assert clock.now() == at(minutes=100)


def test_a_change_begins_anew(clock: VirtualClock, service: FakeTuningService, client: Any) -> None:
    arn = service.add(TuningJob("xgb").completed()).arn
    for number in range(6):
        client.add_tags(ResourceArn=arn, Tags=[{"Key": "round", "Value": str(number)}])
        for _ in range(60):
            assert describe(client) == "Completed"
            time.sleep(60)
    assert clock.runaway is None


def test_a_new_job_begins_anew(clock: VirtualClock, service: FakeTuningService, client: Any) -> None:
    service.add(TuningJob("parent").completed())
    service.on_create(Scenario.stops(after="30m"))
    for number in range(5):
        client.create_hyper_parameter_tuning_job(**request(f"child-{number}"))
        while describe(client, f"child-{number}") != "Stopped":
            describe(client, "parent")
            time.sleep(60)
    assert clock.runaway is None


def test_a_job_that_never_ends_may_be_polled_for_longer(
    code: SimpleNamespace, service: FakeTuningService, client: Any
) -> None:
    service.add(TuningJob("xgb").trials(2).never_ends(ignoring_limits=True))
    text = told(code.wait, client)
    assert text.startswith(
        "'xgb' has been InProgress for 10000 polls: does its scenario ever let it end?\nLast sleeper: "
    )


def test_a_loop_that_waits_for_a_trial_that_hangs_sees_its_limit_end_it(
    code: SimpleNamespace, clock: VirtualClock, service: FakeTuningService, client: Any
) -> None:
    service.add(TuningJob("xgb").trials(2).never_ends())
    assert code.wait(client, every=10)["HyperParameterTuningJobStatus"] == "Completed"
    assert at(hours=24) < clock.now() < at(hours=25)
    assert clock.runaway is None


def test_a_job_that_does_not_exist_may_be_polled_for_longer() -> None:
    def wait() -> None:
        while True:
            with contextlib.suppress(client.exceptions.ResourceNotFound):
                describe(client)
            time.sleep(1)

    with VirtualClock(max_polls=10) as clock, FakeTuningService(clock=clock) as service:
        client = boto3.client("sagemaker")
        service.add(TuningJob("other").completed())
        assert told(wait).startswith(
            "'xgb' has not been found for 1000 polls: does anything ever create it?\nLast sleeper: "
        )


def test_many_may_read_what_has_ended_once_each(
    clock: VirtualClock, service: FakeTuningService, client: Any
) -> None:
    async def ask(number: int) -> None:
        await asyncio.sleep(number)
        await asyncio.to_thread(describe, client)
        await asyncio.sleep(1)

    async def main() -> None:
        await asyncio.gather(*(ask(number) for number in range(300)))

    service.add(TuningJob("xgb").stopped())
    asyncio.run(main())
    assert clock.runaway is None


def test_a_heartbeat_is_not_told_for_somebody_else(
    clock: VirtualClock, service: FakeTuningService, client: Any
) -> None:
    beats = []

    async def beat() -> None:
        while True:
            await asyncio.sleep(1)
            beats.append(clock.now())

    async def wait() -> None:
        while describe(client) != "Completed":
            await asyncio.sleep(60)

    async def main() -> str:
        heart = asyncio.create_task(beat())
        try:
            await wait()
        except ClockRunaway as runaway:
            assert not heart.done()
            heart.cancel()
            return str(runaway)
        raise AssertionError("nobody was told")

    service.add(TuningJob("xgb").stopped())
    assert asyncio.run(main()).startswith("'xgb' has been Stopped for 100 polls: ")
    assert len(beats) >= 5_999


def test_a_heartbeat_beside_a_job_of_three_hours_is_innocent(
    clock: VirtualClock, service: FakeTuningService, client: Any
) -> None:
    async def beat() -> None:
        while True:
            await asyncio.sleep(1)

    async def main() -> None:
        heart = asyncio.create_task(beat())
        while describe(client) != "Stopped":
            await asyncio.sleep(600)
        heart.cancel()

    service.add(TuningJob("xgb").stops(after="3h"))
    asyncio.run(main())
    assert clock.runaway is None


@pytest.mark.parametrize(
    ("wait", "count", "sleeper"),
    [
        ("wait_in_a_task", 100, "        await asyncio.sleep(60)"),
        ("wait_by_a_pool", 1_000, None),
    ],
)
def test_a_task_that_reads_by_threads_is_told(
    code: SimpleNamespace,
    service: FakeTuningService,
    client: Any,
    wait: str,
    count: int,
    sleeper: str | None,
) -> None:
    service.add(TuningJob("xgb").stopped())
    text = told(lambda: asyncio.run(getattr(code, wait)(client)))
    assert text.startswith(f"'xgb' has been Stopped for {count} polls: does your loop handle Stopped?\n")
    if sleeper is None:
        read = line(BY_A_POOL)
        assert f"\nLast sleeper: none; it reads at {read}.\n" in text
    else:
        assert "\nLast sleeper: pipeline.py:" in text
        assert ", which began to sleep 1m more.\n" in text


def test_each_of_several_threads_is_told_for_itself(
    code: SimpleNamespace, clock: VirtualClock, service: FakeTuningService, client: Any
) -> None:
    def wait(name: str) -> str:
        return told(code.wait, client, name)

    service.add(TuningJob("a").stopped())
    service.add(TuningJob("b").stopped())
    with ThreadPoolExecutor(2) as pool:
        texts = list(pool.map(wait, ["a", "b"]))
    assert [text.partition(" for ")[0] for text in texts] == ["'a' has been Stopped", "'b' has been Stopped"]


def test_a_loop_that_swallows_it_is_ended_all_the_same(
    clock: VirtualClock, service: FakeTuningService, client: Any
) -> None:
    def wait() -> None:
        while True:
            with contextlib.suppress(Exception):
                describe(client)
                time.sleep(60)

    service.add(TuningJob("xgb").stopped())
    with pytest.raises(ClockRunawayIgnored) as ignored:
        wait()
    assert str(ignored.value) == (
        f"{clock.runaway}\nIt was told so 3 times and went on: does it catch Exception?"
    )


def test_a_busy_loop_that_swallows_it_is_ended_all_the_same(
    clock: VirtualClock, service: FakeTuningService, client: Any
) -> None:
    def wait() -> None:
        while True:
            with contextlib.suppress(Exception):
                describe(client)

    service.add(TuningJob("xgb").stopped())
    with pytest.raises(ClockRunawayIgnored) as ignored:
        wait()
    assert str(ignored.value) == (
        f"{clock.runaway}\nIt was told so 3 times and went on: does it catch Exception?"
    )


def test_it_can_be_expected_many_times_in_one_test(
    code: SimpleNamespace, service: FakeTuningService, client: Any
) -> None:
    for name in ("a", "b", "c", "d", "e"):
        service.add(TuningJob(name).stopped())
        assert told(code.wait, client, name).startswith(f"{name!r} has been Stopped for 100 polls: ")


@pytest.mark.parametrize(
    ("wait", "cause"),
    [
        ("wait", "'xgb' has been Stopped for 100 polls: "),
        ("wait_busily", "read the same 1001 times at one instant: "),
    ],
)
def test_over_the_wire_it_comes_as_it_is(code: SimpleNamespace, wait: str, cause: str) -> None:
    with VirtualClock() as clock, FakeTuningService(clock=clock, transport="wire") as service:
        service.add(TuningJob("xgb").stopped())
        assert told(getattr(code, wait), boto3.client("sagemaker")).startswith(cause)


def test_in_ambient_time_nobody_counts(client: Any) -> None:
    with freezegun.freeze_time("2026-01-01", ignore=["_pytest.timing"]), FakeTuningService() as service:
        service.add(TuningJob("xgb").stopped())
        for _ in range(1_500):
            describe(client)


@pytest.mark.parametrize(
    "pause",
    [
        lambda: threading.Event().wait(60),
        lambda: queue.Queue().get(timeout=60),
        lambda: threading.Thread(target=time.sleep, args=(30,)).start() or time.sleep(60),
    ],
    ids=["event", "queue", "thread"],
)
def test_any_wait_with_a_limit_is_a_pause(
    service: FakeTuningService, client: Any, pause: Callable[[], object]
) -> None:
    def wait() -> None:
        while True:
            describe(client)
            with contextlib.suppress(queue.Empty):
                pause()

    service.add(TuningJob("xgb").stopped())
    text = told(wait)
    assert text.startswith("'xgb' has been Stopped for 100 polls: does your loop handle Stopped?\n")
    assert re.search(
        r"^Last sleeper: \S*test_runaway\.py:\d+, which began to sleep 1m more\.$", text, re.MULTILINE
    )


def test_a_loop_that_pauses_in_another_way_is_told_at_a_read(service: FakeTuningService, client: Any) -> None:
    async def main() -> None:
        stop = asyncio.Event()
        while True:
            describe(client)
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(stop.wait(), 60)

    service.add(TuningJob("xgb").stopped())
    text = told(lambda: asyncio.run(main()))
    assert text.startswith("'xgb' has been Stopped for 1000 polls: does your loop handle Stopped?\n")
    assert re.search(r"^Last sleeper: none; it reads at \S*test_runaway\.py:\d+\.$", text, re.MULTILINE)


# Polling without sleeping.


def test_a_loop_that_does_not_sleep_is_told(
    code: SimpleNamespace, clock: VirtualClock, service: FakeTuningService, client: Any
) -> None:
    service.add(TuningJob("xgb").trials(2).never_ends())
    assert told(code.wait_busily, client) == (
        "read the same 1001 times at one instant: does your loop sleep at all?\n"
        "Last read: DescribeHyperParameterTuningJob('xgb') -> InProgress, at "
        f"{line(BUSY)}. The clock stood at 2026-01-01T00:00:00Z all the while.\n"
        "Time moves while the code under test sleeps, or when the test moves the clock. Is so much reading at one "
        f"instant meant, as in a benchmark? {ALLOW.format(limit='max_polls')}"
    )
    assert clock.now() == START


@pytest.mark.parametrize("patch", [mock.Mock(name="sleep"), lambda seconds: None], ids=["mock", "function"])
def test_a_patch_of_sleep_is_named(
    code: SimpleNamespace, service: FakeTuningService, client: Any, patch: Any
) -> None:
    service.add(TuningJob("xgb").stops(after="40m"))
    with mock.patch("time.sleep", patch):
        text = told(code.wait, client)
    assert text.startswith("read the same 1001 times at one instant: ")
    assert (
        f"all the while, for time.sleep is {patch!r} now, which moves no clock: a VirtualClock needs no such patch.\n"
    ) in text


def test_a_benchmark_needs_one_option() -> None:
    with VirtualClock(max_polls=1_000) as clock, FakeTuningService(clock=clock) as service:
        service.add(TuningJob("xgb").completed())
        client = boto3.client("sagemaker")
        for _ in range(5_000):
            describe(client)
        assert clock.runaway is None


def test_pages_are_not_the_same_read(clock: VirtualClock, service: FakeTuningService, client: Any) -> None:
    service.add(TuningJob("xgb").trials(1_200, parallel=100).completed())
    pages = client.get_paginator("list_training_jobs_for_hyper_parameter_tuning_job")
    asked = pages.paginate(HyperParameterTuningJobName="xgb", PaginationConfig={"PageSize": 1})
    assert sum(1 for _ in asked) == 1_200
    assert clock.runaway is None


# Sleeping.


def test_very_many_sleeps_with_nothing_ahead_are_told(code: SimpleNamespace) -> None:
    with VirtualClock(max_sleeps=10_000) as clock:
        text = told(code.sleep_on)
        assert clock.runaway is not None
        assert str(clock.runaway) == text
    assert text == (
        "slept 10000 times, and nothing lies ahead: does anything ever end that?\n"
        f"Last sleeper: {line('        time.sleep(60)')}, which began to sleep 1m more.\n"
        f"{GIVE_UP}{ALLOW.format(limit='max_sleeps')}"
    )
    assert issubclass(ClockRunaway, AssertionError)


def test_by_default_it_is_a_hundred_thousand(clock: VirtualClock) -> None:
    for _ in range(100_000):
        time.sleep(0.001)
    assert told(time.sleep, 0.001).startswith("slept 100000 times, and nothing lies ahead: ")


def test_sleeps_are_innocent_while_something_lies_ahead(code: SimpleNamespace) -> None:
    with VirtualClock(max_sleeps=3) as clock:
        clock.attach(World(at(minutes=10)))
        told(code.sleep_on)
        assert clock.now() == at(minutes=12)


def test_sleeps_are_innocent_while_something_new_is_read(client: Any) -> None:
    with VirtualClock(max_sleeps=3) as clock, FakeTuningService(clock=clock) as service:
        arn = service.add(TuningJob("xgb").completed()).arn
        for number in range(10):
            client.add_tags(ResourceArn=arn, Tags=[{"Key": "round", "Value": str(number)}])
            describe(client)
            time.sleep(60)
            time.sleep(60)
        assert clock.runaway is None


def test_sleeping_too_long_is_told(code: SimpleNamespace) -> None:
    with VirtualClock(max_span="1h") as clock:
        text = told(code.sleep_on)
        assert clock.now() == at(hours=1)
    assert text == (
        "slept 1h of virtual time, and 1m more is past max_span='1h'\n"
        f"Last sleeper: {line('        time.sleep(60)')}, which began to sleep 1m more.\n"
        f"{GIVE_UP}{ALLOW.format(limit='max_span')}"
    )


@pytest.mark.parametrize("seconds", [5_184_001, 1e15])
def test_one_sleep_can_be_too_long(clock: VirtualClock, seconds: float) -> None:
    time.sleep(60)
    assert " is past max_span='60d'\n" in told(time.sleep, seconds)
    assert clock.now() == at(minutes=1)


def test_a_limit_of_years_is_no_sleep(clock: VirtualClock) -> None:
    done = threading.Event()
    threading.Timer(60, done.set).start()
    assert done.wait(99_999_999)

    async def wait_in_a_loop() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.sleep(float("inf")), 60)

    asyncio.run(wait_in_a_loop())
    assert clock.now() == at(minutes=2)
    assert clock.runaway is None


def test_limits_that_are_reached_add_up() -> None:
    with VirtualClock(max_span="1h"):
        assert not threading.Event().wait(3601)
        text = told(threading.Event().wait, 60)
    assert text.startswith("slept 1h1s of virtual time, which is past max_span='1h'\n")


def test_the_timelines_explain_what_was_waited_for(code: SimpleNamespace) -> None:
    with VirtualClock(max_sleeps=1) as clock:
        clock.attach(World(explanation="'xgb' has been Stopped: does your loop handle Stopped?"))
        clock.attach(World(explanation=None))
        clock.attach(World(explanation="'cat' has been gone: is that meant?"))
        text = told(code.sleep_on)
    assert (
        " which began to sleep 1m more. Meanwhile 'xgb' has been Stopped: does your loop handle Stopped? "
        "Meanwhile 'cat' has been gone: is that meant?\n"
    ) in text


def test_a_file_elsewhere_is_named_without_its_folder(
    code: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    with VirtualClock(max_sleeps=1):
        assert "\nLast sleeper: pipeline.py:" in told(code.sleep_on)


def test_a_file_below_is_named_with_its_folder(
    code: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path.parent)
    with VirtualClock(max_sleeps=1):
        assert f"\nLast sleeper: {tmp_path.name}/pipeline.py:" in told(code.sleep_on)


def test_a_task_is_told_with_its_line(code: SimpleNamespace) -> None:
    with VirtualClock(max_sleeps=3) as clock:
        text = told(lambda: asyncio.run(code.sleep_on_in_a_task()))
        assert clock.runaway is not None
    assert f"\nLast sleeper: {line('        await asyncio.sleep(60)')}, which began" in text


def test_code_that_swallows_it_is_ended_all_the_same(code: SimpleNamespace) -> None:
    with VirtualClock(max_sleeps=2) as clock:
        with pytest.raises(ClockRunawayIgnored) as ignored:
            code.swallow()
        assert clock.now() == at(minutes=2)
    assert not isinstance(ignored.value, Exception)
    assert str(ignored.value) == (
        f"{clock.runaway}\nIt was told so 3 times and went on: does it catch Exception?"
    )
    assert f" {line('            time.sleep(60)')}," in str(clock.runaway)


def test_a_task_that_swallows_it_is_ended_all_the_same() -> None:
    async def main() -> None:
        while True:
            with contextlib.suppress(Exception):
                await asyncio.sleep(60)

    with VirtualClock(max_sleeps=3) as clock, pytest.raises(ClockRunawayIgnored):
        asyncio.run(main())
    assert isinstance(clock.runaway, ClockRunaway)


def test_each_task_is_told_gently_first() -> None:
    async def main() -> list[Any]:
        return await asyncio.gather(*(asyncio.sleep(60) for _ in range(8)), return_exceptions=True)

    with VirtualClock(max_sleeps=2):
        answers = asyncio.run(main())
    assert [type(answer) for answer in answers] == [type(None)] * 2 + [ClockRunaway] * 6


def test_it_stays_known_after_it_was_swallowed() -> None:
    with VirtualClock(max_sleeps=1) as clock:
        time.sleep(1)
        assert clock.runaway is None
        for _ in range(3):
            told(time.sleep, 1)
    assert isinstance(clock.runaway, ClockRunaway)


def test_after_too_much_sleeping_every_later_sleep_raises_again_however_short() -> None:
    with VirtualClock(max_span="1h"):
        told(time.sleep, 3601)
        told(time.sleep, 1)


def test_what_the_test_moves_is_not_counted() -> None:
    with VirtualClock(max_sleeps=30, max_span="1h") as clock:
        for _ in range(5):
            clock.advance("30d")
        clock.run_until(lambda: clock.now() > at(days=150, minutes=10))
        for _ in range(30):
            time.sleep(120)
        assert clock.runaway is None


def test_sleepers_beside_each_other_do_not_add_up(clock: VirtualClock) -> None:
    def sleep() -> None:
        clock.join()
        together.wait()
        time.sleep(40 * 86400)

    together = threading.Barrier(2)
    threads = [threading.Thread(target=sleep, daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        real_join(thread, 30)
    assert clock.now() == at(days=40)
    assert clock.runaway is None


# What they are.


@pytest.mark.parametrize(
    "error",
    [
        ClockRunaway("told"),
        ClockRunawayIgnored("told"),
        ModelMismatchError(report="told"),
        NetworkBlocked("told"),
        OperationNotServed("told"),
        ServiceError("ResourceInUse", "told", status=409),
    ],
    ids=lambda error: type(error).__name__,
)
def test_public_errors_are_shown_where_users_find_them_and_can_be_pickled(error: BaseException) -> None:
    copy = pickle.loads(pickle.dumps(error))
    shown = traceback.format_exception_only(type(copy), copy)
    assert shown == [f"fake_tuning.{type(error).__name__}: {error}\n"]
    assert "told" in str(copy)
    assert vars(copy) == vars(error)


def test_who_waits_for_one_that_was_told_is_told_too(run):
    result = run(
        """
import queue
import threading
import time

import boto3
import pytest

from fake_tuning import TuningJob

@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.tuning(io_patience="20ms")
def test_it(tuning_service):
    tuning_service.add(TuningJob("xgb").stopped())
    ended = queue.Queue()

    def poll():
        client = boto3.client("sagemaker")
        while True:
            job = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="xgb")
            if job["HyperParameterTuningJobStatus"] in ("Completed", "Failed"):
                return ended.put(job)
            time.sleep(60)

    threading.Thread(target=poll).start()
    ended.get()
""",
        apart=True,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *fake_tuning.ClockRunaway: 'xgb' has been Stopped for 100 polls: *"])


def test_a_loop_that_waits_on_and_on_without_a_sleep_is_told():
    async def wait_on() -> None:
        stop = asyncio.Event()
        while True:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(stop.wait(), 1800)

    with VirtualClock(max_span="1h") as clock, pytest.raises(ClockRunaway) as runaway:
        asyncio.run(wait_on())
    assert str(runaway.value) == (
        "slept 1h30m of virtual time, which is past max_span='1h'\n"
        "Does it wait for what never happens? Let it handle that, or give up: a job that "
        "never_ends(ignoring_limits=True) is ended only by a stop. Is so much sleeping meant? "
        f"{ALLOW.format(limit='max_span')}"
    )
    assert clock.runaway is runaway.value
