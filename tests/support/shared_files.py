"""Finds the documents and recordings that lie beside the repository, and skips a test without them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

BESIDE = Path(__file__).parents[3] / "shared"
"""Where they are, unless the environment variable FAKE_TUNING_SHARED says otherwise."""


def shared(path: str) -> Path:
    """Return a file or folder of the shared ones, such as ``"recorded"``, or skip the test that asks."""
    folder = Path(os.environ.get("FAKE_TUNING_SHARED") or BESIDE)
    found = folder / path
    if not found.exists():
        pytest.skip(
            f"needs {path} of the files shared beside the repository, and {folder} does not have it: "
            "put it there, or set FAKE_TUNING_SHARED to the folder that has it"
        )
    return found
