"""Beside other pytest plugins, tests wait in virtual time as they do alone, and the plugins in real time.

Each test is a run of pytest in a process of its own, which is killed if it hangs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.neighbours import needs

if TYPE_CHECKING:
    from collections.abc import Callable

    Beside = Callable[..., pytest.RunResult]

pytestmark = pytest.mark.slow


ASYNC_TESTS = """
import asyncio
from datetime import timedelta

import pytest
from fake_tuning import TuningJob
from pipeline import wait_async

try:
    from pytest_asyncio import fixture
except ImportError:
    from pytest import fixture


@fixture{fixture_scope}
async def an_hour_later(tuning_service, tuning_clock):
    tuning_service.add(TuningJob("xgb").completes(after="3h"))
    await asyncio.sleep(3600)
    yield tuning_clock.now()
    await asyncio.sleep(3600)


{mark}
async def test_sleeps(an_hour_later, tuning_clock):
    assert await wait_async("xgb") == "Completed"
    assert tuning_clock.now() - an_hour_later == timedelta(hours=2)


{mark}
async def test_times_out(an_hour_later, tuning_clock):
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(wait_async("xgb"), 900)
    assert tuning_clock.now() - an_hour_later == timedelta(minutes=15)


{mark}
async def test_heartbeat(an_hour_later, tuning_clock):
    beats = []

    async def beat():
        while True:
            beats.append(tuning_clock.now() - an_hour_later)
            await asyncio.sleep(600)

    beating = asyncio.create_task(beat())
    assert await wait_async("xgb") == "Completed"
    beating.cancel()
    assert beats[:12] == [timedelta(minutes=10 * n) for n in range(12)]


{mark}
async def test_leaves_work_to_a_thread(an_hour_later, tuning_clock):
    import time

    await asyncio.gather(asyncio.to_thread(time.sleep, 30), asyncio.sleep(10))
    assert tuning_clock.now() - an_hour_later == timedelta(seconds=30)
