"""What README.md says is so: its code runs, its errors come to the letter, and its tables miss nothing."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

from fake_tuning import FakeTuningService
from support import reference_page

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


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


# What it names.


def test_the_quotas_that_it_names_are_there() -> None:
    sentence = re.search(r"^The others are (.*?)\. ", README, re.MULTILINE | re.DOTALL)
    assert sentence
    names = re.findall(r"`([^`]+)`", sentence[1])
    assert len(names) == 4
    FakeTuningService(quotas=dict.fromkeys(names, 1))


RECEIVERS = {
    "tuning_service": "FakeTuningService",
    "service": "FakeTuningService",
    "tuning_clock": "VirtualClock",
    "clock": "VirtualClock",
    "stub": "TuningStubber",
    "xgb": "JobHandle",
    "TuningJob": "TuningJob",
    "Scenario": "Scenario",
    "Fault": "Fault",
}


def test_it_calls_nothing_that_does_not_exist() -> None:
    offered = {each.name: reference_page.members(each) for each in reference_page.subjects()}
    mentioned = re.findall(rf"(?<![\w.\"'/])({'|'.join(RECEIVERS)})\.(?!py\b)(\w+)", README)
    assert len(mentioned) > 40
    assert [f"{each}.{name}" for each, name in mentioned if name not in offered[RECEIVERS[each]]] == []
