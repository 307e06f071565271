"""The options of the fixtures: from the ini file, the fixture ``tuning_config`` and the marker."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import pytest

from fake_tuning.doors.options import (
    TYPES,
    Option,
    ServiceOptions,
    explains,
    one_of,
    option,
    options_of,
    unknown,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from _pytest.nodes import Node

    from fake_tuning.domain.vocabulary.durations import Duration, Instant

ClockKind: TypeAlias = Literal["virtual", "ambient"]

MARKER = "tuning"
_INI = "tuning_"
_ALLOWED = r"[a-z0-9-]+(:[A-Za-z0-9]+)?"
_ALLOWABLE = "services such as 's3' or operations such as 's3:GetObject'"


def _start(name: str, value: Any) -> object:
    __tracebackhide__ = True
    from fake_tuning.domain.vocabulary.durations import instant  # a run that uses no fixture does without

    return instant(value, name)


def _span(name: str, value: Any) -> object:
    __tracebackhide__ = True
    from fake_tuning.domain.vocabulary.durations import duration

    duration(value, name)
    return value


def _allow(name: str, value: Any) -> object:
    __tracebackhide__ = True
    entries = (value,) if isinstance(value, str) else value
    if not isinstance(entries, (tuple, list, set, frozenset)):
        raise TypeError(f"{name} must be {_ALLOWABLE}, but is {value!r}")
    for entry in entries:
        if not isinstance(entry, str) or not re.fullmatch(_ALLOWED, entry):
            raise ValueError(f"{name} must be {_ALLOWABLE}, but has {entry!r}")
    return tuple(entries)


def _tools(name: str, value: Any) -> object:
    __tracebackhide__ = True
    entries = (value,) if isinstance(value, str) else value
    if not isinstance(entries, (tuple, list, set, frozenset)) or not all(
        isinstance(entry, str) for entry in entries
    ):
        raise TypeError(
            f"{name} must be names of modules, such as ('watcher', 'vendor.agent'), but is {value!r}"
        )
    return tuple(entries)


@explains("Attributes")
@dataclass(frozen=True, kw_only=True)
class TuningConfig(ServiceOptions):
    """The options of the fixtures: those of the service, and those of the clock and of the tests.

    Each is a keyword of ``@pytest.mark.tuning``, and with ``tuning_`` before it an ini option. The marker has the
    last word, then the fixture ``tuning_config``, then the ini file.

    Raises:
        TypeError: an option is unknown, a value has the wrong type, or a start has no time zone.
        ValueError: a value is not one of the choices, or cannot be read.
    """

    start: Instant | None = option(
        None,
        "where the virtual clock begins, an aware datetime or a text such as 2026-01-31T12:00:00Z; when left out, "
        "the time of a freeze that is active, or else 2026-01-01T00:00:00Z.",
        check=_start,
    )
    clock: ClockKind = option(
        "virtual",
        "virtual (sleeping moves the time) or ambient (freezegun, pytest-freezer or time-machine do).",
        check=one_of(*get_args(ClockKind)),
    )
    strict: bool = option(
        True,
        "whether errors that the code under test swallowed fail the test at its teardown: refused requests, and a "
        "ClockRunaway.",
    )
    allow: tuple[str, ...] = option(
        (),
        "what may reach the network: services such as s3, or operations such as s3:GetObject.",
        check=_allow,
    )
    max_polls: int = option(
        100,
        "how many polls in a row may bring nothing new before a ClockRunaway is raised: sleeps after reading jobs "
        "that have ended, and for which nothing lies ahead; ten times as many reads at one instant.",
    )
    max_sleeps: int = option(
        100_000,
        "how many sleeps in a row may begin, while nothing lies ahead and nothing new is read, before a "
        "ClockRunaway is raised.",
    )
    max_span: Duration = option(
        "60d", "how far sleeping may move the time in a test before a ClockRunaway is raised.", check=_span
    )
    patience: Duration = option(
        "20ms",
        "how long, in real time, the clock waits for a thread that stands still, as at a lock, before it moves on.",
        check=_span,
    )
    io_patience: Duration = option(
        "1s",
        "the same for a thread that waits for a file, a socket or a child process, and for a connection of an event "
        "loop on which an answer is awaited.",
        check=_span,
    )
    tools: tuple[str, ...] = option(
        (),
        "modules and packages whose threads never take part in virtual time, beyond those known.",
        check=_tools,
    )

    def __new__(cls, **written: object) -> TuningConfig:
        """Refuse an unknown option with the nearest name."""
        __tracebackhide__ = True
        for name in written:
            if name not in _OPTIONS:
                raise TypeError(unknown("keyword of TuningConfig", name, [*_OPTIONS]))
        return super().__new__(cls)


_OPTIONS: Mapping[str, Option] = options_of(TuningConfig)


def option_texts() -> dict[str, str]:
    """Return what each option is, by name, for the documentation."""
    return {name: each.text for name, each in _OPTIONS.items()}


def marker_line() -> str:
    """Return what ``pytest --markers`` shows."""
    signature = ", ".join(f"{name}={each.default!r}" for name, each in _OPTIONS.items())
    texts = "".join(f"\n  {name}: {text}" for name, text in option_texts().items())
    return f"{MARKER}({signature}): set the options of the fixtures of fake_tuning.{texts}"


def add_ini_options(parser: pytest.Parser) -> None:
    """Give pytest one ini option for each option."""
    for name, each in _OPTIONS.items():
        parser.addini(f"{_INI}{name}", f"fake_tuning: {each.text}", type=_ini_type(each), default=None)


def _ini_type(each: Option) -> Any:
    if each.read_lines:
        return "linelist"
    if isinstance(each.default, bool):
        return "bool"
    if isinstance(each.default, int):
        # Since 8.4 pytest knows numbers, and its own TOML tables insist on them.
        return "int" if pytest.version_tuple >= (8, 4) else "string"
    return "args" if isinstance(each.default, tuple) else "string"


def _expected(each: Option) -> str:
    return {"linelist": "a list of lines", "args": "a list of words"}.get(_ini_type(each)) or TYPES.get(
        type(each.default), "a text"
    )


def from_ini(config: pytest.Config) -> TuningConfig:
    """Return the options that the ini file sets, with defaults for the others.

    Raises:
        pytest.UsageError: an option cannot be read; the message names it.
    """
    read = TuningConfig()
    for name, each in _OPTIONS.items():
        try:
            value = config.getini(f"{_INI}{name}")
            if isinstance(each.default, int) and isinstance(value, str):
                value = int(value)
        except (TypeError, ValueError, pytest.UsageError) as error:
            raise pytest.UsageError(
                f"the ini option {_INI}{name} must be {_expected(each)}: {error}"
            ) from None
        if value is not None:
            try:
                read = replace(read, **{name: each.read_lines(value) if each.read_lines else value})
            except (TypeError, ValueError) as error:
                raise pytest.UsageError(f"the ini option {_INI}{name}: {error}") from None
    return read


class EffectiveOptions:
    """The options that are in effect for a test, class, module or session, and where each was written.

    Attributes:
        config: the options.
    """

    def __init__(self, config: TuningConfig, run: pytest.Config, owners: Mapping[str, Node]) -> None:
        self.config = config
        self._run = run
        self._owners = owners

    def blame(self, error: Exception, *options: str) -> Exception:
        """Return a copy of the error that also says where the option was written that it is about.

        Args:
            error: the error.
            options: the options that it can be about; without a name in its message it is about the first.
        """
        option = next((name for name in options if name in str(error)), options[0])
        if option in self._owners:
            place = _written(self._owners[option], option)
        elif self._run.getini(f"{_INI}{option}") is not None:
            place = f"the ini option {_INI}{option}"
        else:
            place = "the fixture tuning_config"
        return type(error)(f"{error}\n  {place}")


def effective_options(node: Node, base: TuningConfig) -> EffectiveOptions:
    """Return the options that are in effect for a node: those of ``base``, less what markers set.

    A keyword counts in the closest marker that has it: of the node itself, its class, or its module.

    Raises:
        TypeError, ValueError: a keyword is unknown or its value is refused; the message ends with the line
            that wrote it.
    """
    __tracebackhide__ = True
    if not isinstance(base, TuningConfig):
        raise TypeError(
            "the fixture tuning_config must return a TuningConfig, "
            f"such as dataclasses.replace(tuning_config, seed=3), but it returned {base!r}"
        )
    owners: dict[str, Node] = {}
    read = base
    for owner, mark in _marks(node):
        if mark.args:
            raise TypeError(
                f"the {MARKER} marker takes keywords only, such as seed=3, but got {mark.args[0]!r}"
                f"\n  {owner.nodeid}"
            )
        for keyword, value in mark.kwargs.items():
            if keyword not in _OPTIONS:
                message = unknown(f"keyword of the {MARKER} marker", keyword, [*_OPTIONS])
                raise TypeError(f"{message}\n  {_written(owner, keyword)}")
            if keyword in owners:
                continue
            owners[keyword] = owner
            try:
                read = replace(read, **{keyword: value})
            except (TypeError, ValueError) as error:
                raise type(error)(f"{error}\n  {_written(owner, keyword)}") from None
    return EffectiveOptions(read, node.config, owners)


def _marks(node: Node) -> list[tuple[Node, pytest.Mark]]:
    found = list(node.iter_markers_with_node(MARKER))
    # pytest puts the marks of pytest.param(...) last; they are the closest.
    own = getattr(getattr(node, "callspec", None), "marks", ())
    return sorted(found, key=lambda each: not any(mark is each[1] for mark in own))


def _written(owner: Node, keyword: str) -> str:
    """Return file, line and source of a marker's keyword, or else the id of the node that has the marker."""
    try:
        lines, first = inspect.getsourcelines(getattr(owner, "obj", None))  # type: ignore[arg-type]  # None is a TypeError, caught below
        tree = ast.parse(textwrap.dedent("".join(lines)))
    except (OSError, TypeError, SyntaxError):
        return owner.nodeid
    for call in _marker_calls(tree, of_module=first == 0):
        for each in call.keywords:
            if each.arg == keyword:
                path = owner.path
                root = owner.config.rootpath
                shown = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
                line = max(first, 1) + each.value.lineno - 1
                return f"{shown}:{line}: {lines[each.value.lineno - 1].strip()}"
    return owner.nodeid


def _marker_calls(tree: ast.Module, *, of_module: bool) -> Iterator[ast.Call]:
    """Yield the calls of the marker that apply to a module, or to the one class or function that was parsed."""
    places: list[ast.AST] = []
    body = tree.body
    if not of_module:
        marked: Any = tree.body[0]
        places += marked.decorator_list
        body = marked.body if isinstance(marked, ast.ClassDef) else []
    places += [each for each in body if isinstance(each, (ast.Assign, ast.AnnAssign))]
    for each in places:
        for found in ast.walk(each):
            if isinstance(found, ast.Call) and ast.unparse(found.func).rpartition(".")[2] == MARKER:
                yield found
