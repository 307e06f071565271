"""The freeze that a virtual clock moves: its own, or one that was active before it."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from datetime import timezone
from types import ModuleType
from typing import TYPE_CHECKING, Any

from freezegun import api, config, freeze_time

from fake_tuning.domain.vocabulary.clock import DEFAULT_START
from fake_tuning.doors.clock.originals import real_sleep

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime, timedelta

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
"""While freezegun ignores these, everything that a worker thread calls sees real time. They wait in it anyway."""

_WAITERS = ("multiprocessing.connection", "multiprocessing.queues", "multiprocessing.synchronize")
"""Modules that wait in real time by ``time.monotonic()``. None of them calls the user's functions."""

_KEPT = ("_pytest.timing",)
"""Ignored beyond freezegun's list: its functions stay real, for pytest's durations."""

_REAL_WAITING = ("subprocess",)
"""These wait in real time through their global ``time``, while their callers see frozen time."""


def namespaces(names: Iterable[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield names and globals of modules that are imported. Uses no ``dir`` or ``getattr``: they load lazy modules.

    Args:
        names: of which modules.
    """
    for name in names:
        module = sys.modules.get(name)
        if issubclass(type(module), ModuleType):
            yield name, object.__getattribute__(module, "__dict__")


class Arrivals:
    """Modules that were imported since it was asked last. To ask costs little, however many modules there are."""

    def __init__(self) -> None:
        self._known: list[
            Any
        ] = []  # the modules themselves: the identity of one that is gone could be given again

    def __iter__(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield names and globals of each module once, as ``namespaces`` does."""
        known, self._known = list(map(id, self._known)), list(sys.modules.values())
        if known != list(map(id, self._known)):
            before = set(known)
            yield from namespaces(
                [name for name, module in list(sys.modules.items()) if id(module) not in before]
            )


class Freeze:
    """Freezes the process, or follows the active freeze, and moves whichever is innermost.

    While it lasts, some of freezegun's behaviour is corrected: a worker thread sees the same time as all others;
    modules whose names merely begin like one of freezegun's ignored modules (``queue_consumer``,
    ``github_client``) are frozen; ``subprocess`` and ``multiprocessing`` wait in real time; pytest's durations are
    real.
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
            if not api.freeze_factories:
                self._freeze(start or DEFAULT_START, undo)
            elif start is not None:
                self.move(start)
            self._heed(undo)
            self._freeze_lookalikes(undo)
            self._keep_waiting_real(undo)
            self._undo = undo.pop_all()

    def stop(self) -> None:
        """Put everything back. A freeze that was followed stays, at the time it was moved to."""
        self._undo.close()

    def read(self) -> datetime:
        """Return the frozen instant, aware, in UTC, as a standard datetime."""
        factory = self._innermost()
        # A factory that steps at every read must not be called: reading the clock does not move it.
        naive = factory.time_to_freeze if isinstance(factory, api.StepTickTimeFactory) else factory()
        return _Epoch.aware + (naive - _Epoch.naive)

    def move(self, to: datetime) -> None:
        """Move to an instant, earlier or later."""
        if to != self.read():
            self._innermost().move_to(_Epoch.naive + (to - _Epoch.aware))

    def tick(self, by: timedelta) -> None:
        """Move forward by a length."""
        factory = self._innermost()
        if isinstance(
            factory, api.TickingDateTimeFactory
        ):  # its tick() forgets the real time that has passed
            self.move(self.read() + by)
        else:
            factory.tick(by)

    def _innermost(self) -> Any:
        if not api.freeze_factories:
            raise RuntimeError(_UNFROZEN)
        return api.freeze_factories[-1]

    def _freeze(self, start: datetime, undo: ExitStack) -> None:
        freezer = freeze_time(start, ignore=list(_KEPT))
        if "clock" not in vars(time):
            undo.callback(vars(time).pop, "clock", None)  # freezegun leaves time.clock = None behind
        _covered.look()
        freezer.start()
        _frozen.remember(freezer)
        # From now on the list only says what to restore in modules that are imported while frozen.
        freezer.ignore = _heeded(freezer.ignore)
        undo.callback(freezer.stop)

    def _heed(self, undo: ExitStack) -> None:
        """Take worker threads' modules off freezegun's ignore list."""
        factory, before = api.freeze_factories[-1], api.ignore_lists[-1]
        api.ignore_lists[-1] = _heeded(before)

        def put_back() -> None:
            if factory in api.freeze_factories:
                api.ignore_lists[api.freeze_factories.index(factory)] = before

        undo.callback(put_back)

    def _freeze_lookalikes(self, undo: ExitStack) -> None:
        fakes = {id(real): fake for real, fake in _pairs()}
        for _, found in namespaces(_lookalikes.names()):
            _rebind(found, fakes, undo)

    def _keep_waiting_real(self, undo: ExitStack) -> None:
        unfrozen = ModuleType("time", "The module time as it is when nobody freezes it.")
        vars(unfrozen).update(vars(time))
        vars(unfrozen).update({name: getattr(api, f"real_{name}") for name in _functions()})
        vars(unfrozen)["sleep"] = real_sleep
        reals = {id(fake): real for real, fake in _pairs()} | {id(time): unfrozen}
        for _, found in namespaces(_REAL_WAITING):
            _rebind(found, reals, undo)


class _FrozenNames:
    """Where the last freeze of a clock has put freezegun's functions and types."""

    def __init__(self) -> None:
        self._changes: list[tuple[Any, str, Any]] = []
        self._modules: set[str] = set()

    def remember(self, freezer: Any) -> None:
        """Remember it of a freeze that has begun; freezegun forgets it at the end."""
        self._changes, self._modules = freezer.undo_changes, freezer.modules_at_start

    def thaw(self) -> None:
        """Put the real ones there, and into modules that were imported since."""
        reals = {id(fake): real for real, fake in _pairs()}
        places = [(owner, name) for owner, name, _ in self._changes]
        arrived = sys.modules.keys() - self._modules if self._changes else ()
        for module, names in namespaces(["time", "datetime", *arrived]):
            places += [
                (sys.modules[module], name)
                for name, value in list(names.items())
                if id(value) in reals
                and name != value.__name__  # who calls it by its own name wants this one
            ]
        for owner, name in places:
            standing = id(vars(owner).get(name))
            if standing in reals:
                setattr(owner, name, reals[standing])


_frozen = _FrozenNames()


def thaw() -> None:
    """Put the real functions and types back where somebody has put freezegun's after the freeze had ended.

    They tell the real time then, but a ``FakeDatetime`` is not what, say, ``orjson`` takes for a datetime.
    """
    if not api.freeze_factories:
        _frozen.thaw()


class _Covered:
    """Names of modules that may be covered by a patch of the user's own.

    freezegun looks at a module once, and remembers what it holds of the time. Under a name that held something else
    then, such as a mock in the place of ``datetime``, nothing would ever be frozen.
    """

    def __init__(self) -> None:
        self._arrivals = Arrivals()
        self._covered: dict[tuple[str, str], tuple[dict[str, Any], int]] = {}

    def look(self) -> None:
        """Let freezegun look again at modules in which something else stands than when they were looked at."""
        kinds = {id(each) for pair in _pairs() for each in pair}
        looked_at = [
            (*key, names) for key, (names, at) in self._covered.items() if id(names.get(key[1])) != at
        ]
        for module, _, _ in looked_at:
            api._GLOBAL_MODULES_CACHE.pop(module, None)
        arrived = [
            (module, name, names) for module, names in self._arrivals for name in _NAMES & names.keys()
        ]
        for module, name, names in looked_at + arrived:
            standing = names.get(name)
            self._covered.pop((module, name), None)
            if id(standing) not in kinds and type(standing) is not ModuleType:
                self._covered[module, name] = names, id(standing)


class _Lookalikes:
    """Modules whose names merely begin like one that freezegun ignores."""

    def __init__(self) -> None:
        self._arrivals = Arrivals()
        self._entries: tuple[str, ...] = ()
        self._found: set[str] = set()

    def names(self) -> list[str]:
        """Return their names, in an order that does not differ from run to run."""
        entries = tuple(entry for entry in (*config.DEFAULT_IGNORE_LIST, *_KEPT) if not entry.endswith("."))
        if entries != self._entries:
            self._entries, self._arrivals, self._found = entries, Arrivals(), set()
        for name, _ in self._arrivals:
            if name.startswith(entries) and not any(_is_within(name, entry) for entry in entries):
                self._found.add(name)
        return sorted(self._found)


_lookalikes = _Lookalikes()


class _Epoch:
    """1970 as naive and aware standard datetimes: freezegun's arithmetic keeps their class."""

    naive = api.real_datetime(1970, 1, 1)
    aware = api.real_datetime(1970, 1, 1, tzinfo=timezone.utc)


def _functions() -> list[str]:
    """Return the names of the functions of ``time`` that freezegun replaces."""
    names = [name.removeprefix("fake_") for name in vars(api) if name.startswith("fake_")]
    return [name for name in names if f"real_{name}" in vars(api)]


def _pairs() -> list[tuple[Any, Any]]:
    """Return pairs of what freezegun replaces and what it replaces it with."""
    types = [(api.real_date, api.FakeDate), (api.real_datetime, api.FakeDatetime)]
    return [*types, *((getattr(api, f"real_{name}"), getattr(api, f"fake_{name}")) for name in _functions())]


_NAMES = frozenset(real.__name__ for real, _ in _pairs())
"""How modules mostly call what freezegun replaces."""

_covered = _Covered()


def _rebind(found: dict[str, Any], by_id: dict[int, Any], undo: ExitStack) -> None:
    for name, value in list(found.items()):
        if id(value) in by_id:
            found[name] = by_id[id(value)]
            undo.callback(found.__setitem__, name, value)


def _is_within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def _heeded(ignore: Iterable[str]) -> tuple[str, ...]:
    """Return an ignore list that matches whole names; freezegun compares prefixes: ``gi`` is in ``github_client``."""
    kept = [
        f"{entry}." if entry in config.DEFAULT_IGNORE_LIST and not entry.endswith(".") else entry
        for entry in ignore
        if entry not in (*_WORKERS, *_KEPT)
    ]
    return (*kept, *_WAITERS)
