"""Who takes part in a clock, who does not, and real work that the clock waits for."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import multiprocessing
import multiprocessing.pool
import queue
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
import boto3
import pytest

from fake_tuning import FakeTuningService, VirtualClock
from support.virtually import bounded, passed, virtually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LONG = "60s"
"""Patience of real seconds, where a test must not depend on the speed of the machine."""


def in_thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


class SlowEnd:
    """Takes real time, in C code, when the last reference to it goes."""

    def __del__(self) -> None:
        with contextlib.suppress(queue.Empty):
            queue.SimpleQueue().get(timeout=0.1)


class TestThreadsThatParticipantsStart:
    @virtually
    def test_sleep_in_virtual_time_and_so_do_threads_that_those_start(self, clock):
        woken = []

        def child() -> None:
            time.sleep(60)
            grandchild = in_thread(lambda: (time.sleep(30), woken.append(("grandchild", passed(clock)))))
            woken.append(("child", passed(clock)))
            grandchild.join()

        in_thread(child).join()
        assert woken == [("child", 60), ("grandchild", 90)]

    @virtually
    def test_poll_side_by_side_in_the_order_of_their_deadlines(self, clock):
        woken = []

        def poll(every: int, times: int) -> None:
            for _ in range(times):
                time.sleep(every)
                woken.append((passed(clock), every))

        threads = [in_thread(lambda every=every: poll(every, 420 // every)) for every in (60, 42, 7)]
        for thread in threads:
            thread.join()
        assert passed(clock) == 420
        assert [when for when, _ in woken] == sorted(when for when, _ in woken)
        for every in (60, 42, 7):
            assert [when for when, of in woken if of == every] == list(range(every, 421, every))

    @virtually
    def test_a_timer_rings_in_virtual_time(self, clock):
        rung = []
        threading.Timer(90, lambda: rung.append(passed(clock))).start()
        time.sleep(600)
        assert rung == [90]

    @virtually
    def test_the_threads_of_a_pool(self, clock):
        def work(length: int) -> float:
            time.sleep(length)
            return passed(clock)

        with ThreadPoolExecutor(2) as pool:
            futures = [pool.submit(work, length) for length in (30, 10, 40)]
            assert [future.result() for future in as_completed(futures)] == [10, 30, 50]
        assert passed(clock) == 50

    @virtually
    def test_idle_threads_of_a_pool_do_not_hold_the_time(self, clock):
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(abs, range(4))) == [0, 1, 2, 3]
            for _ in range(100):
                time.sleep(60)
        assert passed(clock) == 6000

    @virtually
    def test_the_threads_of_a_pool_of_multiprocessing(self, clock):
        def work(length: int) -> float:
            time.sleep(length)
            return passed(clock)

        with multiprocessing.pool.ThreadPool(3) as pool:
            assert pool.map(work, [30, 10, 20], chunksize=1) == [30, 10, 20]

    @virtually
    async def test_the_threads_of_a_loop(self, clock):
        def work(length: int) -> float:
            time.sleep(length)
            return passed(clock)

        begun = asyncio.ensure_future(asyncio.to_thread(work, 30))
        await asyncio.sleep(10)
        assert passed(clock) == 10
        assert await begun == 30
        assert await anyio.to_thread.run_sync(work, 5) == 35

    @virtually
    def test_a_loop_in_a_thread(self, clock):
        beats = []

        async def beat(name: str, every: int, times: int) -> None:
            for _ in range(times):
                await asyncio.sleep(every)
                beats.append((passed(clock), name))

        thread = in_thread(lambda: asyncio.run(beat("worker", 7, 4)))
        asyncio.run(beat("test", 10, 2))
        thread.join()
        assert beats == [
            (7, "worker"),
            (10, "test"),
            (14, "worker"),
            (20, "test"),
            (21, "worker"),
            (28, "worker"),
        ]

    @virtually
    def test_a_thread_that_ends_does_not_hold_the_time(self, clock):
        of_thread = threading.local()

        def work() -> None:
            of_thread.last = SlowEnd()
            time.sleep(1)

        threads = [in_thread(work) for _ in range(3)]
        time.sleep(10)
        assert passed(clock) == 10
        assert not any(thread.is_alive() for thread in threads)

    @pytest.mark.parametrize("joins", ["while it sleeps", "while it ends"])
    def test_who_joins_a_thread_comes_before_later_sleepers_however_slowly_it_ends(self, joins):
        of_thread = threading.local()

        def sleep_and_end_slowly() -> None:
            of_thread.last = SlowEnd()
            time.sleep(10)

        def run() -> list[tuple[str, float]]:
            ended = []
            with VirtualClock() as clock:
                joined = in_thread(sleep_and_end_slowly)
                time.sleep(1)
                sleeper = in_thread(
                    lambda: (time.sleep(1), time.sleep(8), ended.append(("slept", passed(clock))))
                )
                if joins == "while it ends":
                    time.sleep(9)
                joined.join()
                ended.append(("joined", passed(clock)))
                sleeper.join()
            return ended

        assert bounded(run) == [("joined", 10), ("slept", 10)]

    @virtually
    def test_sixteen_pollers_are_never_late(self, clock):
        late = []

        def poll(every: float) -> None:
            for turn in range(1, 101):
                time.sleep(every)
                if passed(clock) != turn * every:
                    late.append((every, turn, passed(clock)))

        threads = [in_thread(lambda every=every: poll(every)) for every in [1 + n / 16 for n in range(16)]]
        for thread in threads:
            thread.join()
        assert late == []
        assert passed(clock) == 193.75

    @virtually
    def test_items_are_handed_from_thread_to_thread_at_their_instants(self, clock):
        there: queue.Queue[int] = queue.Queue()
        back: queue.Queue[int] = queue.Queue()

        def answer() -> None:
            for _ in range(20):
                number = there.get()
                time.sleep(1)
                back.put(number + 1)

        in_thread(answer)
        number = 0
        for turn in range(1, 21):
            there.put(number)
            number = back.get(timeout=30)
            assert (number, passed(clock)) == (turn, turn)


def said_by(order: Callable[[], Any]) -> Any:
    try:
        return order()
    except BaseException as error:
        return error


class Outsider:
    """A thread that was there before the clock, and does what it is told."""

    def __init__(self) -> None:
        # In C, so that telling it something is no work that a participant hands over.
        self._orders: queue.SimpleQueue[Callable[[], Any] | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.thread = threading.Thread(target=self._work, name="outsider", daemon=True)
        self.thread.start()

    def _work(self) -> None:
        while (order := self._orders.get()) is not None:
            self._answers.put(said_by(order))

    def begin(self, order: Callable[[], Any]) -> None:
        self._orders.put(order)

    def answer(self) -> Any:
        return self._answers.get()

    def __call__(self, order: Callable[[], Any]) -> Any:
        self.begin(order)
        return self.answer()

    def end(self) -> None:
        self._orders.put(None)


@pytest.fixture
def outsider() -> Iterator[Outsider]:
    outsider = Outsider()
    yield outsider
    outsider.end()


class TestThreadsFromBefore:
    @pytest.mark.parametrize(
        "wait",
        [
            time.sleep,
            lambda limit: threading.Event().wait(limit),
            lambda limit: queue.Queue().get(timeout=limit),
            lambda limit: in_thread(lambda: time.sleep(2 * limit)).join(limit),
            lambda limit: asyncio.run(asyncio.sleep(limit)),
            lambda limit: asyncio.run(asyncio.wait_for(asyncio.sleep(limit), 10 * limit)),
        ],
        ids=["sleep", "Event", "Queue", "join", "asyncio.sleep", "asyncio.wait_for"],
    )
    def test_wait_for_real_and_move_nothing(self, outsider, wait):
        def run() -> float:
            with VirtualClock() as clock:
                outsider(lambda: wait(0.02))
                return passed(clock)

        assert bounded(run) == 0

    def test_are_told_with_the_line_at_which_they_slept(self, outsider):
        def nap() -> None:
            time.sleep(0.001)

        def run() -> dict[str, int]:
            with VirtualClock() as clock:
                outsider(nap)
                outsider(nap)
                return dict(clock.real_sleepers)

        (told,) = bounded(run).items()
        line = nap.__code__.co_firstlineno + 1
        assert told[1] == 2
        assert told[0].startswith("outsider at ")
        assert told[0].endswith(f"test_participants.py:{line}")

    def test_take_part_from_their_first_call_of_the_fake(self, outsider):
        client = boto3.client("sagemaker", "us-east-1")

        def poll(clock: VirtualClock) -> float:
            client.list_hyper_parameter_tuning_jobs()
            time.sleep(3600)
            return passed(clock)

        def run() -> tuple[float, float]:
            with VirtualClock() as clock, FakeTuningService(clock=clock):
                return outsider(lambda: poll(clock)), passed(clock)

        assert bounded(run) == (3600, 3600)

    def test_take_part_from_when_they_join(self, outsider):
        def run() -> tuple[float, float]:
            with VirtualClock() as clock:
                return outsider(lambda: (clock.join(), time.sleep(60), passed(clock))[-1]), passed(clock)

        assert bounded(run) == (60, 60)

    def test_that_joined_are_out_again_in_the_next_clock(self, outsider):
        def run() -> float:
            with VirtualClock() as clock:
                outsider(clock.join)
            with VirtualClock() as clock:
                outsider(lambda: time.sleep(0.001))
                return passed(clock)

        assert bounded(run) == 0

    def test_a_pool_from_before_takes_part_when_it_is_handed_work(self):
        def work() -> float:
            time.sleep(30)
            return time.time()

        def run() -> tuple[float, float]:
            with VirtualClock() as clock:
                begun = time.time()
                return pool.submit(work).result(timeout=100) - begun, passed(clock)

        with ThreadPoolExecutor(1) as pool:
            pool.submit(int).result()
            assert bounded(run) == (30, 30)
            assert bounded(run) == (30, 30)

    def test_a_loop_from_before_takes_part_when_it_is_handed_work(self):
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever)
        thread.start()

        async def work() -> str:
            await asyncio.sleep(60)
            return "done"

        def run() -> tuple[str, float]:
            with VirtualClock() as clock:
                return asyncio.run_coroutine_threadsafe(work(), loop).result(timeout=100), passed(clock)

        try:
            assert bounded(run) == ("done", 60)
            assert bounded(run) == ("done", 60)
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    def test_what_they_are_handed_may_be_real_work(self):
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever)
        thread.start()

        def run() -> tuple[bytes, float]:
            with VirtualClock(patience=LONG, io_patience=LONG) as clock:
                future = asyncio.run_coroutine_threadsafe(asyncio.to_thread(digest), loop)
                return future.result(timeout=30), passed(clock)

        try:
            assert bounded(run) == (digest(), 0)
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()


class TestThreadsOfTools:
    @pytest.mark.parametrize(
        "tool", ["pytest_timeout", "_pytest.x", "tqdm._monitor", "rich.live", "xdist", "execnet"]
    )
    def test_never_take_part(self, tool):
        assert bounded(lambda: slept_in_thread_of(tool)) == 0

    def test_are_those_of_listed_modules_not_of_such_that_begin_alike(self):
        assert bounded(lambda: slept_in_thread_of("tqdmlike")) == 0.001


def slept_in_thread_of(module: str) -> float:
    """Let a module of this name start a thread that sleeps, and return by how much that moved the time."""
    names: dict[str, Any] = {"__name__": module}
    exec("def start(thread): thread.start()", names)
    ended: queue.SimpleQueue[None] = queue.SimpleQueue()
    with VirtualClock() as clock:
        names["start"](threading.Thread(target=lambda: (time.sleep(0.001), ended.put(None)), daemon=True))
        ended.get()
        return passed(clock)


@contextlib.contextmanager
def server(*delays: float) -> Iterator[int]:
    """Serve on loopback: answer each line after a real delay. Yields the port."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with contextlib.suppress(OSError):  # the test has ended
            connection, _ = listening.accept()
            answer(connection)

    def answer(connection: socket.socket) -> None:
        with connection:
            for delay in delays:
                if not connection.recv(10):
                    return
                time.sleep(delay)  # it was there before the clock
                connection.sendall(b"answer\n")
            connection.recv(10)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    with listening:
        yield listening.getsockname()[1]


