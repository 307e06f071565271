"""REFERENCE.md is what the code says of itself, misses nothing that is public, and its examples work."""

from __future__ import annotations

import asyncio
import dataclasses
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from faker import Faker

import fake_tuning
from fake_tuning import (
    FakeTuningService,
    Fault,
    Scenario,
    TuningConfig,
    TuningJob,
    TuningProvider,
    TuningStubber,
    VirtualClock,
)
from support import reference_page
from support.markdown_code import Block, Page, by_line

README = Path(__file__).parents[2] / "README.md"
PAGE = reference_page.PAGE.read_text(encoding="utf-8")
STALE = (
    f"REFERENCE.md is out of date: run `{reference_page.COMMAND}` (or, where fake_tuning is installed with its extra "
    "`test`, `python tests/support/pages.py`), and look at what has changed"
)
CODE = Page(reference_page.PAGE)
SUBJECTS = reference_page.subjects()
SHOWN = [each for each in SUBJECTS if each.receiver]


def by_name(subject: reference_page.Subject) -> str:
    return subject.name


def test_the_page_is_what_the_code_says() -> None:
    assert reference_page.current() == PAGE, STALE


def test_every_public_name_has_its_place() -> None:
    for name in fake_tuning.__all__:
        assert re.search(rf"^## {name}$|`{name}`", PAGE, re.MULTILINE), name


def test_the_types_that_signatures_name_can_be_imported() -> None:
    signatures = " ".join(re.findall(r"^`([\w.]+(?:\(.*|: .*))`$", PAGE, re.MULTILINE))
    quoted = re.sub(r'"[^"]*"', "", signatures)
    named = set(re.findall(r"(?<![\w.])[A-Z][a-zA-Z]+\b(?!\.)", quoted))
    assert len(named) > 20
    others = {"Any", "Callable", "Collection", "False", "Hashable", "Iterator", "Mapping", "None", "True"}
    assert named - others - {*fake_tuning.__all__} == set(), (
        "export the type, or see LEFT_OUT in reference_page.py"
    )


def test_what_is_left_out_exists_and_is_shown_nowhere() -> None:
    readme = README.read_text(encoding="utf-8")
    sections = {each.name: each for each in SUBJECTS}
    for full_name in (name for names in reference_page.LEFT_OUT.values() for name in names):
        owner, _, name = full_name.partition(".")
        kind = sections[owner].kind
        assert hasattr(kind, name) or name in kind.__annotations__, f"there is no {full_name} to leave out"
        assert full_name not in readme
        section = section_of(owner)
        assert f"### {full_name}\n" not in section
        assert f"- `{name}`: " not in section.partition("\n### ")[0]


def test_no_name_is_explained_twice_in_the_head_of_a_section() -> None:
    for subject in SUBJECTS:
        head = section_of(subject.name).partition("\n### ")[0]
        described = re.findall(r"^- `(\w+)`: ", head, re.MULTILINE)
        assert len(described) == len(set(described)), subject.name


def section_of(title: str) -> str:
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, title
    return found[1]


def test_every_hint_is_a_link() -> None:
    assert len(re.findall(r"\(see \[`?[\w.]+`?\]\(#\w+\)\)", PAGE)) > 5
    assert re.findall(r"\bsee `", PAGE) == []


def test_a_hint_that_leads_nowhere_is_refused() -> None:
    with pytest.raises(KeyError, match="Nothing"):
        reference_page.linked("Do this (see `Nothing`).", SUBJECTS[0])


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("TuningJob.list_jobs_response", "TuningJob.list_jobs_response(*jobs: TuningJob, "),
        ("TuningJob.from_response", "TuningJob.from_response(response: "),
        ("TuningJob.every_status", "TuningJob.every_status() -> "),
        ("Scenario.stops", "Scenario.stops(*, after: "),
        ("Scenario.each", "Scenario.each(shortest: "),
        ("TuningJob.stops", ".stops(*, after: "),
    ],
)
def test_what_is_called_on_the_class_is_shown_on_the_class(name: str, called: str) -> None:
    assert f"### {name}\n\n`{called}" in PAGE


