"""What the tests of the plugin share: runs of pytest within them, whether or not it is installed here."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

PLUGIN = "fake_tuning.doors.pytest.plugin"
INSTALLED = any(each.value == PLUGIN for each in entry_points(group="pytest11"))

pytest_plugins = ["pytester"] if INSTALLED else ["pytester", PLUGIN]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Callable[..., pytest.RunResult]:
    """Return a function that runs a test module in a pytest of its own, with warnings as errors.

    ``apart=True`` runs it in another process, for what a process keeps: imports, workers.
    """
    loaded = [] if INSTALLED else ["-p", PLUGIN]
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent))

    def run(source: str, *options: str, apart: bool = False, **files: Any) -> pytest.RunResult:
        for name, text in files.items():
            pytester.makefile(".ini" if name == "pytest" else ".py", **{name: text})
        pytester.makepyfile(test_it=source)
        how = pytester.runpytest_subprocess if apart else pytester.runpytest_inprocess
        return how(*loaded, "-W", "error", "-p", "no:cacheprovider", *options)

    return run
