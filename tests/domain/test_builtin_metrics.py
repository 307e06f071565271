"""The metrics of built-in algorithms: those that are defined, as recorded, and those that a run emits."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from fake_tuning.domain.vocabulary.builtin_algorithms import (
    builtin_definitions,
    builtin_metrics,
    emitted_metrics,
    metric_definitions,
)
from support.shared_files import shared

if TYPE_CHECKING:
    from collections.abc import Iterator

REGISTRY = "683313688378.dkr.ecr.us-east-1.amazonaws.com"

LISTED_LATER = {
    f"validation:{metric}"
    for metric in (
        "balanced_accuracy", "binary_f_beta", "macro_f_beta", "macro_precision", "macro_recall", "mse", "precision",
        "precision_macro", "r2", "recall", "recall_macro",
    )
}  # fmt: skip
"""What the list of ``xgboost:1`` got in late 2022: recordings from before that lack it."""


def of(image: str) -> dict[str, Any]:
    return {"TrainingImage": f"{REGISTRY}/{image}", "TrainingInputMode": "File"}


def specifications(value: Any) -> Iterator[tuple[dict[str, Any], str]]:
    """Each algorithm in a recording that has metrics, with the objective that it is tuned for."""
    if isinstance(value, dict):
        specification = value.get("AlgorithmSpecification") or {}
        if specification.get("MetricDefinitions"):
            given = value.get("StaticHyperParameters") or value.get("HyperParameters") or {}
            yield specification, given.get("_tuning_objective_metric", "")
        for each in value.values():
            yield from specifications(each)
    elif isinstance(value, list):
        for each in value:
            yield from specifications(each)


def test_the_definitions_are_those_that_were_recorded() -> None:
    found = 0
    for path in sorted(shared("recorded").glob("*Describe*.json")):
        for recorded, objective in specifications(json.loads(path.read_text(encoding="utf-8"))):
            asked = {"TrainingImage": recorded["TrainingImage"]}
            if builtin_metrics(asked) is None:
                continue
            found += 1
            theirs = {each["Name"]: each["Regex"] for each in recorded["MetricDefinitions"]}
            ours = {each["Name"]: each["Regex"] for each in metric_definitions(asked, objective)}
            of_2019 = "packt2019" in path.name
            if of_2019:
                # There was no ObjectiveMetric yet, and the expressions were others.
                assert theirs.keys() == ours.keys() - LISTED_LATER - {"ObjectiveMetric"}
            elif asked["TrainingImage"].endswith("/xgboost:1"):
                assert {*theirs.items()} in (
                    {*ours.items()},
                    {each for each in ours.items() if each[0] not in LISTED_LATER},
                )
            else:
                assert theirs == ours
    assert found >= 20


@pytest.mark.parametrize(
    ("image", "like"),
    [
        ("sagemaker-xgboost:0.90-1-cpu-py3", "sagemaker-xgboost:0.90-2-cpu-py3"),
        ("sagemaker-xgboost:1.2-2", "sagemaker-xgboost:1.0-1-cpu-py3"),
        ("sagemaker-xgboost:1.3-1-cpu-py3", "sagemaker-xgboost:1.3-1"),
        ("sagemaker-xgboost:1.7-1", "sagemaker-xgboost:1.5-1"),
        ("sagemaker-xgboost:latest", "sagemaker-xgboost:1.7-1"),
        ("sagemaker-xgboost@sha256:0a", "sagemaker-xgboost:1.7-1"),
        ("xgboost:latest", "xgboost:1"),
        ("xgboost", "xgboost:1"),
    ],
)
def test_versions_between_the_recorded_ones_have_the_list_before_them(image: str, like: str) -> None:
    assert builtin_metrics(of(image)) == builtin_metrics(of(like))


def test_versions_of_xgboost_differ() -> None:
    counts = [
        len(builtin_metrics(of(f"sagemaker-xgboost:{tag}")) or ()) for tag in ("0.90-2", "1.0-1", "1.3-1")
    ]
    assert counts == [34, 36, 29]


BOTH = ("train", "validation")


@pytest.mark.parametrize(
    ("image", "hyperparameters", "channels", "emitted"),
    [
        # As recorded in 2021, twice, and in 2023.
        ("xgboost:1", {"objective": "reg:linear"}, BOTH, {"train:rmse", "validation:rmse"}),
        ("xgboost:1", {"objective": "multi:softmax"}, BOTH, {"train:merror", "validation:merror"}),
        (
            "sagemaker-xgboost:1.0-1",
            {"objective": "binary:logistic"},
            BOTH,
            {"train:error", "validation:error"},
        ),
        (
            "sagemaker-xgboost:1.3-1-cpu-py3",
            {"objective": "binary:logistic", "eval_metric": "accuracy,f1_binary,balanced_accuracy"},
            BOTH,
            {
                "train:accuracy",
                "train:f1_binary",
                "validation:accuracy",
                "validation:balanced_accuracy",
                "validation:f1_binary",
            },
        ),
        # As XGBoost documents.
        ("sagemaker-xgboost:1.7-1", {"objective": "binary:logistic"}, ("train",), {"train:logloss"}),
        ("sagemaker-xgboost:1.7-1", {}, ("train",), {"train:rmse"}),
        ("sagemaker-xgboost:1.7-1", {"objective": '"count:poisson"'}, (), {"train:poisson-nloglik"}),
        # Other algorithms.
        ("kmeans:1", {}, ("train",), {"train:msd", "train:progress", "train:throughput"}),
        ("kmeans:1", {}, ("test",), set(builtin_metrics(of("kmeans:1")) or ())),
    ],
)
def test_a_run_emits_what_it_is_evaluated_by(
    image: str, hyperparameters: dict[str, str], channels: tuple[str, ...], emitted: set[str]
) -> None:
    specification = {**of(image), "MetricDefinitions": builtin_definitions(of(image))}
    assert set(emitted_metrics(specification, hyperparameters, channels, "")) == emitted


def test_the_objective_is_emitted_and_repeated_last() -> None:
    for objective in ("validation:auc", "validation:unheard_of"):
        asked = of("sagemaker-xgboost:1.7-1")
        specification = {**asked, "MetricDefinitions": metric_definitions(asked, objective)}
        emitted = emitted_metrics(specification, {"objective": "binary:logistic"}, ("train",), objective)
        assert objective in emitted
        assert "train:logloss" in emitted
        assert ("ObjectiveMetric" in emitted) == (objective == "validation:auc")
        assert "ObjectiveMetric" not in emitted[:-1]