def digest() -> bytes:
    """Work for some real milliseconds in C code that lets other threads run."""
    return hashlib.pbkdf2_hmac("sha256", b"password", b"salt", 100_000)


class TestRealWork:
    """Where the machine's speed would matter, the patience is long; the default is tried once for each kind."""

    async def ask(self, port: int, times: int = 1, pause: float = 0) -> list[Any]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        answers = []
        try:
            for _ in range(times):
                writer.write(b"ask\n")
                answers.append(await asyncio.wait_for(reader.readline(), 5))
                await asyncio.sleep(pause)
        finally:
            writer.close()
        return answers

    @pytest.mark.parametrize("options", [{}, {"io_patience": LONG}], ids=["by default", "with long patience"])
    def test_an_answer_after_50_real_ms_is_not_timed_out(self, options):
        def run() -> Any:
            with server(0.05) as port, VirtualClock(**options) as clock:
                return asyncio.run(self.ask(port)), passed(clock)

        assert bounded(run) == ([b"answer\n"], 0)

    @pytest.mark.skipif(sys.version_info < (3, 11), reason="asyncio.timeout came with Python 3.11")
    def test_nor_within_asyncio_timeout(self):
        async def ask(port: int) -> bytes:
            async with asyncio.timeout(5):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(b"ask\n")
                answer = await reader.readline()
                writer.close()
                return answer

        def run() -> Any:
            with server(0.05) as port, VirtualClock(io_patience=LONG) as clock:
                return asyncio.run(ask(port)), passed(clock)

        assert bounded(run) == (b"answer\n", 0)

    def test_every_question_of_a_connection_is_given_the_time_for_its_answer(self):
        def run() -> Any:
            with server(*[0.002] * 20) as port, VirtualClock(io_patience=LONG) as clock:
                return asyncio.run(self.ask(port, times=20, pause=60)), passed(clock)

        assert bounded(run) == ([b"answer\n"] * 20, 1200)

    def test_no_answer_is_waited_for_that_has_come_already(self):
        async def ask(port: int) -> tuple[bytes, float]:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"ask\n")
            with contextlib.suppress(queue.Empty):
                queue.SimpleQueue().get(timeout=0.05)  # the loop has no turn meanwhile
            answer = await reader.readline()
            await asyncio.sleep(60)
            writer.close()
            return answer

        def run() -> Any:
            with server(0) as port, VirtualClock(io_patience="1h") as clock:
                return asyncio.run(ask(port)), passed(clock)

        assert bounded(run) == (b"answer\n", 60)

    def test_no_answer_is_waited_for_from_a_connection_that_is_closed(self):
        async def tell(port: int) -> None:
            serving = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"tell\n")
            writer.close()
            await asyncio.sleep(60)
            serving.close()

        def run() -> float:
            with server() as port, VirtualClock(io_patience="1h") as clock:
                asyncio.run(tell(port))
                return passed(clock)

        assert bounded(run) == 60

    def test_an_answer_that_never_comes_is_timed_out(self):
        silent = socket.create_server(("127.0.0.1", 0))

        def run() -> Any:
            with VirtualClock(io_patience="10ms") as clock:
                with pytest.raises(asyncio.TimeoutError):
                    asyncio.run(self.ask(silent.getsockname()[1]))
                return passed(clock)

        with silent:
            assert bounded(run) == 5

    @virtually
    async def test_a_server_and_its_client_in_one_loop(self, clock):
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            line = await reader.readline()
            await asyncio.sleep(2)
            writer.write(line.upper())
            await writer.drain()
            writer.close()

        serving = await asyncio.start_server(serve, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*serving.sockets[0].getsockname())
        writer.write(b"ask\n")
        assert await asyncio.wait_for(reader.readline(), 5) == b"ASK\n"
        assert passed(clock) == 2
        writer.close()
        serving.close()
        await serving.wait_closed()

    @virtually
    async def test_who_only_listens_does_not_hold_the_time(self, clock):
        serving = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
        for _ in range(100):
            await asyncio.sleep(60)
        assert passed(clock) == 6000
        serving.close()
        await serving.wait_closed()

    def test_a_socket_that_the_test_reads_is_waited_for_though_a_worker_sleeps(self):
        def run() -> Any:
            with server(0.05) as port, VirtualClock(io_patience=LONG) as clock:
                worker = in_thread(lambda: time.sleep(60))
                with socket.create_connection(("127.0.0.1", port)) as connection:
                    connection.sendall(b"ask\n")
                    answered = connection.makefile("rb").readline(), passed(clock)
                worker.join()
                return answered, passed(clock)

        assert bounded(run) == ((b"answer\n", 0), 60)

    @pytest.mark.parametrize("options", [{}, {"io_patience": LONG}], ids=["by default", "with long patience"])
    def test_a_child_process_of_a_worker_ends_before_the_test_wakes(self, options):
        def run() -> Any:
            ended = []

            def wait_for_child() -> None:
                ended.append(subprocess.run(["sleep", "0.2"], check=True).returncode)
                ended.append(passed(clock))

            with VirtualClock(**options) as clock:
                worker = in_thread(wait_for_child)
                time.sleep(60)
                ended.append("woken")
                worker.join()
                return ended, passed(clock)

        assert bounded(run) == ([0, 0, "woken"], 60)

    def test_a_child_process_of_the_test_ends_before_a_worker_wakes(self):
        def run() -> Any:
            with VirtualClock(io_patience=LONG) as clock:
                worker = in_thread(lambda: time.sleep(60))
                subprocess.run(["sleep", "0.2"], check=True, timeout=30)
                ended = passed(clock)
                worker.join()
                return ended, passed(clock)

        assert bounded(run) == (0, 60)

    def test_a_child_process_of_a_task(self):
        async def wait_for_child() -> int:
            process = await asyncio.create_subprocess_exec("sleep", "0.1")
            return await asyncio.wait_for(process.wait(), 30)

        def run() -> Any:
            with VirtualClock(io_patience=LONG) as clock:
                return asyncio.run(wait_for_child()), passed(clock)

        assert bounded(run) == (0, 0)

    @pytest.mark.skipif(
        not hasattr(time, "pthread_getcpuclockid"), reason="the system does not tell a thread's CPU time"
    )
    def test_work_in_a_thread_of_a_loop(self):
        async def work(clock: VirtualClock) -> Any:
            digested, _ = await asyncio.gather(
                asyncio.to_thread(lambda: (digest(), passed(clock))), asyncio.sleep(10)
            )
            return digested

        def run() -> Any:
            with VirtualClock() as clock:
                return asyncio.run(work(clock)), passed(clock)

        assert bounded(run) == ((digest(), 0), 10)

    def test_work_in_python_beside_a_sleeper(self):
        def run() -> Any:
            with VirtualClock() as clock:
                worker = in_thread(lambda: time.sleep(60))
                total = sum(number % 7 for number in range(200_000))
                worked = passed(clock)
                worker.join()
                return total, worked, passed(clock)

        assert bounded(run) == (sum(number % 7 for number in range(200_000)), 0, 60)

    @pytest.mark.slow
    def test_a_process_pool(self):
        def run() -> Any:
            context = multiprocessing.get_context("spawn")
            with VirtualClock(patience=LONG, io_patience=LONG) as clock:
                with ProcessPoolExecutor(1, mp_context=context) as pool:
                    answer = pool.submit(pow, 2, 10).result(timeout=30), passed(clock)
                time.sleep(60)
                return answer, passed(clock)

        assert bounded(run) == ((1024, 0), 60)


