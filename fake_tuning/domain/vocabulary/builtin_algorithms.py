"""Amazon's built-in algorithms: which ones there are, what they can tune, and the metrics that they define and emit.

Which algorithms there are, and which metrics each emits, is documented. All of XGBoost is recorded (see
``xgboost_metrics``), and so are k-means and the linear learner (see ``quality_metrics``). The regular expressions of
the others are invented: the service has its own, and code should not depend on them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from fake_tuning.domain.vocabulary.arns import account_of
from fake_tuning.domain.vocabulary.quality_metrics import QUALITY_METRICS
from fake_tuning.domain.vocabulary.xgboost_metrics import (
    XGBOOST,
    xgboost_evaluations,
    xgboost_expression,
    xgboost_metrics,
)

_DOCUMENTED_METRICS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
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
        "knn": ("test:accuracy", "test:mse"),
        "lda": ("test:pwll",),
        "ntm": ("validation:total_loss", "test:total_loss"),
        "object-detection": ("validation:mAP",),
        "object2vec": (
            "validation:accuracy",
            "validation:cross_entropy",
            "validation:mean_squared_error",
            "test:accuracy",
            "test:cross_entropy",
            "test:mean_squared_error",
        ),
        "pca": ("test:R2", "test:throughput"),
        "randomcutforest": ("test:f1",),
        "semantic-segmentation": ("validation:mIOU", "validation:pixel_accuracy"),
        "seq2seq": ("validation:bleu", "validation:accuracy", "validation:perplexity"),
    }
)
"""The metrics of algorithms of which no list was recorded, by the name of the image's repository."""

_TUNED_BY_XGBOOST = frozenset(
    {
        "alpha", "colsample_bylevel", "colsample_bynode", "colsample_bytree", "eta", "gamma", "lambda",
        "max_delta_step", "max_depth", "min_child_weight", "num_round", "subsample",
    }
)  # fmt: skip
"""Those that Amazon's sagemaker-xgboost-container declares as tunable, which the developer guide lists too."""

_TUNABLE: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "sagemaker-xgboost": _TUNED_BY_XGBOOST,
        "semantic-segmentation": frozenset(
            {"learning_rate", "mini_batch_size", "momentum", "optimizer", "weight_decay"}
        ),
        "xgboost": _TUNED_BY_XGBOOST,
    }
)
"""The hyperparameters that can be tuned, as documented, of the algorithms that were seen to refuse others."""

REPEATED_OBJECTIVE = "ObjectiveMetric"
"""Under this name the service defines the objective of a tuning job once more (recorded since 2020)."""

_IMAGE = re.compile(r"(?:(?:([0-9]{12})\.dkr\.ecr\.)?[^/]+/)?([^/:@]+)(?::([^@]*))?(?:@.*)?")


class BuiltinAlgorithm(NamedTuple):
    """A built-in algorithm.

    Attributes:
        repository: the name of the repository that its image is in.
        tag: the tag of the image, or an empty text.
    """

    repository: str
    tag: str

    @property
    def is_xgboost(self) -> bool:
        """Whether it is XGBoost: its metrics alone were seen to be refused to whoever defines others."""
        return self.repository in XGBOOST

    @property
    def tunable(self) -> frozenset[str] | None:
        """The hyperparameters that it can tune, or None when it was not seen to refuse any."""
        return _TUNABLE.get(self.repository)

    @property
    def metrics(self) -> tuple[str, ...]:
        """The names of the metrics that the service defines for it."""
        recorded = xgboost_metrics(self.repository, self.tag) or QUALITY_METRICS.get(self.repository)
        return tuple(recorded or _DOCUMENTED_METRICS[self.repository])

    @property
    def definitions(self) -> list[dict[str, str]]:
        """The ``MetricDefinitions`` that the service fills in for it."""
        return [self.defined(metric) for metric in self.metrics]

    def defined(self, metric: str) -> dict[str, str]:
        """Return the definition of a metric, whether or not the service is known to define it."""
        if self.is_xgboost:
            return {"Name": metric, "Regex": xgboost_expression(metric)}
        recorded = QUALITY_METRICS.get(self.repository, {})
        return {"Name": metric, "Regex": recorded[metric]} if metric in recorded else _made_up(metric)

    def fills_in(self, definitions: Collection[Mapping[str, str]]) -> bool:
        """Whether nobody need have sent these definitions, which the service answered with."""
        names = {each["Name"] for each in definitions} - {REPEATED_OBJECTIVE}
        return self.is_xgboost or names == {*self.metrics}

    def evaluations(self, hyperparameters: Mapping[str, str]) -> tuple[str, ...] | None:
        """Return what a run is evaluated by, such as ``("auc",)``; None if that is not known."""
        return xgboost_evaluations(self.repository, self.tag, hyperparameters) if self.is_xgboost else None


