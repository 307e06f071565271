"""What a virtual clock says when it is used in a way that cannot work, to the letter."""

from __future__ import annotations

import asyncio
import concurrent.futures
import queue
import sys
import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from fake_tuning import VirtualClock
from support.virtually import bounded

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

HELD = (
    "the thread 'test' holds the time, and only it may move or hold it: let the test advance the clock, and the code "
    "in other threads wait"
)
HOLDER_WAITS = (
    "this thread holds the time, so nobody else can move it to the deadline that it waits for: move it with "
    "clock.advance(...), in a coroutine with `await clock.advance_async(...)`, or wait outside of held()"
)
IN_A_TASK = (
    "advance(), move_to() and run_until() cannot run tasks of the event loop that calls them, and some are due on the "
    "way: write `await clock.advance_async(...)`, move_to_async or run_until_async instead"
)
TRAVELLING = (
    "time-machine is travelling, and VirtualClock cannot freeze a process that time-machine moves. Let time-machine "
    "rule the time: FakeTuningService(clock=AmbientClock()), or with the fixtures "
    "@pytest.mark.tuning(clock='ambient'). Or leave time-machine out, and move the VirtualClock instead."
)
NEAR_THE_END = "9999-12-31T23:00:00Z"


def outcome(wait: Callable[[], Any]) -> Any:
    """Return what a call returns, or the type and the message of what it raises."""
    try:
        return wait()
    except Exception as error:
        return type(error), str(error)


def in_a_thread(name: str, call: Callable[[], Any]) -> Any:
    """Return the outcome of a call in a thread of its own."""
    outcomes: list[Any] = []
    thread = threading.Thread(target=lambda: outcomes.append(outcome(call)), name=name)
    thread.start()
    thread.join()
    return outcomes[0]


MOVES: dict[str, Callable[[VirtualClock], Any]] = {
    "advance": lambda clock: clock.advance("5s"),
    "move_to": lambda clock: clock.move_to(clock.now() + timedelta(seconds=5)),
    "run_until": lambda clock: clock.run_until(lambda: False, every="5s"),
}


class TestHeld:
    @pytest.mark.parametrize(
        "move",
        [
            *MOVES.values(),
            lambda clock: clock.move_to("2025-01-01T00:00:00Z"),
            lambda clock: asyncio.run(clock.advance_async("5s")),
            lambda clock: asyncio.run(clock.move_to_async(clock.now() + timedelta(seconds=5))),
            lambda clock: asyncio.run(clock.run_until_async(lambda: False)),
            lambda clock: clock.held().__enter__(),
        ],
    )
    def test_another_participant_may_not_move_or_hold_it(self, move: Callable[[VirtualClock], Any]) -> None:
        def body() -> None:
            threading.current_thread().name = "test"
            with VirtualClock() as clock:
                began = clock.now()
                with clock.held():
                    assert in_a_thread("worker", lambda: move(clock)) == (RuntimeError, HELD)
                    assert clock.now() == began
                assert in_a_thread("worker", lambda: clock.advance("5s")) is None
                assert clock.now() - began == timedelta(seconds=5)

        bounded(body)

    @pytest.mark.parametrize("sleep", [lambda clock: time.sleep(90), lambda clock: clock.sleep("90s")])
    def test_the_holder_may_not_sleep(self, sleep: Callable[[VirtualClock], None]) -> None:
        def body() -> None:
            with VirtualClock() as clock:
                began = clock.now()
                with clock.held():
                    assert outcome(lambda: sleep(clock)) == (
                        RuntimeError,
                        "this thread holds the time, and would sleep 90 s for ever: only its own advance() and "
                        "move_to() move a time that is held. Write clock.advance(...) instead, or sleep outside of "
                        "held()",
                    )
                    time.sleep(0)
                    clock.advance("5s")
                sleep(clock)
                assert clock.now() - began == timedelta(seconds=95)

        bounded(body)

    @pytest.mark.parametrize(
        "wait",
        [
            lambda: threading.Event().wait(90),
            lambda: queue.Queue[int]().get(timeout=90),
            lambda: asyncio.run(asyncio.sleep(90)),
        ],
    )
    def test_the_holder_is_told_of_any_other_wait_that_would_be_for_ever(
        self, wait: Callable[[], Any]
    ) -> None:
        def body() -> None:
            with VirtualClock(io_patience="20ms") as clock:
                with clock.held():
                    assert outcome(wait) == (RuntimeError, HOLDER_WAITS)
                    assert outcome(wait) == (RuntimeError, HOLDER_WAITS)
                began = clock.now()
                outcome(wait)
                assert round((clock.now() - began).total_seconds(), 3) == 90

        bounded(body)


