"""Amazon's built-in algorithms, as far as a tuning job shows them.

Which algorithms there are, and which metrics each emits, is documented. The regular expressions are invented: the
service has its own, and code should not depend on them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any


def _of_both_channels(*metrics: str) -> tuple[str, ...]:
    return tuple(f"{channel}:{metric}" for channel in ("validation", "train") for metric in metrics)


_FIRST_XGBOOST = ("auc", "error", "logloss", "mae", "map", "merror", "mlogloss", "ndcg", "rmse")
_LATER_XGBOOST = (
    "accuracy", "aucpr", "balanced_accuracy", "f1", "f1_binary", "f1_macro", "gamma-nloglik", "mse",
    "poisson-nloglik", "precision", "r2", "recall", "tweedie-nloglik",
)  # fmt: skip

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
        "sagemaker-xgboost": _of_both_channels(*_FIRST_XGBOOST, *_LATER_XGBOOST),
        "semantic-segmentation": ("validation:mIOU", "validation:pixel_accuracy"),
        "seq2seq": ("validation:bleu", "validation:accuracy", "validation:perplexity"),
        "xgboost": _of_both_channels(*_FIRST_XGBOOST),
    }
)
"""The metrics of each built-in algorithm, by the name of its image's repository."""

REPEATED_OBJECTIVE = "ObjectiveMetric"
"""Under this name the service defines the objective of a tuning job once more (recorded since 2020)."""

_REPOSITORY = re.compile(r"(?:[^/]+/)?([^/:@]+)(?:[:@].*)?")


def builtin_metrics(specification: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return the metrics of a built-in algorithm, or None when the specification names no built-in algorithm.

    Args:
        specification: the ``AlgorithmSpecification`` of a request.
    """
    found = _REPOSITORY.fullmatch(specification.get("TrainingImage", ""))
    return METRICS.get(found.group(1)) if found else None


def metric_definitions(specification: Mapping[str, Any], objective: str) -> list[dict[str, str]]:
    """Return the ``MetricDefinitions`` with which the service answers.

    They are filled for built-in algorithms, and have one more entry that repeats the objective (recorded since 2020).
    """
    sent = specification.get("MetricDefinitions")
    if sent is None:
        metrics = builtin_metrics(specification) or (objective,)
        sent = [{"Name": metric, "Regex": _regex(metric)} for metric in metrics]
    found = [dict(each) for each in sent]
    regex = next((each["Regex"] for each in found if each["Name"] == objective), None)
    # A request that repeats a response has the entry already (inferred: none was recorded).
    if regex is not None and all(each["Name"] != REPEATED_OBJECTIVE for each in found):
        found.append({"Name": REPEATED_OBJECTIVE, "Regex": regex})
    return found


def _regex(metric: str) -> str:
    channel, _, name = metric.rpartition(":")
    return rf".*{channel}[-_ ]?{name}\s*[:=]\s*(\S+).*"
