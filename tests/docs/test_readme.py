"""What README.md says is so: its code runs, its errors come to the letter, and its links lead somewhere."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from fake_tuning import FakeTuningService, Fault, Scenario, TuningConfig, TuningJob, VirtualClock
from fake_tuning.service.operations.registry import OPERATIONS
from support import reference_page
from support.markdown_code import Block, Page, by_line

ROOT = Path(__file__).parents[2]
README = Page(ROOT / "README.md")
FIRST, *TESTS = README.tests


@pytest.mark.parametrize("block", TESTS, ids=by_line)
def test_its_tests_do_what_it_says(run: Callable[..., pytest.RunResult], block: Block) -> None:
    README.run(block, run)


@pytest.mark.parametrize("block", README.snippets, ids=by_line)
def test_its_snippets_run_or_raise_what_is_shown(block: Block) -> None:
    README.execute(block)


def test_its_first_screen_is_one_whole_test_with_the_runaway_it_shows(
    run: Callable[..., pytest.RunResult],
) -> None:
    assert README.blocks[0] == FIRST
    assert FIRST.line < 10
    assert len(FIRST.text.splitlines()) < 40
    run(FIRST.text).assert_outcomes(passed=1)
    forgetful = FIRST.text.replace('in ("Failed", "Stopped")', '== "Failed"')
    assert forgetful != FIRST.text
    result = run(forgetful)
    result.assert_outcomes(failed=1)
    assert re.search(f"^E +{re.escape(README.shown[FIRST])}", result.stdout.str(), re.MULTILINE)


def test_every_text_block_belongs_to_code_that_is_run() -> None:
    texts = [each.text for each in README.blocks if each.language == "text"]
    ran = [*README.tests, *README.snippets]
    assert sorted(README.shown[block] for block in ran if block in README.shown) == sorted(texts)
    assert {each.language for each in README.blocks} == {"python", "text", "bash", "toml"}


@pytest.mark.parametrize(("marker", "extra"), [("ci:examples", "examples"), ("ci:tests", "test")])
def test_its_commands_are_single_lines_after_their_markers(marker: str, extra: str) -> None:
    found = re.findall(rf"<!-- {marker} -->\n```bash\n(.*)\n```\n", README.text)
    assert len(found) == README.text.count(marker) == 1
    assert f".[{extra}]" in shlex.split(found[0])
    assert f"\n{extra} = [" in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert README.text.count("```bash") == 2


def test_its_links_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]*)(?:#([^)]+))?\)", prose(README.text))
    assert len(links) > 20
    for path, anchor in links:
        page = ROOT / path if path else ROOT / "README.md"
        assert page.exists(), path
        assert not anchor or anchor in anchors(page), f"{path}#{anchor}"


NOUNS = {
    "HyperParameterTuningJob": "tuning jobs",
    "HyperParameterTuningJobs": "tuning jobs",
    "TrainingJob": "training jobs",
    "TrainingJobs": "training jobs",
    "TrainingJobsForHyperParameterTuningJob": "training jobs",
    "Tags": "tags",
}
"""What the sentence on the operations calls the objects of their names."""


def test_its_sentence_on_the_operations_covers_all_that_are_served() -> None:
    sentence = README.text.partition("### Which operations are served\n")[2].partition(". ")[0]
    words = re.findall(r"\w+", sentence)
    for _, operation in OPERATIONS:
        if f"`{operation}`" in sentence:
            continue
        verb, noun = re.findall(r"^([A-Z][a-z]+)(.*)", operation)[0]
        assert NOUNS.get(noun, noun) in sentence, f"say in README.md that {operation} is served"
        assert noun == "Tags" or verb.lower() in words, f"say in README.md that {operation} is served"
    served = {name for _, name in OPERATIONS}
    assert set(re.findall(r"`(\w+)`", sentence)) <= served
    listed = re.findall(r"\w+", sentence.partition("served: ")[2].partition(" of ")[0].replace(" and ", " "))
    assert len(listed) == 5
    for verb in listed:
        for noun in ("HyperParameterTuningJob", "TrainingJob"):
            name = f"{verb.title()}{noun}"
            assert served & {name, f"{name}s"}, f"README.md says that {name} is served"


def prose(text: str) -> str:
    """Return a page without its code."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """Return the anchors that the headings of a Markdown page get."""
    titles = re.findall(r"^#+ (.+)$", prose(page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}


@pytest.mark.parametrize(
    "question",
    [
        "a job that fails after two hours",
        "four jobs.* threads",
        "CreateModel",
        "autouse .*conftest",
        "unittest",
        "MagicMock",
        "throttle the third",
        "asyncio and aiobotocore",
        "refused",
        "a test fails",
        "install",
        "limits",
    ],
)
def test_its_headings_answer_what_people_ask(question: str) -> None:
    headings = re.findall(r"^##+ (.+)$", prose(README.text), re.MULTILINE)
    assert any(re.search(question, each, re.IGNORECASE) for each in headings)


def test_what_its_table_says_to_use_works() -> None:
    table = README.text.partition("| you want | use |")[2].partition("\n\n")[0]
    uses = [
        use for line in table.splitlines()[2:] for use in re.findall(r"`([^`]+)`", line.rsplit(" | ", 1)[1])
    ]
    job = TuningJob("xgb").trials(4)
    tried = 0
    for use in uses:
        with VirtualClock() as clock, FakeTuningService(clock=clock) as service:
            known = {"TuningJob": TuningJob, "Scenario": Scenario, "Fault": Fault, "pytest": pytest}
            known |= {"tuning_service": service, "tuning_clock": clock, "response": job.describe()}
            if "xgb" in use and "TuningJob" not in use:
                known["xgb"] = service.add(job)
            if use.startswith("@pytest"):
                TuningConfig(**eval(use[1:], known).kwargs)
            elif re.match(r"\.|\w+[.(]", use) and not use.startswith(
                ("moto", "with", "asyncio", "time", "conftest")
            ):
                eval(f"TuningJob('xgb').in_progress(completed=3){use}" if use.startswith(".") else use, known)
            else:
                continue
            tried += 1
    assert tried > 20


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
    mentioned = re.findall(rf"(?<![\w.\"'/])({'|'.join(RECEIVERS)})\.(?!py\b)(\w+)", README.text)
    assert len(mentioned) > 40
    assert [f"{each}.{name}" for each, name in mentioned if name not in offered[RECEIVERS[each]]] == []
