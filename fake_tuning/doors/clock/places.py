"""Where in the code of a user something happens."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_MACHINERY = ("anyio", "asyncio", "concurrent", "multiprocessing", "queue", "threading", "trio")
"""Packages through which code waits: they are not where it does."""

_CARRIERS = ("fake_tuning", "aiobotocore", "boto3", "botocore")
"""Packages through which a call of a client gets here."""


def place() -> str:
    """Return file and line of the code that waits or reads, relative to the working directory."""
    frame = sys._getframe(1)
    while frame.f_back is not None and _is_machinery(str(frame.f_globals.get("__name__"))):
        frame = frame.f_back
    file = Path(frame.f_code.co_filename)
    here = Path(os.getcwd())
    return f"{file.relative_to(here).as_posix() if file.is_relative_to(here) else file.name}:{frame.f_lineno}"


def _is_machinery(module: str) -> bool:
    return module.partition(".")[0] in (*_MACHINERY, *_CARRIERS)
