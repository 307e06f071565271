from __future__ import annotations

import asyncio
import importlib
import itertools
import sys
import threading
import time
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from freezegun import freeze_time

from fake_tuning.doors.clock.originals import real_join
from fake_tuning.doors.clock.virtual_clock import VirtualClock

if TYPE_CHECKING:
    from collections.abc import Coroutine

START = datetime(2026, 1, 1, tzinfo=timezone.utc)


def at(**length: float) -> datetime:
    return START + timedelta(**length)


def run(main: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(main)


def test_a_sleep_moves_the_time_and_returns_its_result():
    async def main():
        assert await asyncio.sleep(60, "slept") == "slept"
        assert await asyncio.sleep(0.25, result=7) == 7
        return clock.now(), datetime.now(timezone.utc), time.time()

    with VirtualClock() as clock:
        assert run(main()) == (at(seconds=60.25), at(seconds=60.25), at(seconds=60.25).timestamp())


@pytest.mark.parametrize("delay", [0, -1])
def test_nothing_moves_nothing(delay):
    async def main():
        return await asyncio.sleep(delay, "slept")

    with VirtualClock() as clock:
        assert run(main()) == "slept"
        assert clock.now() == START


def test_reaches_modules_that_imported_sleep_by_name(tmp_path, monkeypatch):
    (tmp_path / "async_poller.py").write_text(
        "from asyncio import sleep\nasync def poll(): await sleep(60)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("async_poller")
    real = module.sleep
    try:
        with VirtualClock() as clock:
            run(module.poll())
            assert clock.now() == at(seconds=60)
        assert module.sleep is real is asyncio.sleep
    finally:
        del sys.modules["async_poller"]


def test_is_still_a_coroutine_function():
    with VirtualClock():
        assert asyncio.iscoroutinefunction(asyncio.sleep)


def test_tasks_wake_in_the_order_of_their_deadlines():
    woken = []

    async def poll(every: int, times: int) -> None:
        for _ in range(times):
            await asyncio.sleep(every)
            woken.append((clock.now() - START, every))

    async def main():
        await asyncio.gather(poll(60, 3), poll(45, 4), poll(7, 25))

    with VirtualClock() as clock:
        run(main())
        assert clock.now() == at(seconds=180)
    assert [when for when, _ in woken] == sorted(when for when, _ in woken)
    for every in (60, 45, 7):
        assert [when for when, of in woken if of == every] == [
            timedelta(seconds=every * n) for n in range(1, 180 // every + 1)
        ]


def test_a_task_that_sleeps_less_goes_first_however_late_it_began():
    woken = []

    async def sleep(length: int) -> None:
        await asyncio.sleep(length)
        woken.append((length, clock.now()))

    async def main():
        late = asyncio.create_task(sleep(60))
        await asyncio.sleep(0)
        early = asyncio.create_task(sleep(30))
        await asyncio.gather(late, early)

    with VirtualClock() as clock:
        run(main())
    assert woken == [(30, at(seconds=30)), (60, at(seconds=60))]


def test_tasks_with_one_deadline_wake_in_the_order_in_which_they_began():
    woken = []

    async def sleep(name: str) -> None:
        await asyncio.sleep(60)
        woken.append(name)

    async def main():
        await asyncio.gather(*(sleep(name) for name in "abcde"))

    with VirtualClock() as clock:
        run(main())
        assert clock.now() == at(seconds=60)
    assert woken == list("abcde")


def test_what_is_ready_gets_its_turns_before_the_time_moves():
    seen = []

    async def hand_on(before: asyncio.Event, after: asyncio.Event) -> None:
        await before.wait()
        after.set()

    async def main():
        events = [asyncio.Event() for _ in range(20)]
        handing_on = [hand_on(before, after) for before, after in itertools.pairwise(events)]
        events[0].set()
        await asyncio.gather(asyncio.sleep(3600), *handing_on, look(events[-1]))

    async def look(last: asyncio.Event) -> None:
        await last.wait()
        seen.append(clock.now())

    with VirtualClock() as clock:
        run(main())
        assert clock.now() == at(hours=1)
    assert seen == [START]


def test_a_task_that_never_rests_does_not_stop_the_time():
    async def spin():
        while True:
            await asyncio.sleep(0)

    async def main():
        spinning = asyncio.create_task(spin())
        await asyncio.sleep(60)
        spinning.cancel()

    with VirtualClock() as clock:
        run(main())
        assert clock.now() == at(seconds=60)


def test_many_tasks_sleep_at_once():
    async def main():
        await asyncio.gather(*(asyncio.sleep(1 + n % 7) for n in range(500)))

    with VirtualClock() as clock:
        run(main())
        assert clock.now() == at(seconds=7)


def test_a_cancelled_sleep_moves_nothing():
    async def main():
        sleeping = asyncio.create_task(asyncio.sleep(10))
        longer = asyncio.create_task(asyncio.sleep(60))
        await asyncio.sleep(0)
        sleeping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sleeping
        assert clock.now() == START
        await longer

    with VirtualClock() as clock:
        run(main())
        assert clock.now() == at(seconds=60)


def test_the_next_sleeper_wakes_when_the_first_is_cancelled():
    woken = []

    async def sleep(length: int) -> None:
        await asyncio.sleep(length)
        woken.append((length, clock.now()))

    async def main():
        tasks = [asyncio.create_task(sleep(length)) for length in (60, 90, 30)]
        await asyncio.sleep(10)
        tasks[2].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    with VirtualClock() as clock:
        run(main())
    assert woken == [(60, at(seconds=60)), (90, at(seconds=90))]


def test_a_timeout_ends_what_takes_longer():
    async def main():
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.sleep(86400), timeout=20)
        return clock.now()

    with VirtualClock() as clock:
        assert run(main()) == at(seconds=20)


def test_a_timeout_fires_where_nothing_else_can_happen():
    async def main():
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), timeout=3600)

    with VirtualClock() as clock:
        run(main())
        assert clock.now() == at(hours=1)


