"""The page ``fake_tuning/REFERENCE.md``: every fixture, option, operation, class and method, from the code.

``support/pages.py`` writes it, and ``test_reference.py`` keeps it current. Signatures, descriptions and types come
from the code; the examples, which the tests run, from ``reference_examples.py`` and ``reference_guides.md``.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import fake_tuning
from fake_tuning import FakeTuningService, Scenario, TuningConfig, TuningJob
from fake_tuning.domain.simulation.scenario import Fluent
from support.reference_examples import EXAMPLES

PAGE = Path(__file__).parents[2] / "fake_tuning" / "REFERENCE.md"
COMMAND = "nox -s pages"
PACKAGE = Path(fake_tuning.__file__).parent
GUIDES = Path(__file__).with_name("reference_guides.md")
PLUGIN = "fake_tuning.doors.pytest.plugin"

LEFT_OUT: Mapping[str, tuple[str, ...]] = {
    "what a clock asks of the service that it moves, as an EventSource": (
        "FakeTuningService.next_event_after",
        "FakeTuningService.explain_wait",
    ),
    "what a service asks of its clock; whoever writes a clock finds it at Clock": (
        "VirtualClock.note_read",
        "VirtualClock.attach",
        "VirtualClock.detach",
        "AmbientClock.note_read",
        "AmbientClock.attach",
        "AmbientClock.detach",
    ),
    "what the plugin asks of a clock": ("VirtualClock.runaways",),
    "what the report of a failed test asks of a service": (
        "FakeTuningService.mishaps",
        "FakeTuningService.regions",
        "FakeTuningService.standalone_training_jobs",
    ),
    "what a service asks of a job that is added to it, as a ComposedJob": (
        "TuningJob.composed",
        "TuningJob.is_recorded",
        "TuningJob.record_at",
    ),
    "what the Stubber asks of a job": (
        "TuningJob.age",
        "TuningJob.moment",
        "TuningJob.since_creation",
        "TuningJob.without_overrides",
    ),
    "the parts of a job, which its methods set": (
        "TuningJob.requested",
        "TuningJob.scenario",
        "TuningJob.status_now",
        "TuningJob.place",
        "TuningJob.warm_start",
        "TuningJob.creation",
        "TuningJob.overrides",
        "TuningJob.recording",
        "TuningJob.code",
    ),
    "what operations ask of the quotas": ("Quotas.check_tuning_job", "Quotas.check_training_job"),
    "what the simulation asks of a scenario": ("Scenario.pinned", "Scenario.numbers_by_name"),
    "how the methods of a TrialEditor are carried out": ("Scenario.edited", "TrialEdit.merged"),
    "how a service makes what it returns": ("TrialView.of", "TrialView.of_training_job"),
}
"""Members that one part of the package offers to another, by the reason why users have no need of them.

