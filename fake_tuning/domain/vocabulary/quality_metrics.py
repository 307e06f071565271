"""The metrics of k-means and of the linear learner, with the expressions that find them in the log (recorded)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_TRAINING = MappingProxyType(
    {
        "train:progress": r"#progress_metric: host=\S+, completed (\S+) %",
        "train:throughput": r"#throughput_metric: host=\S+, train throughput=(\S+) records/second",
    }
)

_LOGGED_AS = MappingProxyType(
    {
        "binary_f_beta": r"binary_f_\S+",
        "macro_f_beta": r"macro_f_\S+",
        "multiclass_top_k_accuracy": r"multiclass_top_k_accuracy_\S+",
    }
)
"""How the log names a metric with a parameter of its own; the others it names as the service does."""

_OF_TWO_CLASSES = ("binary_classification_accuracy", "binary_f_beta", "precision", "recall")
_OF_CLASSES = (
    "dcg", "macro_f_beta", "macro_precision", "macro_recall", "multiclass_accuracy", "multiclass_top_k_accuracy",
)  # fmt: skip


def _measured(channel: str, kind: str, *names: str) -> dict[str, str]:
    """Return metrics that are measured once: the kind is ``loss`` or ``score``."""
    return {
        f"{channel}:{name}": rf"#quality_metric: host=\S+, {channel} {_LOGGED_AS.get(name, name)} <{kind}>=(\S+)"
        for name in names
    }


def _of_each_epoch(channel: str) -> dict[str, str]:
    logged = rf"{channel} \S+_objective <loss>=(\S+)"
    return {
        f"{channel}:objective_loss": rf"#quality_metric: host=\S+, epoch=\S+, {logged}",
        f"{channel}:objective_loss:final": rf"#quality_metric: host=\S+, {logged}",
    }


_LINEAR_LEARNER = {
    **_of_each_epoch("validation"),
    **_measured("validation", "loss", "absolute_loss", "mse"),
    **_measured("validation", "score", *_OF_TWO_CLASSES, *_OF_CLASSES),
    "test:objective_loss": r"#quality_metric: host=\S+, test \S+_objective <loss>=(\S+)",
    **_measured("test", "loss", "absolute_loss", "mse"),
    **_measured("test", "score", *_OF_TWO_CLASSES, *_OF_CLASSES),
    **_of_each_epoch("train"),
    **_measured("train", "loss", "absolute_loss", "mse"),
    **_measured("train", "score", *_OF_TWO_CLASSES),
    **_TRAINING,
}

QUALITY_METRICS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "kmeans": MappingProxyType(
            {
                **_measured("test", "loss", "msd", "ssd"),
                **_measured("train", "loss", "msd"),
                **_TRAINING,
            }
        ),
        "linear-learner": MappingProxyType(_LINEAR_LEARNER),
    }
)
"""The expressions by metric, by the name of the image's repository: k-means as of 2024, the linear learner of 2020."""
