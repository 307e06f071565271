"""The freeze that a virtual clock moves: one of its own, or the one that was there before it."""

from __future__ import annotations

import sys
import time
from asyncio import BaseEventLoop
from contextlib import ExitStack
from datetime import timezone
from types import ModuleType
from typing import TYPE_CHECKING, Any

from freezegun import api, config, freeze_time

from fake_tuning.domain.vocabulary.clock import DEFAULT_START

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

_TRAVELLING = (
    "time-machine is travelling, and VirtualClock cannot freeze a process that time-machine moves. "
    "Let time-machine rule the time: FakeTuningService(clock=AmbientClock()), or with the fixtures "
    "@pytest.mark.tuning(clock='ambient'). Or leave time-machine out, and move the VirtualClock instead."
)
_UNFROZEN = (
    "the freeze that this VirtualClock followed has ended before it: leave the clock first, "
    "as in `with freeze_time(...): with VirtualClock() as clock: ...`"
)

_WORKERS = ("threading", "queue", "multiprocessing")
"""On freezegun's list these make all that a worker calls see real time. They wait in it without that."""

_WAITERS = ("multiprocessing.connection", "multiprocessing.queues", "multiprocessing.synchronize")
"""What waits in real time and asks ``time.monotonic()`` for it; none of them calls the user's functions."""

_KEPT = ("_pytest.timing",)
"""Beyond freezegun's list: the functions that this imported stay real, for pytest's durations."""

_REAL_WAITING = ("subprocess", "concurrent.futures._base")
"""These reach real waiting through their global ``time``; their callers must not see real time for that."""


def namespaces(names: Iterable[str] | None = None) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield name and globals of imported modules, and wake no lazy one: no ``dir``, no ``getattr``.

    Args:
        names: only those of these that are imported. None: all.
    """
    for name in list(sys.modules) if names is None else names:
        module = sys.modules.get(name)
        if issubclass(type(module), ModuleType):
            yield name, object.__getattribute__(module, "__dict__")


class Freeze:
    """Freezes the process, or follows the freeze that is active, and moves whichever is the innermost.

    What is cured of freezegun's ways while this lasts: a worker thread sees the time that everyone sees;
    modules whose names merely begin like one of freezegun's ignored modules (``queue_consumer``,
    ``github_client``) are frozen; event loops, ``subprocess``, ``concurrent.futures`` and ``multiprocessing``
    wait in real time; pytest's durations are real.
    """

    def __init__(self) -> None:
        self._undo = ExitStack()

    def start(self, start: datetime | None) -> None:
        """Freeze at ``start``, or move the active freeze there; None keeps the active one's time.

        Raises:
            RuntimeError: time-machine is travelling.
        """
        time_machine = sys.modules.get("time_machine")
        if time_machine is not None and time_machine.escape_hatch.is_travelling():
            raise RuntimeError(_TRAVELLING)
        with ExitStack() as undo:
            undo.callback(setattr, BaseEventLoop, "time", BaseEventLoop.time)
            setattr(BaseEventLoop, "time", lambda _loop: api.real_monotonic())  # noqa: B010  # mypy refuses the plain one
            if not api.freeze_factories:
                self._freeze(start or DEFAULT_START, undo)
            elif start is not None:
                self.move(start)
            self._heed(undo)
            self._freeze_lookalikes(undo)
            self._keep_waiting_real(undo)
            self._undo = undo.pop_all()

    def stop(self) -> None:
        """Put everything back; a freeze that was followed stays, at the time to which it was moved."""
        self._undo.close()

    def read(self) -> datetime:
        """Return the frozen instant, aware, in UTC, as a standard datetime."""
        factory = self._innermost()
        # A factory that steps at every look is only looked at: reading the clock must not move it.
        naive = factory.time_to_freeze if isinstance(factory, api.StepTickTimeFactory) else factory()
        return _Epoch.aware + (naive - _Epoch.naive)

    def move(self, to: datetime) -> None:
        """Move to an instant, earlier or later."""
        if to != self.read():
            self._innermost().move_to(_Epoch.naive + (to - _Epoch.aware))

    def _innermost(self) -> Any:
        if not api.freeze_factories:
            raise RuntimeError(_UNFROZEN)
        return api.freeze_factories[-1]

    def _freeze(self, start: datetime, undo: ExitStack) -> None:
        freezer = freeze_time(start, ignore=list(_KEPT))
        if "clock" not in vars(time):
            undo.callback(vars(time).pop, "clock", None)  # freezegun leaves time.clock = None behind
        freezer.start()
        # From here on the list tells only what to put back in modules that are imported while frozen.
        freezer.ignore = _heeded(freezer.ignore)
        undo.callback(freezer.stop)

    def _heed(self, undo: ExitStack) -> None:
        """Let freezegun look for no worker's frames among those who ask the time."""
        factory, before = api.freeze_factories[-1], api.ignore_lists[-1]
        api.ignore_lists[-1] = _heeded(before)

        def put_back() -> None:
            if factory in api.freeze_factories:
                api.ignore_lists[api.freeze_factories.index(factory)] = before

        undo.callback(put_back)

    def _freeze_lookalikes(self, undo: ExitStack) -> None:
        entries = tuple(entry for entry in (*config.DEFAULT_IGNORE_LIST, *_KEPT) if not entry.endswith("."))
        fakes = {id(real): fake for real, fake in _pairs()}
        alike = [name for name in list(sys.modules) if name.startswith(entries)]
        for _, found in namespaces(
            name for name in alike if not any(_is_within(name, entry) for entry in entries)
        ):
            _rebind(found, fakes, undo)

    def _keep_waiting_real(self, undo: ExitStack) -> None:
        unfrozen = ModuleType("time", "The module time as it is when nobody freezes it.")
        vars(unfrozen).update(vars(time))
        vars(unfrozen).update({name: getattr(api, f"real_{name}") for name in _functions()})
        reals = {id(fake): real for real, fake in _pairs()} | {id(time): unfrozen}
        for _, found in namespaces(_REAL_WAITING):
            _rebind(found, reals, undo)


class _Epoch:
    """Two spellings of 1970, as standard datetimes, which freezegun's arithmetic leaves standard."""

    naive = api.real_datetime(1970, 1, 1)
    aware = api.real_datetime(1970, 1, 1, tzinfo=timezone.utc)


def _functions() -> list[str]:
    """Name the functions of the module ``time`` that freezegun replaces."""
    names = [name.removeprefix("fake_") for name in vars(api) if name.startswith("fake_")]
    return [name for name in names if f"real_{name}" in vars(api)]


def _pairs() -> list[tuple[Any, Any]]:
    """Pair what freezegun replaces with what it puts in its place."""
    types = [(api.real_date, api.FakeDate), (api.real_datetime, api.FakeDatetime)]
    return [*types, *((getattr(api, f"real_{name}"), getattr(api, f"fake_{name}")) for name in _functions())]


def _rebind(found: dict[str, Any], by_id: dict[int, Any], undo: ExitStack) -> None:
    for name, value in list(found.items()):
        if id(value) in by_id:
            found[name] = by_id[id(value)]
            undo.callback(found.__setitem__, name, value)


def _is_within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def _heeded(ignore: Iterable[str]) -> tuple[str, ...]:
    """Keep of an ignore list what is meant: beginnings are compared, and ``gi`` matches ``github_client``."""
    kept = [
        f"{entry}." if entry in config.DEFAULT_IGNORE_LIST and not entry.endswith(".") else entry
        for entry in ignore
        if entry not in (*_WORKERS, *_KEPT)
    ]
    return (*kept, *_WAITERS)
