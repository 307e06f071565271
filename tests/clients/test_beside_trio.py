"""Runs of trio wait in virtual time.

Each test is a run of pytest in a process of its own, which is killed if it hangs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.neighbours import needs

if TYPE_CHECKING:
    from collections.abc import Callable

    Beside = Callable[..., pytest.RunResult]

pytestmark = [pytest.mark.slow, needs("trio")]

COMMON = """
import math, subprocess, sys, threading, time
from datetime import timedelta

import pytest
import trio
from fake_tuning import ClockRunaway, TuningJob, VirtualClock
from pipeline import status, wait_async
from trio._core._run import SystemClock

@pytest.fixture
def passed(tuning_clock):
    start = tuning_clock.now()
    return lambda: (tuning_clock.now() - start).total_seconds()
"""


def test_waits(beside: Beside) -> None:
    result = beside(
        COMMON
        + """
def test_a_pipeline(passed, tuning_service):
    tuning_service.add(TuningJob("xgb").completes(after="3h"))
    assert trio.run(wait_async, "xgb", trio.sleep) == "Completed"
    assert passed() == 3 * 3600

def test_limits(passed):
    async def main():
        with trio.move_on_after(5) as scope:
            await trio.sleep(100)
        assert scope.cancelled_caught
        with pytest.raises(trio.TooSlowError), trio.fail_after(0.1):
            await trio.sleep_forever()
        with trio.move_on_after(0.2):
            await trio.sleep(math.inf)
        with trio.move_on_after(86400 * 3):
            await trio.Event().wait()
        with trio.fail_after(10):
            await trio.sleep(0.7)

    trio.run(main)
    assert passed() == 5 + 0.1 + 0.2 + 86400 * 3 + 0.7

def test_the_order_of_deadlines(passed):
    seen = []

    async def sleep(seconds):
        await trio.sleep(seconds)
        seen.append(passed())

    async def main():
        async with trio.open_nursery() as nursery:
            for seconds in (30, 0.3, 600, 7, 0.1):
                nursery.start_soon(sleep, seconds)

    trio.run(main)
    assert seen == [0.1, 0.3, 7, 30, 600]

def test_a_task_that_never_rests_stops_no_time(passed):
    async def main():
        done = trio.Event()

        async def set_later():
            await trio.sleep(60)
            done.set()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(set_later)
            while not done.is_set():
                await trio.sleep(0)

    trio.run(main)
    assert passed() == 60

def test_waiting_for_all_tasks_to_block(passed):
    seen = []

    async def sleep():
        seen.append("sleeps")
        await trio.sleep(60)

    async def main():
        async with trio.open_nursery() as nursery:
            nursery.start_soon(sleep)
            await trio.testing.wait_all_tasks_blocked()
            seen.append(passed())

    import trio.testing
    trio.run(main)
    assert seen == ["sleeps", 0]
    assert passed() == 60

def test_too_much_is_told_at_the_line_that_slept(tuning_service):
    tuning_service.add(TuningJob("xgb").stopped())

    async def main():
        while True:
            status("xgb")
            await trio.sleep(60)

    with pytest.raises(ClockRunaway, match="Last sleeper: test_it.py:[0-9]+, which began to sleep 1m more"):
        trio.run(main)

@pytest.mark.tuning(max_span="1d")
def test_too_long_a_span_of_limits_is_told(tuning_clock):
    async def main():
        while True:
            with trio.move_on_after(3600):
                await trio.Event().wait()

    with pytest.raises(ClockRunaway, match="^slept 1d1h of virtual time, which is past max_span='1d'"):
        trio.run(main)

def test_tasks_that_never_rest_go_on_while_the_time_is_held(tuning_clock, passed):
    async def main():
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, 60)
            for _ in range(30_000):
                await trio.sleep(0)
            nursery.cancel_scope.cancel()

    with tuning_clock.held():
        trio.run(main)
    assert passed() == 0
"""
    )
    result.assert_outcomes(passed=8)


def test_threads(beside: Beside) -> None:
    result = beside(
        COMMON
        + """
def test_a_worker_beside_a_task(passed):
    async def main():
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, 10)
            await trio.to_thread.run_sync(time.sleep, 30)

    for times in (1, 2):  # the second finds an idle worker
        trio.run(main)
        assert passed() == 30 * times

def test_a_worker_calls_back(passed):
    def work():
        time.sleep(5)
        trio.from_thread.run(trio.sleep, 6)
        trio.from_thread.run_sync(seen.append, passed())

    seen = []
    trio.run(trio.to_thread.run_sync, work)
    assert seen == [11]

def test_a_run_in_a_thread_beside_a_sleeper(passed):
    seen = []

    async def beat():
        for _ in range(5):
            await trio.sleep(20)
            seen.append(passed())

    beating = threading.Thread(target=trio.run, args=(beat,))
    beating.start()
    time.sleep(50)
    seen.append("awake")
    beating.join()
    assert seen == [20, 40, "awake", 60, 80, 100]

