from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import datetime as dt
import importlib
import importlib.util
import multiprocessing.connection
import multiprocessing.pool
import queue
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import _pytest.timing
import freezegun.api
import pytest
import time_machine
from freezegun import freeze_time

from fake_tuning.domain.vocabulary.clock import DEFAULT_START, AmbientClock
from fake_tuning.doors.clock.originals import real_join
from fake_tuning.doors.clock.runaway import ClockRunaway
from fake_tuning.doors.clock.virtual_clock import VirtualClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from fake_tuning.domain.vocabulary.clock import MovableClock

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
FROZEN = datetime(2024, 5, 6, 7, 8, 9, tzinfo=timezone.utc)


def at(**length: float) -> datetime:
    return START + timedelta(**length)


@pytest.fixture
def write_module(tmp_path, monkeypatch) -> Iterator[Callable[[str, str], ModuleType]]:
    """Write a module to the disk, in the working directory, and import it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    written = []

    def write(name: str, source: str) -> ModuleType:
        (tmp_path / f"{name}.py").write_text(source)
        importlib.invalidate_caches()
        written.append(name)
        return importlib.import_module(name)

    yield write
    for name in written:
        sys.modules.pop(name, None)


def run_in_threads(*targets: Callable[[], object]) -> None:
    threads = [threading.Thread(target=target, daemon=True) for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        real_join(thread, 30)  # a clock would make this bound virtual
    assert not any(thread.is_alive() for thread in threads), "a sleeper never woke"


class World:
    """A timeline with events that the test names."""

    def __init__(self, *events: datetime, explanation: str | None = None):
        self.events = events
        self.explanation = explanation

    def next_event_after(self, instant: datetime) -> datetime | None:
        return min((event for event in self.events if event > instant), default=None)

    def explain_wait(self) -> str | None:
        return self.explanation


class TestTelling:
    def test_begins_at_the_same_instant_every_day(self):
        with VirtualClock() as clock:
            assert clock.now() == START == DEFAULT_START

    @pytest.mark.parametrize(
        "start",
        ["2024-05-06T07:08:09Z", "2024-05-06T09:08:09+02:00", FROZEN],
        ids=["Z", "offset", "datetime"],
    )
    def test_begins_where_it_is_told(self, start):
        with VirtualClock(start) as clock:
            assert clock.now() == FROZEN

    def test_every_way_of_asking_the_time_agrees_however_it_moved(self):
        with VirtualClock() as clock:
            begun = time.monotonic(), time.perf_counter(), time.time_ns()

            def assert_agreed(seconds: float) -> None:
                expected = START + timedelta(seconds=seconds)
                assert clock.now() == datetime.now(timezone.utc) == expected
                assert dt.datetime.now(timezone.utc) == expected
                assert time.time() == expected.timestamp()
                assert time.monotonic() - begun[0] == pytest.approx(seconds)
                assert time.perf_counter() - begun[1] == pytest.approx(seconds)
                assert time.time_ns() - begun[2] == pytest.approx(seconds * 1e9)

            assert_agreed(0)
            time.sleep(60)
            assert_agreed(60)
            clock.advance("1h30m")
            assert_agreed(5460)
            clock.sleep(0.5)
            assert_agreed(5460.5)
            clock.move_to("2025-12-31T23:00:00Z")
            assert_agreed(-3600)

    def test_its_instants_are_standard_datetimes(self):
        with VirtualClock("2024-05-06T07:08:09Z") as clock:
            clock.advance("1s")
            assert type(clock.now()) is freezegun.api.real_datetime
            assert clock.now().tzinfo is timezone.utc

    def test_is_a_movable_clock(self):
        clock: MovableClock = VirtualClock()
        assert clock is not None


class TestMoving:
    def test_goes_back_and_forth(self):
        with VirtualClock() as clock:
            clock.move_to(at(days=3))
            clock.move_to(at(days=-3))
            assert clock.now() == at(days=-3)

    def test_runs_until_a_predicate_holds(self):
        with VirtualClock() as clock:
            clock.run_until(lambda: clock.now() >= at(minutes=5), every="2m")
            assert clock.now() == at(minutes=6)

    def test_stays_when_the_predicate_holds_already(self):
        with VirtualClock() as clock:
            clock.run_until(lambda: True)
            assert clock.now() == START

    def test_refuses_to_run_in_steps_of_nothing(self):
        with VirtualClock() as clock, pytest.raises(ValueError) as refused:  # noqa: PT011  # compared below
            clock.run_until(lambda: False, every=0)
        assert str(refused.value) == "every must be longer than nothing, but is 0: write it like '30s'"

    def test_refuses_what_is_no_predicate(self):
        with VirtualClock() as clock, pytest.raises(TypeError) as refused:
            clock.run_until(False)
        assert str(refused.value) == (
            "predicate must be a function, such as lambda: job.status == 'Completed', but is False"
        )

    def test_a_predicate_that_never_holds_is_told(self, write_module):
        script = write_module("script", "def run(clock):\n    clock.run_until(lambda: False, every='1h')\n")
        with VirtualClock(max_polls=2) as clock:
            clock.attach(
                World(at(hours=300), explanation="'xgb' has been Stopped: does your loop handle Stopped?")
            )
            with pytest.raises(ClockRunaway) as runaway:
                script.run(clock)
        assert str(runaway.value) == (
            "run_until moved the clock 300 times by 1h: can its predicate ever hold?\n"
            "It was called at script.py:2, and moved 12d12h in all. Meanwhile 'xgb' has been Stopped: does your "
            "loop handle Stopped?\n"
            "Is so much moving meant? Then allow more: VirtualClock(max_polls=...), or "
            "@pytest.mark.tuning(max_polls=...)."
        )

    def test_a_predicate_gets_no_more_than_the_span(self):
        with (
            VirtualClock(max_span="2h") as clock,
            pytest.raises(ClockRunaway, match=r"2 times by 1h: can its[\s\S]*max_span="),
        ):
            clock.run_until(lambda: False, every="1h")

    def test_goes_to_the_next_event_of_any_timeline(self):
        with VirtualClock() as clock:
            clock.attach(World(at(hours=2), at(hours=5)))
            clock.attach(World(at(hours=3)))
            assert [clock.advance_to_next_event() for _ in range(4)] == [
                at(hours=2),
                at(hours=3),
                at(hours=5),
                None,
            ]
            assert clock.now() == at(hours=5)

    def test_knows_no_event_without_a_timeline(self):
        with VirtualClock() as clock:
            world = World(at(hours=1))
            assert clock.advance_to_next_event() is None
            clock.attach(world)
            clock.detach(world)
            clock.detach(world)
            assert clock.advance_to_next_event() is None
            assert clock.now() == START


class TestSleeping:
    def test_a_sleep_moves_the_time_and_lasts_no_time(self):
        with VirtualClock() as clock:
            time.sleep(60)
            time.sleep(0.25)
            assert clock.now() == at(seconds=60.25)

    def test_nothing_moves_nothing(self):
        with VirtualClock() as clock:
            time.sleep(0)
            clock.sleep("0s")
            assert clock.now() == START

    def test_the_least_sleep_moves_the_time(self):
        with VirtualClock() as clock:
            time.sleep(1e-9)
            assert clock.now() > START

    @pytest.mark.parametrize("length", [-1, -0.5, float("nan"), float("inf"), "5", None])
    def test_refuses_what_the_real_one_refuses(self, length):
        with pytest.raises((ValueError, TypeError, OverflowError)) as real:
            time.sleep(length)
        with VirtualClock() as clock:
            with pytest.raises(type(real.value)) as virtual:
                time.sleep(length)
            assert clock.now() == START
        assert str(virtual.value) == str(real.value)

    def test_reaches_modules_that_imported_sleep_by_name(self, write_module):
        poller = write_module("poller", "from time import sleep as pause\ndef poll(): pause(60)\n")
        real = poller.pause
        with VirtualClock() as clock:
            poller.poll()
            assert clock.now() == at(seconds=60)
        assert poller.pause is real

    @pytest.mark.parametrize("name", ["late_poller", "queue_late"])
    def test_reaches_modules_that_are_imported_while_it_runs(self, write_module, name):
        with VirtualClock() as clock:
            late = write_module(name, "from time import sleep, time\ndef poll(): sleep(60)\n")
            late.poll()
            assert clock.now() == at(seconds=60)
        assert late.sleep is time.sleep
        assert late.time is time.time

    def test_a_sleep_that_somebody_kept_is_real_afterwards(self, monkeypatch):
        asked = []
        monkeypatch.setattr(time, "sleep", asked.append)
        with VirtualClock():
            kept = time.sleep
            kept(60)
        kept(0.001)
        assert asked == []
        assert time.sleep == asked.append

    def test_replaces_a_sleep_that_the_test_has_replaced_and_puts_back_each(self, write_module, monkeypatch):
        poller = write_module("poller", "from time import sleep\n")
        real = poller.sleep
        monkeypatch.setattr(time, "sleep", print)
        with VirtualClock() as clock:
            time.sleep(60)
            poller.sleep(60)
            assert clock.now() == at(minutes=2)
        assert time.sleep is print
        assert poller.sleep is real

    def test_leaves_alone_what_a_test_has_put_in_place_meanwhile(self, write_module):
        poller = write_module("poller", "from time import sleep\n")
        with VirtualClock():
            poller.sleep = print
        assert poller.sleep is print

    def test_wakes_no_lazy_module(self, tmp_path, monkeypatch):
        (tmp_path / "heavy.py").write_text("raise ImportError('it was woken')")
        spec = importlib.util.spec_from_file_location("heavy", tmp_path / "heavy.py")
        spec.loader = importlib.util.LazyLoader(spec.loader)
        module = importlib.util.module_from_spec(spec)
        with freeze_time(FROZEN, ignore=["_pytest.timing"]), monkeypatch.context() as patch:
            patch.setitem(sys.modules, "heavy", module)  # only now: freezegun itself would wake it
            spec.loader.exec_module(module)
            with VirtualClock() as clock:
                time.sleep(60)
                assert clock.now() == FROZEN + timedelta(minutes=1)

    def test_pytest_keeps_real_time(self):
        real = freezegun.api.real_perf_counter, freezegun.api.real_time, _pytest.timing.sleep
        with VirtualClock():
            assert (_pytest.timing.perf_counter, _pytest.timing.time, _pytest.timing.sleep) == real
            assert time.sleep is not _pytest.timing.sleep


class TestThreads:
    @pytest.fixture(params=["thread", "executor", "pool"])
    def in_worker(self, request):
        def in_thread(function):
            answers = []
            run_in_threads(lambda: answers.append(function()))
            return answers[0]

        def in_executor(function):
            with concurrent.futures.ThreadPoolExecutor(1) as executor:
                return executor.submit(function).result()

        def in_pool(function):
            with multiprocessing.pool.ThreadPool(1) as pool:
                return pool.apply(function)

        return {"thread": in_thread, "executor": in_executor, "pool": in_pool}[request.param]

    @pytest.mark.parametrize("outer", [False, True], ids=["own freeze", "followed freeze"])
    def test_a_worker_sees_the_time_that_everybody_sees(self, in_worker, outer):
        freeze = freeze_time(START, ignore=["_pytest.timing"]) if outer else contextlib.nullcontext()
        with freeze, VirtualClock() as clock:
            clock.advance("1h")
            assert in_worker(time.time) == at(hours=1).timestamp()
            assert in_worker(lambda: (time.time(), time.monotonic_ns())) == (
                time.time(),
                time.monotonic_ns(),
            )
            assert in_worker(lambda: datetime.now(timezone.utc)) == at(hours=1)

    @pytest.mark.parametrize(
        "name", ["queue_consumer", "github_client", "threading_tools", "subprocess_runner"]
    )
    def test_a_module_is_frozen_whatever_its_name_begins_with(self, write_module, name):
        module = write_module(
            name,
            "import time as t\nfrom time import time\ndef asked(): return time(), t.time(), t.monotonic()\n",
        )
        real = module.time
        with VirtualClock() as clock:
            clock.advance("1h")
            assert module.asked() == (time.time(), time.time(), time.monotonic())
        assert module.time is real is freezegun.api.real_time

    @pytest.fixture
    def outsider(self):
        """Run functions in a thread that was there before the clock, and give it no work by means that join it."""
        asked, answers = queue.SimpleQueue(), queue.SimpleQueue()

        def work():
            for function in iter(asked.get, None):
                answers.put(function())

        thread = threading.Thread(target=work, name="outsider")
        thread.start()
        yield lambda function: (asked.put(function), answers.get())[1]
        asked.put(None)
        thread.join()

    def test_one_that_does_not_take_part_sleeps_for_real(self, outsider):
        def heartbeat():
            for _ in range(3):
                time.sleep(0.001)
            return time.time()

        with VirtualClock() as clock:
            assert outsider(heartbeat) == START.timestamp()
            assert clock.now() == START
            assert list(clock.real_sleepers.values()) == [3]

    def test_names_those_that_slept_for_real(self, outsider, write_module):
        beat = write_module("heart", "import time\ndef beat():\n    time.sleep(0.001)\n").beat
        with VirtualClock() as clock:
            outsider(beat)
            assert clock.real_sleepers == {"outsider at heart.py:3": 1}

    def test_one_that_joined_moves_the_time(self):
        def poll():
            clock.join()
            time.sleep(60)

        with VirtualClock() as clock:
            run_in_threads(poll)
            assert clock.now() == at(seconds=60)

    def test_joining_holds_for_one_clock_only(self, outsider):
        def poll():
            clock.join()
            time.sleep(60)

        with VirtualClock() as clock:
            outsider(poll)
            assert clock.now() == at(minutes=1)
        with VirtualClock() as clock:
            outsider(lambda: time.sleep(0.001))
            assert clock.now() == START

    def test_sleepers_wake_in_the_order_of_their_deadlines(self):
        woken = []

        def poll(every: int, times: int) -> None:
            clock.join()
            together.wait()
            for _ in range(times):
                time.sleep(every)
                woken.append((clock.now() - START, every))

        together = threading.Barrier(3)
        with VirtualClock() as clock:
            run_in_threads(lambda: poll(60, 3), lambda: poll(45, 4), lambda: poll(7, 25))
            assert clock.now() == at(seconds=180)
        assert [when for when, _ in woken] == sorted(when for when, _ in woken)
        for every in (60, 45, 7):
            assert [when for when, of in woken if of == every] == [
                timedelta(seconds=every * n) for n in range(1, 180 // every + 1)
            ]

    def test_who_waits_for_a_lock_holds_nobody_up_for_ever(self):
        working = threading.Lock()
        working.acquire()

        def work():
            assert working.acquire(timeout=30)

        def poll():
            for _ in range(50):
                time.sleep(60)
            working.release()

        with VirtualClock() as clock:
            run_in_threads(work, poll)
            assert clock.now() == at(minutes=50)

    def test_one_that_ended_holds_nobody_up(self):
        with VirtualClock() as clock:
            run_in_threads(clock.join)
            time.sleep(60)
            assert clock.now() == at(minutes=1)

    def test_waiting_for_another_process_is_real(self):
        receiving, sending = multiprocessing.connection.Pipe(duplex=False)
        with VirtualClock() as clock:
            assert multiprocessing.connection.wait([receiving], timeout=0.001) == []
            assert clock.now() == START
        receiving.close()
        sending.close()

    def test_a_timeout_fires_at_its_own_instant_when_the_test_moves_on(self):
        ended, inbox = [], queue.Queue()

        def wait():
            with pytest.raises(queue.Empty):
                inbox.get(timeout=30)
            ended.append(clock.now())

        with VirtualClock() as clock:
            thread = threading.Thread(target=wait)
            thread.start()
            clock.advance("10d")
            thread.join()
            assert ended == [at(seconds=30)]
            assert clock.now() == at(days=10)

    def test_a_child_process_is_awaited_in_real_time(self):
        with VirtualClock() as clock:
            child = subprocess.Popen(
                [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE
            )
            with pytest.raises(subprocess.TimeoutExpired):
                child.wait(timeout=0.01)
            child.communicate(timeout=60)
            assert child.returncode == 0
            assert clock.now() == START


class TestOtherFreezes:
    @freeze_time(FROZEN, ignore=["_pytest.timing"])
    def test_follows_a_freeze_around_it_and_leaves_it_in_place(self):
        with VirtualClock() as clock:
            assert clock.now() == FROZEN
            time.sleep(60)
        assert datetime.now(timezone.utc) == FROZEN + timedelta(minutes=1)

    @freeze_time(FROZEN, ignore=["_pytest.timing"])
    def test_moves_a_freeze_around_it_to_the_start_that_it_is_told(self):
        with VirtualClock(START):
            assert datetime.now(timezone.utc) == START

    @freeze_time(FROZEN, ignore=["_pytest.timing", "some_module"])
    def test_leaves_the_ignore_list_of_a_freeze_around_it_as_it_was(self):
        before = freezegun.api.ignore_lists[-1]
        with VirtualClock():
            assert "some_module" in freezegun.api.ignore_lists[-1]
        assert freezegun.api.ignore_lists[-1] == before

    def test_moves_a_freeze_within_it(self):
        with VirtualClock() as clock:
            with freeze_time(FROZEN):
                assert clock.now() == FROZEN
                time.sleep(60)
                assert clock.now() == datetime.now(timezone.utc) == FROZEN + timedelta(minutes=1)
                clock.move_to("2024-01-01T00:00:00Z")
                assert time.time() == datetime(2024, 1, 1, tzinfo=timezone.utc).timestamp()
            assert clock.now() == START

    @pytest.mark.freeze_time(FROZEN, ignore=["_pytest.timing"])
    def test_works_with_pytest_freezer(self, freezer):
        with VirtualClock() as clock:
            time.sleep(60)
            freezer.tick(60)
            assert clock.now() == FROZEN + timedelta(minutes=2)
        freezer.tick(60)
        assert datetime.now(timezone.utc) == FROZEN + timedelta(minutes=3)

    def test_reading_it_does_not_move_a_freeze_that_steps(self):
        with freeze_time(FROZEN, auto_tick_seconds=15, ignore=["_pytest.timing"]), VirtualClock() as clock:
            assert clock.now() == clock.now()
            begun = clock.now()
            time.sleep(60)
            assert clock.now() == begun + timedelta(seconds=60)

    def test_moves_a_freeze_that_ticks(self):
        with freeze_time(FROZEN, tick=True, ignore=["_pytest.timing"]), VirtualClock() as clock:
            time.sleep(3600)
            assert FROZEN + timedelta(hours=1) <= clock.now() < FROZEN + timedelta(hours=2)

    def test_says_so_when_the_freeze_around_it_ends_first(self):
        freezer = freeze_time(FROZEN, ignore=["_pytest.timing"])
        freezer.start()
        with VirtualClock() as clock:
            freezer.stop()
            with pytest.raises(RuntimeError) as refused:
                clock.now()
        assert str(refused.value) == (
            "the freeze that this VirtualClock followed has ended before it: leave the clock first, "
            "as in `with freeze_time(...): with VirtualClock() as clock: ...`"
        )

    def test_gives_way_to_time_machine(self):
        before = time.sleep
        with time_machine.travel(FROZEN), pytest.raises(RuntimeError) as refused:
            VirtualClock().__enter__()
        assert time.sleep is before
        assert str(refused.value) == (
            "time-machine is travelling, and VirtualClock cannot freeze a process that time-machine moves. "
            "Let time-machine rule the time: FakeTuningService(clock=AmbientClock()), or with the fixtures "
            "@pytest.mark.tuning(clock='ambient'). Or leave time-machine out, and move the VirtualClock "
            "instead."
        )

    def test_a_clock_within_a_clock_follows_it(self):
        with VirtualClock() as outer:
            time.sleep(60)
            with VirtualClock() as inner:
                time.sleep(60)
                assert inner.now() == outer.now() == at(minutes=2)
                outer.advance("1m")
                assert inner.now() == at(minutes=3)
            time.sleep(60)
            assert outer.now() == datetime.now(timezone.utc) == at(minutes=4)

    def test_clocks_within_each_other_share_the_order_of_sleepers(self):
        woken = []

        def poll(clock: VirtualClock, length: int) -> None:
            clock.join()
            together.wait()
            time.sleep(length)
            woken.append((length, outer.now()))

        together = threading.Barrier(2)
        with VirtualClock() as outer, VirtualClock() as inner:
            run_in_threads(lambda: poll(inner, 60), lambda: poll(outer, 30))
        assert woken == [(30, at(seconds=30)), (60, at(seconds=60))]


class TestLeaving:
    MODULES = (time, dt, asyncio, asyncio.tasks, threading, queue, subprocess, concurrent.futures._base)

    def state(self) -> list[dict[str, object]]:
        return [*(dict(vars(module)) for module in self.MODULES), dict(vars(asyncio.BaseEventLoop))]

    @pytest.fixture(autouse=True)
    def no_time_clock(self, monkeypatch):
        monkeypatch.delattr(time, "clock", raising=False)  # an earlier freeze may have left it behind

    def test_everything_is_as_it_was(self):
        before = self.state()
        with VirtualClock():
            time.sleep(60)
        assert self.state() == before
        assert not hasattr(time, "clock")
        assert not freezegun.api.freeze_factories

    def test_also_when_the_body_raises(self):
        before = self.state()
        with pytest.raises(KeyError), VirtualClock():
            raise KeyError
        assert self.state() == before

    def test_also_after_clocks_within_each_other(self):
        before = self.state()
        with VirtualClock():
            within = self.state()
            with VirtualClock():
                time.sleep(60)
            assert self.state() == within
        assert self.state() == before

    def test_also_after_a_freeze_was_followed(self):
        with freeze_time(FROZEN, ignore=["_pytest.timing"]):
            before = self.state()
            with VirtualClock():
                time.sleep(60)
            assert self.state() == before

    def test_can_be_entered_again_and_begins_anew(self):
        clock = VirtualClock(max_sleeps=1)
        for _ in range(2):
            with clock:
                time.sleep(60)
                assert clock.now() == at(minutes=1)


class TestMisuse:
    @pytest.mark.parametrize(
        "use",
        [
            lambda clock: clock.now(),
            lambda clock: clock.join(),
            lambda clock: clock.advance("1m"),
            lambda clock: clock.move_to(START),
            lambda clock: clock.sleep("1m"),
            lambda clock: clock.run_until(lambda: True),
            lambda clock: clock.advance_to_next_event(),
        ],
        ids=["now", "join", "advance", "move_to", "sleep", "run_until", "advance_to_next_event"],
    )
    def test_is_used_only_while_it_runs(self, use):
        clock = VirtualClock()
        says = "this VirtualClock is not running: use it inside `with VirtualClock() as clock:`"
        with pytest.raises(RuntimeError) as before:
            use(clock)
        with clock:
            pass
        with pytest.raises(RuntimeError) as afterwards:
            use(clock)
        assert str(before.value) == str(afterwards.value) == says

    def test_is_not_entered_twice(self):
        with VirtualClock() as clock:
            with pytest.raises(RuntimeError) as refused:
                clock.__enter__()
            time.sleep(60)
            assert clock.now() == at(minutes=1)
        assert str(refused.value) == (
            "this VirtualClock is running already, and a clock is entered once: use the one that you have, "
            "or write `with VirtualClock() as inner:` for one that follows it"
        )

    @pytest.mark.parametrize(
        ("arguments", "error", "says"),
        [
            ({"max_sleeps": 0}, ValueError, "max_sleeps must be at least 1, but is 0"),
            ({"max_sleeps": True}, TypeError, "max_sleeps must be a whole number, but is True"),
            ({"max_sleeps": "9"}, TypeError, "max_sleeps must be a whole number, but is '9'"),
            (
                {"max_span": 0},
                ValueError,
                "max_span must be longer than nothing, but is 0: write it like '60d'",
            ),
            (
                {"start": dt.datetime(2026, 1, 1)},  # noqa: DTZ001  # naive on purpose
                TypeError,
                "start must say its time zone, but datetime.datetime(2026, 1, 1, 0, 0) is naive: write "
                "datetime(..., tzinfo=timezone.utc), or a text that ends in 'Z'",
            ),
        ],
    )
    def test_bad_arguments_are_refused_where_they_are_written(self, arguments, error, says):
        with pytest.raises(error) as refused:
            VirtualClock(**arguments)
        assert str(refused.value) == says


class TestAmbientClock:
    def test_follows_freeze_time(self):
        with freeze_time(FROZEN, ignore=["_pytest.timing"]) as frozen:
            assert AmbientClock().now() == FROZEN
            frozen.tick(60)
            assert AmbientClock().now() == FROZEN + timedelta(minutes=1)

    @pytest.mark.freeze_time(FROZEN, ignore=["_pytest.timing"])
    def test_follows_pytest_freezer(self, freezer):
        freezer.move_to(START)
        assert AmbientClock().now() == START

    def test_follows_time_machine(self):
        with time_machine.travel(FROZEN, tick=False) as traveller:
            assert AmbientClock().now() == FROZEN
            traveller.shift(60)
            assert AmbientClock().now() == FROZEN + timedelta(minutes=1)

    def test_is_aware_and_in_utc(self):
        assert AmbientClock().now().utcoffset() == timedelta(0)

    def test_takes_what_every_clock_takes(self):
        clock, world = AmbientClock(), World()
        clock.join()
        clock.attach(world)
        clock.detach(world)
