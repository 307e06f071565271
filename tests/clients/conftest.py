"""Runs of tests beside other people's code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.neighbours import PIPELINE

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def beside(
    run: Callable[..., pytest.RunResult], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., pytest.RunResult]:
    """Return a function that runs tests of the pipeline in a process that has ours and the named plugins only."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")

    def beside(source: str, *options: str, plugins: tuple[str, ...] = (), **files: str) -> pytest.RunResult:
        loaded = [f"-p{plugin}" for plugin in ("fake_tuning.doors.pytest.plugin", *plugins)]
        return run(source, *loaded, *options, apart=True, pipeline=PIPELINE, **files)

    return beside
