"""The metrics of built-in algorithms: those that are defined, as recorded, and those that a run emits."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from fake_tuning.domain.vocabulary.builtin_algorithms import (
    builtin_algorithm,
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


ROLE = "arn:aws:iam::111122223333:role/tuning"


def of(image: str, **members: Any) -> dict[str, Any]:
    specification = {"TrainingImage": f"{REGISTRY}/{image}", "TrainingInputMode": "File", **members}
    return {"AlgorithmSpecification": specification, "RoleArn": ROLE}


def metrics_of(image: str) -> tuple[str, ...]:
    algorithm = builtin_algorithm(of(image))
    assert algorithm is not None
    return algorithm.metrics


def of_answered(image: str, objective: str) -> dict[str, Any]:
    """A definition, with the metrics with which the service answers about it."""
    return of(image, MetricDefinitions=metric_definitions(of(image), objective))


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
            # The accounts in some recordings are made up, that of the image among them.
            asked = of(recorded["TrainingImage"].rpartition("/")[2])
            algorithm = builtin_algorithm(asked)
            if algorithm is None:
                continue
            found += 1
            theirs = {each["Name"]: each["Regex"] for each in recorded["MetricDefinitions"]}
            answered = metric_definitions(asked, objective) if objective else algorithm.definitions
            ours = {each["Name"]: each["Regex"] for each in answered}
            of_2019 = "packt2019" in path.name
            if of_2019:
                # There was no ObjectiveMetric yet, and the expressions were others.
                assert theirs.keys() == ours.keys() - LISTED_LATER - {"ObjectiveMetric"}
            elif recorded["TrainingImage"].endswith("/xgboost:1"):
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
    assert metrics_of(image) == metrics_of(like)


def test_versions_of_xgboost_differ() -> None:
    counts = [len(metrics_of(f"sagemaker-xgboost:{tag}")) for tag in ("0.90-2", "1.0-1", "1.3-1")]
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
        ("kmeans:1", {}, ("test",), set(metrics_of("kmeans:1"))),
    ],
)
def test_a_run_emits_what_it_is_evaluated_by(
    image: str, hyperparameters: dict[str, str], channels: tuple[str, ...], emitted: set[str]
) -> None:
    algorithm = builtin_algorithm(of(image))
    assert algorithm is not None
    definition = of(image, MetricDefinitions=algorithm.definitions)
    assert set(emitted_metrics(definition, hyperparameters, channels, "")) == emitted


@pytest.mark.parametrize(
    ("image", "objective"),
    [
        ("sagemaker-xgboost:1.7-1", "validation:auc"),
        # Documented, and in no list that was recorded.
        ("sagemaker-xgboost:1.3-1", "validation:merror"),
        ("xgboost:1", "validation:accuracy"),
        ("linear-learner:1", "validation:multiclass_accuracy"),
        ("linear-learner:1", "validation:rmse"),
        ("object2vec:1", "test:cross_entropy"),
        ("pca:1", "train:unheard_of"),
        # Not built in, and not refused either.
        ("mine:1", "f1"),
    ],
)
def test_the_objective_is_defined_emitted_and_repeated_last(image: str, objective: str) -> None:
    definition = of_answered(image, objective)
    defined = {
        each["Name"]: each["Regex"] for each in definition["AlgorithmSpecification"]["MetricDefinitions"]
    }
    assert defined[objective] == defined["ObjectiveMetric"]
    assert list(defined)[-1] == "ObjectiveMetric"
    emitted = emitted_metrics(definition, {"objective": "binary:logistic"}, ("train",), objective)
    assert objective in emitted
    assert emitted[-1] == "ObjectiveMetric"
    assert "ObjectiveMetric" not in emitted[:-1]


def test_an_objective_that_is_added_has_the_expression_of_its_kind() -> None:
    found = of_answered("sagemaker-xgboost:1.3-1", "validation:merror")["AlgorithmSpecification"]
    *_, merror, repeated = found["MetricDefinitions"]
    regex = r".*\[[0-9]+\].*#011validation-merror:([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?).*"
    assert [merror, repeated] == [
        {"Name": "validation:merror", "Regex": regex},
        {"Name": "ObjectiveMetric", "Regex": regex},
    ]
    bare = of_answered("xgboost:1", "auc")["AlgorithmSpecification"]["MetricDefinitions"][-1]["Regex"]
    assert re.fullmatch(bare, "[7]#011auc:0.5")


@pytest.mark.parametrize(
    ("metric", "line"),
    [
        ("test:dcg", "#quality_metric: host=algo-1, test dcg <score>=0.25"),
        ("train:objective_loss", "#quality_metric: host=algo-1, epoch=3, train binary_objective <loss>=0.25"),
        (
            "validation:objective_loss:final",
            "#quality_metric: host=algo-1, validation mse_objective <loss>=0.25",
        ),
        ("test:objective_loss", "#quality_metric: host=algo-1, test mse_objective <loss>=0.25"),
        ("train:binary_f_beta", "#quality_metric: host=algo-1, train binary_f_1.000 <score>=0.25"),
        ("validation:macro_f_beta", "#quality_metric: host=algo-1, validation macro_f_1.000 <score>=0.25"),
        (
            "test:multiclass_top_k_accuracy",
            "#quality_metric: host=algo-1, test multiclass_top_k_accuracy_3 <score>=0.25",
        ),
        ("train:mse", "#quality_metric: host=algo-1, train mse <loss>=0.25"),
        ("train:progress", "#progress_metric: host=algo-1, completed 0.25 %"),
        ("train:throughput", "#throughput_metric: host=algo-1, train throughput=0.25 records/second"),
    ],
)
def test_the_linear_learner_finds_its_metrics_in_its_log(metric: str, line: str) -> None:
    # Recorded in 2020: 37 metrics, and the objective once more.
    algorithm = builtin_algorithm(of("linear-learner:1"))
    assert algorithm is not None
    found = {each["Name"]: each["Regex"] for each in algorithm.definitions}
    assert len(found) == 37
    match = re.fullmatch(found[metric], line)
    assert match is not None
    assert match[1] == "0.25"


def test_a_metric_with_two_colons_is_of_its_first_channel() -> None:
    definition = of_answered("linear-learner:1", "train:objective_loss")
    emitted = emitted_metrics(definition, {}, ("train", "validation"), "train:objective_loss")
    assert "validation:objective_loss:final" in emitted
    assert not [each for each in emitted if each.startswith("test:")]


def test_an_image_of_the_roles_own_account_is_not_built_in() -> None:
    for image in ("sagemaker-xgboost:1.7-1", "kmeans:1"):
        own = {**of(image), "RoleArn": f"arn:aws:iam::{REGISTRY[:12]}:role/tuning"}
        assert builtin_algorithm(own) is None
        assert builtin_algorithm(of(image)) == tuple(image.split(":"))
    assert builtin_algorithm(of("lightgbm:1")) is None
    assert builtin_algorithm(of("team/xgboost:1")) is None
    assert builtin_algorithm({"AlgorithmSpecification": {"AlgorithmName": "xgboost"}}) is None
    # A bare name says nothing about an account.
    assert builtin_algorithm({"AlgorithmSpecification": {"TrainingImage": "xgboost"}}) == ("xgboost", "")
