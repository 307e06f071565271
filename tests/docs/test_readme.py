"""What README.md says is so: its code runs, its errors come to the letter, and its tables miss nothing."""

from __future__ import annotations

import dataclasses
import re
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import pytest
from faker import Faker

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
from fake_tuning.domain.simulation.scenario import Fluent, TrialEdit, TrialEditor
from fake_tuning.service.handles import JobHandle, TrialView
from fake_tuning.service.tuning_service import Call

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PLUGIN = "fake_tuning.doors.pytest.plugin"


class Block(NamedTuple):
    """A block of code in README.md, and where it begins."""

    language: str
    text: str
    line: int


def _blocks() -> list[Block]:
    found = re.finditer(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    return [Block(each[1], each[2], README.count("\n", 0, each.start()) + 1) for each in found]


BLOCKS = _blocks()
PYTHON = [each for each in BLOCKS if each.language == "python"]
TESTS = [each for each in PYTHON if re.match(r"# test_\w+\.py\n", each.text)]
SNIPPETS = [each for each in PYTHON if each not in TESTS]
SHOWN = {before: after.text for before, after in pairwise(BLOCKS) if after.language == "text"}


def by_line(block: Block) -> str:
    return f"line-{block.line}"


# Its code.


@pytest.mark.parametrize("block", TESTS, ids=by_line)
def test_its_tests_pass(run: Callable[..., pytest.RunResult], block: Block) -> None:
    run(block.text).assert_outcomes(passed=block.text.count("\ndef test_"))


@pytest.mark.parametrize("block", SNIPPETS, ids=by_line)
def test_its_snippets_run_or_raise_what_is_shown(block: Block) -> None:
    code = compile(block.text, f"README.md, line {block.line}", "exec")
    if block not in SHOWN:
        exec(code, {})
        return
    with pytest.raises(Exception) as raised:  # noqa: PT011  # which one is what is asked
        exec(code, {})
    assert f"{raised.type.__name__}: {raised.value}\n" == SHOWN[block]


def test_its_first_screen_is_one_whole_test_with_the_runaway_it_shows(
    run: Callable[..., pytest.RunResult],
) -> None:
    first = TESTS[0]
    assert BLOCKS[0] == first
    assert first.line < 10
    assert len(first.text.splitlines()) < 40
    name, _, shown = SHOWN[first].rstrip("\n").partition(": ...")
    forgetful = first.text.replace('in ("Failed", "Stopped")', '== "Failed"')
    assert forgetful != first.text
    result = run(forgetful, pytest="[pytest]\ntuning_max_sleeps = 100")
    result.assert_outcomes(failed=1)
    assert re.search(f"{name}: .*{re.escape(shown)}", result.stdout.str())


def test_every_text_block_belongs_to_code_that_is_run() -> None:
    texts = [each.text for each in BLOCKS if each.language == "text"]
    assert [SHOWN[block] for block in PYTHON if block in SHOWN] == texts
    assert [block for block in SHOWN if block in TESTS] == TESTS[:1]
    assert {each.language for each in BLOCKS} == {"python", "text", "bash"}


@pytest.mark.parametrize(("marker", "extra"), [("ci:examples", "examples"), ("ci:tests", "test")])
def test_its_commands_are_single_lines_after_their_markers(marker: str, extra: str) -> None:
    found = re.findall(rf"<!-- {marker} -->\n```bash\n(.*)\n```\n", README)
    assert len(found) == README.count(marker) == 1
    assert f".[{extra}]" in shlex.split(found[0])
    assert f"\n{extra} = [" in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert README.count("```bash") == 2


# Its tables.


def table(first: str) -> list[list[str]]:
    """The rows of the table whose first heading is this."""
    found = re.search(rf"^\| {re.escape(first)} \|.*\n\|---.*\n((?:\|.*\n)+)", README, re.MULTILINE)
    assert found, f"README.md has no table that begins with {first}"
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in found[1].splitlines()]


def examples(heading: str) -> list[str]:
    """The examples in the first column of a table, without their backticks."""
    return [example for row in table(heading) for example in re.findall(r"`([^`]+)`", row[0])]


def public(kind: type, *, attributes: tuple[str, ...] = ()) -> set[str]:
    """What a class of ours offers: methods and properties of its own or of ours, and these attributes."""
    named = {each.name for each in dataclasses.fields(kind)} if dataclasses.is_dataclass(kind) else set()
    offered = (property, cached_property, classmethod, Fluent)
    return set(attributes) | {
        name
        for base in kind.__mro__
        if base.__module__.startswith("fake_tuning.")
        for name, value in vars(base).items()
        if not name.startswith("_") and name not in named and (callable(value) or isinstance(value, offered))
    }


SERVICE = tuple(name for name in vars(FakeTuningService()) if not name.startswith("_"))
HEADINGS: dict[str, set[str]] = {
    "`TuningJob`": public(TuningJob),
    "`.trial(3)`": public(TrialEditor),
    "`Scenario`": public(Scenario),
    "`FakeTuningService`": public(FakeTuningService, attributes=SERVICE),
    "`JobHandle`": public(JobHandle, attributes=("name",)),
    "`Fault`": public(Fault),
    "`VirtualClock`": public(VirtualClock),
    "`TuningStubber`": public(TuningStubber, attributes=("refusals",)),
    "`TuningProvider`": public(TuningProvider),
}


