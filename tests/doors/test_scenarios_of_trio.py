"""What trio shows with its MockClock, told with anyio on asyncio and with threads: 20 scenarios in our words."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import NamedTuple

import anyio
import anyio.from_thread
import anyio.to_thread
import pytest

from fake_tuning import VirtualClock
from support.virtually import bounded, passed, virtually


@virtually
async def test_sleeps_of_growing_length_end_at_their_sums(clock):
    """trio: autojump."""
    due = 0
    for length in range(0, 100, 10):
        await anyio.sleep(length)
        due += length
        assert passed(clock) == due


@virtually
async def test_who_waits_for_all_to_be_blocked_comes_before_any_sleeper(clock):
    """trio: wait_all_tasks_blocked beside autojump."""
    record = []

    async def sleeper() -> None:
        await anyio.sleep(100)
        record.append("yawn")

    async def waiter() -> None:
        await anyio.wait_all_tasks_blocked()
        record.append(f"all blocked at {passed(clock):g}")
        await anyio.sleep(1000)
        record.append("done")

    async with anyio.create_task_group() as group:
        group.start_soon(sleeper)
        group.start_soon(waiter)
    assert record == ["all blocked at 0", "yawn", "done"]


@virtually
async def test_a_jump_past_a_deadline_ends_at_the_deadline(clock):
    """trio: a basic timeout with jumps."""
    with anyio.move_on_after(10) as scope:
        await clock.advance_async("3s")
        await clock.advance_async("3s")
        assert not scope.cancel_called
        await clock.advance_async("1h")
    assert scope.cancel_called
    assert passed(clock) == 10


@virtually
async def test_who_is_shielded_still_meets_its_own_deadline(clock):
    """trio: move_on_after moves on even if shielded."""
    with anyio.CancelScope() as outer, anyio.move_on_after(1, shield=True) as inner:
        outer.cancel()
        await anyio.sleep_forever()
    assert inner.cancel_called
    assert passed(clock) == 1


@virtually
async def test_who_is_shielded_still_fails_at_its_own_deadline(clock):
    """trio: fail_after fails even if shielded."""

    async def wait() -> None:
        with anyio.CancelScope() as outer, anyio.fail_after(1, shield=True):
            outer.cancel()
            await anyio.sleep_forever()

    with pytest.raises(TimeoutError):
        await wait()
    assert passed(clock) == 1


@virtually
async def test_of_two_deadlines_the_earlier_counts(clock):
    """trio: nested cancel scopes."""
    with anyio.move_on_after(5) as outer, anyio.move_on_after(7) as inner:
        await anyio.sleep_forever()
    assert (outer.cancel_called, inner.cancel_called, passed(clock)) == (True, False, 5)
    with anyio.move_on_after(7) as outer:
        with anyio.move_on_after(5) as inner:
            await anyio.sleep_forever()
        await anyio.sleep(1)
    assert (outer.cancel_called, inner.cancel_called, passed(clock)) == (False, True, 11)


@pytest.mark.parametrize("by", [5, -5], ids=["later", "earlier"])
def test_a_deadline_is_moved_while_it_is_awaited(by):
    """trio: the deadline of a scope that runs is changed."""

    async def main(clock: VirtualClock) -> float:
        async def change(scope: anyio.CancelScope) -> None:
            await anyio.sleep(2)
            scope.deadline += by

        async with anyio.create_task_group() as group:
            with anyio.move_on_after(10) as scope:
                group.start_soon(change, scope)
                await anyio.sleep_forever()
            return passed(clock)

    def run() -> float:
        with VirtualClock() as clock:
            return asyncio.run(main(clock))

    assert bounded(run) == 10 + by


@virtually
async def test_a_channel_whose_receiver_gave_up_still_works(clock):
    """trio: issue 553, a receiver that timed out."""
    send, receive = anyio.create_memory_object_stream[str](1)
    with send, receive:
        with anyio.move_on_after(10) as scope:
            await receive.receive()
        assert scope.cancel_called
        await send.send("it")
        assert await receive.receive() == "it"
    assert passed(clock) == 10


@virtually
async def test_a_channel_without_room_is_as_fast_as_its_slowest_end(clock):
    """trio: several producers of a channel of no size."""
    got = []

    async def produce(stream: anyio.abc.ObjectSendStream[int], first: int) -> None:
        async with stream:
            for number in range(first, first + 3):
                await anyio.sleep(1)
                await stream.send(number)

    send, receive = anyio.create_memory_object_stream[int](0)
    async with anyio.create_task_group() as group, receive:
        async with send:
            for first in (0, 10):
                group.start_soon(produce, send.clone(), first)
        async for number in receive:
            await anyio.sleep(4)
            got.append((number, passed(clock)))
    assert got == [(0, 5), (10, 9), (1, 13), (11, 17), (2, 21), (12, 25)]


@virtually
async def test_a_group_is_open_until_who_is_being_started_has_ended(clock):
    """trio: nursery.start keeps a nursery open."""
    begun = []

    async def begin_slowly(*, task_status: anyio.abc.TaskStatus[None]) -> None:
        await anyio.sleep(2)
        task_status.started()
        await anyio.sleep(3)

    async with anyio.create_task_group() as group:
        await group.start(begin_slowly)
        begun.append(passed(clock))
        await group.start(begin_slowly)
        begun.append(passed(clock))
    assert (begun, passed(clock)) == ([2, 4], 7)


class Attempt(NamedTuple):
    """A connection attempt: how long it takes, and whether it succeeds."""

    takes: float
    succeeds: bool = True


async def connect(attempts: list[Attempt], stagger: float, began: list[float], now: object) -> int | None:
    """Begin an attempt when the one before has failed, or has not succeeded for so long; the first success counts."""
    winners: list[int] = []

    async def attempt(number: int, over: anyio.Event) -> None:
        began.append(now())
        await anyio.sleep(attempts[number].takes)
        if attempts[number].succeeds:
            winners.append(number)
            group.cancel_scope.cancel()
        over.set()

    async with anyio.create_task_group() as group:
        for number in range(len(attempts)):
            over = anyio.Event()
            group.start_soon(attempt, number, over)
            with anyio.move_on_after(stagger):
                await over.wait()
    return winners[0] if winners else None


@pytest.mark.parametrize(
    ("attempts", "stagger", "winner", "ends", "begins"),
    [
        pytest.param([Attempt(100)], 0.25, 0, 100, [0], id="one that is slow"),
        pytest.param([Attempt(0.125, False)], 0.25, None, 0.125, [0], id="one that fails"),
        pytest.param(
            [Attempt(1), Attempt(1), Attempt(0.2)], 0.25, 2, 0.7, [0, 0.25, 0.5], id="the third wins"
        ),
        pytest.param(
            [Attempt(1), Attempt(0.1), Attempt(0.2)], 0.25, 1, 0.35, [0, 0.25], id="the third never begins"
        ),
        pytest.param(
            [Attempt(1), Attempt(1), Attempt(0.2)], 0.45, 0, 1, [0, 0.45, 0.9], id="a longer stagger"
        ),
        pytest.param(
            [Attempt(0.1, False), Attempt(0.2, False), Attempt(10), Attempt(0.25)],
            0.25,
            3,
            0.8,
            [0, 0.1, 0.3, 0.55],
            id="failures hasten",
        ),
        pytest.param(
            [Attempt(0.1, False), Attempt(0.2, False), Attempt(10, False), Attempt(0.25, False)],
            0.25,
            None,
            10.3,
            [0, 0.1, 0.3, 0.55],
            id="all fail",
        ),
    ],
)
def test_staggered_connection_attempts(attempts, stagger, winner, ends, begins):
    """trio: open_tcp_stream's happy eyeballs."""

    def run() -> object:
        began: list[float] = []
        with VirtualClock() as clock:
            won = asyncio.run(connect(attempts, stagger, began, lambda: passed(clock)))
            return won, passed(clock), began

    assert bounded(run) == (winner, ends, begins)


