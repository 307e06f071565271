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
        environment, hook = dict(os.environ), _hook()
        since = hook.times_left() if hook else 0

        def look() -> None:
            self._watched.discard(node)
            hook = _hook()
            if hook and hook.times_left() > since:
                hook.remove_remains(environment, since)

        node.addfinalizer(look)


def _hook() -> Any:
    """Return the module that reaches clients, or None: until it is imported nothing was ever installed."""
    return sys.modules.get("fake_tuning.doors.botocore.hook")