They are public in Python's sense only. A member whose signature names a type that users cannot import either belongs
here, or its type into ``fake_tuning``: a test says so.
"""

_HIDDEN = {name for names in LEFT_OUT.values() for name in names}

_FOR_USERS = {"ComposedJob": "TuningJob", "JobAnswers": "TuningJob", "_T": "the job or scenario"}
"""What signatures call types that users see by another name alone."""

_ELSEWHERE = {"Pacing": ("Stages", "stages"), "TuningConfig": ("TuningConfig", "tuningconfig")}
"""Where the page tells of a class that has no section from its docstring: the title, and the anchor."""


class Doc(NamedTuple):
    """A docstring, taken apart.

    Attributes:
        text: what stands before its sections, as Markdown.
        sections: by title, such as ``"Args"``, the entries with their names; an entry without one has ``""``.
    """

    text: str
    sections: Mapping[str, Mapping[str, str]]


class Subject(NamedTuple):
    """A class that has a section.

    Attributes:
        name: what it is called there.
        kind: the class.
        receiver: what stands before the dot of its examples.
        attributes: what its instances have beside its methods and properties.
    """

    name: str
    kind: type
    receiver: str = ""
    attributes: tuple[str, ...] = ()


def subjects() -> list[Subject]:
    """Return the classes that have a section: the public ones, and those that their methods return."""
    service = FakeTuningService()
    held = tuple(name for name in vars(service) if not name.startswith("_"))
    handle = service.add(TuningJob("churn").trials(1).completed())
    service.call("ListHyperParameterTuningJobs", {})
    listed = [
        Subject("TuningJob", TuningJob, "job"),
        Subject("TrialEditor", fake_tuning.TrialEditor, "job.trial(3)"),
        Subject("Scenario", Scenario, "scenario"),
        Subject("FakeTuningService", FakeTuningService, "service", held),
        Subject("JobHandle", type(handle), "xgb", ("name",)),
        Subject("TrialView", type(handle.trials[0])),
        Subject("Call", type(service.calls[0])),
        Subject("Fault", fake_tuning.Fault, "Fault"),
        Subject("Quirks", fake_tuning.Quirks),
        Subject("VirtualClock", fake_tuning.VirtualClock, "clock"),
        Subject("AmbientClock", fake_tuning.AmbientClock),
        Subject("Clock", fake_tuning.Clock),
        Subject("TuningStubber", fake_tuning.TuningStubber, "stub", ("refusals",)),
        Subject("TuningProvider", fake_tuning.TuningProvider, "fake"),
    ]
    public = [(name, getattr(fake_tuning, name)) for name in sorted(dir(fake_tuning))]
    known = {each.kind for each in listed} | {TuningConfig}
    named = aliases()
    classes = [(name, each) for name, each in public if isinstance(each, type) and name not in named]
    others = [(name, each) for name, each in classes if each not in known]
    return [*listed, *(Subject(name, each) for name, each in others)]


def members(subject: Subject) -> dict[str, Any]:
    """Return what a class of ours offers to users, by name: methods and properties, of its bases of ours too."""
    kind = subject.kind
    fields = {each.name for each in dataclasses.fields(kind)} if dataclasses.is_dataclass(kind) else set()
    found: dict[str, Any] = dict.fromkeys(subject.attributes)
    for base in kind.__mro__:
        for name, value in vars(base).items() if base.__module__.partition(".")[0] == "fake_tuning" else ():
            if name.startswith("_") or f"{subject.name}.{name}" in _HIDDEN:
                continue
            if name not in found and name not in fields and _is_offered(value):
                found[name] = value
    return found


def is_of_the_class(subject: Subject, name: str) -> bool:
    """Return whether a member can be called on the class."""
    written = inspect.getattr_static(subject.kind, name, None)
    return isinstance(written, (classmethod, staticmethod, Fluent))


def receiver(subject: Subject, name: str) -> str:
    """Return what stands before the dot of a member's examples."""
    waits = "await " if inspect.iscoroutinefunction(getattr(subject.kind, name, None)) else ""
    return waits + (subject.name if is_of_the_class(subject, name) else subject.receiver)


def _is_offered(value: Any) -> bool:
    described = isinstance(value, (property, cached_property, classmethod, staticmethod))
    return described or callable(value) or hasattr(value, "__get__")


# Docstrings.


def read(docstring: str | None) -> Doc:
    """Take a docstring of Google's style apart."""
    body, *rest = re.split(r"^(\w+):\n(?=    )", inspect.cleandoc(docstring or ""), flags=re.MULTILINE)
    sections: dict[str, dict[str, str]] = {}
    for title, text in zip(rest[::2], rest[1::2], strict=True):
        block, _, after = inspect.cleandoc(f"\n{text}").partition("\n\n")
        sections[title] = {"": _line(block)} if title in ("Returns", "Yields") else dict(_entries(block))
        body += f"\n\n{after}"
    return Doc(_markdown(body), sections)


def _entries(text: str) -> Iterator[tuple[str, str]]:
    for entry in re.split(r"\n(?=\S)", text):
        named = re.match(r"([*\w, ]+): (.*)", entry, re.DOTALL)
        name, said = (named[1], named[2]) if named else ("", entry)
        yield name, _line(said)


def _markdown(text: str) -> str:
    return "\n\n".join(_line(each) for each in text.strip().split("\n\n") if each.strip())


def _line(text: str) -> str:
    return " ".join(text.replace("``", "`").split())