@virtually
async def test_staggered_attempts_are_given_up_together(clock):
    """trio: open_tcp_stream is cancelled after 5 s."""
    began: list[float] = []
    with anyio.move_on_after(5) as scope:
        await connect([Attempt(10)] * 4, 0.25, began, lambda: passed(clock))
    assert scope.cancel_called
    assert (began, passed(clock)) == ([0, 0.25, 0.5, 0.75], 5)


@virtually
async def test_a_thread_that_sleeps_in_the_loop_that_began_it(clock):
    """trio: from_thread.run."""
    assert (
        await anyio.to_thread.run_sync(lambda: (anyio.from_thread.run(anyio.sleep, 5), passed(clock))[1]) == 5
    )


@virtually
async def test_a_thread_that_is_abandoned_goes_on_alone(clock):
    """trio: to_thread.run_sync that may be abandoned."""
    ended = []
    with anyio.move_on_after(2):
        await anyio.to_thread.run_sync(
            lambda: (time.sleep(10), ended.append(passed(clock))), abandon_on_cancel=True
        )
    assert (ended, passed(clock)) == ([], 2)
    await anyio.sleep(10)
    assert ended == [10]


@virtually
async def test_no_more_threads_than_the_limiter_allows(clock):
    """trio: a capacity limiter for threads."""
    limiter = anyio.CapacityLimiter(2)
    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(lambda: anyio.to_thread.run_sync(time.sleep, 10, limiter=limiter))
    assert passed(clock) == 30


