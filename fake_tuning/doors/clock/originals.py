"""The functions that a clock replaces, as they are when nobody replaces them."""

from __future__ import annotations

import asyncio
import concurrent.futures
import sys
import threading
import time
from types import BuiltinFunctionType, ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def is_real_sleep(value: object) -> bool:
    """Return whether a value is the function ``time.sleep`` of Python itself."""
    return type(value) is BuiltinFunctionType and value.__name__ == "sleep" and value.__self__ is time


def _real_sleep() -> Callable[[float], None]:
    """Return Python's own ``time.sleep``, also when a test has replaced it before this module was imported."""
    held: list[Any] = [time.sleep]
    modules = [each for each in list(sys.modules.values()) if type(each) is ModuleType]
    held += [vars(each).get("sleep") for each in modules]
    return next((each for each in held if is_real_sleep(each)), time.sleep)


real_sleep = _real_sleep()
real_wait = threading.Condition.wait
real_start = threading.Thread.start
real_join = threading.Thread.join
real_is_alive = threading.Thread.is_alive
real_submit = concurrent.futures.ThreadPoolExecutor.submit
real_run_forever = asyncio.BaseEventLoop.run_forever
real_loop_time = asyncio.BaseEventLoop.time
real_call_soon_threadsafe = asyncio.BaseEventLoop.call_soon_threadsafe
