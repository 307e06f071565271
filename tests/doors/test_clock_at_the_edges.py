"""A clock where things go wrong: what ends too early, what interrupts, and who never rests.

What goes wrong here mostly shows as a test that hangs.
"""

from __future__ import annotations

import _thread
import asyncio
import contextlib
import gc
import hashlib
import os
import queue
import socket
import sys
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from freezegun import freeze_time

from fake_tuning import VirtualClock
from fake_tuning.doors.clock import scheduler
from fake_tuning.doors.clock.loops import TURNS
from fake_tuning.doors.clock.thread_waits import YIELDS
from support.scripts import out_of
from support.virtually import bounded, passed, virtually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LONG = "300s"
"""Patience of real seconds that outlasts every test, so that only what is waited for counts."""

UNFROZEN = (
    "the freeze that this VirtualClock followed has ended before it: leave the clock first, "
    "as in `with freeze_time(...): with VirtualClock() as clock: ...`"
)

posix = pytest.mark.skipif(os.name != "posix", reason="the system has no forks and no such signals")


def in_thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def digest() -> bytes:
    """Work for a few real milliseconds in C code that lets other threads run."""
    return hashlib.pbkdf2_hmac("sha256", b"password", b"salt", 5_000)


def work(seconds: float) -> None:
    """Work in Python for so many seconds of processor time."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


@contextlib.contextmanager
def loop_of_an_earlier_clock() -> Iterator[asyncio.AbstractEventLoop]:
    """Yield a loop that runs in a thread which took part in a clock that has ended."""
    loop = asyncio.new_event_loop()
    with VirtualClock():
        thread = in_thread(loop.run_forever)
        asyncio.run_coroutine_threadsafe(asyncio.sleep(1), loop).result()

    async def cancel_all() -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    try:
        yield loop
    finally:
        asyncio.run_coroutine_threadsafe(cancel_all(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class TestTwoClocks:
    def test_a_pool_that_has_served_both_shuts_down_in_the_second(self):
        def run() -> float:
            pool = ThreadPoolExecutor(1)
            pool.submit(int).result()
            with VirtualClock():
                pool.submit(time.sleep, 5).result()
            with VirtualClock() as clock:
                pool.submit(time.sleep, 5).result()
                pool.shutdown()
                return passed(clock)

        assert bounded(run) == 5

    def test_a_thread_that_has_joined_both_ends_in_the_second(self):
        def run() -> None:
            orders: queue.Queue[Callable[[], object] | None] = queue.Queue()

            def obey() -> None:
                while (order := orders.get()) is not None:
                    order()

            thread = in_thread(obey)
            for is_last in (False, True):
                with VirtualClock() as clock:
                    joined = threading.Event()
                    orders.put(clock.join)
                    orders.put(joined.set)
                    joined.wait()
                    if is_last:
                        orders.put(None)
                        thread.join()

        bounded(run)

    def test_a_loop_left_from_the_first_sleeps_for_real_beside_the_second(self):
        def run() -> bool:
            ticks: queue.SimpleQueue[None] = queue.SimpleQueue()
            with loop_of_an_earlier_clock() as loop:

                async def tick() -> None:
                    while True:
                        ticks.put(None)
                        await asyncio.sleep(0.001)

                sleeping = asyncio.run_coroutine_threadsafe(asyncio.sleep(3600), loop)
                asyncio.run_coroutine_threadsafe(tick(), loop)
                ticks.get()
                with VirtualClock():
                    time.sleep(7200)
                    for _ in range(ticks.qsize() + 3):
                        ticks.get()
                    return sleeping.done()

        assert bounded(run) is False

    def test_a_loop_left_from_the_first_does_not_keep_its_connections_in_the_second(self):
        def run() -> object:
            began: list[bool] = []
            with loop_of_an_earlier_clock() as loop:

                async def write() -> weakref.ref[object]:
                    while not began:
                        await asyncio.sleep(0.001)
                    here, there = socket.socketpair()
                    with there:
                        _, writer = await asyncio.open_connection(sock=here)
                        writer.write(b"x")
                        writer.close()
                        await writer.wait_closed()
                    return weakref.ref(writer.transport)

                writing = asyncio.run_coroutine_threadsafe(write(), loop)
                with VirtualClock():
                    began.append(True)
                    transport = writing.result()
                    gc.collect()
                    return transport()

        assert bounded(run) is None


class TestMovesInTasks:
    @virtually
    async def test_two_tasks_move_to_one_instant(self, clock):
        assert await asyncio.gather(clock.advance_async(10), clock.advance_async(10)) == [None, None]
        assert passed(clock) == 10

    @virtually
    def test_one_whose_loop_stands_holds_nobody_up(self, clock):
        loop, _ = self.loop_that_stands(clock)
        time.sleep(20)
        assert passed(clock) == 21
        loop.close()

    @virtually
    def test_one_whose_loop_is_closed_holds_nobody_up(self, clock):
        loop, _ = self.loop_that_stands(clock)
        loop.close()
        time.sleep(20)
        assert passed(clock) == 21

    def test_one_whose_loop_is_closed_keeps_no_thread_from_ending_with_the_clock(self):
        def run() -> None:
            with VirtualClock() as clock:
                loop, move = self.loop_that_stands(clock)
                loop.close()
                sleeper = in_thread(lambda: time.sleep(50))
            sleeper.join()
            assert not move.done()

        bounded(run)

    @virtually
    async def test_tasks_that_hold_the_time_let_go_in_any_order(self, clock):
        async def hold(turns: int) -> None:
            with clock.held():
                for _ in range(turns):
                    await asyncio.sleep(0)

        await asyncio.gather(hold(2), hold(4))
        await asyncio.sleep(1)
        assert passed(clock) == 1

    @staticmethod
    def loop_that_stands(clock: VirtualClock) -> tuple[asyncio.AbstractEventLoop, asyncio.Task[None]]:
        """Return a loop that has been run for a second, and its task that moves the time for ten."""
        loop = asyncio.new_event_loop()
        loop.set_exception_handler(lambda _loop, _context: None)  # it is told that the task never ends
        move = loop.create_task(clock.advance_async(10))
        loop.run_until_complete(asyncio.sleep(1))
        return loop, move


class TestWhoNeverRests:
    """Somebody works until the other one has looked often, and notes the time then."""

    def test_a_thread_that_looks_again_and_again_waits_for_the_work_of_others(self):
        def run() -> list[float]:
            looks, noted = [0], []
            with VirtualClock(patience=LONG, io_patience=LONG) as clock:

                def do() -> None:
                    while looks[0] < 3 * YIELDS and not passed(clock):
                        digest()
                    noted.append(passed(clock))

                in_thread(lambda: time.sleep(60))
                in_thread(do)
                while not noted:
                    looks[0] += 1
                    time.sleep(0)
            return noted

        assert bounded(run) == [0]

    def test_a_task_that_looks_again_and_again_waits_for_the_work_of_others(self):
        def run() -> list[float]:
            looks, noted = [0], []
            with VirtualClock(patience=LONG, io_patience=LONG) as clock:

                def do() -> None:
                    while looks[0] < TURNS + 1000 and not passed(clock):
                        digest()
                    noted.append(passed(clock))

                async def main() -> None:
                    sleeping = asyncio.ensure_future(asyncio.sleep(60))
                    in_thread(do)
                    while not noted:
                        looks[0] += 1
                        await asyncio.sleep(0)
                    await sleeping

                asyncio.run(main())
            return noted

        assert bounded(run) == [0]

    @virtually
    def test_who_works_between_two_looks_is_not_passed_by(self, clock):
        in_thread(lambda: time.sleep(60))
        for _ in range(2 * YIELDS):
            work(0.001)
            time.sleep(0)
        assert passed(clock) == 0

    @virtually
    def test_who_holds_the_time_is_not_passed_by(self, clock):
        in_thread(lambda: time.sleep(60))
        with clock.held():
            for _ in range(3 * YIELDS):
                time.sleep(0)
            assert passed(clock) == 0

    @virtually
    async def test_a_task_without_timers_lets_threads_sleep(self, clock):
        thread = in_thread(lambda: [time.sleep(1) for _ in range(8)])  # each of them took ten real seconds
        while thread.is_alive():
            await asyncio.sleep(0)
        assert passed(clock) == 8


class TestWhatHasEnded:
    def test_all_waits_end_when_the_freeze_has_ended_that_the_clock_followed(self):
        def run() -> list[str]:
            told = []

            def sleep(seconds: int) -> None:
                try:
                    time.sleep(seconds)
                except RuntimeError as error:
                    told.append(str(error))

            freezer = freeze_time("2026-01-01")
            freezer.start()
            with VirtualClock():
                worker = in_thread(lambda: sleep(10))
                freezer.stop()
                sleep(20)
            worker.join()
            return told

        assert bounded(run) == [UNFROZEN, UNFROZEN]

    def test_so_does_one_that_sleeps_while_another_thread_waits_in_c_code(self):
        def run() -> str:
            told: queue.SimpleQueue[str] = queue.SimpleQueue()

            def sleep() -> None:
                try:
                    time.sleep(10)
                except RuntimeError as error:
                    told.put(str(error))

            freezer = freeze_time("2026-01-01")
            freezer.start()
            with VirtualClock():
                worker = in_thread(sleep)
                freezer.stop()
                answer = told.get()
                worker.join()
            return answer

        assert bounded(run) == UNFROZEN

    def test_a_thread_may_end_after_the_clock_in_which_another_began_to_join_it(self):
        def run() -> None:
            clocks: queue.SimpleQueue[VirtualClock] = queue.SimpleQueue()
            joined: queue.SimpleQueue[None] = queue.SimpleQueue()
            ending: queue.SimpleQueue[None] = queue.SimpleQueue()
            older = in_thread(lambda: (clocks.get().join(), joined.put(None), ending.get()))
            with VirtualClock() as clock:
                clocks.put(clock)
                joined.get()
                joining = in_thread(older.join)
                clock.advance("1s")
            ending.put(None)
            joining.join()
            assert not older.is_alive()

        bounded(run)

    def test_a_pool_that_was_shut_down_takes_no_work_and_holds_nobody_up(self):
        def run() -> float:
            pool = ThreadPoolExecutor(1)
            pool.submit(int).result()
            pool.shutdown()
            with VirtualClock(patience=LONG, io_patience=LONG) as clock:
                with pytest.raises(RuntimeError, match="cannot schedule new futures after shutdown"):
                    pool.submit(int)
                for _ in range(10):  # each of them took ten real seconds
                    time.sleep(1)
                return passed(clock)

        assert bounded(run) == 10

    @virtually
    def test_who_gets_the_identity_of_a_thread_that_has_ended_takes_no_part(self, clock):
        ended: queue.SimpleQueue[int] = queue.SimpleQueue()
        _thread.start_new_thread(lambda: (clock.join(), ended.put(1)), ())
        ended.get()
        for _ in range(20):
            _thread.start_new_thread(lambda: (time.sleep(0.001), ended.put(1)), ())
            ended.get()
        assert passed(clock) == 0

    @virtually
    def test_a_loop_of_a_tool_takes_no_part_whoever_gives_it_work(self, clock):
        names: dict[str, Any] = {"__name__": "tqdm.x"}
        exec("def start(thread): thread.start()", names)
        running: queue.SimpleQueue[None] = queue.SimpleQueue()
        loop = asyncio.new_event_loop()
        loop.call_soon(running.put, None)
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        names["start"](thread)
        running.get()
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0.001), loop).result()
        assert passed(clock) == 0
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class StartedAndInterrupted(threading.Event):
    """Stands for the event by which a thread tells that it has begun, and an interrupt comes while that is awaited."""

    def wait(self, timeout: float | None = None) -> bool:
        super().wait(timeout)
        raise KeyboardInterrupt


class LockThatIsTakenAtOnce:
    """The lock of a condition, which another thread takes, and gives back, just as soon as it is released."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.given_back: queue.SimpleQueue[None] = queue.SimpleQueue()

    def acquire(self) -> bool:
        return self._lock.acquire()

    def release(self) -> None:
        self._lock.release()

    __enter__ = acquire

    def __exit__(self, *_: object) -> None:
        self.release()

    def _is_owned(self) -> bool:
        return self._lock.locked()

    def _release_save(self) -> None:
        self._lock.release()
        self.given_back.get()

    def _acquire_restore(self, _: object) -> None:
        self._lock.acquire()


