"""The layers of the package, read from its imports: doors -> service -> domain, never the other way.

    domain     the standard library
    service    also botocore's model, its loader, and dateutil, which parses times for botocore
    doors      whatever they need
    fake_tuning/__init__   what type checkers see, and the rest lazily (PEP 562)
    fake_tuning/__main__   the commands, lazily

The rooms of a layer have an order too (``ROOMS``). What only a type checker imports must not point up either, except
in ``fake_tuning/__init__``.
"""

import ast
import gc
import itertools
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

import pytest

import fake_tuning

PACKAGE = Path(fake_tuning.__file__).parent
TOP = ("fake_tuning", "fake_tuning.__main__")
"""What stands above the layers, and imports what it needs when it is used."""

PLUGIN = "fake_tuning.doors.pytest.plugin"
COMMAND = "fake_tuning.doors.conform.command"
FAKER_PROVIDER = "fake_tuning.doors.faker_provider"

ROOMS = {
    "domain": ("vocabulary", "request", "simulation", "jobs", "recordings"),
    "service": (
        "errors error_texts quirks local_time lock api_version composed_job store",
        "pages calls handles",
        "validation reads",
        "settings creation",
        "operations",
        "tuning_service",
    ),
    "doors": (
        "late_imports",
        "clock pre_ga faker_provider",
        "options",
        "builder botocore",
        "stubber conform",
        "pytest",
    ),
}
"""The layers, and the rooms of each (its folders and its own modules), from the lowest to the highest.

A room may import itself and what is below it. Rooms that stand side by side do not import each other.
"""

OUTSIDE = {"domain": (), "service": ("botocore.model", "botocore.loaders", "dateutil")}
"""What a layer may import besides the standard library and ours; the doors may import anything."""

ENDINGS = frozenset({"", "d", "ed", "er", "ers", "ing", "ings", "ion", "ions", "r", "rs", "s"})
"""What makes another form of a word, and no other name for a module."""


@dataclass(frozen=True)
class Import:
    """One imported module, and when the importing module brings it in."""

    target: str
    line: int
    lazy: bool = False
    typing_only: bool = False

    def within(self, package: str) -> bool:
        return f"{self.target}.".startswith(f"{package}.")

    @property
    def standard(self) -> bool:
        return self.target.partition(".")[0] in sys.stdlib_module_names