@pytest.mark.parametrize("heading", HEADINGS)
def test_a_table_names_all_that_a_class_offers_and_nothing_else(heading: str) -> None:
    assert sorted(re.match(r"\.(\w+)", each)[1] for each in examples(heading)) == sorted(HEADINGS[heading])


@contextmanager
def samples(heading: str) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    """Objects to try the examples of a table on, and the names that the examples use."""
    job = TuningJob("xgb").searching(eta=(0.01, 0.3)).trials(20, parallel=4)
    with VirtualClock() as clock, FakeTuningService(clock=clock) as service:
        handles = [service.add(job.in_progress()), service.add(TuningJob("over").completed())]
        client = boto3.client("sagemaker")
        told = client.describe_training_job(TrainingJobName=handles[1].best.name)
        request = {name: told[name] for name in ("RoleArn", "ResourceConfig", "StoppingCondition")}
        request["AlgorithmSpecification"] = {"TrainingInputMode": "File", "TrainingImage": "image"}
        request["OutputDataConfig"] = {"S3OutputPath": "s3://models"}
        client.create_training_job(TrainingJobName="final", **request)
        objects = {
            "`TuningJob`": [job],
            "`.trial(3)`": [job.trial(3)],
            "`Scenario`": [Scenario()],
            "`FakeTuningService`": [service],
            "`JobHandle`": handles,
            "`Fault`": [Fault],
            "`VirtualClock`": [clock],
            "`TuningStubber`": [TuningStubber(client), TuningStubber(client)],
            "`TuningProvider`": [Faker()],
        }
        objects["`TuningProvider`"][0].add_provider(TuningProvider)
        recorded = {**told, "TrainingJobName": "recorded"}
        response = recorded if heading == "`FakeTuningService`" else job.describe()
        known = {"TuningJob": TuningJob, "Scenario": Scenario, "Fault": Fault, "TrialEdit": TrialEdit}
        yield (
            objects[heading],
            {**known, "job": job, "clock": clock, "service": service, "response": response},
        )


@pytest.mark.parametrize("heading", HEADINGS)
def test_every_example_in_a_table_works(heading: str) -> None:
    with samples(heading) as (objects, known):
        for example in examples(heading):
            assert any(_accepts(each, example, known) for each in objects), example


def _accepts(it: Any, example: str, known: dict[str, Any]) -> bool:
    """Whether an example works; a job in the wrong status and a stubber with answers left refuse some."""
    try:
        eval(f"it{example}", {**known, "it": it})
    except (ValueError, AssertionError):
        return False
    return True


def test_the_table_of_options_has_every_option_with_its_default(pytestconfig: pytest.Config) -> None:
    told = {row[0].strip("`"): row[1].strip("`") for row in table("option")}
    assert told == {each.name: repr(each.default) for each in dataclasses.fields(TuningConfig)}
    for name in told:
        pytestconfig.getini(f"tuning_{name}")


def test_the_table_of_fixtures_has_every_fixture(run: Callable[..., pytest.RunResult]) -> None:
    shown = run("", "--fixtures").stdout.str()
    ours = shown.partition(f"fixtures defined from {PLUGIN} ")[2].partition("\n---")[0]
    found = re.findall(r"^(\w+)(?: \[\w+ scope\])? -- ", ours, re.MULTILINE)
    assert sorted(found) == sorted(examples("fixture"))


def test_what_it_says_of_trials_and_calls_is_all_that_they_tell() -> None:
    rows = {row[0]: row[1] for row in table("`FakeTuningService`")}
    for row, kind in (('`.training_job("final")`', TrialView), ("`.calls`", Call)):
        assert set(re.findall(r"`(\w+)`", rows[row])) == {each.name for each in dataclasses.fields(kind)}


def test_the_quotas_that_it_names_are_there() -> None:
    sentence = re.search(r"^The others are (.*?)\. ", README, re.MULTILINE | re.DOTALL)
    assert sentence
    names = re.findall(r"`([^`]+)`", sentence[1])
    assert len(names) == 4
    FakeTuningService(quotas=dict.fromkeys(names, 1))


RECEIVERS = {
    "tuning_service": public(FakeTuningService, attributes=SERVICE),
    "service": public(FakeTuningService, attributes=SERVICE),
    "tuning_clock": public(VirtualClock),
    "clock": public(VirtualClock),
    "stub": public(TuningStubber),
    "xgb": public(JobHandle),
    "TuningJob": public(TuningJob),
    "Scenario": public(Scenario),
    "Fault": public(Fault),
}


def test_it_calls_nothing_that_does_not_exist() -> None:
    mentioned = re.findall(rf"(?<![\w.\"'/])({'|'.join(RECEIVERS)})\.(?!py\b)(\w+)", README)
    assert len(mentioned) > 40
    assert [f"{each}.{name}" for each, name in mentioned if name not in RECEIVERS[each]] == []
