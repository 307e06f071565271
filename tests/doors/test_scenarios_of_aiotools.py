"""What aiotools shows with its VirtualClock of one event loop: 20 scenarios in our words, with asyncio alone."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from support.virtually import passed, virtually

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterable


class Ticks:
    """Begins a task at once and after each interval, until it is stopped; then it cancels those that still run."""

    def __init__(
        self, tick: Callable[[], Coroutine[Any, Any, None]], every: float, alone: bool = False
    ) -> None:
        self._tick, self._every, self._alone = tick, every, alone
        self._begun: list[asyncio.Task[None]] = []
        self._ticking = asyncio.ensure_future(self._run())

    async def _run(self) -> None:
        while True:
            if self._alone:
                await cancelled(self._begun)
            self._begun.append(asyncio.ensure_future(self._tick()))
            await asyncio.sleep(self._every)

    async def stop(self) -> tuple[int, int, int]:
        """Return how many ticks began, ended and were cancelled."""
        await cancelled([self._ticking])
        await cancelled(self._begun)
        await asyncio.gather(
            *self._begun, return_exceptions=True
        )  # or else asyncio complains of those that failed
        stopped = sum(task.cancelled() for task in self._begun)
        return len(self._begun), len(self._begun) - stopped, stopped


async def cancelled(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel tasks, and wait until they have cleaned up."""
    tasks = [task for task in tasks if not task.done()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def job(delay: float, result: object) -> Any:
    """Return or raise the result after so long."""
    await asyncio.sleep(delay)
    if isinstance(result, BaseException):
        raise result
    return result


async def race(jobs: Iterable[Awaitable[Any]], errors: list[BaseException] | None = None) -> Any:
    """Return the first result; an error loses the race, or is collected while others still run."""
    tasks = [asyncio.ensure_future(each) for each in jobs]
    try:
        for ended in asyncio.as_completed(tasks):
            result = await caught(ended)
            if not isinstance(result, ArithmeticError):
                return result
            if errors is None:
                raise result
            errors.append(result)
    finally:
        await cancelled(tasks)
    return None


async def caught(awaited: Awaitable[Any]) -> Any:
    """Return a result or an error."""
    try:
        return await awaited
    except ArithmeticError as error:
        return error


@virtually
async def test_a_timer_ticks_at_once_and_after_each_interval(clock):
    """aiotools: a timer."""
    ticked = []

    async def tick() -> None:
        await asyncio.sleep(0)
        ticked.append(passed(clock))

    ticks = Ticks(tick, 0.1)
    await asyncio.sleep(0.22)
    await ticks.stop()
    assert ticked == [0, 0.1, 0.2]


@virtually
async def test_a_timer_survives_ticks_that_fail(clock):
    """aiotools: an unhandled exception of a tick."""
    ticks = Ticks(lambda: job(0.1, ArithmeticError()), 1)
    await asyncio.sleep(4.5)
    assert await ticks.stop() == (5, 5, 0)


@virtually
async def test_ticks_that_take_longer_than_the_interval_pile_up(clock):
    """aiotools: leaking ticks."""
    ticks = Ticks(lambda: job(5, None), 1)
    await asyncio.sleep(9.9)
    assert await ticks.stop() == (10, 5, 5)


@virtually
async def test_ticks_that_cancel_the_one_before(clock):
    """aiotools: the delay policy that cancels."""
    ticks = Ticks(lambda: job(1, None), 0.01, alone=True)
    await asyncio.sleep(0.095)
    assert await ticks.stop() == (10, 0, 10)


@virtually
async def test_ticks_that_end_at_once_are_never_cancelled(clock):
    """aiotools: the delay policy that cancels, with nothing to cancel."""
    ticks = Ticks(lambda: job(0, None), 0.01, alone=True)
    await asyncio.sleep(0.095)
    assert await ticks.stop() == (10, 10, 0)


@virtually
async def test_a_sleep_at_a_far_instant_ends(clock):
    """aiotools: issue 69, a loop that hung at large times."""
    clock.advance(timedelta(days=365 * 50))
    begun = clock.now()
    await asyncio.sleep(1)
    await asyncio.sleep(0.001)
    assert clock.now() - begun == timedelta(seconds=1, milliseconds=1)


@virtually
async def test_results_of_tasks_that_end_in_reverse_order(clock):
    """aiotools: delayed subtasks of a group."""
    assert await asyncio.gather(job(3, "a"), job(2, "b"), job(1, "c")) == ["a", "b", "c"]
    assert passed(clock) == 3


@virtually
async def test_what_has_ended_before_the_cancelling_stays_done(clock):
    """aiotools: a group that is cancelled."""
    tasks = [asyncio.ensure_future(job(delay, delay)) for delay in (0.3, 0.6)]
    await asyncio.sleep(0.5)
    await cancelled(tasks)
    assert [task.cancelled() for task in tasks] == [False, True]
    assert passed(clock) == 0.5


@virtually
async def test_who_cancels_itself_leaves_its_siblings_alone(clock):
    """aiotools: a subtask that cancels itself."""
    tasks = job(1, "a"), job(0.5, asyncio.CancelledError()), job(1, "b")
    first, second, third = await asyncio.gather(*tasks, return_exceptions=True)
    assert (first, type(second), third) == ("a", asyncio.CancelledError, "b")
    assert passed(clock) == 1


@virtually
async def test_a_child_that_fails_ends_the_sleep_of_its_parent(clock):
    """aiotools: the parent task is cancelled like a sibling, and goes on after the group."""

    async def parent() -> float:
        child = asyncio.ensure_future(job(0.2, ArithmeticError()))
        with pytest.raises(ArithmeticError):
            await race([child, asyncio.sleep(0.5)])
        await asyncio.sleep(0.5)
        return passed(clock)

    assert await parent() == 0.7


@virtually
async def test_the_first_result_wins_the_race(clock):
    """aiotools: a race."""
    assert await race([job(0.1, 1), job(0.3, ArithmeticError()), job(0.5, 5)]) == 1
    assert passed(clock) == 0.1


@virtually
async def test_the_first_error_ends_the_race(clock):
    """aiotools: a race that an error ends."""
    with pytest.raises(ArithmeticError):
        await race([job(0.3, ArithmeticError()), job(0.4, 4), job(0.5, 5)])
    assert passed(clock) == 0.3


@virtually
async def test_a_race_goes_on_after_errors(clock):
    """aiotools: a race that continues on error."""
    errors: list[BaseException] = []
    failing = [job(delay, ArithmeticError(delay)) for delay in (0.3, 0.35, 0.45)]
    assert await race([*failing, job(0.4, 4), job(0.5, 5)], errors) == 4
    assert [error.args for error in errors] == [(0.3,), (0.35,)]
    assert passed(clock) == 0.4


@virtually
async def test_results_come_in_the_order_in_which_they_are_ready(clock):
    """aiotools: as_completed."""
    got = [
        (await ended, passed(clock))
        for ended in asyncio.as_completed([job(0.3, 1), job(0.2, 2), job(0.1, 3)])
    ]
    assert got == [(3, 0.1), (2, 0.2), (1, 0.3)]


@virtually
async def test_errors_come_in_the_same_order(clock):
    """aiotools: as_completed with partial failures."""
    got = []
    jobs = job(0.1, 1), job(0.2, ArithmeticError()), job(0.3, 3), job(0.4, ArithmeticError())
    for ended in asyncio.as_completed(jobs):
        result = await caught(ended)
        got.append((repr(result), passed(clock)))
    assert got == [("1", 0.1), ("ArithmeticError()", 0.2), ("3", 0.3), ("ArithmeticError()", 0.4)]


@virtually
async def test_a_time_limit_ends_the_collecting(clock):
    """aiotools: as_completed within a timeout."""
    got = []

    async def collect() -> None:
        tasks = [asyncio.ensure_future(job(delay, delay)) for delay in (0.1, 0.2, 0.3)]
        try:
            for ended in asyncio.as_completed(tasks):
                result = await ended
                got.append((result, passed(clock)))
        finally:
            await cancelled(tasks)

    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(collect(), 0.15)
    assert (got, passed(clock)) == ([(0.1, 0.1)], 0.15)


@virtually
async def test_a_time_limit_ends_the_work_on_a_result(clock):
    """aiotools: as_completed whose body is timed out."""
    got, worked = [], []

    async def collect() -> None:
        for ended in asyncio.as_completed([job(0.1, 1), job(0.12, 2)]):
            got.append(await ended)
            await asyncio.sleep(0.1)
            worked.append(got[-1])

    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(collect(), 0.15)
    assert (got, worked, passed(clock)) == ([1], [], 0.15)


@virtually
async def test_a_group_is_shut_down_from_another_task(clock):
    """aiotools: a persistent group that another task shuts down."""
    done = []

    async def work(number: int) -> None:
        await asyncio.sleep(0.1 * number)
        done.append(number)

    tasks = [asyncio.ensure_future(work(number)) for number in range(10)]

    async def shut_down() -> None:
        await asyncio.sleep(0.49)
        await cancelled(tasks)

    await asyncio.gather(shut_down(), asyncio.wait(tasks))
    assert (done, passed(clock)) == ([0, 1, 2, 3, 4], 0.49)


@virtually
async def test_cleaning_up_after_a_cancelling_takes_its_time(clock):
    """aiotools: cancelled tasks that await in their clean-up."""
    cleaned = []

    async def work() -> None:
        try:
            await asyncio.sleep(0.1)
        except asyncio.CancelledError:
            await asyncio.sleep(0.1)
            cleaned.append(passed(clock))
            raise

    tasks = [asyncio.ensure_future(work()) for _ in range(10)]
    await asyncio.sleep(0.01)
    await cancelled(tasks)
    assert cleaned == [0.11] * 10
    assert all(task.cancelled() for task in tasks)


@virtually
async def test_what_is_shielded_goes_on(clock):
    """aiotools: a shielded body."""
    done = []

    async def work() -> None:
        await asyncio.sleep(0.1)
        done.append(passed(clock))

    inner = asyncio.ensure_future(work())
    outer = asyncio.ensure_future(asyncio.wait_for(asyncio.shield(inner), 10))
    await asyncio.sleep(0.05)
    await cancelled([outer])
    assert (done, passed(clock)) == ([], 0.05)
    with contextlib.suppress(asyncio.CancelledError):
        await inner
    assert done == [0.1]