"""


@needs("pytest_asyncio")
@pytest.mark.parametrize("mode", ["auto", "strict"])
@pytest.mark.parametrize("scope", ["function", "module"])
def test_pytest_asyncio(beside: Beside, mode: str, scope: str) -> None:
    """A loop of the module is older than the clock of a test, and outlives it."""
    tests = ASYNC_TESTS.format(
        mark=f"@pytest.mark.asyncio(loop_scope={scope!r})", fixture_scope=f"(loop_scope={scope!r})"
    )
    result = beside(
        tests, f"--asyncio-mode={mode}", "-o", f"asyncio_default_fixture_loop_scope={scope}",
        plugins=("asyncio",),
    )  # fmt: skip
    result.assert_outcomes(passed=4)


@needs("anyio", "trio")
def test_anyio_on_both_backends(beside: Beside) -> None:
    result = beside(
        """
        import time
        from datetime import timedelta

        import anyio
        import pytest
        from fake_tuning import TuningJob
        from pipeline import wait_async

        pytestmark = pytest.mark.anyio


        @pytest.fixture(autouse=True)
        def job(tuning_service):
            tuning_service.add(TuningJob("xgb").completes(after="3h"))


        @pytest.fixture
        def passed(tuning_clock):
            start = tuning_clock.now()
            return lambda: tuning_clock.now() - start


        async def test_sleeps(passed):
            assert await wait_async("xgb", sleep=anyio.sleep) == "Completed"
            assert passed() == timedelta(hours=3)


        async def test_fails_after(passed):
            with pytest.raises(TimeoutError):
                with anyio.fail_after(900):
                    await wait_async("xgb", sleep=anyio.sleep)
            assert passed() == timedelta(minutes=15)


        async def test_moves_on_beside_a_task(passed):
            beats = []

            async def beat():
                while True:
                    beats.append(passed())
                    await anyio.sleep(600)

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(beat)
                with anyio.move_on_after(3000):
                    await anyio.Event().wait()
                tasks.cancel_scope.cancel()
            assert beats[:5] == [timedelta(minutes=10 * n) for n in range(5)]
            assert passed() == timedelta(minutes=50)


        async def test_leaves_work_to_a_thread(passed):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(anyio.sleep, 10)
                await anyio.to_thread.run_sync(time.sleep, 30)
            assert passed() == timedelta(seconds=30)
        """,
        plugins=("anyio",),
    )
    result.assert_outcomes(passed=8)


@needs("anyio", "trio")
def test_anyio_with_a_loop_that_outlives_clocks(beside: Beside) -> None:
    """A fixture of the module keeps one loop, or one run of trio, for tests with clocks and without."""
    result = beside(
        """
        import time
        from datetime import timedelta

        import anyio
        import pytest

        pytestmark = pytest.mark.anyio


        @pytest.fixture(scope="module", params=["asyncio", "trio"])
        def anyio_backend(request):
            return request.param


        @pytest.fixture(scope="module")
        async def tasks(anyio_backend):
            async with anyio.create_task_group() as tasks:
                yield tasks
                tasks.cancel_scope.cancel()


        @pytest.fixture
        def passed(tuning_clock):
            start = tuning_clock.now()
            return lambda: tuning_clock.now() - start


        async def wait_for_real():
            with anyio.fail_after(60):
                await anyio.sleep(0.01)


        async def test_before(tasks):
            await wait_for_real()


        @pytest.mark.parametrize("round", [1, 2])
        async def test_with_a_clock(tasks, passed, round):
            async def beat():
                while True:
                    await anyio.sleep(60)

            tasks.start_soon(beat)
            with anyio.move_on_after(600):
                await anyio.sleep(3600)
            assert passed() == timedelta(minutes=10)
            await anyio.to_thread.run_sync(time.sleep, 30)
            assert passed() == timedelta(minutes=10, seconds=30)


        async def test_between(tasks):
            await wait_for_real()


        async def test_with_another_clock(tasks, passed):
            with anyio.fail_after(7200):
                await anyio.sleep(3600)
            assert passed() == timedelta(hours=1)
        """,
        plugins=("anyio",),
    )
    result.assert_outcomes(passed=10)


TESTS = """
import subprocess, sys, threading
from datetime import timedelta
from fake_tuning import TuningJob
from pipeline import wait

def test_three_hours(tuning_service, tuning_clock):
    start = tuning_clock.now()
    tuning_service.add(TuningJob("xgb").completes(after="3h"))
    assert wait("xgb") == "Completed"
    assert tuning_clock.now() - start == timedelta(hours=3)

def test_real_work_moves_no_time(tuning_clock):
    start = tuning_clock.now()
    subprocess.run([sys.executable, "-S", "-c", "import time; time.sleep(0.2)"], check=True)
    assert tuning_clock.now() == start
"""

HANGING_TEST = """
def test_hangs(tuning_clock):
    threading.Event().wait()

def test_next(tuning_clock):
    assert tuning_clock.now().hour == 0
"""


@needs("pytest_timeout")
@pytest.mark.parametrize("only", ["true", "false"], ids=["function", "with fixtures"])
def test_pytest_timeout_by_a_signal(beside: Beside, only: str) -> None:
    """Virtual hours do not reach its limit, and it still ends a test that waits for ever."""
    result = beside(
        TESTS + HANGING_TEST,
        *("--timeout=5", "--timeout-method=signal", "-o", f"timeout_func_only={only}"),
        plugins=("timeout",),
    )
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["*Timeout (>5.0s) from pytest-timeout*"])


@needs("pytest_timeout")
@pytest.mark.parametrize("only", ["true", "false"], ids=["function", "with fixtures"])
def test_pytest_timeout_by_a_thread(beside: Beside, only: str) -> None:
    """The same, but that it ends the process, too."""
    result = beside(
        TESTS + HANGING_TEST,
        *("--timeout=5", "--timeout-method=thread", "-o", f"timeout_func_only={only}"),
        plugins=("timeout",),
    )
    assert result.ret == 1
    result.stdout.fnmatch_lines(["test_it.py ..+*+ Timeout +*", "*in test_hangs"])


@needs("xdist")
def test_pytest_xdist(beside: Beside) -> None:
    result = beside(TESTS, "-n", "2", plugins=("xdist",))
    result.assert_outcomes(passed=2)


@needs("pytest_randomly")
@pytest.mark.parametrize("seed", [1, 2])
def test_pytest_randomly(beside: Beside, seed: int) -> None:
    result = beside(
        TESTS
        + """
