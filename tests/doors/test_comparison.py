"""How two answers are compared, member by member."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from fake_tuning.doors.conform.comparison import different_members, different_repetitions, different_values

NOON = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("theirs", "ours", "told"),
    [
        ({"A": 1, "B": NOON}, {"B": NOON, "A": 1.0}, []),
        ({"A": True}, {"A": 1}, ["~A"]),
        ({"A": "1"}, {"A": 1}, ["~A"]),
        ({"A": {"B": {"C": 1}}}, {"A": {"B": {"C": 2}}}, ["~A.B.C"]),
        ({"A": {"B": 1}}, {"A": {}}, ["-A.B"]),
        ({}, {"A": {"B": 1}}, ["+A"]),
        ({"A": [{"B": 1}, {"B": 2}]}, {"A": [{"B": 1}]}, ["-A[1]"]),
        ({"A": [{"B": 1}, {"B": 2}]}, {"A": [{"B": 2}, {"B": 2}]}, ["~A[0].B"]),
        ({"A": [{"Name": "x", "B": 1}]}, {"A": [{"Name": "y"}, {"Name": "x", "B": 2}]}, ["~A[x].B", "+A[y]"]),
        ({"A": [{"Name": "x"}, {"Name": "x"}]}, {"A": [{"Name": "x"}]}, ["-A[1]"]),
        ({"A": "text"}, {"A": ["t"]}, ["~A"]),
        ({"A": []}, {"A": {}}, ["~A"]),
    ],
)
def test_values_are_compared_where_they_lie(theirs: Any, ours: Any, told: list[str]) -> None:
    assert [each.sign + each.path for each in different_values(theirs, ours)] == told


@pytest.mark.parametrize(
    ("theirs", "ours", "told"),
    [
        ({"A": 1, "B": NOON}, {"A": 2.5, "B": NOON.replace(year=2000)}, []),
        ({"A": 1}, {"A": "1"}, ["~A"]),
        ({"A": 1}, {"A": False}, ["~A"]),
        ({"A": [{"B": 1}, {"C": 1}]}, {"A": [{"B": 1}, {"C": 1, "B": 1}]}, ["+A[].B"]),
        ({"A": [{"B": 1}, {"C": 1}]}, {"A": [{"C": 1}, {"B": 1}]}, []),
        ({"A": [{"B": [1, 2]}, {"B": [1]}]}, {"A": [{"B": [1]}]}, []),
        ({"A": [{"B": 1}]}, {"A": [{"B": 1}, {"C": {"D": 1}}]}, ["+A[].C"]),
        ({"A": {"B": {"C": 1}}}, {}, ["-A"]),
        ({"A": {"B": 1}}, {"A": [1]}, ["~A"]),
    ],
)
def test_members_are_compared_by_their_types_in_all_elements_of_a_list(
    theirs: Any, ours: Any, told: list[str]
) -> None:
    assert [each.place for each in different_members(theirs, ours)] == told


def definition(*metrics: str, **members: Any) -> dict[str, Any]:
    defined = [{"Name": name, "Regex": f"{name}=(.+)"} for name in metrics]
    return {"AlgorithmSpecification": {"MetricDefinitions": defined}, **members}


def test_of_what_is_repeated_the_metrics_are_told_that_one_of_them_lacks() -> None:
    theirs, ours = definition("auc", "error", A=1, B=2), definition("error", "mse", A=2, C=3)
    told = [each.sign + each.path for each in different_repetitions(theirs, ours)]
    assert told == [
        "-AlgorithmSpecification.MetricDefinitions[auc]",
        "+AlgorithmSpecification.MetricDefinitions[mse]",
        "~A",
    ]