class TestInATask:
    @pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
    def test_tasks_of_the_same_loop_cannot_run_meanwhile(self, move: Callable[[VirtualClock], Any]) -> None:
        async def main(clock: VirtualClock) -> None:
            task = asyncio.create_task(asyncio.sleep(3))
            await asyncio.sleep(0)
            assert outcome(lambda: move(clock)) == (RuntimeError, IN_A_TASK)
            began = clock.now()
            await clock.advance_async("5s")
            assert (clock.now() - began, task.done()) == (timedelta(seconds=5), True)

        run_in_a_loop(main)

    def test_a_task_that_is_ready_counts_too(self) -> None:
        async def main(clock: VirtualClock) -> None:
            task = asyncio.create_task(asyncio.sleep(0))
            assert outcome(lambda: clock.advance("5s")) == (RuntimeError, IN_A_TASK)
            await task

        run_in_a_loop(main)

    @pytest.mark.parametrize("move", [MOVES["advance"], MOVES["move_to"]])
    def test_it_may_move_where_no_task_is_due_on_the_way(self, move: Callable[[VirtualClock], Any]) -> None:
        async def main(clock: VirtualClock) -> None:
            task = asyncio.create_task(asyncio.sleep(60))
            await asyncio.sleep(0)
            move(clock)
            await task

        assert run_in_a_loop(main) == 60


def run_in_a_loop(main: Callable[[VirtualClock], Coroutine[Any, Any, None]]) -> float:
    """Run a coroutine in virtual time, and return how many seconds it took."""

    def body() -> float:
        with VirtualClock() as clock:
            began = clock.now()
            asyncio.run(main(clock))
            return round((clock.now() - began).total_seconds(), 3)

    seconds: float = bounded(body)
    return seconds


# Waits of a length that is none. Each is tried for real first: what it does there it does in virtual time, too.


def with_condition(seconds: Any) -> Any:
    condition = threading.Condition()
    with condition:
        return condition.wait(seconds), condition.wait_for(lambda: False, seconds)


def full_queue() -> queue.Queue[int]:
    full = queue.Queue[int](1)
    full.put(1)
    return full


def timer(seconds: Any) -> Any:
    fired: list[str] = []
    timer = threading.Timer(seconds, fired.append, ["fired"])
    timer.start()
    timer.join()
    return fired


def join(seconds: Any) -> Any:
    go_on = threading.Event()
    thread = threading.Thread(target=go_on.wait)
    thread.start()
    try:
        thread.join(seconds)
        return thread.is_alive()
    finally:
        go_on.set()
        thread.join()


def result_of_a_pool(seconds: Any) -> Any:
    go_on = threading.Event()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        try:
            return pool.submit(go_on.wait).result(seconds)
        finally:
            go_on.set()


def done_futures(seconds: Any) -> Any:
    done, pending = concurrent.futures.wait([concurrent.futures.Future()], timeout=seconds)
    return len(done), len(pending)


async def wait_for(seconds: Any) -> Any:
    return await asyncio.wait_for(asyncio.Event().wait(), seconds)


async def waiting(seconds: Any) -> Any:
    task = asyncio.ensure_future(asyncio.Event().wait())
    done, pending = await asyncio.wait([task], timeout=seconds)
    task.cancel()
    return len(done), len(pending)


async def called_later(seconds: Any) -> Any:
    event = asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, event.set)
    return await event.wait()


async def within_a_timeout(seconds: Any) -> Any:
    async with asyncio.timeout(seconds):
        await asyncio.Event().wait()


WAITS: dict[str, Callable[[Any], Any]] = {
    "time.sleep": lambda seconds: time.sleep(seconds),  # noqa: PLW0108  # the one that stands there when it is called
    "Condition": with_condition,
    "Event": lambda seconds: threading.Event().wait(seconds),
    "Semaphore": lambda seconds: threading.Semaphore(0).acquire(timeout=seconds),
    "Barrier": lambda seconds: threading.Barrier(2).wait(seconds),
    "Timer": timer,
    "Thread.join": join,
    "Queue.get": lambda seconds: queue.Queue[int]().get(timeout=seconds),
    "Queue.put": lambda seconds: full_queue().put(1, timeout=seconds),
    "SimpleQueue.get": lambda seconds: queue.SimpleQueue[int]().get(timeout=seconds),
    "Future.result": lambda seconds: concurrent.futures.Future[int]().result(seconds),
    "Future.exception": lambda seconds: concurrent.futures.Future[int]().exception(seconds),
    "Future.result of a pool": result_of_a_pool,
    "futures.wait": done_futures,
    "as_completed": lambda seconds: list(
        concurrent.futures.as_completed([concurrent.futures.Future[int]()], timeout=seconds)
    ),
    "asyncio.sleep": lambda seconds: asyncio.run(asyncio.sleep(seconds, "slept")),
    "asyncio.wait_for": lambda seconds: asyncio.run(wait_for(seconds)),
    "asyncio.wait": lambda seconds: asyncio.run(waiting(seconds)),
    "loop.call_later": lambda seconds: asyncio.run(called_later(seconds)),
}
if sys.version_info >= (3, 11):
    WAITS["asyncio.timeout"] = lambda seconds: asyncio.run(within_a_timeout(seconds))


