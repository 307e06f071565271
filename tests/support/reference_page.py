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
from support.reference_examples import EXAMPLES

PAGE = Path(__file__).parents[2] / "fake_tuning" / "REFERENCE.md"
COMMAND = "nox -s pages"
PACKAGE = Path(fake_tuning.__file__).parent
GUIDES = Path(__file__).with_name("reference_guides.md")
PLUGIN = "fake_tuning.doors.pytest.plugin"


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
        Subject("TrialEditor", type(TuningJob("churn").trial(1)), "job.trial(3)"),
        Subject("Scenario", Scenario, "Scenario"),
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
    others = [(name, each) for name, each in public if isinstance(each, type) and each not in known]
    return [*listed, *(Subject(name, each) for name, each in others)]


def members(subject: Subject) -> dict[str, Any]:
    """Return what a class of ours offers, by name: methods and properties of its own and of its bases of ours."""
    kind = subject.kind
    fields = {each.name for each in dataclasses.fields(kind)} if dataclasses.is_dataclass(kind) else set()
    found: dict[str, Any] = dict.fromkeys(subject.attributes)
    for base in kind.__mro__:
        for name, value in vars(base).items() if base.__module__.startswith("fake_tuning.") else ():
            if not name.startswith("_") and name not in found and name not in fields and _is_offered(value):
                found[name] = value
    return found


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
    """Return how a member is called, such as ``.trials(most: int)``."""
    function = getattr(value, "__func__", None) or getattr(value, "_method", None) or value
    if not callable(function):
        return f".{name}"
    return f".{name}({_parameters(function)}){_returned(function)}"


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
    return _unquoted(re.sub(r"\b_T\b", "the job or scenario", text))


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
    return repr(value).replace("'", '"')


# The page.


def current() -> str:
    """Return the page as it is to be written now."""
    sections = [_of_class(each) for each in subjects()]
    titles = ["Fixtures", "Options", "Operations", *(each.name for each in subjects()), "Stages", "Types"]
    lines = [
        "# Reference",
        "",
        f"<!-- Generated by `{COMMAND}`: change the docstrings, or tests/support/reference_examples.py, "
        "not this page. -->",
        "",
        "Every fixture, option, operation, class and method of fake_tuning. "
        "All classes are imported from `fake_tuning` itself: `from fake_tuning import TuningJob`.",
        "",
        *(f"- [{title}](#{title.lower()})" for title in titles),
        "",
        *_fixtures(),
        *_options(),
        *_operations(),
    ]
    for section in sections:
        lines += section
    return "\n".join([*lines, *_stages(), *_types("\n".join(lines))]) + "\n"


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
    """Return the plugin's fixtures as pytest lists them: the name, the scope unless it is a test, the docstring."""
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
    found = re.findall(r"^(\w+)(?: \[(\w+) scope\])? -- .*\n((?:(?: {4}.*)?\n)+)", f"{ours}\n", re.MULTILINE)
    return [(name, scope, docstring) for name, scope, docstring in found]


def _options() -> list[str]:
    doc = read(TuningConfig.__doc__)
    described = doc.sections["Attributes"]
    rows = [
        f"| `{each.name}` | `{_of_field(each)!r}` | {_cell(described.get(each.name, ''))} |"
        for each in dataclasses.fields(TuningConfig)
    ]
    heading = ["## Options", "", doc.text, "", "| option | default | what it decides |", "|---|---|---|"]
    return [*heading, *rows, "", *_guide("Options")]


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
    lines += [doc.text, "", *_listed(doc, "Args", "Attributes", "Raises"), *_guide(subject.name)]
    given, offered = examples(subject), members(subject)
    if offered:
        links = (f"[{name}](#{subject.name.lower()}{name})" for name in offered)
        lines += [f"It has {', '.join(links)}.", ""]
    for name, value in offered.items():
        own = (
            read(getattr(value, "__doc__", None)) if value is not None else _of_attribute(subject, name, doc)
        )
        lines += [f"### {subject.name}.{name}", "", f"`{signature(name, value)}`", "", own.text, ""]
        lines += _listed(own, "Args", "Returns", "Yields", "Raises")
        if given.get(name):
            lines += [f"Example: {', '.join(f'`{subject.receiver}{each}`' for each in given[name])}", ""]
    return lines


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
    pacing = Scenario().pacing
    described = read(type(pacing).__doc__).sections["Attributes"]
    rows = [
        f"| `{each.name}` | {_span(getattr(pacing, each.name))} | {described[each.name]} |"
        for each in dataclasses.fields(pacing)
    ]
    return [
        "## Stages",
        "",
        "What `TuningJob.paced` and `Scenario.paced` take: a length, or a pair of the shortest and the longest. "
        "The defaults are the times that were observed at the real service.",
        "",
        "| stage | default | what it is |",
        "|---|---|---|",
        *rows,
        "",
    ]


def _span(value: tuple[int, int] | None) -> str:
    if value is None:
        return ""
    shortest, longest = (f"{ms / 1000:g} s" for ms in value)
    return shortest if shortest == longest else f"{shortest} to {longest}"


def _types(before: str) -> list[str]:
    shown = set(re.findall(r"\w+", " ".join(re.findall(r"^`[.A-Z](.*)`$", before, re.MULTILINE))))
    rows = [
        f"| `{name}` | {' '.join([f'`{_cell(written)}`', said]).strip()} |"
        for name, (written, said) in sorted(aliases().items())
        if name in shown
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
