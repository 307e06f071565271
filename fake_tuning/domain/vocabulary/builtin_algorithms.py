"""Amazon's built-in algorithms: the metrics that the service defines for them, and those that a run emits.

Which algorithms there are, and which metrics each emits, is documented. The regular expressions of k-means are
recorded, and so is all of XGBoost (see ``xgboost_metrics``). The other expressions are invented: the service has its
own, and code should not depend on them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

from fake_tuning.domain.vocabulary.xgboost_metrics import (
    XGBOOST,
    xgboost_evaluations,
    xgboost_expression,
    xgboost_metrics,
)

METRICS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "autogluon-regression": ("mean_absolute_error", "root_mean_squared_error", "r2"),
        "blazingtext": ("validation:accuracy", "train:mean_rho"),
        "factorization-machines": (
            "test:binary_classification_accuracy",
            "test:binary_classification_cross_entropy",
            "test:binary_f_beta",
            "test:rmse",
        ),
        "forecasting-deepar": ("test:RMSE", "test:mean_wQuantileLoss", "train:final_loss"),
        "image-classification": ("validation:accuracy", "train:accuracy"),
        "ipinsights": ("validation:discriminator_auc",),
        "kmeans": ("test:msd", "test:ssd", "train:msd", "train:progress", "train:throughput"),
        "knn": ("test:accuracy", "test:mse"),
        "lda": ("test:pwll",),
        "lightgbm": ("validation:auc", "validation:rmse", "validation:binary_logloss"),
        "linear-learner": (
            "test:absolute_loss",
            "test:binary_classification_accuracy",
            "test:objective_loss",
            "test:recall",
            "validation:absolute_loss",
            "validation:binary_classification_accuracy",
            "validation:binary_f_beta",
            "validation:objective_loss",
            "validation:precision",
            "validation:recall",
            "validation:rmse",
        ),
        "ntm": ("validation:total_loss", "test:total_loss"),
        "object-detection": ("validation:mAP",),
        "object2vec": ("validation:accuracy", "validation:cross_entropy", "validation:mse", "test:accuracy"),
        "pca": ("test:R2", "test:throughput"),
        "randomcutforest": ("test:f1",),
        "semantic-segmentation": ("validation:mIOU", "validation:pixel_accuracy"),
        "seq2seq": ("validation:bleu", "validation:accuracy", "validation:perplexity"),
    }
)
"""The metrics of each built-in algorithm but XGBoost, by the name of its image's repository."""

_TUNED_BY_XGBOOST = frozenset(
    {
        "alpha", "colsample_bylevel", "colsample_bynode", "colsample_bytree", "eta", "gamma", "lambda",
        "max_delta_step", "max_depth", "min_child_weight", "num_round", "subsample",
    }
)  # fmt: skip

TUNABLE: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "sagemaker-xgboost": _TUNED_BY_XGBOOST,
        "semantic-segmentation": frozenset(
            {"learning_rate", "mini_batch_size", "momentum", "optimizer", "weight_decay"}
        ),
        "xgboost": _TUNED_BY_XGBOOST,
    }
)
"""The hyperparameters that can be tuned, as documented, of the algorithms that were seen to refuse others."""

_RECORDED_EXPRESSIONS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "kmeans": {
            "test:msd": r"#quality_metric: host=\S+, test msd <loss>=(\S+)",
            "test:ssd": r"#quality_metric: host=\S+, test ssd <loss>=(\S+)",
            "train:msd": r"#quality_metric: host=\S+, train msd <loss>=(\S+)",
            "train:progress": r"#progress_metric: host=\S+, completed (\S+) %",
            "train:throughput": r"#throughput_metric: host=\S+, train throughput=(\S+) records/second",
        }
    }
)

REPEATED_OBJECTIVE = "ObjectiveMetric"
"""Under this name the service defines the objective of a tuning job once more (recorded since 2020)."""

_IMAGE = re.compile(r"(?:[^/]+/)?([^/:@]+)(?::([^@]*))?(?:@.*)?")