class TestWaitsInC:
    @virtually
    def test_a_thread_that_waits_in_c_code_does_not_hold_the_time_for_ever(self, clock):
        waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
        worker = in_thread(waiting.get)
        for _ in range(10):
            time.sleep(60)
        assert passed(clock) == 600
        waiting.put("end")
        worker.join()

    @virtually
    def test_what_a_sleeper_puts_into_a_queue_in_c_is_got_at_its_instant(self, clock):
        items: queue.SimpleQueue[int] = queue.SimpleQueue()

        def produce() -> None:
            for item in range(5):
                time.sleep(60)
                items.put(item)

        in_thread(produce)
        assert [(items.get(), passed(clock)) for _ in range(5)] == [
            (item, 60 * item + 60) for item in range(5)
        ]

    @virtually
    def test_who_waits_for_a_lock_that_a_sleeper_holds_gets_it_when_that_wakes(self, clock):
        lock, freed = threading.Lock(), []

        def hold() -> None:
            with lock:
                time.sleep(10)
            freed.append(("first", passed(clock)))

        def want() -> None:
            time.sleep(1)
            with lock:
                wanted = passed(clock)
                time.sleep(1)
            freed.append(("second", wanted, passed(clock)))

        threads = [in_thread(hold), in_thread(want)]
        for thread in threads:
            thread.join()
        assert sorted(freed) == [("first", 10), ("second", 10, 11)]

    @virtually
    def test_a_lock_with_a_time_limit_waits_for_real(self, clock):
        lock = threading.Lock()
        with lock:
            assert lock.acquire(timeout=0.01) is False
        assert passed(clock) == 0

    @virtually
    def test_who_spins_does_not_stop_the_time(self, clock):
        ended = threading.Event()

        def spin() -> None:
            while not ended.is_set():
                time.sleep(0)

        worker = in_thread(spin)
        time.sleep(10)
        ended.set()
        worker.join()
        assert passed(clock) == 10

    @virtually
    async def test_a_task_that_never_rests_does_not_stop_the_time(self, clock):
        async def spin() -> None:
            while True:
                await asyncio.sleep(0)

        spinning = asyncio.ensure_future(spin())
        await asyncio.sleep(10)
        assert passed(clock) == 10
        spinning.cancel()
