"""What the fixtures are told: the one list of options behind marker, ini file and ``tuning_config``."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from _pytest.nodes import Node

    from fake_tuning.domain.vocabulary.durations import Duration, Instant
    from fake_tuning.doors.pre_ga import Dialect

ClockKind: TypeAlias = Literal["virtual", "ambient"]

MARKER = "tuning"
_INI = "tuning_"
_ALLOWED = r"[a-z0-9-]+(:[A-Za-z0-9]+)?"


@dataclass(frozen=True, kw_only=True)
class TuningConfig:
    """What the fixtures are told, each option with its default.

    Every option is a keyword of ``@pytest.mark.tuning``, and with ``tuning_`` before it an ini option. What
    the marker says counts most, then the fixture ``tuning_config``, then the ini file.

    Attributes:
        region: the default region of clients, and the service's.
        account: the account of all ARNs, 12 digits.
        seed: decides all that is drawn.
        start: where the virtual clock begins, an aware datetime or a text such as 2026-01-31T12:00:00Z; when
            left out, the time of a freeze that is active, or else 2026-01-01T00:00:00Z.
        clock: virtual (sleeping moves the time) or ambient (freezegun, pytest-freezer or time-machine do).
        strict: whether a test fails at its teardown for what was refused, and for a ClockRunaway, when the
            code under test swallowed it.
        allow: what may leave for the network: services such as s3, or operations such as s3:GetObject.
        max_sleeps: how many sleeps a test may begin before ClockRunaway.
        max_span: how far the sleeping of a test may move the time before ClockRunaway.
        dialect: which of its shapes a describe response has: current, or pre-ga for May 2018's.
        transport: parsed answers clients directly; wire does through botocore's serialisation, retries and
            parsing.

    Raises:
        TypeError: a value of the wrong type, a naive start, or an option that does not exist.
        ValueError: a value that is none of the choices, or cannot be read.
    """

    region: str = "us-east-1"
    account: str = "123456789012"
    seed: int = 0
    start: Instant | None = None
    clock: ClockKind = "virtual"
    strict: bool = True
    allow: tuple[str, ...] = ()
    max_sleeps: int = 10_000
    max_span: Duration = "60d"
    dialect: Dialect = "current"
    transport: Literal["parsed", "wire"] = "parsed"

    def __new__(cls, **written: object) -> TuningConfig:
        """Refuse an unknown option with the nearest name."""
        __tracebackhide__ = True
        for name in written:
            if name not in _DEFAULTS:
                raise TypeError(_unknown("keyword of TuningConfig", name, _DEFAULTS))
        return super().__new__(cls)

    def __post_init__(self) -> None:
        __tracebackhide__ = True  # what is shown is the line that wrote the value
        for each in fields(self):
            value = getattr(self, each.name)
            if value is not each.default:
                object.__setattr__(self, each.name, _READERS.get(each.name, _same_type)(each.name, value))


def _unknown(what: str, name: object, known: Iterable[str]) -> str:
    from fake_tuning.domain.vocabulary.suggestions import choices  # a run that makes no mistake does without

    return choices(what, name, known)


def _same_type(name: str, value: object) -> object:
    __tracebackhide__ = True
    expected = type(_DEFAULTS[name])
    if type(value) is not expected:
        raise TypeError(f"{name} must be {_SPOKEN[expected]}, but is {value!r}")
    return value


def _start(name: str, value: Any) -> object:
    __tracebackhide__ = True
    from fake_tuning.domain.vocabulary.durations import instant  # a run that uses no fixture does without

    return None if value is None else instant(value, name)


def _span(name: str, value: Any) -> object:
    __tracebackhide__ = True
    from fake_tuning.domain.vocabulary.durations import duration

    duration(value, name)
    return value


def _clock(name: str, value: object) -> object:
    __tracebackhide__ = True
    if value not in get_args(ClockKind):
        raise ValueError(_unknown(name, value, get_args(ClockKind)))
    return value


def _dialect(_: str, value: Any) -> object:
    __tracebackhide__ = True
    from fake_tuning.doors.pre_ga import api_version

    api_version(value)
    return value


def _account(name: str, value: object) -> object:
    __tracebackhide__ = True
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a text of 12 digits, but is {value!r}")
    if not re.fullmatch(r"[0-9]{12}", value):
        raise ValueError(f"{name} must be a text of 12 digits, but is {value!r}")
    return value


def _allow(name: str, value: Any) -> object:
    __tracebackhide__ = True
    entries = (value,) if isinstance(value, str) else value
    if not isinstance(entries, (tuple, list, set, frozenset)):
        raise TypeError(f"{name} must be {_SPOKEN[tuple]}, but is {value!r}")
    for entry in entries:
        if not isinstance(entry, str) or not re.fullmatch(_ALLOWED, entry):
            raise ValueError(f"{name} must be {_SPOKEN[tuple]}, but has {entry!r}")
    return tuple(entries)


_READERS: Mapping[str, Any] = {
    "account": _account,
    "allow": _allow,
    "clock": _clock,
    "dialect": _dialect,
    "max_span": _span,
    "start": _start,
}
_SPOKEN: Mapping[type, str] = {
    bool: "true or false",
    int: "a whole number",
    str: "a text",
    tuple: "services such as 's3' or operations such as 's3:GetObject'",
}
_DEFAULTS: Mapping[str, Any] = {each.name: each.default for each in fields(TuningConfig)}


def option_texts() -> dict[str, str]:
    """Return what the documentation of ``TuningConfig`` says of each option."""
    section = inspect.cleandoc(TuningConfig.__doc__ or "")
    found = re.findall(r"^ {4}(\w+): (.+(?:\n {8}.+)*)", section, re.MULTILINE)
    texts = {name: " ".join(text.split()) for name, text in found}
    return {name: texts.get(name, "") for name in _DEFAULTS}  # python -OO leaves no documentation


def marker_line() -> str:
    """Return what ``pytest --markers`` shows."""
    signature = ", ".join(f"{name}={default!r}" for name, default in _DEFAULTS.items())
    texts = "".join(f"\n  {name}: {text}" for name, text in option_texts().items())
    return f"{MARKER}({signature}): what the fixtures of fake_tuning are told.{texts}"


def add_ini_options(parser: pytest.Parser) -> None:
    """Give pytest one ini option for each option."""
    for name, text in option_texts().items():
        parser.addini(f"{_INI}{name}", f"fake_tuning: {text}", type=_ini_type(_DEFAULTS[name]), default=None)


def _ini_type(default: object) -> Any:
    if isinstance(default, bool):
        return "bool"
    if isinstance(default, int):
        # Since 8.4 pytest knows numbers, and its own TOML tables insist on them.
        return "int" if pytest.version_tuple >= (8, 4) else "string"
    return "args" if isinstance(default, tuple) else "string"


def from_ini(config: pytest.Config) -> TuningConfig:
    """Return what the ini file says, with defaults for the rest.

    Raises:
        pytest.UsageError: an option cannot be read; the message names it.
    """
    read = TuningConfig()
    for name, default in _DEFAULTS.items():
        expected = _SPOKEN.get(type(default), "a text")
        try:
            value = config.getini(f"{_INI}{name}")
            if isinstance(default, int) and isinstance(value, str):
                value = int(value)
        except (TypeError, ValueError, pytest.UsageError) as error:
            raise pytest.UsageError(f"the ini option {_INI}{name} must be {expected}: {error}") from None
        if value is not None:
            try:
                read = replace(read, **{name: value})
            except (TypeError, ValueError) as error:
                raise pytest.UsageError(f"the ini option {_INI}{name}: {error}") from None
    return read


class ResolvedOptions:
    """What the fixtures of one test, class, module or session are told, and where that is written.

    Attributes:
        config: what they are told.
    """

    def __init__(self, config: TuningConfig, run: pytest.Config, owners: Mapping[str, Node]) -> None:
        self.config = config
        self._run = run
        self._owners = owners

    def blame(self, error: Exception, *options: str) -> Exception:
        """Return the error again, with the place that wrote the option which it is about."""
        option = next((name for name in options if name in str(error)), options[0])
        if option in self._owners:
            place = _written(self._owners[option], option)
        elif self._run.getini(f"{_INI}{option}") is not None:
            place = f"the ini option {_INI}{option}"
        else:
            place = "the fixture tuning_config"
        return type(error)(f"{error}\n  {place}")


def resolved_options(node: Node, base: TuningConfig) -> ResolvedOptions:
    """Return what the markers of a node and of those around it say, each keyword from the closest with it.

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
            if keyword not in _DEFAULTS:
                unknown = _unknown(f"keyword of the {MARKER} marker", keyword, _DEFAULTS)
                raise TypeError(f"{unknown}\n  {_written(owner, keyword)}")
            if keyword in owners:
                continue
            owners[keyword] = owner
            try:
                read = replace(read, **{keyword: value})
            except (TypeError, ValueError) as error:
                raise type(error)(f"{error}\n  {_written(owner, keyword)}") from None
    return ResolvedOptions(read, node.config, owners)


def _marks(node: Node) -> list[tuple[Node, pytest.Mark]]:
    found = list(node.iter_markers_with_node(MARKER))
    # pytest puts the marks of pytest.param(...) last; they are the closest.
    own = getattr(getattr(node, "callspec", None), "marks", ())
    return sorted(found, key=lambda each: not any(mark is each[1] for mark in own))


def _written(owner: Node, keyword: str) -> str:
    """Return file, line and text of the marker's keyword, or else the name of what bears the marker."""
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
    """Yield the calls of the marker that a module bears, or the one class or function that was parsed."""
    bearers: list[ast.AST] = []
    body = tree.body
    if not of_module:
        bearer: Any = tree.body[0]
        bearers += bearer.decorator_list
        body = bearer.body if isinstance(bearer, ast.ClassDef) else []
    bearers += [each for each in body if isinstance(each, (ast.Assign, ast.AnnAssign))]
    for each in bearers:
        for found in ast.walk(each):
            if isinstance(found, ast.Call) and ast.unparse(found.func).rpartition(".")[2] == MARKER:
                yield found