class Client:
    """Ends its thread when it is collected, and waits for that."""

    def __init__(self) -> None:
        self._cycle = self
        self._closed = threading.Event()
        self._thread = in_thread(self._closed.wait)

    def __del__(self) -> None:
        self._closed.set()
        if threading.current_thread() is not self._thread:
            self._thread.join()


class TestInterruptions:
    def test_a_notify_just_before_the_wait_begins_is_not_lost(self):
        def run() -> float:
            condition = threading.Condition(lock := LockThatIsTakenAtOnce())
            with VirtualClock(patience=LONG) as clock:

                def notify() -> None:
                    with condition:
                        condition.notify()
                    lock.given_back.put(None)
                    time.sleep(100)

                with condition:
                    in_thread(notify)
                    condition.wait()
                return passed(clock)

        assert bounded(run) == 0

    def test_a_thread_whose_start_was_interrupted_takes_part(self):
        def run() -> list[float]:
            noted = []
            with VirtualClock(patience=LONG, io_patience=LONG) as clock:

                def do() -> None:
                    for _ in range(100):
                        digest()
                    noted.append(passed(clock))

                thread = threading.Thread(target=do, daemon=True)
                thread._started = StartedAndInterrupted()
                with pytest.raises(KeyboardInterrupt):
                    thread.start()
                time.sleep(100)
                thread.join()
            return noted

        assert bounded(run) == [0]

    def test_a_sleeper_ends_though_the_one_who_woke_it_was_interrupted(self):
        def run() -> None:
            tracing = sys.gettrace()

            def interrupt(frame: Any, event: str, _: object) -> None:
                if event == "call" and frame.f_code is scheduler.Scheduler.follow.__code__:
                    sys.settrace(tracing)
                    raise KeyboardInterrupt

            with VirtualClock(patience=LONG) as clock:
                sleeper = in_thread(lambda: time.sleep(2))
                clock.advance(1)  # until it sleeps
                sys.settrace(interrupt)
                with pytest.raises(KeyboardInterrupt):
                    time.sleep(5)
                sleeper.join()

        bounded(run)

    def test_a_signal_handler_may_sleep_whenever_it_comes(self):
        """A tracing function comes when a handler may, just where the clock counts the wait that begins."""

        def run() -> float:
            tracing = sys.gettrace()

            def handle(frame: Any, event: str, _: object) -> None:
                if event == "call" and frame.f_code is scheduler.Scheduler.begin.__code__:
                    sys.settrace(tracing)
                    time.sleep(0.001)

            with VirtualClock(patience=LONG) as clock:
                in_thread(lambda: time.sleep(1.0005))  # it would have to run before the handler wakes
                clock.advance(1)
                sys.settrace(handle)
                time.sleep(5)
                return passed(clock)

        assert bounded(run) == 6

    @pytest.mark.skipif(
        sys.gettrace() is not None,
        reason="a tracer, as of coverage, makes garbage at every line, and no lock can keep that away",
    )
    def test_a_finalizer_may_wait_whenever_garbage_is_made(self):
        """A tracing function makes garbage just where the clock counts the wait that begins."""

        def run() -> float:
            tracing, threshold = sys.gettrace(), gc.get_threshold()

            def litter(frame: Any, event: str, _: object) -> None:
                if event == "call" and frame.f_code is scheduler.Scheduler.begin.__code__:
                    sys.settrace(tracing)
                    gc.set_threshold(1)
                    assert len([[] for _ in range(1000)]) == 1000

            gc.set_threshold(0)
            try:
                with VirtualClock() as clock:
                    Client()
                    clock.advance(1)  # until its thread waits
                    sys.settrace(litter)
                    time.sleep(5)
                    gc.collect()
                    return passed(clock)
            finally:
                gc.set_threshold(*threshold)

        assert bounded(run) == 6

    def test_who_holds_the_time_may_wait_for_a_file_for_long(self):
        def run() -> bytes:
            asked: queue.SimpleQueue[None] = queue.SimpleQueue()
            here, there = socket.socketpair()
            here.setblocking(False)

            def answer() -> None:  # ten times as late as a wait would be given up in which nothing happens
                asked.get()
                time.sleep(1)
                there.sendall(b"answer")

            async def ask(clock: VirtualClock) -> bytes:
                sleeping = asyncio.ensure_future(asyncio.sleep(60))
                with clock.held():
                    asked.put(None)
                    answered = await asyncio.get_running_loop().sock_recv(here, 10)
                await sleeping
                return answered

            outsider = in_thread(answer)
            with here, there:
                with VirtualClock(io_patience="10ms") as clock:
                    answered = asyncio.run(ask(clock))
                outsider.join()
            return answered

        assert bounded(run) == b"answer"


