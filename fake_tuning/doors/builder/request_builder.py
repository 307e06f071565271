"""The request that makes a job: what was said about it, and made-up values for the rest."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fake_tuning.domain.request.job_spec import METRIC_TYPES, STRATEGIES
from fake_tuning.domain.vocabulary.arns import Place
from fake_tuning.domain.vocabulary.ranges import Range, range_of, ranges_to_aws
from fake_tuning.domain.vocabulary.suggestions import choices

if TYPE_CHECKING:
    from fake_tuning.doors.faker_provider import TuningProvider

NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,31}")
"""The service model's pattern of tuning job names (a test compares them)."""

_LONGEST_NAME = 32


def checked_name(name: str | None, seed: int) -> str:
    """Return a tuning job's name, made up when it is None.

    Raises:
        TypeError: it is no text.
        ValueError: the service would refuse it.
    """
    if name is None:
        return _made_up(f"{seed}:name").tuning_job_name()
    if not isinstance(name, str):
        raise TypeError(f"a tuning job's name must be a text, but is {name!r}")
    if len(name) > _LONGEST_NAME:
        raise ValueError(
            f"a tuning job's name has at most {_LONGEST_NAME} characters, but {name!r} has {len(name)}"
        )
    if not NAME.fullmatch(name):
        raise ValueError(
            f"a tuning job's name has letters, digits and single hyphens inside, but is {name!r}: "
            f"it must match {NAME.pattern}"
        )
    return name


def _made_up(seed: str) -> TuningProvider:
    # The one arrow upwards: Faker is asked only for what the user left out, and imported only then.
    from fake_tuning.doors.faker_provider import private

    return private(seed)


@dataclass(frozen=True)
class RequestBuilder:
    """What was said about a CreateHyperParameterTuningJob request.

    Attributes:
        metric: the objective metric; None makes one up.
        maximize: whether more of it is better.
        ranges: what is tuned; empty makes something up.
        static: hyperparameters that every trial gets.
        max_trials: how many trials the job launches at most.
        parallel: how many run at a time.
        numbered: whether these two numbers were said, and not made up.
        strategy: how values are chosen.
        config: further members of HyperParameterTuningJobConfig.
        definition: further members of TrainingJobDefinition.
        tags: the tags of the request.
    """

    metric: str | None = None
    maximize: bool = True
    ranges: tuple[Range, ...] = ()
    static: Mapping[str, str] = field(default_factory=dict)
    max_trials: int = 10
    parallel: int = 2
    numbered: bool = False
    strategy: str = "Bayesian"
    config: Mapping[str, Any] = field(default_factory=dict)
    definition: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for what, count in (("trials", self.max_trials), ("parallel trials", self.parallel)):
            if isinstance(count, bool) or not isinstance(count, int) or count < 1:
                raise ValueError(f"the number of {what} must be a whole number from 1, but is {count!r}")
        for strategy in (self.strategy, self.config.get("Strategy", self.strategy)):
            if strategy not in STRATEGIES:
                raise ValueError(choices("strategy", strategy, STRATEGIES))
        kind = self.config.get("HyperParameterTuningJobObjective", {}).get("Type", "Maximize")
        if kind not in METRIC_TYPES:
            raise ValueError(choices("metric type", kind, METRIC_TYPES))
        if self.metric is not None and (not isinstance(self.metric, str) or not self.metric):
            raise ValueError(
                f"the objective metric must be named, such as 'validation:auc', but is {self.metric!r}"
            )
        for key, value in self.tags.items():
            if not isinstance(value, str):
                raise TypeError(f"the value of tag {key!r} must be a text, but is {value!r}")

    @staticmethod
    def read_ranges(written: Mapping[str, object]) -> tuple[Range, ...]:
        """Read ranges by name, as people write them (see ``range_of``)."""
        return tuple(range_of(name, each) for name, each in written.items())

    def request(self, name: str, seed: int, place: Place) -> dict[str, Any]:
        """Return the whole request; equal drafts, names, seeds and places give equal requests."""
        made_up = _made_up(f"{seed}:{name}")
        metric, direction = made_up.objective()
        ranges = ranges_to_aws(self.ranges) if self.ranges else made_up.hyperparameter_ranges()
        if self.metric is not None:
            metric, direction = self.metric, "Maximize" if self.maximize else "Minimize"
        request: dict[str, Any] = {
            "HyperParameterTuningJobName": name,
            "HyperParameterTuningJobConfig": {
                "Strategy": self.strategy,
                "HyperParameterTuningJobObjective": {"Type": direction, "MetricName": metric},
                "ResourceLimits": {
                    "MaxNumberOfTrainingJobs": self.max_trials,
                    "MaxParallelTrainingJobs": self.parallel,
                },
                "ParameterRanges": ranges,
                # Real jobs that were made without it cannot be attached to by AWS's own SDK, which sends it always.
                "TrainingJobEarlyStoppingType": "Off",
                **self.config,
            },
            "TrainingJobDefinition": self._definition(made_up, metric, place),
        }
        if self.tags:
            request["Tags"] = [{"Key": key, "Value": value} for key, value in self.tags.items()]
        return request

    def _definition(self, made_up: TuningProvider, metric: str, place: Place) -> dict[str, Any]:
        source = {
            "S3DataType": "S3Prefix",
            "S3Uri": made_up.s3_uri(),
            "S3DataDistributionType": "FullyReplicated",
        }
        return {
            "StaticHyperParameters": dict(self.static),
            "AlgorithmSpecification": {
                "TrainingImage": made_up.image_uri(region=place.region, account=place.account),
                "TrainingInputMode": "File",
                "MetricDefinitions": [{"Name": metric, "Regex": f"{re.escape(metric)}=(\\S+)"}],
            },
            "RoleArn": made_up.role_arn(account=place.account),
            "InputDataConfig": [{"ChannelName": "train", "DataSource": {"S3DataSource": source}}],
            "OutputDataConfig": {"S3OutputPath": made_up.s3_output_path()},
            "ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30},
            "StoppingCondition": {"MaxRuntimeInSeconds": 86_400},
            **self.definition,
        }