def _made_up(metric: str) -> dict[str, str]:
    channel, _, name = metric.rpartition(":")
    return {"Name": metric, "Regex": rf".*{channel}[-_ ]?{name}\s*[:=]\s*(\S+).*"}


def builtin_algorithm(definition: Mapping[str, Any]) -> BuiltinAlgorithm | None:
    """Return the built-in algorithm that a training job definition names, or None when it names another one.

    An image in the registry of the role's own account is not built in, whatever its name (inferred). Which accounts are
    Amazon's is not asked: there is one for each region and family of algorithms, and there come more.

    Args:
        definition: a definition or a CreateTrainingJob request: its ``AlgorithmSpecification`` and its ``RoleArn``.
    """
    found = _IMAGE.fullmatch(definition.get("AlgorithmSpecification", {}).get("TrainingImage", ""))
    if found is None:
        return None
    holder, repository, tag = found.groups()
    if holder is not None and holder == account_of(definition.get("RoleArn", "")):
        return None
    known = repository in XGBOOST or repository in QUALITY_METRICS or repository in _DOCUMENTED_METRICS
    return BuiltinAlgorithm(repository, tag or "") if known else None


def metric_definitions(definition: Mapping[str, Any], objective: str) -> list[dict[str, str]]:
    """Return the ``MetricDefinitions`` with which the service answers about a tuning job.

    They are filled in for built-in algorithms, and have one more entry that repeats the objective (recorded since
    2020). An objective that they lack is added (inferred: no recording lacks it). What was sent for a built-in
    algorithm other than XGBoost stands in place of its own (invented: it is known only that such requests are
    accepted).

    Args:
        definition: a training job definition.
        objective: the name of the metric that it is tuned for.
    """
    algorithm = builtin_algorithm(definition)
    sent = definition["AlgorithmSpecification"].get("MetricDefinitions")
    if sent is None:
        sent = algorithm.definitions if algorithm else []
    found = [dict(each) for each in sent]
    if all(each["Name"] != objective for each in found):
        found.append(algorithm.defined(objective) if algorithm else _made_up(objective))
    # A request that repeats a response has the entry already (inferred: none was recorded).
    if all(each["Name"] != REPEATED_OBJECTIVE for each in found):
        regex = next(each["Regex"] for each in found if each["Name"] == objective)
        found.append({"Name": REPEATED_OBJECTIVE, "Regex": regex})
    return found


def emitted_metrics(
    definition: Mapping[str, Any],
    hyperparameters: Mapping[str, str],
    channels: Collection[str],
    objective: str,
) -> tuple[str, ...]:
    """Return the metrics that a run emits, in the order of their definitions, the repeated objective last (recorded).

    XGBoost emits what it is evaluated by, and another built-in algorithm all that it has, both only for the channels
    that there are (inferred). An algorithm that is not built in emits all that is defined for it.

    Args:
        definition: the definition, with the ``MetricDefinitions`` with which the service answers.
        hyperparameters: those of the training job.
        channels: the names of its channels.
        objective: the metric that it is tuned for, which it always emits; or an empty text.
    """
    specification = definition.get("AlgorithmSpecification", {})
    defined = dict.fromkeys(each["Name"] for each in specification.get("MetricDefinitions", ()))
    repeated = [each for each in defined if each == REPEATED_OBJECTIVE]
    emitted = [each for each in defined if each != REPEATED_OBJECTIVE]
    algorithm = builtin_algorithm(definition)
    if algorithm is not None:
        given = {"", "train", _channel(objective), *channels}
        asked = algorithm.evaluations(hyperparameters)
        evaluations = None if asked is None else {*asked, objective.rpartition(":")[2]}
        emitted = [
            each
            for each in emitted
            if _channel(each) in given and (evaluations is None or each.rpartition(":")[2] in evaluations)
        ]
    if objective and objective not in (*emitted, *repeated):
        emitted.insert(0, objective)
    return (*emitted, *repeated)


def _channel(metric: str) -> str:
    return metric.partition(":")[0] if ":" in metric else ""
