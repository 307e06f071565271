"""REFERENCE.md is what the code says of itself, misses nothing that is public, and its examples work."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
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
from support.reference_examples import EXAMPLES

PAGE = reference_page.PAGE.read_text(encoding="utf-8")
STALE = (
    f"REFERENCE.md is out of date: run `{reference_page.COMMAND}` (or, where fake_tuning is installed with its extra "
    "`test`, `python tests/support/pages.py`), and look at what has changed"
)
SUBJECTS = reference_page.subjects()
SHOWN = [each for each in SUBJECTS if each.receiver]


def by_name(subject: reference_page.Subject) -> str:
    return subject.name


def test_the_page_is_what_the_code_says() -> None:
    assert reference_page.current() == PAGE, STALE


def test_every_public_name_has_its_place() -> None:
    for name in fake_tuning.__all__:
        assert re.search(rf"^## {name}$|`{name}`", PAGE, re.MULTILINE) or name == "TuningConfig", name


@pytest.mark.parametrize("subject", SUBJECTS, ids=by_name)
def test_every_member_says_what_it_is(subject: reference_page.Subject) -> None:
    section = re.search(rf"^## {subject.name}\n(.*?)(?=^## )", PAGE, re.MULTILINE | re.DOTALL)
    assert section
    described = re.findall(rf"^### {subject.name}\.(\w+)\n\n`.*`\n\n(?=\w)", section[1], re.MULTILINE)
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
        (edit,) = Scenario().trial(1).completes().edits.values()
        known = {"TuningJob": TuningJob, "Scenario": Scenario, "Fault": Fault, "TrialEdit": type(edit)}
        yield objects[name], {**known, "job": job, "clock": clock, "service": service, "response": response}


@pytest.mark.parametrize("subject", SHOWN, ids=by_name)
def test_every_example_works(subject: reference_page.Subject) -> None:
    with samples(subject.name) as (objects, known):
        for example in EXAMPLES[subject.name]:
            assert f"`{subject.receiver}{example}`" in PAGE
            assert any(_accepts(each, example, known) for each in objects), example


def _accepts(it: Any, example: str, known: dict[str, Any]) -> bool:
    """Whether an example works; a job in the wrong status and a stubber with answers left refuse some."""
    try:
        eval(f"it{example}", {**known, "it": it})
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


CODE = Page(reference_page.PAGE)


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
