"""The metrics of the built-in XGBoost by version: which are defined, with which expressions, and which a run emits.

Lists and expressions are recorded: of ``xgboost:1`` in late 2022, of ``sagemaker-xgboost`` in versions 0.90, 1.0 and
1.3. The list from 1.5 on is documented. Versions between these are taken for the one before (inferred).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_FIRST = ("auc", "error", "logloss", "mae", "map", "merror", "mlogloss", "ndcg", "rmse")
_ONLY_VALIDATED = (
    "balanced_accuracy", "binary_f_beta", "macro_f_beta", "macro_precision", "macro_recall", "mse", "precision",
    "precision_macro", "r2", "recall", "recall_macro",
)  # fmt: skip
ADDED_IN_2022 = frozenset(f"validation:{metric}" for metric in _ONLY_VALIDATED)
"""Metrics of ``xgboost:1`` that recordings lack until February 2022, and have from November 2022 on."""

_0_90 = (
    *_FIRST, "accuracy", "aucpr", "f1", "gamma-deviance", "gamma-nloglik", "mse", "poisson-nloglik", "tweedie-nloglik",
)  # fmt: skip
_1_0 = (*_0_90, "cox-nloglik")
_1_3 = (
    "accuracy", "auc", "aucpr", "error", "f1", "f1_binary", "logloss", "mae", "map", "mse", "ndcg", "poisson-nloglik",
    "rmse",
)  # fmt: skip
_1_5 = (
    *_FIRST, "accuracy", "aucpr", "balanced_accuracy", "f1", "f1_binary", "f1_macro", "gamma-nloglik", "mse",
    "poisson-nloglik", "precision", "r2", "recall", "tweedie-nloglik",
)  # fmt: skip


def _named(train: Sequence[str], only_validated: Sequence[str] = ()) -> tuple[str, ...]:
    validated = [f"validation:{metric}" for metric in (*train, *only_validated)]
    return (*validated, *(f"train:{metric}" for metric in train))


_Version = tuple[int, int]

XGBOOST: Mapping[str, Mapping[_Version, tuple[str, ...]]] = {
    "xgboost": {(0, 72): _named(_FIRST, _ONLY_VALIDATED)},
    "sagemaker-xgboost": {
        (0, 90): _named(_0_90),
        (1, 0): _named(_1_0),
        (1, 3): _named(_1_3, ("balanced_accuracy", "precision", "recall")),
        (1, 5): _named(_1_5),
    },
}
"""The defined metrics, by the repository of the image and the version from which on they are those."""

_TAG = re.compile(r"(\d+)\.(\d+)")

_LOG_LOSS: _Version = (1, 3)
"""Documented by XGBoost: from this version on, classification is evaluated by the logarithmic loss unless told else."""

_EVALUATED_BY = (
    ("binary:logitraw", "auc", "logloss"),
    ("binary:", "error", "logloss"),
    ("multi:", "merror", "mlogloss"),
    ("rank:", "map", "map"),
    ("count:poisson", "poisson-nloglik", "poisson-nloglik"),
    ("reg:gamma", "gamma-nloglik", "gamma-nloglik"),
    ("reg:tweedie", "tweedie-nloglik", "tweedie-nloglik"),
    ("survival:cox", "cox-nloglik", "cox-nloglik"),
    ("", "rmse", "rmse"),
)
"""Documented by XGBoost: by the beginning of an objective, what evaluates it unless told else, before 1.3 and since."""


def xgboost_metrics(repository: str, tag: str) -> tuple[str, ...] | None:
    """Return the metrics that an image defines, or None when it is no built-in XGBoost.

    Args:
        repository: the name of the image's repository.
        tag: its tag, or an empty text. What is no version number stands for the newest.
    """
    lists = XGBOOST.get(repository)
    if lists is None:
        return None
    version = _version(repository, tag)
    return lists[max((each for each in lists if each <= version), default=min(lists))]


def _version(repository: str, tag: str) -> _Version:
    found = _TAG.match(tag)
    return (int(found[1]), int(found[2])) if found else max(XGBOOST[repository])


def xgboost_expression(metric: str) -> str:
    """Return the regular expression with which the service finds a metric in the log (recorded since 2020)."""
    channel, _, name = metric.rpartition(":")
    if name == "cox-nloglik":
        channel = "train"  # recorded so for both channels
    logged = f"{channel}-{name}" if channel else name
    return rf".*\[[0-9]+\].*#011{logged}:([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?).*"


def xgboost_evaluations(repository: str, tag: str, hyperparameters: Mapping[str, str]) -> tuple[str, ...]:
    """Return what a run of XGBoost is evaluated by, such as ``("auc", "error")``.

    Args:
        repository: the name of the image's repository.
        tag: its tag, or an empty text.
        hyperparameters: ``eval_metric`` names the metrics; without it they follow from ``objective``.
    """
    asked = re.findall(r"[\w-]+(?:@[\w.-]+)?", hyperparameters.get("eval_metric", ""))
    if asked:
        return tuple(asked)
    objective = hyperparameters.get("objective", "").strip('"')
    before, since = next(
        (before, since) for beginning, before, since in _EVALUATED_BY if objective.startswith(beginning)
    )
    return (since if _version(repository, tag) >= _LOG_LOSS else before,)
