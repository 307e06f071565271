"""Replaces functions of modules: of those that are imported at once, of others as soon as they are.

Whoever imports a module, and however, asks the finders of ``sys.meta_path`` for it. While patches are applied, the
first of them is ours: it finds what the others find, and applies the patches when the module has been executed.
"""

from __future__ import annotations

import functools
import sys
import threading
from importlib.abc import MetaPathFinder
from types import FunctionType
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType


class Target(NamedTuple):
    """A function that is to be replaced.

    Attributes:
        module: the module that defines it, or its class.
        owner: the class that has it, or "" when the module itself has it.
        name: its name.
        replace: makes the replacement from the original.
    """

    module: str
    owner: str
    name: str
    replace: Callable[[Callable[..., Any]], Callable[..., Any]]

    def found(self) -> Any:
        """Return the module or class that has it, or None when that is not imported yet."""
        module = sys.modules.get(self.module)
        return getattr(module, self.owner, None) if self.owner else module


class Patches:
    """The patches of some targets. Several threads may use it, and may import meanwhile.

    Somebody may have found a replacement, and put it back when it had been undone already (a ``monkeypatch`` that is
    undone late). So replacements work on, and are known again: they are put away the next time.

    Args:
        targets: what is to be replaced.
    """

    def __init__(self, targets: Iterable[Target]) -> None:
        self._targets = tuple(targets)
        self._applied = False
        self._replaced: set[tuple[Any, str]] = set()
        self._originals: WeakKeyDictionary[FunctionType, Any] = WeakKeyDictionary()
        self._lock = threading.RLock()
        self._finder = _Finder(frozenset(target.module for target in self._targets), self._imported)

    def apply(self) -> None:
        """Replace what is imported by now, and watch for the rest."""
        with self._lock:
            self._applied = True
            if self._finder not in sys.meta_path:
                sys.meta_path.insert(0, self._finder)
            self._replace()

    def undo(self) -> None:
        """Put the originals back, unless somebody has since put something of his own on top. May be repeated."""
        with self._lock:
            self._applied = False
            self._replaced.clear()
            if self._finder in sys.meta_path:
                sys.meta_path.remove(self._finder)
            for target in self._targets:
                owner = target.found()
                if owner is not None and self._is_ours(standing := vars(owner)[target.name]):
                    setattr(owner, target.name, self._originals[standing])

    def _imported(self) -> None:
        with self._lock:
            if self._applied:
                self._replace()

    def _replace(self) -> None:
        for target in self._targets:
            owner = target.found()
            if owner is None or (owner, target.name) in self._replaced:
                continue
            self._replaced.add((owner, target.name))
            original = vars(owner)[target.name]
            if self._is_ours(original):  # it came back since
                continue
            replacement: Any = functools.wraps(original)(target.replace(original))
            self._originals[replacement] = original
            setattr(owner, target.name, replacement)

    def _is_ours(self, standing: Any) -> bool:
        return isinstance(standing, FunctionType) and standing in self._originals


class _Finder(MetaPathFinder):
    """Finds what the other finders find, and calls back when one of the modules has been executed."""

    def __init__(self, modules: frozenset[str], executed: Callable[[], None]) -> None:
        self._modules = modules
        self._executed = executed

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of one of the modules; None leaves any other to the other finders."""
        if fullname not in self._modules:
            return None
        others = (finder.find_spec(fullname, path, target) for finder in sys.meta_path if finder is not self)
        spec = next((found for found in others if found is not None), None)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def exec_module(module: ModuleType) -> None:
                execute(module)
                self._executed()

            vars(spec.loader)["exec_module"] = exec_module
        return spec