def test_a_loop_inside_a_followed_freeze_moves_that():
    async def main():
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), timeout=60)
        await asyncio.sleep(60)

    with freeze_time(START, ignore=["_pytest.timing"]), VirtualClock() as clock:
        asyncio.run(main())
        assert clock.now() == at(minutes=2)


def test_the_clock_can_be_entered_inside_a_loop():
    async def main():
        before = asyncio.sleep
        with VirtualClock() as clock:
            await asyncio.sleep(60)
            assert clock.now() == at(seconds=60)
        assert asyncio.sleep is before

    run(main())


def test_a_blocking_sleep_in_a_task_delays_the_others_as_it_does_in_life():
    woken = []

    async def sleep():
        await asyncio.sleep(30)
        woken.append(clock.now())

    async def main():
        sleeping = asyncio.create_task(sleep())
        await asyncio.sleep(0)
        time.sleep(60)
        assert clock.now() == at(seconds=60)
        await sleeping

    with VirtualClock() as clock:
        run(main())
    assert woken == [at(seconds=60)]


def test_sleepers_that_the_test_passes_by_wake_on_the_way():
    async def sleeper(length: int) -> datetime:
        await asyncio.sleep(length)
        return clock.now()

    async def main():
        sleeping = [asyncio.create_task(sleeper(length)) for length in (7200, 3600)]
        await clock.advance_async("1d")
        return [task.result() for task in sleeping]

    with VirtualClock() as clock:
        assert run(main()) == [at(hours=2), at(hours=1)]
        assert clock.now() == at(days=1)


def test_a_loop_in_a_thread_that_does_not_take_part_sleeps_for_real():
    go = threading.Event()

    def beat():
        assert go.wait(30)
        asyncio.run(asyncio.sleep(0.001))

    thread = threading.Thread(target=beat)
    thread.start()
    with VirtualClock() as clock:
        go.set()
        thread.join(30)
        assert not thread.is_alive()
        assert clock.now() == START


def test_tasks_and_threads_wake_in_one_order():
    woken = []

    def poll_in_thread() -> None:
        clock.join()
        together.wait()
        for _ in range(4):
            time.sleep(45)
            woken.append((clock.now() - START, "thread"))

    async def poll() -> None:
        together.wait()
        for _ in range(3):
            await asyncio.sleep(60)
            woken.append((clock.now() - START, "task"))

    def poll_in_loop() -> None:
        clock.join()
        run(poll())

    together = threading.Barrier(2)
    with VirtualClock() as clock:
        threads = [threading.Thread(target=target, daemon=True) for target in (poll_in_thread, poll_in_loop)]
        for thread in threads:
            thread.start()
        for thread in threads:
            real_join(thread, 30)  # a clock would make this bound virtual
        assert not any(thread.is_alive() for thread in threads), "a sleeper never woke"
    assert [(when.seconds, who) for when, who in woken if when.seconds < 180] == [
        (45, "thread"),
        (60, "task"),
        (90, "thread"),
        (120, "task"),
        (135, "thread"),
    ]


def test_a_loop_beside_a_thread_pool_polls_through_it():
    def ask() -> float:
        clock.join()
        return time.time()

    async def main():
        for _ in range(5):
            await asyncio.to_thread(ask)
            await asyncio.sleep(60)
        return await asyncio.to_thread(ask)

    with VirtualClock() as clock:
        assert run(main()) == at(minutes=5).timestamp()


def test_a_loop_that_keeps_its_own_time_is_named():
    class OwnTime(asyncio.SelectorEventLoop):
        def time(self) -> float:
            return 7.0

    async def join_twice():
        clock.join()
        clock.join()

    loop = OwnTime()
    with VirtualClock() as clock, pytest.warns(RuntimeWarning) as warned:
        loop.run_until_complete(join_twice())
    loop.close()
    assert [str(each.message) for each in warned] == [
        f"{__name__}.test_a_loop_that_keeps_its_own_time_is_named.<locals>.OwnTime keeps its own time, which no "
        "VirtualClock moves: asyncio.sleep and timeouts last in it as long as they say. Run the test on an event "
        "loop of asyncio itself"
    ]