import random, time
from freezegun import api

def test_seeded(tuning_service):
    random.random()
    assert tuning_service.add(TuningJob()).name

def test_plain():
    assert abs(time.time() - api.real_time()) < 60
""",
        f"--randomly-seed={seed}",
        plugins=("randomly",),
    )
    result.assert_outcomes(passed=4)


@needs("pytest_mock")
def test_pytest_mock(beside: Beside) -> None:
    """A spy and a patch rule where they were made, in either order of fixtures, and the next test has none."""
    result = beside(
        TESTS
        + """
import asyncio, time
import pytest

@pytest.fixture(params=["mocker first", "mocker last"])
def mocked(request):
    names = ["mocker", "tuning_service"]
    for name in names if request.param == "mocker first" else reversed(names):
        request.getfixturevalue(name)
    return request.getfixturevalue("mocker")

def test_spied(mocked, tuning_service, tuning_clock):
    start = tuning_clock.now()
    spy = mocked.spy(time, "sleep")
    tuning_service.add(TuningJob("xgb").completes(after="1h"))
    assert wait("xgb") == "Completed"
    assert spy.call_count == 12
    assert tuning_clock.now() - start == timedelta(hours=1)

def test_patched(mocked, tuning_service, tuning_clock):
    start = tuning_clock.now()
    slept = mocked.patch("time.sleep")
    time.sleep(60)
    slept.assert_called_once_with(60)
    assert tuning_clock.now() == start

def test_patched_in_the_loop(mocked, tuning_service, tuning_clock):
    start = tuning_clock.now()
    slept = mocked.patch("asyncio.sleep")
    asyncio.run(asyncio.wait_for(asyncio.sleep(60), 5))
    slept.assert_called_once_with(60)
    assert tuning_clock.now() == start

def test_after(tuning_clock):
    start = tuning_clock.now()
    time.sleep(60)
    asyncio.run(asyncio.sleep(60))
    assert tuning_clock.now() - start == timedelta(minutes=2)
""",
        plugins=("pytest_mock",),
    )
    result.assert_outcomes(passed=9)


@needs("pytest_rerunfailures")
def test_pytest_rerunfailures(beside: Beside) -> None:
    """A test that is run again begins anew, at the same instant."""
    result = beside(
        TESTS
        + """
import time
seen = []

def test_flaky(tuning_clock):
    seen.append(tuning_clock.now())
    time.sleep(3600)
    assert len(seen) == 2
    assert seen[0] == seen[1]
""",
        *("--reruns=1", "--reruns-delay=0.01"),
        plugins=("rerunfailures",),
    )
    assert result.parseoutcomes() == {"passed": 3, "rerun": 1}


@needs("pytest_cov")
def test_pytest_cov(beside: Beside) -> None:
    """What runs in a thread that waits in virtual time is measured, too."""
    result = beside(
        TESTS
        + """
import asyncio
from pipeline import wait_async

def test_in_a_thread(tuning_service):
    tuning_service.add(TuningJob("xgb").completes(after="3h"))
    worker = threading.Thread(target=lambda: asyncio.run(wait_async("xgb")))
    worker.start()
    worker.join()
""",
        *("--cov=pipeline", "--cov-report=term-missing"),
        plugins=("pytest_cov",),
    )
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["pipeline.py * 100%"])