class TestLengths:
    @pytest.mark.parametrize("seconds", [-1, -0.5, 0, 0.0, float("-inf")])
    @pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)
    def test_nothing_and_less_than_nothing_are_what_they_are_for_real(
        self, wait: Callable[[Any], Any], seconds: float
    ) -> None:
        def body() -> None:
            expected = outcome(lambda: wait(seconds))
            with VirtualClock() as clock:
                began = clock.now()
                assert outcome(lambda: wait(seconds)) == expected
                assert clock.now() == began

        bounded(body)

    @pytest.mark.parametrize("seconds", [float("nan"), float("inf")])
    @pytest.mark.parametrize("wait", [WAITS["time.sleep"], WAITS["Thread.join"]])
    def test_what_is_no_length_is_refused_as_the_real_one_refuses_it(
        self, wait: Callable[[Any], Any], seconds: float
    ) -> None:
        def body() -> None:
            expected = outcome(lambda: wait(seconds))
            with VirtualClock():
                assert outcome(lambda: wait(seconds)) == expected
            assert expected[0] in {ValueError, OverflowError}

        bounded(body)

    @pytest.mark.parametrize(
        ("use", "says"),
        [
            (lambda clock: clock.advance(-5), "by must not be negative, but is -5"),
            (
                lambda clock: clock.sleep("-5s"),
                "length cannot be read from '-5s': write it like '90s', '8m', ",
            ),
            (lambda clock: clock.run_until(lambda: False, every=-5), "every must not be negative, but is -5"),
            (lambda clock: asyncio.run(clock.advance_async(-5)), "by must not be negative, but is -5"),
        ],
    )
    def test_the_clock_itself_refuses_them(self, use: Callable[[VirtualClock], Any], says: str) -> None:
        with VirtualClock() as clock:
            kind, text = outcome(lambda: use(clock))
        assert kind is ValueError
        assert text.startswith(says)


class TestTheEndOfTheCalendar:
    @pytest.mark.parametrize(
        "move",
        [
            lambda clock: clock.advance("2h"),
            lambda clock: clock.run_until(lambda: False, every="2h"),
            lambda clock: asyncio.run(clock.advance_async("2h")),
        ],
    )
    def test_no_move_leads_beyond_it(self, move: Callable[[VirtualClock], Any]) -> None:
        with VirtualClock(NEAR_THE_END) as clock:
            assert outcome(lambda: move(clock)) == (
                ValueError,
                "2h more would be after the year 9999, where the calendar ends: it is 9999-12-31T23:00:00+00:00 now. "
                "Begin earlier, with VirtualClock(start=...), or move by less",
            )
            clock.advance("59m59s")

    @pytest.mark.parametrize(
        "wait", [WAITS["time.sleep"], WAITS["Event"], WAITS["asyncio.sleep"], WAITS["asyncio.wait_for"]]
    )
    def test_no_wait_ends_beyond_it(self, wait: Callable[[Any], Any]) -> None:
        def body() -> None:
            with VirtualClock(NEAR_THE_END) as clock:
                refused = outcome(lambda: wait(7200))
                assert refused == (
                    OverflowError,
                    "this wait would end after the year 9999, where the calendar ends, and nobody else can go on "
                    "before: it is 9999-12-31T23:00:00+00:00 now. Begin earlier, with VirtualClock(start=...), or "
                    "wait for less",
                )
                time.sleep(3599)
                assert clock.now().isoformat() == "9999-12-31T23:59:59+00:00"

        bounded(body)

    def test_a_wait_may_end_beyond_it_that_something_ends_before(self) -> None:
        def body() -> None:
            with VirtualClock(NEAR_THE_END) as clock:
                came = threading.Event()
                threading.Timer(60, came.set).start()
                assert came.wait(threading.TIMEOUT_MAX)
                assert clock.now().isoformat() == "9999-12-31T23:01:00+00:00"

        bounded(body)


class TestEntering:
    def test_it_is_left_in_the_thread_that_entered_it(self) -> None:
        before = time.sleep, time.time
        clock = VirtualClock()
        clock.__enter__()
        assert in_a_thread("worker", lambda: clock.__exit__(None, None, None)) == (
            RuntimeError,
            f"this VirtualClock was entered in the thread {threading.current_thread().name!r} and left in 'worker'. "
            "It has ended, but who took part in it was decided in the first: enter and leave it in one thread",
        )
        assert (time.sleep, time.time) == before
        with clock:
            time.sleep(60)

    @pytest.mark.parametrize("traveller", [time_machine.travel(0, tick=False), time_machine.travel(0)])
    def test_it_does_not_freeze_a_process_that_time_machine_moves(
        self, traveller: time_machine.travel
    ) -> None:
        before = time.sleep
        with traveller:
            assert outcome(VirtualClock().__enter__) == (RuntimeError, TRAVELLING)
            assert time.sleep is before

    def test_time_machine_does_not_travel_while_it_runs(self) -> None:
        with VirtualClock() as clock:
            kind, _ = outcome(time_machine.travel(0).start)
            assert kind is RuntimeError
            assert time.time() == clock.now().timestamp()