HANDLER_THAT_SLEEPS = """
import os, signal, threading, time
from fake_tuning import VirtualClock

begun = []

def handler(*_):
    begun.append(True)
    time.sleep(20)

def interrupt():
    time.sleep(1)
    os.kill(os.getpid(), signal.SIGUSR1)
    while not begun:
        pass
    time.sleep(30)

signal.signal(signal.SIGUSR1, handler)
with VirtualClock() as clock:
    start = clock.now()
    thread = threading.Thread(target=interrupt)
    thread.start()
    time.sleep(10)
    thread.join()
    print(clock.now() - start)
"""

HANDLER_THAT_TELLS = """
import os, signal, threading, time
from fake_tuning import VirtualClock

def send():
    time.sleep(5)
    os.kill(os.getpid(), signal.SIGUSR1)
    time.sleep(100)

for _ in range(20):
    with VirtualClock() as clock:
        told = threading.Event()
        signal.signal(signal.SIGUSR1, lambda *_: told.set())
        thread = threading.Thread(target=send)
        thread.start()
        told.wait()
        thread.join()
print("told")
"""

FORKED_WHILE_OTHERS_SLEEP = """
import os, signal, threading, time
from fake_tuning import VirtualClock

with VirtualClock() as clock:
    child = os.fork()
    if child:
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    else:
        signal.alarm(30)
        threading.Thread(target=time.sleep, args=(100,), daemon=True).start()
        end = time.thread_time() + 0.3
        while time.thread_time() < end:
            pass
        start = clock.now()
        time.sleep(5)
        os._exit((clock.now() - start).seconds)
"""

