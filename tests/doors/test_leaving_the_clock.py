"""What outlives a clock: sleepers, loops, pools and forked processes; and waits that a signal interrupts."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from fake_tuning import VirtualClock
from support.scripts import out_of
from support.virtually import bounded, passed

if TYPE_CHECKING:
    from collections.abc import Callable


def in_thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


class TestThreads:
    def test_a_sleeper_that_is_left_behind_ends_and_the_next_clock_knows_nothing_of_it(self):
        def run() -> float:
            with VirtualClock() as clock, clock.held():
                left = in_thread(lambda: time.sleep(3600))
                clock.advance("1s")
            left.join()
            with VirtualClock() as clock:
                time.sleep(10)
                return passed(clock)

        assert bounded(run) == 10

    def test_one_that_waits_without_limit_can_still_be_told(self):
        def run() -> list[bool]:
            told, event = [], threading.Event()
            with VirtualClock() as clock:
                waiting = in_thread(lambda: told.append(event.wait()))
                clock.advance("1s")
            event.set()
            waiting.join()
            return told

        assert bounded(run) == [True]

    def test_one_that_waits_without_limit_can_be_told_in_the_next_clock(self):
        def run() -> float:
            told: list[float] = []
            event = threading.Event()
            with VirtualClock() as clock:
                waiting = in_thread(lambda: told.append(event.wait()))
                clock.advance("1s")
            with VirtualClock() as clock:
                threading.Timer(60, event.set).start()
                time.sleep(100)
                waiting.join()
                return passed(clock)

        assert bounded(run) == 100

    def test_a_watchdog_that_nobody_cancelled_does_not_bark(self):
        barked = threading.Event()
        with VirtualClock():
            watchdog = threading.Timer(3600, barked.set)
            watchdog.daemon = True
            watchdog.start()
            time.sleep(10)
        watchdog.join(0.05)
        assert watchdog.is_alive()
        assert not barked.is_set()
        watchdog.cancel()
        watchdog.join()

    def test_one_that_waits_with_a_limit_can_still_be_told(self):
        def run() -> list[bool]:
            told, event = [], threading.Event()
            with VirtualClock() as clock, clock.held():
                waiting = in_thread(lambda: told.append(event.wait(3600)))
                clock.advance("1s")
            event.set()
            waiting.join()
            return told

        assert bounded(run) == [True]


class TestLoops:
    def test_the_time_of_a_loop_goes_on_from_clock_to_clock(self):
        async def main() -> None:
            loop = asyncio.get_running_loop()
            begun = loop.time()
            with VirtualClock():
                await asyncio.sleep(100)
                left = loop.time()
                assert left - begun >= 100
            await asyncio.sleep(0.001)
            assert left <= loop.time() < left + 50
            with VirtualClock() as clock:
                await asyncio.sleep(50)
                assert passed(clock) == 50
                assert loop.time() >= left + 50

        bounded(lambda: asyncio.run(main()))

    def test_a_timer_that_is_left_behind_has_as_long_to_go_as_it_had(self):
        async def main() -> list[str]:
            rung = []
            with VirtualClock():
                asyncio.get_running_loop().call_later(3600.001, rung.append, "soon")
                asyncio.get_running_loop().call_later(7200, rung.append, "late")
                await asyncio.sleep(3600)
            await asyncio.sleep(0.01)
            return rung

        assert bounded(lambda: asyncio.run(main())) == ["soon"]

    def test_a_loop_runs_again_after_its_clock(self):
        def run() -> tuple[float, str]:
            loop = asyncio.new_event_loop()
            with VirtualClock() as clock:
                loop.run_until_complete(asyncio.sleep(60))
                slept = passed(clock)
            try:
                return slept, loop.run_until_complete(asyncio.sleep(0.001, "slept"))
            finally:
                loop.close()

        assert bounded(run) == (60, "slept")


class TestPools:
    def test_one_that_was_made_in_the_clock_works_after_it(self):
        def run() -> list[object]:
            with VirtualClock() as clock:
                pool = ThreadPoolExecutor(2)
                answers: list[object] = [pool.submit(lambda: (time.sleep(60), passed(clock))[1]).result()]
            answers += pool.map(abs, [-1, -2])
            pool.shutdown()
            return answers

        assert bounded(run) == [60, 1, 2]

    def test_its_workers_take_part_in_the_next_clock_when_they_are_handed_work(self):
        def run() -> tuple[float, float]:
            with VirtualClock():
                pool = ThreadPoolExecutor(1)
                pool.submit(time.sleep, 60).result()
            with VirtualClock() as clock, pool:
                return pool.submit(lambda: (time.sleep(30), passed(clock))[1]).result(timeout=100), passed(
                    clock
                )

        assert bounded(run) == (30, 30)


INTERRUPTED = """
import asyncio, queue, signal, threading, time
from concurrent.futures import Future
from fake_tuning import VirtualClock

def interrupt(*_):
    raise KeyboardInterrupt

signal.signal(signal.SIGALRM, interrupt)
held = threading.Thread(target=threading.Event().wait, daemon=True)
waits = [threading.Event().wait, queue.Queue().get, Future().result, threading.Semaphore(0).acquire, held.join]
with VirtualClock() as clock:
    held.start()
    for wait in waits:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        try:
            wait()
        except KeyboardInterrupt:
            begun = clock.now()
            time.sleep(5)
            print((clock.now() - begun).total_seconds())
"""

FORKED = """
import os, time
from fake_tuning import VirtualClock

with VirtualClock() as clock:
    time.sleep(2)
    child = os.fork()
    if not child:
        time.sleep(3)
        os._exit(clock.now().second)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), clock.now().second)
"""


@pytest.mark.slow
class TestProcess:
    @pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="the system has no interval timers")
    def test_a_wait_that_is_interrupted_leaves_the_clock_in_order(self):
        assert out_of(INTERRUPTED) == ["5.0"] * 5

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="the system cannot fork")
    def test_a_forked_child_has_a_clock_of_its_own(self):
        assert out_of(FORKED) == ["5 2"]
