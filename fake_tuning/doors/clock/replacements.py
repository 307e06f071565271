"""Puts what waits virtually in the place of what waits for real, and takes it away again.

What stands for a function asks at each call which clock rules, and calls the original when none does. So it does no
harm where it outlives the clock: in a default argument, or where ``monkeypatch`` puts it back that was undone too late.
"""

from __future__ import annotations

import asyncio
import asyncio.selector_events
import concurrent.futures
import concurrent.futures.thread
import queue
import sys
import threading
import time
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from fake_tuning.doors.clock import loops, originals, pools, thread_waits, trio_runs
from fake_tuning.doors.clock.freezing import Arrivals, thaw
from fake_tuning.doors.clock.ruling import ruling

if TYPE_CHECKING:
    from collections.abc import Iterator

_REAL = ("_pytest.timing", originals.__name__)
"""Modules that keep the real sleep: pytest's durations are real."""


class _Replacement(NamedTuple):
    """One attribute of a class or a module that is replaced.

    Attributes:
        owner: the class or module.
        name: the attribute.
        ours: what stands there while a clock runs.
        original: what stood there when this module was imported.
    """

    owner: Any
    name: str
    ours: Any
    original: Any

    @classmethod
    def of(cls, owner: Any, name: str, ours: Any) -> _Replacement:
        return cls(owner, name, ours, vars(owner)[name])

    def put_away(self, before: Any) -> None:
        """Put back what stood there before, if ours still stands there."""
        if vars(self.owner).get(self.name) is self.ours:
            setattr(self.owner, self.name, self.original if before is self.ours else before)


_times, _queues = thread_waits.Times("time"), pools.Queues("queue")

_REPLACEMENTS = [
    _Replacement.of(threading.Condition, "wait", thread_waits.wait),
    _Replacement.of(threading.Thread, "start", thread_waits.start),
    _Replacement.of(threading.Thread, "join", thread_waits.join),
    _Replacement.of(threading.Thread, "is_alive", thread_waits.is_alive),
    _Replacement.of(threading, "_time", thread_waits.monotonic),
    _Replacement.of(queue, "time", thread_waits.monotonic),
    _Replacement.of(concurrent.futures._base, "time", _times),
    _Replacement.of(concurrent.futures.thread, "queue", _queues),
    _Replacement.of(concurrent.futures.ThreadPoolExecutor, "submit", pools.submit),
    _Replacement.of(asyncio.BaseEventLoop, "run_forever", loops.run_forever),
    _Replacement.of(asyncio.BaseEventLoop, "time", loops.loop_time),
    _Replacement.of(asyncio.BaseEventLoop, "call_soon_threadsafe", loops.call_soon_threadsafe),
]


def _writes() -> Iterator[_Replacement]:
    streams: Any = asyncio.selector_events._SelectorSocketTransport  # type: ignore[attr-defined]
    datagrams: Any = asyncio.selector_events._SelectorDatagramTransport  # type: ignore[attr-defined]
    for transport, name in ((streams, "write"), (streams, "writelines"), (datagrams, "sendto")):
        if name in vars(transport):
            yield _Replacement.of(transport, name, loops.marks_writes(vars(transport)[name]))


_REPLACEMENTS += _writes()


class Replacements:
    """What is replaced while a clock runs, ``time.sleep`` among it wherever a module holds it by name."""

    def __init__(self) -> None:
        self._before: list[tuple[_Replacement, Any]] = []
        self._sleep_before: Any = None

    def apply(self) -> None:
        """Replace everything."""
        for each in (*_REPLACEMENTS, *_of_late_modules()):
            self._before.append((each, vars(each.owner)[each.name]))
            setattr(each.owner, each.name, each.ours)
        self._sleep_before = time.sleep
        vars(time)["sleep"] = thread_waits.sleep
        _sleeps.replace()
        trio_runs.follow()

    def undo(self) -> None:
        """Put back what stood there before, but for what somebody has replaced since and not put back yet."""
        trio_runs.let_go()
        for each, before in reversed(self._before):
            each.put_away(before)
        self._before.clear()
        _put_sleep_away(self._sleep_before)


def remove_remains() -> None:
    """Remove once more what others found while a clock ran, and have put back after it was left.

    A ``monkeypatch`` that is undone after the clock has gone does that. Does nothing while a clock runs.
    """
    if ruling() is None:
        for each in (*_REPLACEMENTS, *_of_late_modules()):
            each.put_away(each.original)
        _put_sleep_away(originals.real_sleep)
        thaw()


def _put_sleep_away(before: Any) -> None:
    if time.sleep is thread_waits.sleep:
        vars(time)["sleep"] = originals.real_sleep if before is thread_waits.sleep else before
    _sleeps.put_back()


def _of_late_modules() -> Iterator[_Replacement]:
    """Yield what is replaced in modules of the standard library that not everybody imports."""
    if "multiprocessing.pool" in sys.modules:
        yield _Replacement(sys.modules["multiprocessing.pool"], "queue", _queues, queue)
        yield _of_pools()
    if "socketserver" in sys.modules:
        yield _of_servers()


@cache
def _of_pools() -> _Replacement:
    pool = sys.modules["multiprocessing.pool"].Pool
    keeps_workers = vars(pool)["_handle_workers"].__func__
    return _Replacement.of(pool, "_handle_workers", classmethod(thread_waits.serving(keeps_workers)))


@cache
def _of_servers() -> _Replacement:
    server = sys.modules["socketserver"].BaseServer
    return _Replacement.of(server, "serve_forever", thread_waits.serving(server.serve_forever))


class _NamesOfSleep:
    """Where modules hold ``time.sleep`` by a name of their own.

    A module is looked at once, so that entering a clock costs little however many modules there are. What is found is
    remembered for good: somebody may put back our sleep after the clock was left, or have a patch of his own there at
    the moment.
    """

    def __init__(self) -> None:
        self._arrivals = Arrivals()
        self._found: dict[tuple[int, str], dict[str, Any]] = {}

    def replace(self) -> None:
        """Replace the real sleep wherever it is held."""
        self._look()
        for (_, name), names in self._found.items():
            if originals.is_real_sleep(names.get(name)):
                names[name] = thread_waits.sleep

    def put_back(self) -> None:
        """Put the real sleep back wherever ours is held, also in modules that were imported since."""
        self._look()
        for (_, name), names in self._found.items():
            if names.get(name) is thread_waits.sleep:
                names[name] = originals.real_sleep

    def _look(self) -> None:
        for module, names in self._arrivals:
            if module not in _REAL and not module.startswith(_CLOCK_ROOM) and names is not vars(time):
                self._look_in(names)

    def _look_in(self, names: dict[str, Any]) -> None:
        for name, value in list(names.items()):
            if value is thread_waits.sleep or originals.is_real_sleep(value) or name == "sleep":
                self._found[id(names), name] = names


_CLOCK_ROOM = __name__.rpartition(".")[0] + "."
_sleeps = _NamesOfSleep()