@virtually
async def test_a_lock_goes_to_those_who_wait_in_their_order(clock):
    """trio: fairness of locks."""
    lock, held = anyio.Lock(), []

    async def hold(name: str) -> None:
        async with lock:
            held.append((name, passed(clock)))
            await anyio.sleep(1)

    async with anyio.create_task_group() as group:
        for name in "abc":
            group.start_soon(hold, name)
            await anyio.sleep(0.125)
    assert held == [("a", 0), ("b", 1), ("c", 2)]


@virtually
def test_a_lock_goes_to_threads_in_their_order(clock):
    """trio: the same among threads, with a condition."""
    condition, turn, held = threading.Condition(), [0], []

    def hold(number: int) -> None:
        with condition:
            assert condition.wait_for(lambda: turn[0] == number, timeout=100)
        held.append((number, passed(clock)))
        time.sleep(1)
        with condition:
            turn[0] += 1
            condition.notify_all()

    threads = [threading.Thread(target=hold, args=[number]) for number in (2, 0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert held == [(0, 0), (1, 1), (2, 2)]


@virtually
async def test_who_sleeps_for_ever_is_cancelled_by_a_sibling(clock):
    """trio: sleep_forever in a nursery that is cancelled."""
    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(anyio.sleep_forever)
        await anyio.sleep(7)
        group.cancel_scope.cancel()
    assert passed(clock) == 7


@virtually
async def test_an_error_ends_the_sleep_of_the_others_at_its_instant(clock):
    """trio: a nursery whose child crashes."""

    async def crash() -> None:
        await anyio.sleep(7)
        raise LookupError

    async def run() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(crash)
            group.start_soon(anyio.sleep, 3600)

    with pytest.raises(BaseException) as raised:  # noqa: PT011  # a group, which Python has since 3.11
        await run()
    assert [type(error) for error in raised.value.exceptions] == [LookupError]
    assert passed(clock) == 7


def test_a_child_process_that_obeys_ends_within_its_grace():
    """trio: a process that is terminated, and killed five seconds later."""

    async def main() -> int:
        process = await asyncio.create_subprocess_exec("sleep", "600")
        process.terminate()
        try:
            return await asyncio.wait_for(process.wait(), 5)
        except asyncio.TimeoutError:
            process.kill()
            return await process.wait()

    def run() -> tuple[int, float]:
        with VirtualClock(io_patience="60s") as clock:
            return asyncio.run(main()), passed(clock)

    assert bounded(run) == (-15, 0)
