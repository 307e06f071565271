"""The options of the fake service: the one place that names, describes and checks each of them.

``FakeTuningService`` takes them as keywords. The pytest plugin offers them, with some of its own, as keywords of
its marker and as ini options, and the documentation shows their texts. This module is imported in every pytest
run: it must stay light, so checks import what they need when they run.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Concatenate, Literal, ParamSpec, TypeAlias, TypeVar, get_args

if TYPE_CHECKING:
    from fake_tuning.service.api_version import ApiVersion
    from fake_tuning.service.quirks import Quirks
    from fake_tuning.service.settings import Settings

Dialect: TypeAlias = Literal["current", "pre-ga"]
Transport: TypeAlias = Literal["parsed", "wire"]

Check: TypeAlias = Callable[[str, Any], object]
"""Takes the name and the value of an option, and returns the value to keep, or raises TypeError or ValueError."""

TYPES: Mapping[type, str] = {bool: "true or false", int: "a whole number", str: "a text"}
"""What messages call the types of values."""

_T = TypeVar("_T")
_P = ParamSpec("_P")
_Class = TypeVar("_Class", bound=type)


# How options are declared.


@dataclass(frozen=True)
class Option:
    """An option of a class of options.

    Attributes:
        name: its name.
        default: its default, which is never checked.
        text: what it is, for the documentation; one or more sentences in plain text.
        check: checks a value; by default it must have the type of the default.
        read_lines: reads the value from the lines of an ini option; None when it is not written in lines.
    """

    name: str
    default: Any
    text: str
    check: Check
    read_lines: Callable[[Sequence[str]], Any] | None


def option(
    default: _T,
    text: str,
    *,
    check: Check | None = None,
    read_lines: Callable[[Sequence[str]], Any] | None = None,
) -> _T:
    """Declare an option in a dataclass. The arguments are the attributes of ``Option``."""
    declared = {"text": text, "check": check or _same_type(type(default)), "read_lines": read_lines}
    return field(default=default, metadata=declared)


def options_of(kind: type) -> dict[str, Option]:
    """Return the options of a class of options by name, those of its bases first."""
    return {each.name: Option(each.name, each.default, **each.metadata) for each in fields(kind)}


def check_options(options: Any) -> None:
    """Check the values in an object of a class of options, but for defaults, and keep what the checks return."""
    __tracebackhide__ = True  # so that pytest shows the line that wrote the value
    for each in options_of(type(options)).values():
        value = getattr(options, each.name)
        if value is not each.default:
            object.__setattr__(options, each.name, each.check(each.name, value))


def takes(
    kind: Callable[_P, object],
) -> Callable[[Callable[..., None]], Callable[Concatenate[Any, _P], None]]:
    """Give an ``__init__`` the keywords of a class of options, for type checkers, editors and ``inspect``."""

    def declare(init: Callable[..., None]) -> Callable[Concatenate[Any, _P], None]:
        signature = inspect.signature(kind)
        parameters = [inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
        parameters += signature.parameters.values()
        vars(init)["__signature__"] = signature.replace(parameters=parameters)
        return init

    return declare


def explains(section: str, kind: type | None = None) -> Callable[[_Class], _Class]:
    """Add the texts of options to the docstring of a class, for ``help()`` and the documentation.

    Args:
        section: the section that lists them, such as ``"Args"``. It comes before the sections that are there.
        kind: the class of options; None: the class itself.
    """

    def explain(explained: _Class) -> _Class:
        texts = [f"    {name}: {each.text}" for name, each in options_of(kind or explained).items()]
        written = inspect.cleandoc(explained.__doc__ or "")
        sections = re.search(r"^(Attributes|Raises):$", written, re.MULTILINE)
        at = sections.start() if sections else len(written)
        explained.__doc__ = "\n".join([f"{written[:at].rstrip()}\n", f"{section}:", *texts, "", written[at:]])
        return explained

    return explain


# How their values are checked.


def one_of(*choices: str) -> Check:
    """Return a check that accepts one of some texts."""

    def check(name: str, value: object) -> object:
        __tracebackhide__ = True
        if value not in choices:
            raise ValueError(unknown(name, value, choices))
        return value

    return check


def unknown(what: str, name: object, known: Sequence[str]) -> str:
    """Say that a name is unknown, and which are known."""
    from fake_tuning.domain.vocabulary.suggestions import choices

    return choices(what, name, known)


def _same_type(expected: type) -> Check:
    def check(name: str, value: object) -> object:
        __tracebackhide__ = True
        if type(value) is not expected:
            raise TypeError(f"{name} must be {TYPES[expected]}, but is {value!r}")
        return value

    return check


def _account(name: str, value: object) -> object:
    __tracebackhide__ = True
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a text of 12 digits, but is {value!r}")
    if not re.fullmatch(r"[0-9]{12}", value):
        raise ValueError(f"{name} must be a text of 12 digits, but is {value!r}")
    return value


def _quirks(name: str, value: object) -> Quirks:
    __tracebackhide__ = True
    from fake_tuning.service.quirks import Quirks

    if isinstance(value, Quirks):
        return value
    if not isinstance(value, Mapping):
        raise TypeError(
            f"{name} must be Quirks, such as Quirks(lower_case_list_arns=False), or a mapping, such as "
            f"{{'lower_case_list_arns': False}}, but is {value!r}"
        )
    known = [each.name for each in fields(Quirks)]
    for quirk in value:
        if quirk not in known:
            raise ValueError(unknown("quirk", quirk, known))
    return Quirks(**value)


def _quotas(name: str, value: object) -> Mapping[str, int]:
    __tracebackhide__ = True
    from fake_tuning.service.validation.quotas import Quotas

    if not isinstance(value, Mapping):
        raise TypeError(
            f"{name} must be limits by name, such as {{'ml.m5.xlarge for training job usage': 8}}, "
            f"but is {value!r}"
        )
    return Quotas(value).limits


# How they are read from lines.


def _assignments(lines: Sequence[str], example: str) -> dict[str, str]:
    """Read lines such as ``name = value``.

    Raises:
        ValueError: a line is something else, or says a name again.
    """
    found: dict[str, str] = {}
    for line in lines:
        name, equals, value = (part.strip() for part in line.partition("="))
        if not (name and equals and value):
            raise ValueError(f"write each line like {example!r}, not {line!r}")
        if name in found:
            raise ValueError(f"{name!r} has two lines: keep one of them")
        found[name] = value
    return found


def _read_quotas(lines: Sequence[str]) -> object:
    found = _assignments(lines, "ml.m5.xlarge for training job usage = 8")
    # What is no number is left to the check, whose message names the quota.
    return {name: int(value) if re.fullmatch("-?[0-9]+", value) else value for name, value in found.items()}


def _read_quirks(lines: Sequence[str]) -> object:
    words = {
        "yes": True,
        "true": True,
        "on": True,
        "1": True,
        "no": False,
        "false": False,
        "off": False,
        "0": False,
    }
    values: dict[str, bool] = {}
    for name, value in _assignments(lines, "lower_case_list_arns = no").items():
        if value.lower() not in words:
            raise ValueError(f"the quirk {name!r} must be yes or no, but is {value!r}")
        values[name] = words[value.lower()]
    return values  # whether there are such quirks is left to the check


# What a choice of the dialect stands for.

_dialect = one_of(*get_args(Dialect))


def api_versions() -> Mapping[Dialect, ApiVersion]:
    """Return the versions of the API that there are, by the dialects that choose them."""
    from fake_tuning.doors.pre_ga import PRE_GA
    from fake_tuning.service.api_version import CURRENT

    return {"current": CURRENT, "pre-ga": PRE_GA}


def api_version(dialect: Dialect) -> ApiVersion:
    """Return the version of the API that a dialect chooses.

    Raises:
        ValueError: there is no such dialect.
    """
    _dialect("dialect", dialect)
    return api_versions()[dialect]


# The options.


@dataclass(frozen=True, kw_only=True)
class ServiceOptions:
    """The options of a fake service, except for its clock.

    Raises:
        TypeError: a value has the wrong type.
        ValueError: a value is not one of the choices, or cannot be read.
    """

    region: str = option("us-east-1", "the default region of clients, and the service's.")
    account: str = option("123456789012", "the account of all ARNs, 12 digits.", check=_account)
    seed: int = option(0, "fixes everything that is drawn at random.")
    dialect: Dialect = option(
        "current",
        "the shape of describe responses: current, or pre-ga for that of May 2018. Clients that are made while the "
        "service is entered know that shape. Others read it too where an answer is given directly, but over the "
        "wire they see no member that botocore does not know.",
        check=_dialect,
    )
    quirks: Quirks | Mapping[str, bool] | None = option(
        None,
        "oddities of the real service, all of them on unless switched off: Quirks(lower_case_list_arns=False) or "
        "{'lower_case_list_arns': False}, or in the ini file a line such as lower_case_list_arns = no.",
        check=_quirks,
        read_lines=_read_quirks,
    )
    quotas: Mapping[str, int] | None = option(
        None,
        "the account's limits in each region, by AWS's names: {'ml.m5.xlarge for training job usage': 8}, or in the "
        "ini file a line such as ml.m5.xlarge for training job usage = 8. What is not named has no limit.",
        check=_quotas,
        read_lines=_read_quotas,
    )
    transport: Transport = option(
        "parsed",
        "parsed answers clients directly; wire sends every call through botocore's serialisation, retries and "
        "parsing.",
        check=one_of(*get_args(Transport)),
    )

    def __post_init__(self) -> None:
        __tracebackhide__ = True
        check_options(self)

    def keywords(self) -> dict[str, Any]:
        """Return the options of the service, with their values, as ``FakeTuningService`` takes them."""
        return {each.name: getattr(self, each.name) for each in fields(ServiceOptions)}

    def settings(self) -> Settings:
        """Return the options that a service itself knows, each as the setting of its name."""
        from fake_tuning.service.settings import Settings
        from fake_tuning.service.validation.quotas import Quotas

        values = {each.name: getattr(self, each.name) for each in fields(Settings)}
        values["quirks"] = _quirks("quirks", self.quirks or {})
        values["quotas"] = Quotas(self.quotas or {})
        return Settings(**values)