@pytest.mark.parametrize("subject", SUBJECTS, ids=by_name)
def test_every_member_says_what_it_is(subject: reference_page.Subject) -> None:
    described = re.findall(
        rf"^### {subject.name}\.(\w+)\n\n`.*`\n\n(?=\w)", section_of(subject.name), re.MULTILINE
    )
    assert sorted(described) == sorted(reference_page.members(subject))


@pytest.mark.parametrize("subject", SHOWN, ids=by_name)
def test_every_member_has_an_example(subject: reference_page.Subject) -> None:
    shown = reference_page.examples(subject).keys()
    members = reference_page.members(subject).keys()
    assert members - shown == set(), "write an example into tests/support/reference_examples.py"
    assert shown - members == set(), "tests/support/reference_examples.py has examples of what does not exist"


@contextmanager
def samples(name: str) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    """Objects to try the examples of a class on, and the names that the examples use."""
    job = TuningJob("xgb").searching(eta=(0.01, 0.3)).trials(20, parallel=4)
    with VirtualClock() as clock, FakeTuningService(clock=clock) as service:
        handles = [service.add(job.in_progress()), service.add(TuningJob("over").completed())]
        client = boto3.client("sagemaker")
        told = client.describe_training_job(TrainingJobName=handles[1].best.name)
        request = {member: told[member] for member in ("RoleArn", "ResourceConfig", "StoppingCondition")}
        request["AlgorithmSpecification"] = {"TrainingInputMode": "File", "TrainingImage": "image"}
        request["OutputDataConfig"] = {"S3OutputPath": "s3://models"}
        client.create_training_job(TrainingJobName="final", **request)
        fake = Faker()
        fake.add_provider(TuningProvider)
        objects: dict[str, list[Any]] = {
            "TuningJob": [job],
            "TrialEditor": [job.trial(3)],
            "Scenario": [Scenario()],
            "FakeTuningService": [service],
            "JobHandle": handles,
            "Fault": [Fault],
            "VirtualClock": [clock],
            "TuningStubber": [TuningStubber(client), TuningStubber(client)],
            "TuningProvider": [fake],
        }
        recorded = {**told, "TrainingJobName": "recorded"}
        response = recorded if name == "FakeTuningService" else job.describe()
        known: dict[str, Any] = {"TuningJob": TuningJob, "Scenario": Scenario, "Fault": Fault}
        known |= {"job": job, "a": TuningJob("a").stopped(), "b": TuningJob("b")}
        yield objects[name], {**known, "clock": clock, "service": service, "response": response}


@pytest.mark.parametrize("subject", SHOWN, ids=by_name)
def test_every_example_works(subject: reference_page.Subject) -> None:
    with samples(subject.name) as (objects, known):
        for member, written in reference_page.examples(subject).items():
            receiver = reference_page.receiver(subject, member)
            tried = [subject.kind] if receiver == subject.name else objects
            for example in written:
                assert f"`{receiver}{example}`" in PAGE
                assert any(_accepts(each, example, known) for each in tried), example


def _accepts(it: Any, example: str, known: dict[str, Any]) -> bool:
    """Whether an example works; a job in the wrong status and a stubber with answers left refuse some."""
    try:
        told = eval(f"it{example}", {**known, "it": it})
        if inspect.iscoroutine(told):
            asyncio.run(told)
    except (ValueError, AssertionError):
        return False
    return True


def test_the_options_are_all_there_with_their_defaults(pytestconfig: pytest.Config) -> None:
    section = PAGE.partition("## Options\n")[2].partition("\n## ")[0]
    told = dict(re.findall(r"^\| `(\w+)` \| `(.*?)` \| \w.*\|$", section, re.MULTILINE))
    assert told.keys() == {each.name for each in dataclasses.fields(TuningConfig)}
    for name, default in told.items():
        pytestconfig.getini(f"tuning_{name}")
        value = getattr(TuningConfig(), name)
        assert default == repr(dict(value) if isinstance(value, Mapping) else value)