def aliases() -> dict[str, tuple[str, str]]:
    """Return the types that the code gives a name and a description, by name: how it is written, and that."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        for node, after in zip(body, [*body[1:], None], strict=True):
            if isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) == "TypeAlias" and node.value:
                told = after.value if isinstance(after, ast.Expr) else None
                said = told.value if isinstance(told, ast.Constant) else ""
                found[ast.unparse(node.target)] = (_unquoted(ast.unparse(node.value)), _line(str(said)))
    return found


def _unquoted(text: str) -> str:
    """Return an annotation without the quotes of a forward reference; those of a Literal stay."""
    if text.startswith("Literal["):
        return text.replace("'", '"')
    return text.replace("'", "").replace('"', "")


# Signatures.


def signature(name: str, value: Any) -> str:
    """Return how a member is called, such as ``.trials(most: int)``, and what a property is."""
    function = getattr(value, "__func__", None) or getattr(value, "_method", None) or value
    if callable(function):
        return f".{name}({_parameters(function)}){_returned(function)}"
    read_by = getattr(value, "fget", None) or getattr(value, "func", None)
    kind = _annotation(inspect.signature(read_by).return_annotation) if read_by else ""
    return f".{name}: {kind}" if kind else f".{name}"


def _parameters(function: Callable[..., Any]) -> str:
    return _written(
        each for each in inspect.signature(function).parameters.values() if each.name not in ("self", "cls")
    )


def _written(parameters: Iterable[inspect.Parameter]) -> str:
    shown, named_only = [], False
    for each in parameters:
        if each.kind is each.VAR_POSITIONAL:
            named_only = True
        elif each.kind is each.KEYWORD_ONLY and not named_only:
            named_only = True
            shown.append("*")
        shown.append(_parameter(each))
    return ", ".join(shown)


def constructor(subject: Subject, documented: Iterable[str]) -> str:
    """Return how a class is called, with those of its arguments that its docstring describes."""
    parameters = inspect.signature(subject.kind).parameters.values()
    return f"{subject.name}({_written(each for each in parameters if each.name in documented)})"


def _parameter(each: inspect.Parameter) -> str:
    stars = {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}.get(each.kind.name, "")
    text = f"{stars}{each.name}"
    kind = _annotation(each.annotation)
    if kind:
        text += f": {kind}"
    if each.default is not each.empty:
        text += f" = {_default(each.default)}" if kind else f"={_default(each.default)}"
    return text


def _annotation(annotation: Any) -> str:
    if annotation is inspect.Parameter.empty or annotation == "Any":
        return ""
    text = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))
    return _unquoted(re.sub(r"\w+", lambda word: _FOR_USERS.get(word[0], word[0]), text))


def _returned(function: Callable[..., Any]) -> str:
    text = _annotation(inspect.signature(function).return_annotation)
    return f" -> {text}" if text and text != "None" else ""


def _default(value: Any) -> str:
    if isinstance(value, Mapping):
        return repr(dict(value))
    if callable(value):
        return str(value.__name__)
    kind = type(value)
    if dataclasses.is_dataclass(kind) and value == kind():
        return f"{kind.__name__}()"
    # A dataclass does not show which factory makes the default.
    return repr(value).replace("'", '"').replace("<factory>", "...")


# The page.


def current() -> str:
    """Return the page as it is to be written now."""
    sections = [_of_class(each) for each in subjects()]
    names = (each.name for each in subjects())
    titles = ["Fixtures", "Options", "TuningConfig", "Operations", *names, "Stages", "Types"]
    lines = [
        "# Reference",
        "",
        f"<!-- Generated by `{COMMAND}`: change the docstrings, or tests/support/reference_examples.py, "
        "not this page. -->",
        "",
        "Every fixture, option, operation, class and method of fake_tuning. "
        "All classes and types are imported from `fake_tuning` itself: `from fake_tuning import TuningJob`.",
        "",
        *(f"- [{title}](#{title.lower()})" for title in titles),
        "",
        *_fixtures(),
        *_options(),
        *_config(),
        *_operations(),
    ]
    for section in sections:
        lines += section
    return "\n".join([*lines, *_stages(), *_types()]) + "\n"


def guides() -> dict[str, str]:
    """Return the longer examples, by the section that shows them."""
    _, *sections = re.split(r"^## (.+)\n\n", GUIDES.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {title: text.strip() for title, text in zip(sections[::2], sections[1::2], strict=True)}


def _guide(title: str) -> list[str]:
    text = guides().get(title)
    return [text, ""] if text else []


def _fixtures() -> list[str]:
    lines = ["## Fixtures", ""]
    for name, scope, docstring in sorted(fixtures(), key=lambda each: each[1]):
        doc = read(docstring)
        lines += [f"### {name}", "", *([f"Scope: {scope}.", ""] if scope else []), doc.text, ""]
    return lines


def fixtures() -> list[tuple[str, str, str]]:
    """Return the plugin's fixtures as pytest lists them: the name, the scope unless it is a test, the docstring.

    In the order in which they are defined: pytest sorts the numbers of their lines as texts.
    """
    environment = {
        **os.environ,
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONPATH": str(PACKAGE.parent),
        "PYTEST_ADDOPTS": "",
    }
    command = [sys.executable, "-m", "pytest", "-p", PLUGIN, "-p", "no:cacheprovider", "--fixtures", "-v"]
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
    ours = run.stdout.partition(f"fixtures defined from {PLUGIN} ")[2].partition("\n---")[0]
    assert ours, f"pytest lists no fixture of {PLUGIN}: {run.stdout}{run.stderr}"
    found = re.findall(
        r"^(\w+)(?: \[(\w+) scope\])? -- .*:(\d+)\n((?:(?: {4}.*)?\n)+)", f"{ours}\n", re.MULTILINE
    )
    return [
        (name, scope, docstring) for name, scope, _, docstring in sorted(found, key=lambda each: int(each[2]))
    ]


def _options() -> list[str]:
    doc = read(TuningConfig.__doc__)
    described = doc.sections["Attributes"]
    rows = [
        f"| `{each.name}` | `{_of_field(each)!r}` | {_cell(described.get(each.name, ''))} |"
        for each in dataclasses.fields(TuningConfig)
    ]
    heading = ["## Options", "", doc.text, "", "| option | default | what it decides |", "|---|---|---|"]
    return [*heading, *rows, "", *_guide("Options")]


def _config() -> list[str]:
    return [
        "## TuningConfig",
        "",
        "`TuningConfig(**options)`",
        "",
        "The options in one immutable object: what the fixture [tuning_config](#tuning_config) returns. "
        "Its attributes are the [options](#options), and `dataclasses.replace` changes them.",
        "",
        *_listed(read(TuningConfig.__doc__), "Raises"),
    ]


def _of_field(field: dataclasses.Field[Any]) -> Any:
    factory = field.default_factory
    value = field.default if factory is dataclasses.MISSING else factory()
    return dict(value) if isinstance(value, Mapping) else value


def _operations() -> list[str]:
    names = sorted(FakeTuningService().operations)
    return [
        "## Operations",
        "",
        f"The service answers these {len(names)} operations of SageMaker:",
        "",
        *(f"- `{name}`" for name in names),
        "",
        "Every other operation, of SageMaker or of another service, is refused before it reaches the network, "
        "unless moto or a Stubber answers it or `allow` lets it through.",
        "",
    ]


def _of_class(subject: Subject) -> list[str]:
    doc = read(subject.kind.__doc__)
    lines = [f"## {subject.name}", ""]
    if "Args" in doc.sections:
        lines += [f"`{constructor(subject, doc.sections['Args'])}`", ""]
    lines += [doc.text, "", *_listed(doc, "Args"), *_attributes(subject, doc)]
    lines += [*_listed(doc, "Raises"), *_guide(subject.name)]
    given, offered = examples(subject), members(subject)
    if offered:
        links = (f"[{name}](#{subject.name.lower()}{name})" for name in offered)
        lines += [f"It has {', '.join(links)}.", ""]
    for name, value in offered.items():
        own = (
            read(getattr(value, "__doc__", None)) if value is not None else _of_attribute(subject, name, doc)
        )
        of_class = subject.name if is_of_the_class(subject, name) else ""
        lines += [f"### {subject.name}.{name}", "", f"`{of_class}{signature(name, value)}`", "", own.text, ""]
        lines += _listed(own, "Args", "Returns", "Yields", "Raises")
        if given.get(name):
            tried = ", ".join(f"`{receiver(subject, name)}{each}`" for each in given[name])
            lines += [f"Example: {tried}", ""]
    return [linked(each, subject) for each in lines]


def _attributes(subject: Subject, doc: Doc) -> list[str]:
    """Return the attributes that have no section of their own; those that keep an argument by name alone."""
    offered = members(subject)
    described = {
        name: said
        for name, said in doc.sections.get("Attributes", {}).items()
        if f"{subject.name}.{name}" not in _HIDDEN and name not in offered
    }
    kept = [name for name in described if name in doc.sections.get("Args", {})]
    lines = _listed(
        Doc("", {"Attributes": {name: described[name] for name in described if name not in kept}}),
        "Attributes",
    )
    if kept:
        lines += [f"Attributes of the same names: {_code(', '.join(kept))}.", ""]
    return lines


def linked(line: str, subject: Subject) -> str:
    """Return a line in which each "(see `X`)" leads to the section that tells of X.

    Raises:
        KeyError: no section does.
    """
    return re.sub(r"\(see `([\w.]+)`\)", lambda each: f"(see {_link(each[1], subject)})", line)


def _link(name: str, subject: Subject) -> str:
    sections = {each.name: each for each in subjects()}
    owner, _, member = name.rpartition(".")
    if name in _ELSEWHERE:
        title, anchor = _ELSEWHERE[name]
        return f"[{title}](#{anchor})"
    if name in sections:
        return f"[`{name}`](#{name.lower()})"
    if name in aliases():
        return f"[`{name}`](#types)"
    if member not in members(sections[owner] if owner else subject):
        raise KeyError(f"(see `{name}`) leads nowhere: {subject.name} and the page have no such section")
    return f"[`{name}`](#{(owner or subject.name).lower()}{member})"


def _of_attribute(subject: Subject, name: str, doc: Doc) -> Doc:
    """Return what a class says of an attribute, or of the argument of that name, that it keeps."""
    entries: dict[str, str] = {}
    for base in subject.kind.__mro__:
        for title in ("Args", "Attributes"):
            for one, said in read(base.__doc__).sections.get(title, {}).items():
                entries.setdefault(one, said)
    text = entries.get(name, "")
    return Doc(text[:1].upper() + text[1:], {})


def _listed(doc: Doc, *titles: str) -> list[str]:
    lines: list[str] = []
    for title in titles:
        for name, said in doc.sections.get(title, {}).items():
            if title == "Raises":
                lines.append(f"- Raises {_code(name)}: {said}" if name else f"- Raises {said}")
            elif title in ("Returns", "Yields"):
                lines.append(f"- {title}: {said}")
            else:
                lines.append(f"- {_code(name)}: {said}" if name else f"- {said}")
    return [*lines, ""] if lines else []


def _code(names: str) -> str:
    return ", ".join(f"`{name.strip()}`" for name in names.split(","))


def examples(subject: Subject) -> dict[str, list[str]]:
    """Return the examples of a class by the member that they are of."""
    found: dict[str, list[str]] = {}
    for example in EXAMPLES.get(subject.name, ()):
        named = re.match(r"\.(\w+)", example)
        assert named, f"an example of {subject.name} must begin with a member, such as .trials(3): {example}"
        found.setdefault(named[1], []).append(example)
    return found


def _stages() -> list[str]:
    pacing, before = Scenario().pacing, Scenario().paced(as_in=2021).pacing
    described = read(type(pacing).__doc__).sections["Attributes"]
    rows = [
        f"| `{each.name}` | {_span(getattr(pacing, each.name))} | {_span(getattr(before, each.name))} | "
        f"{described[each.name]} |"
        for each in dataclasses.fields(pacing)
    ]
    return [
        "## Stages",
        "",
        "What `TuningJob.paced` and `Scenario.paced` take: a length, or a pair of the shortest and the longest. "
        "The defaults are the times that were observed at the real service since November 2022. `as_in=2021` stands "
        "for those of 2019 to February 2022, when no instances were kept warm between trials.",
        "",
        "| stage | default | `as_in=2021` | what it is |",
        "|---|---|---|---|",
        *rows,
        "",
    ]


def _span(value: tuple[int, int] | None) -> str:
    if value is None:
        return ""
    shortest, longest = (f"{ms / 1000:g} s" for ms in value)
    return shortest if shortest == longest else f"{shortest} to {longest}"


def _types() -> list[str]:
    rows = [
        f"| `{name}` | {' '.join([f'`{_cell(written)}`', said]).strip()} |"
        for name, (written, said) in sorted(aliases().items())
        if name in dir(fake_tuning)
    ]
    return [
        "## Types",
        "",
        *_guide("Types"),
        "What the names in the signatures stand for:",
        "",
        "| type | what it is |",
        "|---|---|",
        *rows,
    ]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