FORKED_WHILE_THE_TIME_IS_HELD = """
import os, signal, threading, time
from fake_tuning import VirtualClock

def fork():
    child = os.fork()
    if child:
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    else:
        signal.alarm(30)
        time.sleep(5)
        os._exit(clock.now().second)

with VirtualClock() as clock, clock.held():
    thread = threading.Thread(target=fork)
    thread.start()
    thread.join()
"""

NO_FILE_CAN_BE_OPENED = """
import os, resource, threading, time
from fake_tuning import VirtualClock

resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
with VirtualClock() as clock:
    threading.Thread(target=time.sleep, args=(100,), daemon=True).start()
    files = []
    try:
        while True:
            files.append(os.open(os.devnull, os.O_RDONLY))
    except OSError:
        pass
    end = time.thread_time() + 0.3
    while time.thread_time() < end:
        pass
    for file in files:
        os.close(file)
    start = clock.now()
    time.sleep(5)
    print(clock.now() - start)
"""

LONG_UPTIME = """
import asyncio, queue, time
from freezegun import api

real = api.real_monotonic
uptime = 120 * 86_400 - real()
api.real_monotonic = lambda: real() + uptime  # where a look at the time differs from the next by 2 ns

from fake_tuning import VirtualClock

async def main():
    loop = asyncio.get_running_loop()
    ended = set()

    async def sleep():
        await asyncio.sleep(10)
        ended.add(clock.now())

    start = clock.now()
    await asyncio.gather(*(sleep() for _ in range(1000)))
    print({str(each - start) for each in ended})
    for _ in range(10_000):
        loop.time()
    start = clock.now()
    await asyncio.sleep(5)
    print(clock.now() - start)

with VirtualClock() as clock:
    asyncio.run(main())
    items = queue.Queue()
    for item in range(10_000):
        items.put(item)
    start = clock.now()
    for _ in range(10_000):
        items.get(timeout=5)
    try:
        items.get(timeout=5)
    except queue.Empty:
        print(clock.now() - start)
"""

