"""Gives a captured tuning job another name, wherever its answer has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_BEST = ("BestTrainingJob", "OverallBestTrainingJob")


def renamed(response: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return a describe response with another name of its job: in the ARN and in the names of its trials, too.

    Args:
        response: what DescribeHyperParameterTuningJob answered, as ``captured`` returns it.
        name: the other name.
    """
    old = response.get("HyperParameterTuningJobName", "")
    answer = {**response, "HyperParameterTuningJobName": name}
    if "HyperParameterTuningJobArn" in response:
        begin, slash, _ = response["HyperParameterTuningJobArn"].partition("/")
        answer["HyperParameterTuningJobArn"] = f"{begin}{slash}{name}"
    for member in _BEST:
        if member in response:
            answer[member] = _trial_renamed(response[member], old, name)
    return answer


def _trial_renamed(trial: Mapping[str, Any], old: str, name: str) -> dict[str, Any]:
    if trial.get("TuningJobName", old) != old:
        # It is a trial of a parent.
        return dict(trial)
    answer = {**trial, "TrainingJobName": _begun(trial["TrainingJobName"], old, name)}
    if "TuningJobName" in trial:
        answer["TuningJobName"] = name
    if "TrainingJobArn" in trial:
        begin, slash, in_arn = trial["TrainingJobArn"].partition("/")
        answer["TrainingJobArn"] = f"{begin}{slash}{_begun(in_arn, old, name)}"
    return answer


def _begun(trial: str, old: str, name: str) -> str:
    """Return the name of a trial with another beginning, also if that is in lower case, as in ARNs until 2022."""
    for before, after in ((old, name), (old.lower(), name.lower())):
        if trial.startswith(f"{before}-"):
            return f"{after}{trial[len(before) :]}"
    return trial