def test_a_run_that_does_not_take_part_waits_for_real():
    done, go = threading.Event(), threading.Event()

    def outside():
        go.wait()
        trio.run(trio.sleep, 0.05)
        done.set()

    thread = threading.Thread(target=outside)
    thread.start()
    with VirtualClock() as clock:
        start = clock.now()
        go.set()
        thread.join()
        assert done.is_set()
        assert clock.now() == start

def test_a_token_hands_over_work(passed):
    async def main():
        token = trio.lowlevel.current_trio_token()

        def wake():
            time.sleep(40)
            token.run_sync_soon(event.set)

        event = trio.Event()
        threading.Thread(target=wake).start()
        with trio.fail_after(60):
            await event.wait()

    trio.run(main)
    assert passed() == 40
"""
    )
    result.assert_outcomes(passed=5)


def test_real_work(beside: Beside) -> None:
    result = beside(
        COMMON
        + """
def test_a_child_process_is_waited_for(passed):
    async def main():
        with trio.fail_after(5):
            await trio.run_process([sys.executable, "-S", "-c", "import time; time.sleep(0.3)"])

    trio.run(main)
    assert passed() == 0

def test_an_answer_is_waited_for(passed):
    import socket
    from fake_tuning.doors.clock.originals import real_sleep

    listening = socket.create_server(("127.0.0.1", 0))

    def answer():
        connection, _ = listening.accept()
        with connection:
            for _ in range(2):
                request = connection.recv(1)
                real_sleep(0.05)
                connection.sendall(request)

    async def main():
        stream = await trio.open_tcp_stream(*listening.getsockname())
        async with stream:
            for _ in range(2):
                with trio.fail_after(5):
                    await stream.send_all(b"x")
                    assert await stream.receive_some() == b"x"
                await trio.sleep(3600)

    serving = threading.Thread(target=answer)
    serving.start()
    trio.run(main)
    serving.join()
    listening.close()
    assert passed() == 2 * 3600

def test_a_server_that_listens_holds_no_time(passed):
    async def main():
        async with trio.open_nursery() as nursery:
            await nursery.start(trio.serve_tcp, lambda stream: trio.sleep(0), 0)
            for _ in range(100):
                await trio.sleep(60)
            nursery.cancel_scope.cancel()

    trio.run(main)
    assert passed() == 6000
"""
    )
    result.assert_outcomes(passed=3)


def test_moving_the_time(beside: Beside) -> None:
    result = beside(
        COMMON
        + """
def test_a_task_lets_the_others_run(passed, tuning_clock):
    seen = []

    async def beat():
        while True:
            await trio.sleep(60)
            seen.append(passed())

    async def main():
        async with trio.open_nursery() as nursery:
            nursery.start_soon(beat)
            with tuning_clock.held():
                await trio.testing.wait_all_tasks_blocked()
                await tuning_clock.advance_async("150s")
                assert (seen, passed()) == ([60, 120], 150)
                await tuning_clock.run_until_async(lambda: len(seen) == 4, every="1m")
                assert (seen, passed()) == ([60, 120, 180, 240], 270)
            nursery.cancel_scope.cancel()

    import trio.testing
    trio.run(main)

def test_a_task_does_not_move_past_the_others(passed, tuning_clock):
    async def main():
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, 60)
            await trio.testing.wait_all_tasks_blocked()
            tuning_clock.advance("59s")
            with pytest.raises(RuntimeError, match="some are due on the way: write `await clock.advance_async"):
                tuning_clock.advance("1s")
            assert passed() == 59

    import trio.testing
    trio.run(main)
    assert passed() == 60
"""
    )
    result.assert_outcomes(passed=2)


def test_lives(beside: Beside) -> None:
    """A clock may begin and end within a run, a run may have a clock of its own, and nothing is left behind."""
    result = beside(
        COMMON
        + """
ORIGINAL = SystemClock.current_time

def test_a_clock_within_a_run():
    async def main():
        async with trio.open_nursery() as nursery:
            before = trio.current_time()
            with VirtualClock() as clock:
                start = clock.now()
                await trio.sleep(3600)
                assert clock.now() - start == timedelta(hours=1)
                assert 3600 <= trio.current_time() - before
            after = trio.current_time()
            assert after - before >= 3600
            with trio.fail_after(60):
                await trio.sleep(0.01)
            assert trio.current_time() > after
            with VirtualClock() as clock:
                await trio.sleep(3600)
            assert trio.current_time() - before >= 7200

    trio.run(main)

def test_a_clock_of_its_own(passed):
    import trio.testing

    async def main():
        await trio.sleep(3600)
        return trio.current_time()

    assert trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0)) == 3600
    assert passed() == 0

def test_nothing_is_left(tuning_clock):
    assert SystemClock.current_time is not ORIGINAL

def test_nothing_was_left():
    assert SystemClock.current_time is ORIGINAL
"""
    )
    result.assert_outcomes(passed=4)