def parsed(source: str) -> ast.Module:
    """Parse a module, and let nothing be collected meanwhile.

    A finalizer that logs a traceback parses code, too, and Python 3.11 then refuses both (CPython issue 106905).
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        return ast.parse(source)
    finally:
        if collects:
            gc.enable()


def _dotted(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {_dotted(path): path for path in sorted(PACKAGE.rglob("*.py"))}
"""The modules of the package by their dotted names."""


def imports_of(module: str) -> Iterator[Import]:
    """Read the imports of a module of the package."""
    path = MODULES[module]
    return imports(module, path.read_text(), is_package=path.name == "__init__.py")


def imports(module: str, source: str, *, is_package: bool = False) -> Iterator[Import]:
    """Read the imports of a module, also those within functions and those for type checkers only."""
    parents = module.split(".")
    for node, context in _nodes(parsed(source), Import("", 0)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield replace(context, target=alias.name, line=node.lineno)
        elif isinstance(node, ast.ImportFrom):
            up = node.level - is_package
            start = parents[: len(parents) - up] if node.level else []
            base = ".".join([*start, *([node.module] if node.module else [])])
            for alias in node.names:
                yield replace(context, target=_module_of(base, alias.name), line=node.lineno)
        elif isinstance(node, ast.Call) and _hides_an_import(node):
            yield replace(context, target=f"({ast.unparse(node)})", line=node.lineno)


def _nodes(node: ast.AST, context: Import) -> Iterator[tuple[ast.AST, Import]]:
    yield node, context
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
        context = replace(context, lazy=True)
    guarded = replace(context, typing_only=True) if _guards_typing(node) else context
    otherwise = getattr(node, "orelse", None)
    for child in ast.iter_child_nodes(node):
        yield from _nodes(child, context if isinstance(otherwise, list) and child in otherwise else guarded)


def _guards_typing(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}


def _hides_an_import(node: ast.Call) -> bool:
    return ast.unparse(node.func).rpartition(".")[2] in {"import_module", "__import__"}


def _module_of(base: str, name: str) -> str:
    """Return the module that ``from base import name`` brings in: a submodule, where there may be one."""
    full = f"{base}.{name}"
    return full if full in MODULES or base == "botocore" else base


def offences(module: str, found: Iterable[Import]) -> list[str]:
    """Return the imports of a module that point up, or out of what its layer may use."""
    return [f"{module}:{each.line} imports {each.target}" for each in found if not _allowed(module, each)]


def _allowed(module: str, each: Import) -> bool:
    if each.within("faker") and module != FAKER_PROVIDER:
        return False
    layer = module.split(".")[1] if "." in module else ""
    if layer not in ROOMS:
        return module in TOP and (each.typing_only or each.lazy or each.standard)
    if each.within("fake_tuning"):
        return any(map(each.within, _below(module)))
    return layer not in OUTSIDE or each.standard or any(map(each.within, OUTSIDE[layer]))


def _below(module: str) -> Iterator[str]:
    """Return what a module may import of ours: the layers below its own, the rooms below its own, and its own room.

    A room that has no place in its layer may import none of the others.
    """
    _, layer, room, *_ = [*module.split("."), ""]
    layers = list(ROOMS)
    yield from (f"fake_tuning.{each}" for each in layers[: layers.index(layer)])
    levels = [level.split() for level in ROOMS[layer]]
    height = next((at for at, level in enumerate(levels) if room in level), 0)
    yield from (f"fake_tuning.{layer}.{each}" for level in levels[:height] for each in level)
    yield f"fake_tuning.{layer}.{room}"


def at_import(module: str) -> set[str]:
    """Return what importing a module of the package imports, through its other modules and their packages."""
    seen, outside, pending = set[str](), set[str](), [module]
    while pending:
        name = pending.pop()
        if name in seen:
            continue
        seen.add(name)
        if "." in name:
            pending.append(name.rpartition(".")[0])
        for each in imports_of(name):
            if each.lazy or each.typing_only or each.standard:
                continue
            if each.within("fake_tuning"):
                pending.append(each.target)
            else:
                outside.add(each.target.partition(".")[0])
    return outside


@pytest.mark.parametrize("module", MODULES)
def test_no_arrow_points_up(module: str) -> None:
    assert offences(module, imports_of(module)) == []


def test_the_plugin_costs_a_run_that_does_not_use_it_nothing_but_pytest() -> None:
    assert at_import(PLUGIN) == {"pytest"}


@pytest.mark.parametrize("module", ["fake_tuning.__main__", COMMAND])
def test_what_a_shell_asks_first_costs_nothing_but_the_standard_library(module: str) -> None:
    assert at_import(module) == set()


def test_only_the_commands_import_what_they_need() -> None:
    conform = COMMAND.rpartition(".")[0]
    others = [module for module in MODULES if module != "fake_tuning.__main__" and conform not in module]
    assert [module for module in others for each in imports_of(module) if each.within(conform)] == []


@pytest.mark.parametrize("module", MODULES)
def test_no_module_takes_what_is_private_to_another(module: str) -> None:
    assert private_imports(module, MODULES[module].read_text()) == []


def private_imports(module: str, source: str) -> list[str]:
    """Return the private names of other modules of ours that a module imports, or reaches through one of them."""
    tree = parsed(source)
    ours, found = set[str](), list[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.level or str(node.module).startswith("fake_tuning")):
            ours |= {alias.asname or alias.name for alias in node.names}
            found += [
                f"{module}:{node.lineno} {each.name}" for each in node.names if each.name.startswith("_")
            ]
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ours and _is_private(node.attr):
            found.append(f"{module}:{node.lineno} {ast.unparse(node)}")
    return found


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def test_what_is_private_to_another_module_is_seen() -> None:
    source = """
