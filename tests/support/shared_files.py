"""Finds the recordings of the real service, which are not in the repository, and skips a test without them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

BESIDE = Path(__file__).parents[3] / "shared"
"""Where they are looked for, unless the environment variable FAKE_TUNING_SHARED names another folder."""


def shared(path: str) -> Path:
    """Return a file or folder among them, such as ``"recorded"``, or skip the test that asks."""
    folder = Path(os.environ.get("FAKE_TUNING_SHARED") or BESIDE)
    found = folder / path
    if not found.exists():
        pytest.skip(
            f"reads {path}, a recording of the real service that belongs to others and is not in this repository: "
            "tests/README.md says which public repositories have it; set FAKE_TUNING_SHARED to the folder where "
            "you put it"
        )
    return found


def recorded(name: str) -> dict[str, Any]:
    """Return a recorded answer by the name of its file, or skip the test that asks."""
    found: dict[str, Any] = json.loads(shared(f"recorded/{name}.json").read_text())
    body: dict[str, Any] = found.get("body", found)
    return body
