"""Pools of threads: work that is handed over holds the time, and idle workers do not."""

from __future__ import annotations

import queue
import threading
from collections import deque
from types import ModuleType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from fake_tuning.doors.clock.originals import real_submit
from fake_tuning.doors.clock.ruling import here, ruling, taking_part
from fake_tuning.doors.clock.thread_waits import Waiter, adopt

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future, ThreadPoolExecutor

    from fake_tuning.doors.clock.participants import Participant
    from fake_tuning.doors.clock.scheduler import Scheduler

_Item = TypeVar("_Item")


class WorkQueue(Generic[_Item]):
    """Stands for ``queue.SimpleQueue`` in pools, where a thread that waits for work is known to be blocked.

    Like the original it can be re-entered: the finalizer of a pool may put into a queue whose ``get`` the same thread
    has just interrupted. So there is no lock; ``deque`` is safe by itself, and who waits looks again once it can be
    woken.
    """

    def __init__(self) -> None:
        self._items: deque[_Item] = deque()
        self._waiting: deque[Any] = deque()

    def put(self, item: _Item) -> None:
        """Put an item into the queue, which is never full."""
        self._items.append(item)
        self._wake()

    def get(self, block: bool = True, timeout: float | None = None) -> _Item:
        """Take the first item, and wait for one if there is none.

        Raises:
            queue.Empty: none came in time.
        """
        while True:
            try:
                return self._items.popleft()
            except IndexError:
                if not block or (timeout is not None and timeout <= 0):
                    raise queue.Empty from None
            if not self._wait(timeout):
                timeout = 0

    def get_nowait(self) -> _Item:
        """Take the first item.

        Raises:
            queue.Empty: there is none.
        """
        return self.get(block=False)

    def empty(self) -> bool:
        """Return whether there is no item."""
        return not self._items

    def qsize(self) -> int:
        """Return how many items there are."""
        return len(self._items)

    def _wait(self, timeout: float | None) -> bool:
        part = taking_part()
        if part is None:
            return self._wait_for_real(timeout)
        participant, scheduler = part[0], part[1].scheduler
        waiter = Waiter(scheduler, participant, None if timeout is None else scheduler.deadline_in(timeout))
        self._waiting.append(waiter)
        try:
            if not self._items:
                waiter.block()
            return not waiter.wait.expired
        finally:
            waiter.end()
            self._forget(waiter)

    def _wait_for_real(self, timeout: float | None) -> bool:
        lock = threading.Lock()
        lock.acquire()
        self._waiting.append(lock)
        try:
            return bool(self._items) or lock.acquire(timeout=-1 if timeout is None else timeout)
        finally:
            self._forget(lock)

    def _forget(self, waiter: object) -> None:
        try:
            self._waiting.remove(waiter)
        except ValueError:
            if (
                self._items
            ):  # it was chosen to be woken, and goes without having waited: the next one is woken
                self._wake()

    def _wake(self) -> None:
        while self._waiting:
            try:
                waiter = self._waiting.popleft()
            except IndexError:
                return
            try:
                waiter.release()
            except RuntimeError:  # it has stopped waiting
                continue
            return


class Queues(ModuleType):
    """Stands for the module ``queue`` in pools of threads."""

    def __getattr__(self, name: str) -> Any:
        """Return all else from the module ``queue``."""
        return getattr(queue, name)

    @staticmethod
    def SimpleQueue() -> Any:  # noqa: N802  # the name that pools look for
        """Return a queue for a pool that a participant makes, or the original for all others."""
        return queue.SimpleQueue() if here() is None else WorkQueue()


def submit(self: Any, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
    """Stand for ``ThreadPoolExecutor.submit``: a worker takes part when a participant gives it work."""
    __tracebackhide__ = True
    part = taking_part()
    if (
        part is None or type(self).__module__ == "concurrent.futures.interpreter"
    ):  # nothing of ours gets there
        return real_submit(self, fn, *args, **kwargs)
    scheduler = part[1].scheduler
    with self._shutdown_lock:
        if not self._threads and self._work_queue.empty() and not isinstance(self._work_queue, WorkQueue):
            self._work_queue = WorkQueue()  # the pool was made before the clock, and has no worker yet
    if not _has_outsiders(self, scheduler):
        return real_submit(self, fn, *args, **kwargs)
    errand = _Errand(scheduler, fn)
    try:
        future = real_submit(self, errand, *args, **kwargs)
    except BaseException:
        errand.is_over()
        raise
    future.add_done_callback(errand.is_over)
    return future


def _has_outsiders(pool: ThreadPoolExecutor, scheduler: Scheduler) -> bool:
    known = {id(each.thread) for each in list(scheduler.participants.values())}
    return any(id(worker) not in known for worker in list(pool._threads))


class _Errand:
    """Work that is handed to a pool whose workers do not take part yet. It counts as awake until it is begun."""

    def __init__(self, scheduler: Scheduler, work: Callable[..., Any]) -> None:
        self._scheduler, self._work = scheduler, work
        self._pending: Participant = scheduler.announce(None)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Do the work, in a thread that takes part from here on."""
        rule = ruling()
        if rule is not None and rule.scheduler is self._scheduler:
            adopt(self._scheduler, threading.current_thread(), driver=False)
        self._scheduler.leave(self._pending)
        return self._work(*args, **kwargs)

    def is_over(self, _future: Future[Any] | None = None) -> None:
        """Count it no longer: it is done, was cancelled before it was begun, or was not taken."""
        self._scheduler.leave(self._pending)