def builtin_metrics(specification: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return the metrics of a built-in algorithm, or None when the specification names no built-in algorithm.

    Args:
        specification: the ``AlgorithmSpecification`` of a request.
    """
    repository, tag = _repository(specification)
    return METRICS.get(repository) or xgboost_metrics(repository, tag)


def tunable_hyperparameters(specification: Mapping[str, Any]) -> frozenset[str] | None:
    """Return the hyperparameters that an algorithm can tune, or None when none of them is known to be refused."""
    return TUNABLE.get(_repository(specification)[0])


def _repository(specification: Mapping[str, Any]) -> tuple[str, str]:
    """Return the name of an image's repository and its tag; empty texts where there are none."""
    found = _IMAGE.fullmatch(specification.get("TrainingImage", ""))
    return (found[1], found[2] or "") if found else ("", "")


def builtin_definitions(specification: Mapping[str, Any]) -> list[dict[str, str]] | None:
    """Return the ``MetricDefinitions`` of a built-in algorithm, or None when the specification names none."""
    metrics = builtin_metrics(specification)
    if metrics is None:
        return None
    repository, _ = _repository(specification)
    return [{"Name": metric, "Regex": _expression(repository, metric)} for metric in metrics]


def metric_definitions(specification: Mapping[str, Any], objective: str) -> list[dict[str, str]]:
    """Return the ``MetricDefinitions`` with which the service answers about a tuning job.

    They are filled for built-in algorithms, and have one more entry that repeats the objective (recorded since 2020).
    """
    sent = specification.get("MetricDefinitions")
    if sent is None:
        sent = builtin_definitions(specification)
    if sent is None:
        sent = [{"Name": objective, "Regex": _expression("", objective)}]
    found = [dict(each) for each in sent]
    regex = next((each["Regex"] for each in found if each["Name"] == objective), None)
    # A request that repeats a response has the entry already (inferred: none was recorded).
    if regex is not None and all(each["Name"] != REPEATED_OBJECTIVE for each in found):
        found.append({"Name": REPEATED_OBJECTIVE, "Regex": regex})
    return found


def emitted_metrics(
    specification: Mapping[str, Any],
    hyperparameters: Mapping[str, str],
    channels: Collection[str],
    objective: str,
) -> tuple[str, ...]:
    """Return the metrics that a run emits, in the order of their definitions, the repeated objective last (recorded).

    XGBoost emits what it is evaluated by, and another built-in algorithm all that it has, both only for the channels
    that there are (inferred). An algorithm that is not built in emits all that is defined for it.

    Args:
        specification: the ``AlgorithmSpecification`` with which the service answers about the training job.
        hyperparameters: those of the training job.
        channels: the names of its channels.
        objective: the metric that it is tuned for, which it always emits; or an empty text.
    """
    defined = dict.fromkeys(each["Name"] for each in specification.get("MetricDefinitions", ()))
    repeated = [each for each in defined if each == REPEATED_OBJECTIVE]
    emitted = [each for each in defined if each != REPEATED_OBJECTIVE]
    if builtin_metrics(specification) is not None:
        given = {"", "train", objective.partition(":")[0], *channels}
        evaluations = _evaluations(specification, hyperparameters, objective)
        emitted = [
            each
            for each in emitted
            if each.rpartition(":")[0] in given
            and (evaluations is None or each.rpartition(":")[2] in evaluations)
        ]
    if objective and objective not in (*emitted, *repeated):
        emitted.insert(0, objective)
    return (*emitted, *repeated)


def _evaluations(
    specification: Mapping[str, Any], hyperparameters: Mapping[str, str], objective: str
) -> set[str] | None:
    """Return what a run of XGBoost is evaluated by, with its objective; None for another algorithm."""
    repository, tag = _repository(specification)
    if xgboost_metrics(repository, tag) is None:
        return None
    return {*xgboost_evaluations(repository, tag, hyperparameters), objective.rpartition(":")[2]}


def _expression(repository: str, metric: str) -> str:
    if repository in XGBOOST:
        return xgboost_expression(metric)
    recorded = _RECORDED_EXPRESSIONS.get(repository, {})
    if metric in recorded:
        return recorded[metric]
    channel, _, name = metric.rpartition(":")
    return rf".*{channel}[-_ ]?{name}\s*[:=]\s*(\S+).*"