IN_INI_FILES = """
from fake_tuning import Quirks

def test_the_options(tuning_config):
    assert tuning_config.region == "eu-west-1"
    assert tuning_config.seed == 7
    assert tuning_config.strict is False
    assert tuning_config.allow == ("s3", "sts:GetCallerIdentity")
    assert tuning_config.max_span == "30d"
    jobs = "Number of concurrent hyperparameter tuning jobs"
    assert tuning_config.quotas == {"ml.m5.xlarge for training job usage": 8, jobs: 2}
    assert tuning_config.quirks == Quirks(lower_case_list_arns=False)
"""


@pytest.mark.parametrize(("language", "name"), [("ini", "pytest.ini"), ("toml", "pyproject.toml")])
def test_its_ini_files_set_what_they_say(
    run: Callable[..., pytest.RunResult], pytester: pytest.Pytester, language: str, name: str
) -> None:
    (block,) = (each for each in CODE.blocks if each.language == language)
    (pytester.path / name).write_text(block.text, encoding="utf-8")
    run(IN_INI_FILES).assert_outcomes(passed=1)


def test_the_fixtures_are_all_there(run: Callable[..., pytest.RunResult]) -> None:
    section = PAGE.partition("## Fixtures\n")[2].partition("\n## ")[0]
    shown = run("", "--fixtures").stdout.str()
    ours = shown.partition(f"fixtures defined from {reference_page.PLUGIN} ")[2].partition("\n---")[0]
    found = re.findall(r"^(\w+)(?: \[\w+ scope\])? -- ", ours, re.MULTILINE)
    assert sorted(found) == sorted(re.findall(r"^### (\w+)\n\n.*?\w", section, re.MULTILINE))


def test_the_links_lead_somewhere() -> None:
    slugs = {
        re.sub(r"[^\w -]", "", title).lower().replace(" ", "-")
        for title in re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE)
    }
    links = re.findall(r"\]\(#([^)]+)\)", PAGE)
    assert len(links) > 100
    assert set(links) <= slugs


@pytest.mark.parametrize("block", CODE.tests, ids=by_line)
def test_its_tests_pass(run: Callable[..., pytest.RunResult], block: Block) -> None:
    CODE.run(block, run)


@pytest.mark.parametrize("block", CODE.snippets, ids=by_line)
def test_its_snippets_run_or_raise_what_is_shown(block: Block) -> None:
    CODE.execute(block)


def test_every_guide_has_a_section_that_shows_it() -> None:
    guides = reference_page.guides()
    assert len(guides) > 5
    for title, guide in guides.items():
        section = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
        assert section, title
        assert guide in section[1], title


def test_the_quotas_that_it_names_exist() -> None:
    sentence = re.search(r"^The others are (.*?)\. ", PAGE, re.MULTILINE | re.DOTALL)
    assert sentence
    names = re.findall(r"`([^`]+)`", sentence[1])
    assert len(names) == 4
    FakeTuningService(quotas=dict.fromkeys(names, 1))


def test_a_docstring_is_taken_apart() -> None:
    """``code`` and a section in the middle."""
    doc = reference_page.read(
        """Do ``this``,
        in two lines.

        And more.

        Args:
            one: of two
                lines.
            two: other.

        Returns:
            Text: with a colon.

        Raises:
            ValueError, TypeError: never.
        """
    )
    assert doc.text == "Do `this`, in two lines.\n\nAnd more."
    assert doc.sections == {
        "Args": {"one": "of two lines.", "two": "other."},
        "Returns": {"": "Text: with a colon."},
        "Raises": {"ValueError, TypeError": "never."},
    }
