"""Removes what is undone late: a fixture that is torn down after ours may put back what it found of ours.

``def test(monkeypatch, tuning_service)`` tears the service down first. What monkeypatch has replaced meanwhile, it
then replaces by what it found: by what was ours.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _pytest.nodes import Node


_HOOK = "fake_tuning.doors.botocore.hook"
_RULING = "fake_tuning.doors.clock.ruling"
_REPLACEMENTS = "fake_tuning.doors.clock.replacements"


class LateUndoing:
    """Looks at the end of each test, class, module and session, when all its fixtures are torn down."""

    def __init__(self) -> None:
        self._watched: set[Node] = set()

    def watch(self, node: Node) -> None:
        """Look when this node ends, if that is not planned yet. Call it before the first fixture of the node is set up.

        So the finalizer is the node's first, and runs last.
        """
        if node in self._watched:
            return
        self._watched.add(node)
        environment = dict(os.environ)
        hooks, clocks = _times_left(_HOOK), _times_left(_RULING)

        def look() -> None:
            self._watched.discard(node)
            if _times_left(_RULING) > clocks:
                sys.modules[_REPLACEMENTS].remove_remains()
            if _times_left(_HOOK) > hooks:
                sys.modules[_HOOK].remove_remains(environment, hooks)

        node.addfinalizer(look)


def _times_left(module: str) -> int:
    """Return how often the last clock or service was left; it is not imported before the first is entered."""
    imported: Any = sys.modules.get(module)
    times: int = imported.times_left() if imported is not None else 0
    return times
