"""Moving the clock by hand: from deadline to deadline, each sleeper at its own instant; and time that is held."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import queue
import threading
import time
from concurrent.futures import Future
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import boto3
import pytest

from fake_tuning import FakeTuningService, Scenario, TuningJob, VirtualClock
from fake_tuning.domain.vocabulary.clock import DEFAULT_START
from support.virtually import bounded, passed, virtually

if TYPE_CHECKING:
    from collections.abc import Callable


def at(seconds: float) -> datetime:
    return DEFAULT_START + timedelta(seconds=seconds)


def in_thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def let_real_time_pass() -> None:
    """Give those who would move the time a chance to: this waits for real, in C code."""
    with contextlib.suppress(queue.Empty):
        queue.SimpleQueue().get(timeout=0.03)


def locked(condition: threading.Condition) -> threading.Condition:
    condition.acquire()
    return condition


class Poller:
    """Sleeps again and again, and notes when it woke; it ends with the clock."""

    def __init__(self, clock: VirtualClock, every: float, times: int) -> None:
        self.woken: list[float] = []
        self._clock, self._every, self._times = clock, every, times

    def in_thread(self) -> Poller:
        self.thread = in_thread(self._poll)
        return self

    def in_loop_of_thread(self) -> Poller:
        self.thread = in_thread(lambda: asyncio.run(self._poll_in_task()))
        return self

    def in_task(self) -> Poller:
        self.task = asyncio.ensure_future(self._poll_in_task())
        return self

    def _poll(self) -> None:
        with contextlib.suppress(RuntimeError):  # the clock has ended, and tells no time
            for _ in range(self._times):
                time.sleep(self._every)
                self.woken.append(passed(self._clock))

    async def _poll_in_task(self) -> None:
        with contextlib.suppress(RuntimeError):
            for _ in range(self._times):
                await asyncio.sleep(self._every)
                self.woken.append(passed(self._clock))


class Source:
    """Has events at instants that the test names."""

    def __init__(self, *events: datetime) -> None:
        self._events = events

    def next_event_after(self, instant: datetime) -> datetime | None:
        return min((event for event in self._events if event > instant), default=None)

    def explain_wait(self) -> str | None:
        return None


class TestAdvance:
    @virtually
    def test_a_sleeper_that_is_due_on_the_way_sees_its_own_instant(self, clock):
        poller = Poller(clock, 5, 1).in_thread()
        clock.advance("10s")
        assert (poller.woken, passed(clock)) == ([5], 10)

    @virtually
    def test_who_sleeps_again_is_woken_again(self, clock):
        pollers = Poller(clock, 60, 10).in_thread(), Poller(clock, 45, 10).in_loop_of_thread()
        clock.advance("3m")
        assert [poller.woken for poller in pollers] == [[60, 120, 180], [45, 90, 135, 180]]

    @virtually
    def test_who_is_due_at_the_end_has_run_and_who_is_due_later_has_not(self, clock):
        pollers = [Poller(clock, every, 1).in_thread() for every in (9.999999, 10, 10.000001)]
        clock.advance("10s")
        assert [poller.woken for poller in pollers] == [[9.999999], [10], []]
        clock.advance("1s")
        assert pollers[2].woken == [10.000001]

    @virtually
    def test_it_goes_on_from_where_it_was(self, clock):
        poller = Poller(clock, 60, 10).in_thread()
        for _ in range(6):
            clock.advance("25s")
        assert (poller.woken, passed(clock)) == ([60, 120], 150)

    @virtually
    def test_waits_of_other_forms_end_on_the_way(self, clock):
        ended = []
        waits = {
            "event": (30, lambda limit: threading.Event().wait(limit)),
            "condition": (20, lambda limit: locked(threading.Condition()).wait(limit)),
            "futures": (40, lambda limit: concurrent.futures.wait([Future()], limit)),
            "task": (10, lambda limit: asyncio.run(asyncio.sleep(limit))),
        }
        for name, (limit, wait) in waits.items():
            in_thread(
                lambda name=name, limit=limit, wait=wait: (wait(limit), ended.append((passed(clock), name)))
            )
        threading.Timer(50, lambda: ended.append((passed(clock), "timer"))).start()
        clock.advance("45s")
        assert ended == [(10, "task"), (20, "condition"), (30, "event"), (40, "futures")]
        clock.advance("5s")
        assert ended[4:] == [(50, "timer")]

    @virtually
    def test_a_chain_of_threads_runs_to_its_last_link(self, clock):
        """One wakes the next by an event, which moves no time."""
        links, ended = [threading.Event() for _ in range(5)], []

        def pass_on(link: int) -> None:
            links[link].wait()
            ended.append((link, passed(clock)))
            if link + 1 < len(links):
                links[link + 1].set()

        for link in range(len(links)):
            in_thread(lambda link=link: pass_on(link))
        threading.Timer(7, links[0].set).start()
        clock.advance("7s")
        assert ended == [(link, 7) for link in range(len(links))]

    @virtually
    def test_a_thread_that_begins_on_the_way_takes_part(self, clock):
        inner = Poller(clock, 10, 10)

        def begin() -> None:
            time.sleep(60)
            inner.in_thread()

        in_thread(begin)
        clock.advance("90s")
        assert inner.woken == [70, 80, 90]

    @virtually
    def test_a_worker_may_advance_while_the_test_sleeps(self, clock):
        poller = Poller(clock, 4, 3).in_thread()
        worker = in_thread(lambda: clock.advance("10s"))
        time.sleep(25)
        worker.join()
        assert (poller.woken, passed(clock)) == ([4, 8, 12], 25)

    @virtually
    def test_a_sleeper_that_advances_when_it_wakes(self, clock):
        seen = []

        def work() -> None:
            time.sleep(10)
            clock.advance("10s")
            seen.append(passed(clock))

        poller = Poller(clock, 5, 6).in_thread()
        in_thread(work).join()
        assert seen == [20]
        assert poller.woken[:4] == [5, 10, 15, 20]

    def test_sixteen_pollers_are_all_on_time(self):
        bounded(self.advance_beside_sixteen_pollers)

    def advance_beside_sixteen_pollers(self):
        with VirtualClock(patience="1h", io_patience="1h") as clock:
            pollers = [Poller(clock, 1 + n / 16, 1000).in_thread() for n in range(16)]
            clock.advance("100s")
        for n, poller in enumerate(pollers):
            every = 1 + n / 16
            assert poller.woken == [turn * every for turn in range(1, int(100 / every) + 1)]


class TestMoveTo:
    @virtually
    def test_it_walks_too(self, clock):
        poller = Poller(clock, 60, 10).in_thread()
        clock.move_to(at(150))
        assert (poller.woken, passed(clock)) == ([60, 120], 150)

    @virtually
    def test_moving_back_wakes_nobody_and_a_sleep_still_lasts_as_long(self, clock):
        poller = Poller(clock, 60, 1).in_thread()
        clock.advance("10s")
        clock.move_to(at(-3600))
        assert (poller.woken, passed(clock)) == ([], -3600)
        poller.thread.join()
        assert poller.woken == [-3550]

    @virtually
    def test_there_and_back_again(self, clock):
        for _ in range(3):
            clock.move_to(at(86_400))
            clock.move_to(at(0))
        time.sleep(1)
        assert passed(clock) == 1
        assert datetime.now(timezone.utc) == at(1)

    @virtually
    def test_timers_of_a_loop_outlive_a_move_back(self, clock):
        poller = Poller(clock, 60, 2).in_loop_of_thread()
        clock.advance("70s")
        clock.move_to(at(0))
        clock.advance("50s")
        assert poller.woken == [60, 50]


class TestRunUntil:
    @virtually
    def test_each_step_walks(self, clock):
        poller = Poller(clock, 45, 10).in_thread()
        clock.run_until(lambda: len(poller.woken) == 2, every="30s")
        assert (poller.woken, passed(clock)) == ([45, 90], 90)

    @virtually
    def test_it_asks_before_the_first_step_and_after_each(self, clock):
        asked = []
        clock.run_until(lambda: asked.append(passed(clock)) or len(asked) == 4, every="1m")
        assert asked == [0, 60, 120, 180]

    @virtually
    def test_what_a_thread_does_at_an_instant_is_seen_at_that_step(self, clock):
        done = threading.Event()
        threading.Timer(600, done.set).start()
        clock.run_until(done.is_set, every="1m")
        assert passed(clock) == 600


class TestAdvanceToNextEvent:
    @virtually
    def test_it_walks_to_the_event(self, clock):
        clock.attach(Source(at(100), at(250)))
        poller = Poller(clock, 40, 10).in_thread()
        assert clock.advance_to_next_event() == at(100)
        assert poller.woken == [40, 80]
        assert clock.advance_to_next_event() == at(250)
        assert poller.woken == [40, 80, 120, 160, 200, 240]
        assert clock.advance_to_next_event() is None
        assert passed(clock) == 250


class TestHeld:
    @virtually
    def test_nothing_moves_the_time_but_the_test(self, clock):
        pollers = Poller(clock, 60, 3).in_thread(), Poller(clock, 60, 3).in_loop_of_thread()
        with clock.held():
            let_real_time_pass()
            assert passed(clock) == 0
            clock.advance("125s")
            let_real_time_pass()
            assert passed(clock) == 125
            assert [poller.woken for poller in pollers] == [[60, 120]] * 2
            clock.advance("60s")
            assert [poller.woken for poller in pollers] == [[60, 120, 180]] * 2
        for poller in pollers:
            poller.thread.join()

    @virtually
    def test_time_goes_on_when_it_is_let_go(self, clock):
        with clock.held():
            poller = Poller(clock, 60, 2).in_thread()
            let_real_time_pass()
            assert poller.woken == []
        poller.thread.join()
        assert poller.woken == [60, 120]

    @virtually
    def test_time_goes_on_after_an_error(self, clock):
        poller = Poller(clock, 60, 1).in_thread()
        with pytest.raises(LookupError), clock.held():
            raise LookupError
        time.sleep(100)
        assert (poller.woken, passed(clock)) == ([60], 100)

    @virtually
    def test_every_way_of_moving_walks(self, clock):
        clock.attach(Source(at(400)))
        with clock.held():
            poller = Poller(clock, 60, 100).in_thread()
            clock.move_to(at(130))
            assert poller.woken == [60, 120]
            clock.run_until(lambda: len(poller.woken) == 4, every="30s")
            assert passed(clock) == 250
            assert clock.advance_to_next_event() == at(400)
            assert poller.woken == [60, 120, 180, 240, 300, 360]

    @virtually
    def test_a_wait_with_a_limit_ends_when_the_test_has_moved_so_far(self, clock):
        stop, told = threading.Event(), []
        with clock.held():
            in_thread(lambda: told.append(stop.wait(600)))
            clock.advance("599s")
            assert told == []
            clock.advance("1s")
            assert told == [False]

    @virtually
    def test_what_the_test_does_between_two_moves_is_seen_at_that_instant(self, clock):
        orders, done = queue.Queue(), []

        def work() -> None:
            while (order := orders.get(timeout=3600)) is not None:
                time.sleep(10)
                done.append((order, passed(clock)))

        with clock.held():
            worker = in_thread(work)
            for order in "ab":
                orders.put(order)
                clock.advance("1m")
            assert done == [("a", 10), ("b", 70)]
            orders.put(None)
        worker.join()

    @virtually
    def test_nobody_else_may_move_the_time(self, clock):
        refused = []

        def advance() -> None:
            with pytest.raises(RuntimeError) as raised:
                clock.advance("1s")
            refused.append(str(raised.value))

        with clock.held():
            in_thread(advance).join()
            assert passed(clock) == 0
        assert len(refused) == 1

    @virtually
    def test_the_test_may_not_sleep_for_it_would_never_wake(self, clock):
        with clock.held(), pytest.raises(RuntimeError):
            time.sleep(1)
        time.sleep(1)
        assert passed(clock) == 1

    def test_a_pipeline_is_looked_at_in_the_middle(self):
        """It promotes the best model of a job of 40 minutes; after 25 it has promoted nothing yet."""
        client = boto3.client("sagemaker", "us-east-1")
        promoted = []

        def promote() -> None:
            while True:
                job = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="nightly")
                if job["HyperParameterTuningJobStatus"] != "InProgress":
                    break
                time.sleep(60)
            promoted.append(job["HyperParameterTuningJobStatus"])

        def run() -> None:
            with VirtualClock() as clock, FakeTuningService(clock=clock) as service:
                service.on_create(Scenario.completes(after="40m"))
                client.create_hyper_parameter_tuning_job(**TuningJob("nightly").request)
                with clock.held():
                    pipeline = in_thread(promote)
                    clock.advance("25m")
                    assert promoted == []
                    clock.advance("20m")
                    assert promoted == ["Completed"]
                pipeline.join()

        bounded(run)


class TestInTasks:
    @virtually
    async def test_tasks_of_the_same_loop_wake_at_their_own_instants(self, clock):
        poller = Poller(clock, 60, 10).in_task()
        await clock.advance_async("150s")
        assert (poller.woken, passed(clock)) == ([60, 120], 150)
        await clock.move_to_async(at(200))
        assert (poller.woken, passed(clock)) == ([60, 120, 180], 200)
        await clock.run_until_async(lambda: len(poller.woken) == 5, every="25s")
        assert (poller.woken, passed(clock)) == ([60, 120, 180, 240, 300], 300)
        poller.task.cancel()

    @virtually
    async def test_so_do_threads_and_loops_beside(self, clock):
        pollers = (
            Poller(clock, 7, 9).in_task(),
            Poller(clock, 7, 9).in_thread(),
            Poller(clock, 7, 9).in_loop_of_thread(),
        )
        await clock.advance_async("30s")
        assert [poller.woken for poller in pollers] == [[7, 14, 21, 28]] * 3
        await asyncio.sleep(60)

    @virtually
    async def test_who_is_due_at_the_end_has_run(self, clock):
        poller = Poller(clock, 10, 3).in_task()
        for turn in (1, 2, 3):
            await clock.advance_async("10s")
            assert poller.woken == [10 * n for n in range(1, turn + 1)]

    @virtually
    async def test_what_is_woken_at_the_end_runs_until_it_waits_again(self, clock):
        first, second, ended = asyncio.Event(), asyncio.Event(), []

        async def pass_on() -> None:
            await first.wait()
            second.set()

        async def end() -> None:
            await second.wait()
            ended.append(passed(clock))

        tasks = asyncio.ensure_future(end()), asyncio.ensure_future(pass_on())
        asyncio.get_running_loop().call_later(10, first.set)
        await clock.advance_async("10s")
        assert ended == [10]
        await asyncio.gather(*tasks)

    @virtually
    async def test_held_time_is_moved_by_the_task_that_holds_it(self, clock):
        with clock.held():
            poller = Poller(clock, 60, 3).in_task()
            await clock.advance_async("125s")
            assert poller.woken == [60, 120]
            await clock.advance_async("60s")
            assert poller.woken == [60, 120, 180]
        await poller.task

    @virtually
    async def test_the_plain_form_is_refused_where_it_would_pass_over_a_task(self, clock):
        poller = Poller(clock, 60, 1).in_task()
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError):
            clock.advance("2m")
        with pytest.raises(RuntimeError):
            clock.move_to(at(60))
        assert (poller.woken, passed(clock)) == ([], 0)
        clock.advance("59s")
        assert (poller.woken, passed(clock)) == ([], 59)
        await poller.task
        assert poller.woken == [60]

    @virtually
    async def test_the_plain_form_is_refused_where_a_task_is_ready_to_run(self, clock):
        poller = Poller(clock, 60, 1).in_task()
        with pytest.raises(RuntimeError):
            clock.advance("1s")
        await poller.task
        assert poller.woken == [60]

    @virtually
    async def test_the_plain_form_walks_for_others_where_no_task_is_due(self, clock):
        poller = Poller(clock, 60, 2).in_thread()
        clock.advance("90s")
        assert (poller.woken, passed(clock)) == ([60], 90)
        await asyncio.sleep(60)

    @virtually
    async def test_one_that_is_cancelled_stops_where_it_is(self, clock):
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(clock.advance_async("1h"), 600)
        assert passed(clock) == 600
        await asyncio.sleep(1)
        assert passed(clock) == 601


class TestNestedClocks:
    @virtually
    def test_the_inner_one_moves_the_same_time(self, clock):
        poller = Poller(clock, 60, 10).in_thread()
        with VirtualClock() as inner:
            time.sleep(60)
            inner.advance("1m")
            assert passed(clock) == passed(inner) == 120
        assert poller.woken == [60, 120]
        clock.advance("1m")
        assert poller.woken == [60, 120, 180]

    @virtually
    def test_a_sleeper_of_the_inner_one_is_left_to_the_outer(self, clock):
        with VirtualClock() as inner:
            poller = Poller(inner, 60, 2)
            poller._clock = clock
            poller.in_thread()
            time.sleep(90)
        assert poller.woken == [60]
        time.sleep(90)
        assert (poller.woken, passed(clock)) == ([60, 120], 180)

    @virtually
    def test_either_holds_the_time(self, clock):
        poller = Poller(clock, 60, 2).in_thread()
        with VirtualClock() as inner, inner.held():
            let_real_time_pass()
            assert passed(clock) == 0
            inner.advance("1m")
            assert poller.woken == [60]
        poller.thread.join()
        assert poller.woken == [60, 120]