from fake_tuning.service import pages
from fake_tuning.service.pages import Page, _cut
from botocore.client import _helper
def f(page): return pages._cut(page), Page._size, Page.__name__, page._own, _helper._other
"""
    assert private_imports("m", source) == ["m:3 _cut", "m:5 Page._size", "m:5 pages._cut"]


def alike(names: Iterable[str]) -> list[tuple[str, str]]:
    """Return the pairs of names that differ only by an ending."""
    return [pair for pair in itertools.combinations(sorted(names), 2) if _differ_by_an_ending(*pair)]


def _differ_by_an_ending(one: str, other: str) -> bool:
    shared = sum(
        1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    )
    return {one[shared:], other[shared:]} <= ENDINGS


def test_no_two_modules_of_a_folder_differ_only_by_an_ending() -> None:
    folders: dict[Path, list[str]] = {}
    for path in MODULES.values():
        folders.setdefault(path.parent, []).append(path.stem)
    assert {folder.name: alike(names) for folder, names in folders.items() if alike(names)} == {}


def test_names_that_differ_only_by_an_ending_are_seen() -> None:
    names = ["record", "recorded", "recording", "pages", "page", "trial", "trial_plan", "tags"]
    assert alike(names) == [
        ("page", "pages"),
        ("record", "recorded"),
        ("record", "recording"),
        ("recorded", "recording"),
    ]


@pytest.mark.parametrize("module", MODULES)
def test_what_is_public_says_what_it_is(module: str) -> None:
    assert undocumented(module, MODULES[module].read_text()) == []


def undocumented(module: str, source: str) -> list[str]:
    """Return the public functions, methods and classes, and the module itself, that have no docstring."""
    tree = parsed(source)
    missing = [] if ast.get_docstring(tree) else [module]
    pending: list[tuple[str, ast.stmt]] = [(module, node) for node in tree.body]
    while pending:
        owner, node = pending.pop(0)
        if not isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        if node.name.startswith("_") or "overload" in map(ast.unparse, node.decorator_list):
            continue
        name = f"{owner}.{node.name}"
        if ast.get_docstring(node) is None:
            missing.append(name)
        if isinstance(node, ast.ClassDef):
            pending += [(name, each) for each in node.body]
    return missing


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("fake_tuning.domain.jobs.responses", "import botocore"),
        ("fake_tuning.domain.jobs.responses", "from fake_tuning import TuningJob"),
        ("fake_tuning.domain.jobs.responses", "from fake_tuning import service"),
        ("fake_tuning.domain.jobs.responses", "from fake_tuning.service.errors import ServiceError"),
        ("fake_tuning.domain.jobs.responses", "from ...service import errors"),
        (
            "fake_tuning.domain.vocabulary.ranges",
            "def f():\n    from fake_tuning.doors.faker_provider import private",
        ),
        ("fake_tuning.domain.vocabulary.ranges", "if TYPE_CHECKING:\n    import fake_tuning.doors"),
        ("fake_tuning.domain.vocabulary.ranges", "import_module('botocore')"),
        ("fake_tuning.domain.request.echo", "from fake_tuning.domain.jobs import responses"),
        ("fake_tuning.domain.simulation.trial", "def f():\n    import fake_tuning.domain.recordings"),
        ("fake_tuning.service.pages", "import botocore.client"),
        ("fake_tuning.service.pages", "from botocore import session"),
        ("fake_tuning.service.pages", "import pytest"),
        ("fake_tuning.service.pages", "class A:\n    import fake_tuning.doors"),
        ("fake_tuning.doors.stubber.tuning_stubber", "def f():\n    import faker"),
        ("fake_tuning", "from fake_tuning.doors.builder.tuning_job import TuningJob"),
        ("fake_tuning", "if TYPE_CHECKING:\n    pass\nelse:\n    import botocore"),
        ("fake_tuning.extra", "import os"),
        (
            "fake_tuning.service.validation.quotas",
            "if TYPE_CHECKING:\n    from fake_tuning.service.operations.invocation import Invocation",
        ),
        ("fake_tuning.service.errors", "from fake_tuning.service.error_texts import BAD_TOKEN"),
        ("fake_tuning.service.new_room", "from fake_tuning.service.errors import ServiceError"),
        ("fake_tuning.service.pages", "from fake_tuning.service import new_room"),
        ("fake_tuning.doors.clock.waits", "from fake_tuning.doors.pytest import plugin"),
        ("fake_tuning.doors.builder.tuning_job", "def f():\n    import fake_tuning.doors.botocore.hook"),
    ],
)
def test_an_arrow_that_points_up_is_seen(module: str, line: str) -> None:
    assert len(offences(module, imports(module, line))) == 1


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("fake_tuning.domain.jobs.responses", "import random"),
        ("fake_tuning.domain.jobs.responses", "from fake_tuning.domain.vocabulary import ranges"),
        ("fake_tuning.domain.jobs.responses", "from ..vocabulary import ranges"),
        (
            "fake_tuning.doors.builder.request_builder",
            "def f():\n    from fake_tuning.doors import faker_provider",
        ),
        ("fake_tuning.service.pages", "from botocore import model"),
        ("fake_tuning.service.pages", "from botocore.loaders import Loader"),
        ("fake_tuning.service.pages", "from dateutil.parser import isoparse"),
        ("fake_tuning.service.pages", "from fake_tuning.domain.jobs.responses import Stamp"),
        ("fake_tuning.service.pages", "from fake_tuning.service.errors import ServiceError"),
        ("fake_tuning.service.operations.search", "from fake_tuning.service.validation import model"),
        (
            "fake_tuning.service.operations.search",
            "from fake_tuning.service.operations import search_filters",
        ),
        ("fake_tuning.doors.pytest.plugin", "import fake_tuning.doors.stubber.tuning_stubber"),
        ("fake_tuning.doors.stubber.tuning_stubber", "import botocore.stub"),
        ("fake_tuning.doors.faker_provider", "from faker import Generator"),
        ("fake_tuning", "if TYPE_CHECKING:\n    from fake_tuning.doors.builder.tuning_job import TuningJob"),
        ("fake_tuning", "def __getattr__(name):\n    return importlib.import_module(name)"),
    ],
)
def test_an_arrow_that_points_down_is_let_be(module: str, line: str) -> None:
    assert offences(module, imports(module, line)) == []


def test_what_lacks_a_docstring_is_named() -> None:
    source = '''
class Shown:
    """Shown."""
    def told(self): "Told."
    def untold(self): ...
    @overload
    def form(self): ...
    def _own(self): ...
class _Hidden:
    def untold(self): ...
def bare(): ...
'''
    assert undocumented("m", source) == ["m", "m.bare", "m.Shown.untold"]


def test_type_checkers_see_the_public_names_where_they_are() -> None:
    (guard,) = (node for node in parsed(MODULES["fake_tuning"].read_text()).body if _guards_typing(node))
    seen = {
        alias.asname: f"{node.module}"
        for node in ast.walk(guard)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name == alias.asname  # which exports the name
    }
    assert seen == {name: f"fake_tuning.{home}" for name, home in fake_tuning._HOMES.items()}


def test_every_public_name_can_be_imported() -> None:
    assert fake_tuning.__all__ == dir(fake_tuning) == sorted(fake_tuning.__all__)
    for name in fake_tuning.__all__:
        home = import_module(f"fake_tuning.{fake_tuning._HOMES[name]}")
        assert getattr(fake_tuning, name) is getattr(home, name)
    # What the public methods return, and what the documentation names as a type.
    named = {"Call", "JobHandle", "ModelMismatchError", "TrialEdit", "TrialEditor", "TrialView"}
    assert named <= set(fake_tuning.__all__)
    with pytest.raises(AttributeError, match=r"^module 'fake_tuning' has no attribute 'TuningJbo'$"):
        _ = fake_tuning.TuningJbo


def test_every_test_file_has_tests() -> None:
    files = Path(__file__).parent.rglob("test_*.py")
    assert [each.name for each in files if "def test_" not in each.read_text(encoding="utf-8")] == []
