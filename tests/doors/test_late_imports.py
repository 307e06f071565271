"""What is imported while something is installed is patched as if it had been there before."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

import pytest

from fake_tuning.doors.late_imports import Patches, Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MODULE = "imported_late.client"


def shouting(original: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args: original(*args).upper()


@pytest.fixture
def patches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Patches]:
    """Patches of a class and of a function in a module that nobody has imported yet."""
    package = tmp_path / "imported_late"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "client.py").write_text(
        "class Client:\n    def call(self):\n        return 'called'\n\ndef make():\n    return 'made'\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    finders = list(sys.meta_path)
    patches = Patches([Target(MODULE, "Client", "call", shouting), Target(MODULE, "", "make", shouting)])
    yield patches
    patches.undo()
    for name in [name for name in sys.modules if name.startswith("imported_late")]:
        del sys.modules[name]
    assert sys.meta_path == finders


def by_statement() -> Any:
    import imported_late.client  # type: ignore[import-not-found]  # it is written above

    return imported_late.client


def from_the_package() -> Any:
    from imported_late import client

    return client


def by_name() -> Any:
    return importlib.import_module(MODULE)


@pytest.mark.parametrize("imported", [by_statement, from_the_package, by_name])
def test_it_is_patched_however_it_is_imported(patches: Patches, imported: Callable[[], Any]) -> None:
    patches.apply()
    assert MODULE not in sys.modules
    module = imported()
    assert (module.Client().call(), module.make()) == ("CALLED", "MADE")
    patches.undo()
    assert (module.Client().call(), module.make()) == ("called", "made")


def test_what_was_imported_before_is_patched_once(patches: Patches) -> None:
    module = by_name()
    original = module.make
    patches.apply()
    patches.apply()
    assert module.make.__wrapped__ is original
    assert module.make() == "MADE"
    patches.undo()
    assert module.make is original


def test_nothing_is_patched_after_it_was_undone(patches: Patches) -> None:
    patches.apply()
    patches.undo()
    assert by_name().make() == "made"


def test_a_module_that_is_not_there_is_missing_as_it_was(patches: Patches, tmp_path: Path) -> None:
    (tmp_path / "imported_late" / "client.py").unlink()
    patches.apply()
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'imported_late\.client'"):
        by_name()


def test_a_module_that_fails_to_import_fails_as_it_did(patches: Patches, tmp_path: Path) -> None:
    (tmp_path / "imported_late" / "client.py").write_text("raise RuntimeError('broken')")
    patches.apply()
    with pytest.raises(RuntimeError, match="broken"):
        by_name()


def test_a_replacement_that_somebody_puts_back_works_on_and_is_put_away_the_next_time(
    patches: Patches,
) -> None:
    module = by_name()
    original = module.make
    patches.apply()
    replacement = module.make
    patches.undo()
    module.make = replacement
    assert module.make() == "MADE"
    patches.apply()
    assert module.make is replacement
    assert module.make() == "MADE"
    patches.undo()
    assert module.make is original


def test_a_list_of_finders_that_comes_back_patches_nothing(
    patches: Patches, monkeypatch: pytest.MonkeyPatch
) -> None:
    patches.apply()
    with monkeypatch.context() as context:
        context.setattr(sys, "meta_path", [each for each in sys.meta_path if each is not sys.meta_path[0]])
        patches.undo()
    assert by_name().make() == "made"
    patches.undo()
