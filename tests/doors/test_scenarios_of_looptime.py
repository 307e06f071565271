"""What looptime, which moves the time of one event loop, shows in its tests and pages: 20 scenarios in our words."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import socket
import threading
import time
from datetime import timedelta

import anyio
import pytest

from fake_tuning import VirtualClock
from fake_tuning.domain.vocabulary.clock import DEFAULT_START
from support.virtually import bounded, passed, virtually


def real_pause(seconds: float = 0.02) -> None:
    """Wait for real, in C code."""
    with contextlib.suppress(queue.Empty):
        queue.SimpleQueue().get(timeout=seconds)


@virtually
async def test_a_sleep_takes_its_length_by_the_clock_and_by_the_loop(clock):
    """looptime: execution takes near-zero time."""
    begun = asyncio.get_running_loop().time()
    await asyncio.sleep(10)
    assert passed(clock) == 10
    assert asyncio.get_running_loop().time() - begun == pytest.approx(10, abs=1e-5)


@virtually
async def test_real_work_between_two_sleeps_takes_no_virtual_time(clock):
    """looptime: real time is ignored."""
    await asyncio.sleep(5)
    real_pause()
    await asyncio.sleep(5)
    assert passed(clock) == 10


@virtually
async def test_a_timeout_longer_than_the_sleep_does_not_fire(clock):
    """looptime: no timeout before its time."""
    await asyncio.wait_for(asyncio.sleep(1), 10)
    assert passed(clock) == 1


@virtually
async def test_a_timeout_shorter_than_the_sleep_fires_on_schedule(clock):
    """looptime: the timeout happens according to schedule."""
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(asyncio.sleep(10), 1)
    assert passed(clock) == 1


@pytest.mark.parametrize(("second", "sum_of_both"), [(0.09, 0.29), (0.21, 0.41)])
def test_lengths_add_up_as_people_add_them(second, sum_of_both):
    """looptime: floating-point precision; in Python 0.2 + 0.09 is 0.29000000000000004."""

    async def main(clock: VirtualClock) -> float:
        await asyncio.sleep(0.2)
        await asyncio.sleep(second)
        return passed(clock)

    def run() -> float:
        with VirtualClock() as clock:
            return asyncio.run(main(clock))

    assert bounded(run) == sum_of_both


@virtually
async def test_every_stopwatch_agrees(clock):
    """looptime: a chronometer of the loop's time."""
    watches = asyncio.get_running_loop().time, time.monotonic, time.perf_counter, time.time
    begun = [watch() for watch in watches]
    await asyncio.sleep(1)
    await asyncio.sleep(1)
    assert [watch() - start for watch, start in zip(watches, begun, strict=True)] == pytest.approx(
        [2] * 4, abs=1e-5
    )


def test_time_begins_where_it_is_told():
    """looptime: the initial time is customised."""

    async def main(clock: VirtualClock) -> float:
        await asyncio.sleep(60)
        return clock.now()

    def run() -> float:
        with VirtualClock(DEFAULT_START + timedelta(days=400)) as clock:
            return asyncio.run(main(clock))

    assert bounded(run) == DEFAULT_START + timedelta(days=400, minutes=1)


@virtually
async def test_time_that_is_moved_forward_goes_on_from_there(clock):
    """looptime: a forward move."""
    await asyncio.sleep(1)
    clock.move_to(DEFAULT_START + timedelta(days=3))
    await asyncio.sleep(1)
    assert clock.now() == DEFAULT_START + timedelta(days=3, seconds=1)


@virtually
async def test_time_that_is_moved_back_leaves_timers_their_length(clock):
    """looptime: a backward move, which it warns of."""
    sleeping = asyncio.ensure_future(asyncio.sleep(60))
    await asyncio.sleep(10)
    clock.move_to(DEFAULT_START)
    await sleeping
    assert passed(clock) == 50


@virtually
async def test_an_empty_call_in_a_thread_takes_no_time(clock):
    """looptime: an executor with empty code."""
    await asyncio.get_running_loop().run_in_executor(None, int)
    assert passed(clock) == 0


