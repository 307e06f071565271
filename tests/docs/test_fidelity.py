"""FIDELITY.md is what the service does, and what the code says of itself."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import botocore
import pytest

import fake_tuning
from fake_tuning.service.validation.model import installed_model
from support import fidelity_facts, fidelity_tables

if TYPE_CHECKING:
    from support.fidelity_tables import Rows

PACKAGE = Path(fake_tuning.__file__).parent
STALE = (
    f"FIDELITY.md is out of date: run `{fidelity_tables.COMMAND}` (or, where fake_tuning is installed with its extra "
    "`test`, `python tests/support/pages.py`), and look at what has changed"
)
MARKED = re.compile(r"\b(invented|inferred)\b", re.IGNORECASE)


@pytest.fixture(scope="module")
def rows() -> Rows:
    return fidelity_tables.observed(fidelity_facts.answers())


@pytest.fixture
def shown() -> str:
    return fidelity_tables.PAGE.read_text(encoding="utf-8")


def test_the_page_shows_what_was_observed(rows: Rows, shown: str) -> None:
    noted = fidelity_tables.ABSENT.search(shown)
    assert noted, STALE
    assert fidelity_tables.page(rows, noted[0]) == shown, STALE


def test_the_page_shows_what_is_never_sent(rows: Rows, shown: str) -> None:
    noted = fidelity_tables.ABSENT.search(shown)
    assert noted, STALE
    if noted[1] == botocore.__version__:
        assert fidelity_tables.absent_table(rows) == noted[0], STALE
    now = fidelity_tables.absent(rows)
    known = {fidelity_tables.plain(structure): shape.members for structure, shape in rows.shapes.items()}
    listed = fidelity_tables.absent_in(shown)
    assert listed, STALE
    for structure, names in listed.items():
        still = set(names) & known[structure].keys()
        assert still <= set(now.get(structure, ())), f"{structure} has some of {names} now. {STALE}"


def test_every_operation_is_observed(rows: Rows) -> None:
    answers = {each.operation for each in fidelity_facts.answers()}
    # Botocore may be older than an operation: then no client can ask for it.
    known = installed_model().operation_names
    assert answers == fake_tuning.FakeTuningService().operations.intersection(known)


def test_every_member_that_a_tuning_job_is_described_with_is_observed(rows: Rows) -> None:
    shape = rows.shapes["`DescribeHyperParameterTuningJob`"]
    assert rows.kinds["`DescribeHyperParameterTuningJob`"].keys() == shape.members.keys()


def test_what_is_declared_invented_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        fidelity_tables, "INVENTED", {**fidelity_tables.INVENTED, "RoleArn": "echoed", "Mood": "unheard of"}
    )
    with pytest.raises(AssertionError, match=r"or has from elsewhere: RoleArn, Mood$"):
        fidelity_tables.observed(fidelity_facts.answers())


def test_a_member_that_is_echoed_differently_is_not_called_echoed() -> None:
    asked = {"HyperParameterTuningJobName": "xgb"}
    config = {"Strategy": "Random", "ResourceLimits": {"MaxParallelTrainingJobs": 2}}
    kinds = fidelity_tables.kinds_of(
        "ListHyperParameterTuningJobs",
        asked | {"HyperParameterTuningJobConfig": config},
        {"HyperParameterTuningJobSummaries": [{**asked, **config, "Strategy": "Grid"}]},
    )
    assert kinds["`ListHyperParameterTuningJobs`.HyperParameterTuningJobSummaries"] == {
        "HyperParameterTuningJobName": "echoed",
        "ResourceLimits": "echoed",
        "Strategy": "derived",
    }


def test_every_mark_in_the_code_is_among_the_deviations() -> None:
    marked = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if MARKED.search(path.read_text(encoding="utf-8"))
    } - {"service/error_texts.py"}  # its texts are counted instead
    named = {file for each in fidelity_tables.DEVIATIONS for file in each.where.split(", ")}
    assert marked <= named, "a module says that something is invented or inferred, and no deviation names it"
    assert all((PACKAGE / file).exists() for file in named)
    assert {each.mark for each in fidelity_tables.DEVIATIONS} == fidelity_tables.MARKS.keys()
