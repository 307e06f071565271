"""Every form of wait, in every place, ended by its limit and before it; and the order in which waits end.

A form waits for something, at most so long, and returns what the wait said. The table says what that is when nothing
comes in LIMIT seconds, and when it comes after EARLY.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import heapq
import itertools
import multiprocessing.pool
import queue
import random
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

import anyio
import anyio.from_thread
import anyio.to_thread
import pytest

from fake_tuning import VirtualClock
from support.virtually import bounded, passed, virtually

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    Later = Callable[[Callable[[], object]], object]
    """Takes what ends the wait early, and calls it in time, or never."""

LIMIT = 5.0
EARLY = 3.0

since_311 = pytest.mark.skipif(sys.version_info < (3, 11), reason="asyncio has this since Python 3.11")


class Form(NamedTuple):
    """A form of wait, what it says at its limit, and what it says when it ends before."""

    wait: Callable[[float, Later], Any]
    at_its_limit: Any
    before: Any = None  # no wait that something can end


def said(wait: Callable[[], Any]) -> Any:
    """Return what a wait returned, or the name of what it raised."""
    try:
        return wait()
    except Exception as error:
        return type(error).__name__


async def said_by(awaited: Awaitable[Any]) -> Any:
    try:
        return await awaited
    except (Exception, asyncio.CancelledError) as error:
        return type(error).__name__


# --- Forms of threads -------------------------------------------------------------------------------------------------


def time_sleep(limit: float, later: Later) -> Any:
    return time.sleep(limit)


def condition_wait(limit: float, later: Later) -> Any:
    condition = threading.Condition()

    def notify() -> None:
        with condition:
            condition.notify()

    with condition:
        later(notify)
        return condition.wait(limit)


def condition_wait_for(limit: float, later: Later) -> Any:
    condition, found = threading.Condition(), []

    def notify() -> None:
        with condition:
            found.append("it")
            condition.notify_all()

    with condition:
        later(notify)
        return condition.wait_for(lambda: found, limit)


def event_wait(limit: float, later: Later) -> Any:
    event = threading.Event()
    later(event.set)
    return event.wait(limit)


def semaphore_acquire(limit: float, later: Later) -> Any:
    semaphore = threading.Semaphore(0)
    later(semaphore.release)
    return semaphore.acquire(timeout=limit)


def bounded_semaphore_acquire(limit: float, later: Later) -> Any:
    semaphore = threading.BoundedSemaphore(1)
    semaphore.acquire()
    later(semaphore.release)
    return semaphore.acquire(timeout=limit)


def barrier_wait(limit: float, later: Later) -> Any:
    barrier = threading.Barrier(2)
    later(barrier.wait)
    return said(lambda: barrier.wait(limit))


def timer(limit: float, later: Later) -> Any:
    rung = []
    timer = threading.Timer(limit, rung.append, ["rung"])
    timer.start()
    later(timer.cancel)
    timer.join()
    return rung


def queue_get(limit: float, later: Later, kind: type[queue.Queue[str]] = queue.Queue) -> Any:
    waiting = kind()
    later(lambda: waiting.put("it"))
    return said(lambda: waiting.get(timeout=limit))


def lifo_queue_get(limit: float, later: Later) -> Any:
    return queue_get(limit, later, queue.LifoQueue)


def priority_queue_get(limit: float, later: Later) -> Any:
    return queue_get(limit, later, queue.PriorityQueue)


def queue_put(limit: float, later: Later) -> Any:
    full: queue.Queue[str] = queue.Queue(1)
    full.put("first")
    later(full.get)
    said_by_put = said(lambda: full.put("second", timeout=limit))
    return said_by_put or full.get()


def future_result(limit: float, later: Later) -> Any:
    future: Future[str] = Future()
    later(lambda: future.set_result("it"))
    return said(lambda: future.result(timeout=limit))


def future_exception(limit: float, later: Later) -> Any:
    future: Future[str] = Future()
    later(lambda: future.set_exception(LookupError("it")))
    return said(lambda: repr(future.exception(timeout=limit)))


def futures_wait(limit: float, later: Later) -> Any:
    future: Future[str] = Future()
    later(lambda: future.set_result("it"))
    done, pending = concurrent.futures.wait([future], timeout=limit)
    return len(done), len(pending)


def futures_as_completed(limit: float, later: Later) -> Any:
    future: Future[str] = Future()
    later(lambda: future.set_result("it"))
    return said(lambda: [done.result() for done in concurrent.futures.as_completed([future], timeout=limit)])


def thread_join(limit: float, later: Later) -> Any:
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    later(end.set)
    thread.join(limit)
    try:
        return "alive" if thread.is_alive() else "ended"
    finally:
        end.set()


def thread_pool_executor(limit: float, later: Later) -> Any:
    end = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(end.wait)
        later(end.set)
        try:
            return said(lambda: future.result(timeout=limit))
        finally:
            end.set()


def multiprocessing_thread_pool(limit: float, later: Later) -> Any:
    end = threading.Event()
    with multiprocessing.pool.ThreadPool(1) as pool:
        result = pool.apply_async(end.wait)
        later(end.set)
        try:
            return said(lambda: result.get(timeout=limit))
        finally:
            end.set()


@contextlib.contextmanager
def loop_in_a_thread() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def run_coroutine_threadsafe(limit: float, later: Later) -> Any:
    async def make_event() -> asyncio.Event:
        return asyncio.Event()

    with loop_in_a_thread() as loop:
        event = asyncio.run_coroutine_threadsafe(make_event(), loop).result()
        future = asyncio.run_coroutine_threadsafe(event.wait(), loop)
        later(lambda: loop.call_soon_threadsafe(event.set))
        try:
            return said(lambda: future.result(timeout=limit))
        finally:
            asyncio.run_coroutine_threadsafe(ended(future), loop).result()


async def ended(future: Future[Any]) -> None:
    """Cancel what another thread has handed over, and see it end."""
    future.cancel()
    await asyncio.sleep(0)
    await asyncio.sleep(0)


THREADS = {
    form.wait.__name__: form
    for form in (
        Form(time_sleep, None),
        Form(condition_wait, at_its_limit=False, before=True),
        Form(condition_wait_for, at_its_limit=[], before=["it"]),
        Form(event_wait, at_its_limit=False, before=True),
        Form(semaphore_acquire, at_its_limit=False, before=True),
        Form(bounded_semaphore_acquire, at_its_limit=False, before=True),
        Form(barrier_wait, "BrokenBarrierError", 0),
        Form(timer, ["rung"], []),
        Form(queue_get, "Empty", "it"),
        Form(lifo_queue_get, "Empty", "it"),
        Form(priority_queue_get, "Empty", "it"),
        Form(queue_put, "Full", "second"),
        Form(future_result, "TimeoutError", "it"),
        Form(future_exception, "TimeoutError", "LookupError('it')"),
        Form(futures_wait, (0, 1), (1, 0)),
        Form(futures_as_completed, "TimeoutError", ["it"]),
        Form(thread_join, "alive", "ended"),
        Form(thread_pool_executor, "TimeoutError", before=True),
        Form(multiprocessing_thread_pool, "TimeoutError", before=True),
        Form(run_coroutine_threadsafe, "TimeoutError", before=True),
    )
}

# --- Forms of tasks ---------------------------------------------------------------------------------------------------


async def asyncio_sleep(limit: float, later: Later) -> Any:
    task = asyncio.ensure_future(asyncio.sleep(limit, "slept"))
    later(task.cancel)
    return await said_by(task)


async def asyncio_timeout(limit: float, later: Later) -> Any:
    event = asyncio.Event()
    later(event.set)

    async def wait() -> Any:
        async with asyncio.timeout(limit):
            return await event.wait()

    return await said_by(wait())


async def asyncio_timeout_at(limit: float, later: Later) -> Any:
    event = asyncio.Event()
    later(event.set)

    async def wait() -> Any:
        async with asyncio.timeout_at(asyncio.get_running_loop().time() + limit):
            return await event.wait()

    return await said_by(wait())


async def asyncio_wait_for(limit: float, later: Later) -> Any:
    future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    later(lambda: future.set_result("it"))
    return await said_by(asyncio.wait_for(future, limit))


async def asyncio_wait(limit: float, later: Later) -> Any:
    future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    later(lambda: future.set_result("it"))
    done, pending = await asyncio.wait([future], timeout=limit)
    return len(done), len(pending)


async def asyncio_as_completed(limit: float, later: Later) -> Any:
    future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    later(lambda: future.set_result("it"))
    (first,) = asyncio.as_completed([future], timeout=limit)
    return await said_by(first)


async def called(
    limit: float, later: Later, schedule: Callable[..., asyncio.TimerHandle], when: float
) -> Any:
    future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    handle = schedule(when, future.set_result, "called")
    later(lambda: future.set_result("it"))
    try:
        return await future
    finally:
        handle.cancel()


async def loop_call_later(limit: float, later: Later) -> Any:
    return await called(limit, later, asyncio.get_running_loop().call_later, limit)


async def loop_call_at(limit: float, later: Later) -> Any:
    loop = asyncio.get_running_loop()
    return await called(limit, later, loop.call_at, loop.time() + limit)


async def asyncio_event(limit: float, later: Later) -> Any:
    event = asyncio.Event()
    later(event.set)
    return await said_by(asyncio.wait_for(event.wait(), limit))


async def asyncio_condition(limit: float, later: Later) -> Any:
    condition, notifying = asyncio.Condition(), []

    async def notify() -> None:
        async with condition:
            condition.notify()

    async def wait() -> Any:
        async with condition:
            return await condition.wait()

    later(lambda: notifying.append(asyncio.ensure_future(notify())))
    answer = await said_by(asyncio.wait_for(wait(), limit))
    await asyncio.gather(*notifying)
    return answer


async def asyncio_semaphore(limit: float, later: Later) -> Any:
    semaphore = asyncio.Semaphore(0)
    later(semaphore.release)
    return await said_by(asyncio.wait_for(semaphore.acquire(), limit))


async def asyncio_queue_get(limit: float, later: Later) -> Any:
    waiting: asyncio.Queue[str] = asyncio.Queue()
    later(lambda: waiting.put_nowait("it"))
    return await said_by(asyncio.wait_for(waiting.get(), limit))


async def asyncio_barrier(limit: float, later: Later) -> Any:
    barrier, others = asyncio.Barrier(2), []
    later(lambda: others.append(asyncio.ensure_future(barrier.wait())))
    place = await said_by(asyncio.wait_for(barrier.wait(), limit))
    await asyncio.gather(*others)
    return place


async def asyncio_to_thread(limit: float, later: Later) -> Any:
    end = threading.Event()
    later(end.set)
    try:
        return await said_by(asyncio.wait_for(asyncio.to_thread(end.wait), limit))
    finally:
        end.set()


async def anyio_sleep(limit: float, later: Later) -> Any:
    with anyio.CancelScope() as scope:
        later(scope.cancel)
        await anyio.sleep(limit)
        return "slept"
    return "cancelled"


async def anyio_fail_after(limit: float, later: Later) -> Any:
    event = anyio.Event()
    later(event.set)

    async def wait() -> Any:
        with anyio.fail_after(limit):
            await event.wait()
            return "it"

    return await said_by(wait())


async def anyio_move_on_after(limit: float, later: Later) -> Any:
    event = anyio.Event()
    later(event.set)
    with anyio.move_on_after(limit):
        await event.wait()
        return "it"
    return "moved on"


TASKS = {
    form.wait.__name__: form
    for form in (
        Form(asyncio_sleep, "slept", "CancelledError"),
        Form(asyncio_timeout, "TimeoutError", before=True),
        Form(asyncio_timeout_at, "TimeoutError", before=True),
        Form(asyncio_wait_for, "TimeoutError", "it"),
        Form(asyncio_wait, (0, 1), (1, 0)),
        Form(asyncio_as_completed, "TimeoutError", "it"),
        Form(loop_call_later, "called", "it"),
        Form(loop_call_at, "called", "it"),
        Form(asyncio_event, "TimeoutError", before=True),
        Form(asyncio_condition, "TimeoutError", before=True),
        Form(asyncio_semaphore, "TimeoutError", before=True),
        Form(asyncio_queue_get, "TimeoutError", "it"),
        Form(asyncio_barrier, "TimeoutError", 0),
        Form(asyncio_to_thread, "TimeoutError", before=True),
        Form(anyio_sleep, "slept", "cancelled"),
        Form(anyio_fail_after, "TimeoutError", "it"),
        Form(anyio_move_on_after, "moved on", "it"),
    )
}

NEWER = {"asyncio_timeout", "asyncio_timeout_at", "asyncio_barrier"}

# --- Places -----------------------------------------------------------------------------------------------------------


def in_this_thread(work: Callable[[], Any]) -> Any:
    return work()


def in_a_thread(work: Callable[[], Any]) -> Any:
    answers = []
    thread = threading.Thread(target=lambda: answers.append(work()))
    thread.start()
    thread.join()
    return answers[0]


def in_a_pool(work: Callable[[], Any]) -> Any:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


def in_a_task(work: Callable[[], Any]) -> Any:
    async def main() -> Any:
        return work()

    return asyncio.run(main())


def in_a_thread_of_a_task(work: Callable[[], Any]) -> Any:
    return asyncio.run(asyncio.to_thread(work))


def in_a_thread_of_an_anyio_task(work: Callable[[], Any]) -> Any:
    async def main() -> Any:
        return await anyio.to_thread.run_sync(work)

    return anyio.run(main)


PLACES = (
    in_this_thread,
    in_a_thread,
    in_a_pool,
    in_a_task,
    in_a_thread_of_a_task,
    in_a_thread_of_an_anyio_task,
)


def in_a_loop(work: Callable[[], Awaitable[Any]]) -> Any:
    return asyncio.run(work())


def in_a_loop_of_a_thread(work: Callable[[], Awaitable[Any]]) -> Any:
    return in_a_thread(lambda: asyncio.run(work()))


def in_a_loop_that_is_handed_work(work: Callable[[], Awaitable[Any]]) -> Any:
    with loop_in_a_thread() as loop:
        return asyncio.run_coroutine_threadsafe(work(), loop).result()


def beside_another_task(work: Callable[[], Awaitable[Any]]) -> Any:
    async def beat() -> None:
        while True:
            await asyncio.sleep(0.7)

    async def main() -> Any:
        beating = asyncio.ensure_future(beat())
        try:
            return await work()
        finally:
            beating.cancel()

    return asyncio.run(main())


def in_a_loop_of_anyio(work: Callable[[], Awaitable[Any]]) -> Any:
    return anyio.run(work)


LOOPS = (
    in_a_loop,
    in_a_loop_of_a_thread,
    in_a_loop_that_is_handed_work,
    beside_another_task,
    in_a_loop_of_anyio,
)

# --- Who ends a wait before its limit ---------------------------------------------------------------------------------


def nobody(end: Callable[[], object]) -> None:
    """Let the wait reach its limit."""


def a_thread(end: Callable[[], object]) -> None:
    def wait_and_end() -> None:
        time.sleep(EARLY)
        end()

    threading.Thread(target=wait_and_end).start()


def a_task(end: Callable[[], object]) -> None:
    async def wait_and_end() -> None:
        await asyncio.sleep(EARLY)
        end()

    asyncio.ensure_future(wait_and_end())  # noqa: RUF006  # the timer of its sleep holds it


def a_thread_beside_the_loop(end: Callable[[], object]) -> None:
    loop = asyncio.get_running_loop()
    a_thread(lambda: loop.call_soon_threadsafe(end))


def answers_of(form: Form, places: Any, later: Later) -> dict[str, Any]:
    """Return what the form says, and after how many seconds, in each place.

    The patience would not be spent before the test has failed: everybody is known to be blocked.
    """
    answers = {}
    with VirtualClock(patience="1h", io_patience="1h") as clock:
        for place in places:
            answers[place.__name__] = place(observing(form, later, clock))
    return answers


def observing(form: Form, later: Later, clock: VirtualClock) -> Callable[[], Any]:
    """Return what waits in this form, and tells when it ended, in seconds from now."""
    begun = passed(clock)

    def observed() -> Any:
        return form.wait(LIMIT, later), round(passed(clock) - begun, 6)

    async def observed_in_task() -> Any:
        return await form.wait(LIMIT, later), round(passed(clock) - begun, 6)

    return observed_in_task if asyncio.iscoroutinefunction(form.wait) else observed


def rows() -> Iterator[Any]:
    for forms, places, enders in (
        (THREADS, PLACES, (a_thread,)),
        (TASKS, LOOPS, (a_task, a_thread_beside_the_loop)),
    ):
        for name, form in forms.items():
            marks = [since_311] if name in NEWER else []
            expected = form.at_its_limit, LIMIT
            yield pytest.param(form, places, nobody, expected, id=f"{name}-limit", marks=marks)
            for ender in enders if form.before is not None else ():
                expected = form.before, EARLY
                yield pytest.param(form, places, ender, expected, id=f"{name}-{ender.__name__}", marks=marks)


@pytest.mark.parametrize(("form", "places", "ender", "expected"), list(rows()))
def test_a_wait_ends_at_its_instant_and_says_why(form, places, ender, expected):
    answers = bounded(lambda: answers_of(form, places, ender))
    assert answers == {place.__name__: expected for place in places}


# --- Order ------------------------------------------------------------------------------------------------------------


def test_waits_of_all_forms_end_in_the_order_of_their_limits():
    limits = {name: float(limit) for limit, name in enumerate(shuffled(available()), start=1)}
    assert bounded(lambda: woken(limits)) == sorted((limit, name) for name, limit in limits.items())


def test_waits_of_all_forms_with_one_deadline_end_in_the_order_in_which_they_began():
    names = shuffled(available())
    begins = {name: place / 8 for place, name in enumerate(names)}
    assert bounded(lambda: woken(dict.fromkeys(names, 10.0), begins)) == [(10.0, name) for name in names]


def test_tasks_of_one_loop_with_one_deadline_end_in_the_order_in_which_they_began():
    names = [name for name in shuffled(available()) if name in TASKS]

    async def main(clock: VirtualClock) -> list[tuple[float, str]]:
        ended = []

        async def wait(name: str) -> None:
            await TASKS[name].wait(LIMIT, nobody)
            ended.append((passed(clock), name))

        await asyncio.gather(*map(wait, names))
        return ended

    def run() -> list[tuple[float, str]]:
        with VirtualClock() as clock:
            return asyncio.run(main(clock))

    assert {when for when, _ in bounded(run)} == {LIMIT}


@pytest.mark.parametrize("seed", range(5))
def test_many_threads_that_wait_again_and_again_wake_as_a_simulation_says(seed):
    """Their lengths are eighths of seconds, so that many deadlines are the same. All are counted in milliseconds."""
    choose = random.Random(seed)
    lengths = {thread: [choose.randint(1, 24) * 125 for _ in range(12)] for thread in range(8)}
    for thread, each in lengths.items():
        each[0] -= begins(thread)
    forms = {thread: choose.choices(available(), k=12) for thread in lengths}

    def wait(thread: int, clock: VirtualClock, woken: list[tuple[float, int]]) -> None:
        time.sleep(begins(thread) / 1000)
        for form, length in zip(forms[thread], lengths[thread], strict=True):
            wait_in(form, length / 1000)
            woken.append((passed(clock), thread))

    def run() -> list[tuple[float, int]]:
        woken: list[tuple[float, int]] = []
        with VirtualClock() as clock:
            threads = [threading.Thread(target=wait, args=[thread, clock, woken]) for thread in lengths]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        return woken

    assert bounded(run) == simulated(lengths)


def begins(thread: int) -> int:
    """Return when a thread begins, for they begin one after the other."""
    return thread + 1


def simulated(lengths: dict[int, list[int]]) -> list[tuple[float, int]]:
    """Return when which thread wakes: in the order of deadlines, and of one deadline as they began."""
    waiting = [(begins(thread), thread, thread, iter(each)) for thread, each in lengths.items()]
    numbers, woken = itertools.count(len(waiting)), []
    heapq.heapify(waiting)
    while waiting:
        now, number, thread, rest = heapq.heappop(waiting)
        if number >= len(lengths):
            woken.append((now / 1000, thread))
        if (length := next(rest, None)) is not None:
            heapq.heappush(waiting, (now + length, next(numbers), thread, rest))
    return woken


def wait_in(form: str, length: float) -> None:
    """Wait in a form until its limit."""
    if form in THREADS:
        THREADS[form].wait(length, nobody)
    else:
        asyncio.run(TASKS[form].wait(length, nobody))


def available() -> list[str]:
    """Return the names of all forms that this Python has."""
    return [name for name in (*THREADS, *TASKS) if sys.version_info >= (3, 11) or name not in NEWER]


def shuffled(names: list[str]) -> list[str]:
    return random.Random(7).sample(names, len(names))


def woken(deadlines: dict[str, float], begins: dict[str, float] | None = None) -> list[tuple[float, str]]:
    """Wait in every form, each in a thread of its own, and return the order in which they ended."""
    ended = []

    def wait(name: str) -> None:
        begin = (begins or {}).get(name, 0.0)
        time.sleep(begin)
        wait_in(name, deadlines[name] - begin)
        ended.append((passed(clock), name))

    with VirtualClock() as clock:
        threads = [threading.Thread(target=wait, args=[name]) for name in deadlines]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return ended


# --- Waits without a limit --------------------------------------------------------------------------------------------


@virtually
def test_who_waits_without_limit_does_not_hold_the_time(clock):
    waiting, end = [], threading.Event()
    for wait in (end.wait, threading.Semaphore(0).acquire, queue.Queue().get, Future().result):
        thread = threading.Thread(target=wait, daemon=True)
        thread.start()
        waiting.append(thread)
    time.sleep(600)
    end.set()
    waiting[0].join()
    assert passed(clock) == 600
    assert [thread.is_alive() for thread in waiting] == [False, True, True, True]


@virtually
def test_a_queue_is_joined_when_its_last_item_is_done(clock):
    items: queue.Queue[int] = queue.Queue()
    for item in range(3):
        items.put(item)

    def work() -> None:
        for _ in range(3):
            time.sleep(10 + items.get())
            items.task_done()

    threading.Thread(target=work).start()
    items.join()
    assert passed(clock) == 33


@pytest.mark.parametrize("form", [form for form in THREADS.values() if form.wait not in {time_sleep, timer}])
def test_a_wait_that_may_not_last_moves_no_time(form):
    def run() -> Any:
        with VirtualClock() as clock:
            return form.wait(0, nobody), passed(clock)

    assert bounded(run) == (form.at_its_limit, 0)


@pytest.mark.parametrize("limit", [0.000001, 0.1, 1 / 3, 86_400.5, 1_000_000])
@pytest.mark.parametrize(
    "wait",
    [
        lambda limit: time.sleep(limit),  # noqa: PLW0108  # the name is looked up while the clock runs
        lambda limit: threading.Event().wait(limit),
        lambda limit: said(lambda: queue.Queue().get(timeout=limit)),
        lambda limit: asyncio.run(asyncio.sleep(limit)),
        lambda limit: asyncio.run(anyio_move_on_after(limit, nobody)),
    ],
    ids=["sleep", "Event", "Queue", "asyncio.sleep", "anyio.move_on_after"],
)
def test_a_wait_lasts_as_long_as_it_says_to_the_microsecond(wait, limit):
    def run() -> float:
        with VirtualClock() as clock:
            wait(limit)
            return passed(clock)

    assert bounded(run) == round(limit, 6)


# --- An end and a limit at one instant ------------------------------------------------------------------------------


def ended_at_its_limit(form: Form, first: str) -> Any:
    """End a wait at the very instant of its limit, by a thread that began to wait before it or after it."""

    def later(end: Callable[[], object]) -> None:
        in_order.append(end)

    def end() -> None:
        time.sleep(1 if first == "wait" else 5)
        if first == "wait":
            time.sleep(4)
        in_order[0]()

    in_order: list[Callable[[], object]] = []
    with VirtualClock() as clock:
        ender = threading.Thread(target=end)
        ender.start()
        begin = 0 if first == "wait" else 1
        time.sleep(begin)
        answer = form.wait(LIMIT - begin, later), passed(clock)
        ender.join()
        return answer


@pytest.mark.parametrize(
    "form", [event_wait, queue_get, future_result, thread_join], ids=lambda form: form.__name__
)
@pytest.mark.parametrize("first", ["wait", "end"])
def test_of_an_end_and_a_limit_at_one_instant_that_counts_which_began_first(form, first):
    form = THREADS[form.__name__]
    said = form.at_its_limit if first == "wait" else form.before
    assert bounded(lambda: ended_at_its_limit(form, first)) == (said, LIMIT)
