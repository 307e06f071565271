"""Runs the body of a test within a virtual clock, in a thread of its own, so that a test that hangs fails.

The thread that waits for it takes no part in the clock: its limit is real.
"""

from __future__ import annotations

import asyncio
import inspect
import sys
import threading
import traceback
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any

import pytest

from fake_tuning import VirtualClock
from fake_tuning.domain.vocabulary.clock import DEFAULT_START

LIMIT = 60.0
"""Real seconds after which a body counts as hanging."""

_NAME = "bounded body"


def bounded(body: Callable[[], Any], limit: float = LIMIT) -> Any:
    """Run in a daemon thread, and return what it returns or raise what it raises.

    A body that does not end fails the test with the stacks of all threads. It may keep its clock, so every later
    body of this process fails at once.
    """
    if any(thread.name == _NAME for thread in threading.enumerate()):
        pytest.fail("a body of an earlier test still hangs, and may hold a clock", pytrace=False)
    outcomes: SimpleQueue[tuple[Any, BaseException | None]] = SimpleQueue()

    def run() -> None:
        try:
            outcomes.put((body(), None))
        except BaseException as error:  # what a test raises, a skip as well
            outcomes.put((None, error))

    thread = threading.Thread(target=run, name=_NAME, daemon=True)
    thread.start()
    try:
        result, error = outcomes.get(timeout=limit)
    except Empty:
        pytest.fail(f"hangs after {limit:g} real seconds\n\n{_stacks()}", pytrace=False)
    thread.join(limit)
    if error is not None:
        raise error
    return result


def virtually(body: Callable[..., Any]) -> Callable[..., None]:
    """Make a test of a function or a method, plain or asynchronous, that takes a running clock."""

    def run(*instance: Any) -> None:
        with VirtualClock() as clock:
            if inspect.iscoroutinefunction(body):
                asyncio.run(body(*instance, clock))
            else:
                body(*instance, clock)

    def test(*instance: Any) -> None:
        bounded(lambda: run(*instance))

    test.__name__, test.__qualname__, test.__doc__ = body.__name__, body.__qualname__, body.__doc__
    test.__module__ = body.__module__
    return test


def passed(clock: VirtualClock) -> float:
    """Return the virtual seconds since the clock began, exact to the microsecond."""
    return (clock.now() - DEFAULT_START).total_seconds()


def _stacks() -> str:
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    return "\n".join(
        f"{names.get(ident, ident)}:\n{''.join(traceback.format_stack(frame))}"
        for ident, frame in sys._current_frames().items()
    )