WAITER_FOR_THE_MAIN_THREAD = """
import threading
from fake_tuning import VirtualClock

def watch():
    threading.main_thread().join()
    print("has ended")

with VirtualClock():
    threading.Thread(target=watch).start()
print("ends")
"""


@pytest.mark.slow
class TestProcesses:
    @posix
    def test_a_signal_handler_may_sleep_longer_than_the_sleep_that_it_interrupts(self):
        assert out_of(HANDLER_THAT_SLEEPS) == ["0:00:31"]

    @posix
    def test_a_signal_handler_tells_the_main_thread_that_waits(self):
        assert out_of(HANDLER_THAT_TELLS) == ["told"]

    @posix
    def test_a_forked_child_sleeps_in_virtual_time_after_work(self):
        assert out_of(FORKED_WHILE_OTHERS_SLEEP) == ["5"]

    @posix
    def test_a_child_that_another_thread_forks_need_not_wait_for_who_holds_the_time(self):
        assert out_of(FORKED_WHILE_THE_TIME_IS_HELD) == ["5"]

    @posix
    def test_sleep_is_virtual_after_no_file_could_be_opened(self):
        assert out_of(NO_FILE_CAN_BE_OPENED) == ["0:00:05"]

    def test_waits_last_as_long_as_they_say_on_a_machine_that_has_been_up_for_months(self):
        assert out_of(LONG_UPTIME) == ["{'0:00:10'}", "0:00:05", "0:00:05"]

    def test_a_thread_that_waits_for_the_main_thread_lets_the_process_end(self):
        assert out_of(WAITER_FOR_THE_MAIN_THREAD) == ["ends", "has ended"]