@virtually
async def test_a_sleep_in_a_thread_takes_its_length_in_the_loop(clock):
    """looptime: an executor with a sleep; there it is real, and may be 0.11."""
    await asyncio.get_running_loop().run_in_executor(None, time.sleep, 0.1)
    assert passed(clock) == 0.1


def read_what_comes(clock: VirtualClock, send: object, limit: float) -> tuple[bytes | None, float]:
    """Read one byte from a socket pair in a task, while a thread sends it."""
    ours, theirs = socket.socketpair()

    async def read() -> bytes | None:
        reader, writer = await asyncio.open_connection(sock=ours)
        try:
            return await asyncio.wait_for(reader.read(1), limit)
        except asyncio.TimeoutError:
            return None
        finally:
            writer.close()

    with theirs:
        sender = threading.Thread(target=send, args=[theirs])
        sender.start()
        read_and_when = asyncio.run(read()), passed(clock)
        sender.join()
        return read_and_when


@virtually
def test_what_a_sleeping_thread_sends_arrives_at_its_instant(clock):
    """looptime: idle steps while a thread sends after 0.1 s."""

    def send(there: socket.socket) -> None:
        time.sleep(0.1)
        there.send(b"z")

    assert read_what_comes(clock, send, 60) == (b"z", 0.1)


def test_what_is_sent_after_real_work_arrives_in_no_time():
    """looptime: no idle steps configured."""

    def send(there: socket.socket) -> None:
        real_pause()
        there.send(b"z")

    def run() -> tuple[bytes | None, float]:
        with VirtualClock(patience="60s", io_patience="60s") as clock:
            return read_what_comes(clock, send, 60)

    assert bounded(run) == (b"z", 0)


@virtually
def test_a_socket_to_which_nobody_sends_is_left_at_the_limit(clock):
    """looptime: the end of idle time."""
    assert read_what_comes(clock, lambda there: None, 1) == (None, 1)


@virtually
async def test_what_never_comes_is_given_up_at_the_end(clock):
    """looptime: the end of time, one second."""
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(asyncio.Event().wait(), 1)
    assert passed(clock) == 1


@virtually
async def test_a_timeout_as_a_context_manager(clock):
    """looptime: async_timeout around an event that is never set."""
    with pytest.raises(TimeoutError):
        with anyio.fail_after(1):
            await asyncio.Event().wait()
    assert passed(clock) == 1


@virtually
async def test_what_ends_in_no_time_may_end_after_the_timeout(clock):
    """looptime: finalizers that take no time are allowed at the end of time."""
    ended = []

    async def work() -> None:
        try:
            await asyncio.sleep(10)
        finally:
            await asyncio.sleep(0)
            ended.append(passed(clock))

    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(work(), 1)
    assert ended == [1]


@virtually
async def test_the_work_sees_that_it_is_given_up(clock):
    """looptime: the end of time is injected into the coroutine."""
    seen = []

    async def work() -> None:
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            seen.append(passed(clock))
            raise

    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(work(), 1)
    assert seen == [1]


@virtually
async def test_a_daemon_that_looks_for_its_stop_event(clock):
    """looptime: written for operators whose daemons wait like this."""
    stop, turns = asyncio.Event(), []

    async def daemon() -> None:
        while not stop.is_set():
            turns.append(passed(clock))
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(stop.wait(), 5)

    running = asyncio.ensure_future(daemon())
    await asyncio.sleep(23)
    stop.set()
    await running
    assert (turns, passed(clock)) == ([0, 5, 10, 15, 20], 23)


@virtually
def test_time_goes_on_from_loop_to_loop(clock):
    """looptime: a repeated setup keeps the time."""
    asyncio.run(asyncio.sleep(10))
    loop = asyncio.new_event_loop()
    loop.run_until_complete(asyncio.sleep(10))
    loop.run_until_complete(asyncio.sleep(10))
    loop.close()
    assert passed(clock) == 30
