"""The request that makes a job: what a test sets, and made-up values for the rest."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from fake_tuning.domain.request.echo import RANGE_LISTS
from fake_tuning.domain.request.job_spec import OBJECTIVE_STATIC
from fake_tuning.domain.vocabulary.arns import Place
from fake_tuning.domain.vocabulary.ranges import Range, ranges_to_aws
from fake_tuning.doors.builder.argument_checks import check_length, check_number

if TYPE_CHECKING:
    from fake_tuning.doors.faker_provider import TuningProvider


def made_up_name(seed: int) -> str:
    """Return a tuning job's name that a seed determines."""
    return _faker(f"{seed}:name").tuning_job_name()


def _faker(seed: str) -> TuningProvider:
    # Faker is imported only when something was left out: a whole import takes tens of milliseconds.
    from fake_tuning.doors.faker_provider import private

    return private(seed)


@dataclass(frozen=True)
class DefinitionRequest:
    """What a test sets in a training job definition, or in all of them; None or empty where it sets nothing.

    Attributes:
        name: the DefinitionName; None: the definition of a job that has just one, without a name.
        metric: the objective metric.
        maximize: whether more of it is better.
        ranges: what is tuned.
        static: the hyperparameters that every trial gets.
        members: further members, by their AWS names.
    """

    name: str | None = None
    metric: str | None = None
    maximize: bool = True
    ranges: tuple[Range, ...] = ()
    static: Mapping[str, str] | None = None
    members: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.metric is None:
            return
        if not isinstance(self.metric, str) or not self.metric:
            raise ValueError(
                f"the objective metric must be named, such as 'validation:auc', but is {self.metric!r}"
            )
        check_length("the objective metric", self.metric)

    @property
    def objective(self) -> dict[str, str] | None:
        """The objective as AWS writes it, or None if the test sets no metric."""
        if self.metric is None:
            return None
        return {"Type": "Maximize" if self.maximize else "Minimize", "MetricName": self.metric}

    def over(self, default: NamedDefinition) -> NamedDefinition:
        """Return a default with everything replaced that is set here."""
        members = {**default.members}
        if self.static is not None:
            # A definition's own hyperparameters are added to those of all definitions.
            earlier = {} if self.name is None else members.get("StaticHyperParameters", {})
            members["StaticHyperParameters"] = {**earlier, **self.static}
        if self.metric is not None and default.objective.get("MetricName") != self.metric:
            members["AlgorithmSpecification"] = self._emitting(default)
        return NamedDefinition(
            name=self.name or default.name,
            objective=self.objective or default.objective,
            ranges=ranges_to_aws(self.ranges) if self.ranges else default.ranges,
            members={**members, **self.members},
        )

    def _emitting(self, default: NamedDefinition) -> Mapping[str, Any]:
        """Return a default's algorithm, with the metric in place of the default's, unless its metrics are its own."""
        specification: Mapping[str, Any] = default.members["AlgorithmSpecification"]
        if "MetricDefinitions" not in specification:
            return specification
        replaced = (self.metric, default.objective.get("MetricName"))
        kept = [each for each in specification["MetricDefinitions"] if each["Name"] not in replaced]
        return {**specification, "MetricDefinitions": [*kept, _metric_definition(str(self.metric))]}


def _metric_definition(metric: str) -> dict[str, str]:
    return {"Name": metric, "Regex": f"{re.escape(metric)}=(\\S+)"}


class NamedDefinition(NamedTuple):
    """A training job definition, whole: name, objective, ranges and further members as AWS writes them."""

    name: str | None
    objective: Mapping[str, Any]
    ranges: Mapping[str, Any]
    members: Mapping[str, Any]

    @classmethod
    def all_of(cls, request: Mapping[str, Any]) -> tuple[NamedDefinition, ...]:
        """Read the definitions of a request, in either of its two forms."""
        if "TrainingJobDefinitions" not in request:
            config = request["HyperParameterTuningJobConfig"]
            objective = config.get("HyperParameterTuningJobObjective", {})
            ranges = config.get("ParameterRanges", {})
            return (cls(None, objective, ranges, request["TrainingJobDefinition"]),)
        apart = ("DefinitionName", "TuningObjective", "HyperParameterRanges")
        return tuple(
            cls(
                each.get("DefinitionName"),
                each.get("TuningObjective", {}),
                each.get("HyperParameterRanges", {}),
                {member: value for member, value in each.items() if member not in apart},
            )
            for each in request["TrainingJobDefinitions"]
        )

    def to_aws(self) -> dict[str, Any]:
        """Return the definition as one of several."""
        return {
            "DefinitionName": self.name,
            "TuningObjective": self.objective,
            "HyperParameterRanges": self.ranges,
            **self.members,
        }


@dataclass(frozen=True)
class RequestBuilder:
    """What a test sets in a CreateHyperParameterTuningJob request.

    Attributes:
        common: what it sets in all training job definitions.
        definitions: what it sets in single ones, if there are several.
        max_trials: how many trials the job launches at most; None if it sets nothing.
        parallel: how many run at a time; None if it sets nothing.
        strategy: how values are chosen.
        config: further members of HyperParameterTuningJobConfig.
        tags: the tags of the request, as pairs of a key and a value.
    """

    common: DefinitionRequest = DefinitionRequest()
    definitions: tuple[DefinitionRequest, ...] = ()
    max_trials: int | None = None
    parallel: int | None = None
    strategy: str = "Bayesian"
    config: Mapping[str, Any] = field(default_factory=dict)
    tags: tuple[tuple[str, str], ...] = ()

    def defining(self, definition: DefinitionRequest) -> tuple[DefinitionRequest, ...]:
        """Return the definitions with one more, or with another one of its name."""
        others = {each.name: each for each in self.definitions}
        return tuple({**others, definition.name: definition}.values())

    def range_names(self) -> list[str]:
        """Return the names of the hyperparameters that it tunes, in any definition."""
        ranges = [each for definition in (self.common, *self.definitions) for each in definition.ranges]
        return list(dict.fromkeys(each.name for each in ranges))

    def request(
        self,
        name: str,
        seed: int,
        place: Place,
        limits: tuple[int, int],
        warm_start: Mapping[str, Any] | None = None,
        template: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return the whole request. Equal arguments give equal requests.

        Args:
            name: the tuning job's name.
            seed: decides all that is made up.
            place: where the job lives.
            limits: how many trials it launches at most, and how many run at a time.
            warm_start: the WarmStartConfig, or None.
            template: a request whose definitions are taken for whatever is not set here; None makes it up.
        """
        defaults = NamedDefinition.all_of(template) if template else (self._made_up(f"{seed}:{name}", place),)
        definitions = self._definitions(defaults)
        single = definitions[0].name is None
        self._check(definitions, single=single)
        request: dict[str, Any] = {
            "HyperParameterTuningJobName": name,
            "HyperParameterTuningJobConfig": self._config(limits, definitions[0] if single else None),
        }
        if single:
            request["TrainingJobDefinition"] = dict(definitions[0].members)
        else:
            request["TrainingJobDefinitions"] = [each.to_aws() for each in definitions]
        if warm_start is not None:
            request["WarmStartConfig"] = dict(warm_start)
        return {**request, **self.tag_list}

    @property
    def tag_list(self) -> dict[str, Any]:
        """The Tags of the request, or nothing where there are none."""
        return {"Tags": [{"Key": key, "Value": value} for key, value in self.tags]} if self.tags else {}

    def _definitions(self, defaults: Sequence[NamedDefinition]) -> list[NamedDefinition]:
        if not self.definitions:
            return [self.common.over(each) for each in defaults]
        check_number("training job definitions", "a job", len(self.definitions))
        named = {each.name: each for each in defaults}
        return [each.over(self.common.over(named.get(each.name, defaults[0]))) for each in self.definitions]

    def _check(self, definitions: Sequence[NamedDefinition], *, single: bool) -> None:
        """Refuse definitions that contradict each other, or have too much in them.

        Raises:
            ValueError: they do.
        """
        if not single and "DefinitionName" in self.common.members:
            raise ValueError(
                f"the definitions of this job have names of their own, and cannot all be named "
                f"{self.common.members['DefinitionName']!r}: leave out .defined(DefinitionName=...)"
            )
        for each in definitions:
            whose = "the definition" if each.name is None else f"the definition {each.name!r}"
            static = {*each.members.get("StaticHyperParameters", ())} - {OBJECTIVE_STATIC}
            check_number("static hyperparameters", whose, len(static))
        lists = [each.ranges.get(member, ()) for each in definitions for member in RANGE_LISTS]
        advice = "say .searching(...) with fewer, for each definition that has no ranges of its own"
        check_number("ranges", "a job with all its definitions", sum(map(len, lists)), advice)

    def _config(self, limits: tuple[int, int], single: NamedDefinition | None) -> dict[str, Any]:
        """Return the HyperParameterTuningJobConfig, with what is tuned in it where there is a single definition."""
        tuned = (
            {}
            if single is None
            else {
                "HyperParameterTuningJobObjective": dict(single.objective),
                "ParameterRanges": dict(single.ranges),
            }
        )
        return {
            "Strategy": self.strategy,
            "ResourceLimits": {"MaxNumberOfTrainingJobs": limits[0], "MaxParallelTrainingJobs": limits[1]},
            **tuned,
            # Real jobs that were made without it cannot be attached to by AWS's own SDK, which sends it always.
            "TrainingJobEarlyStoppingType": "Off",
            **self.config,
        }

    def _made_up(self, seed: str, place: Place) -> NamedDefinition:
        """Return a definition in which everything is made up that is not set for all definitions."""
        faker = _faker(seed)
        metric, direction = faker.objective()
        ranges = {} if self.common.ranges else faker.hyperparameter_ranges()
        source = {
            "S3DataType": "S3Prefix",
            "S3Uri": faker.s3_uri(),
            "S3DataDistributionType": "FullyReplicated",
        }
        image = faker.image_uri(region=place.region, account=place.account)
        members = {
            "StaticHyperParameters": {},
            "AlgorithmSpecification": {
                "TrainingImage": image,
                "TrainingInputMode": "File",
                "MetricDefinitions": [_metric_definition(metric)],
            },
            "RoleArn": faker.role_arn(account=place.account),
            "InputDataConfig": [{"ChannelName": "train", "DataSource": {"S3DataSource": source}}],
            "OutputDataConfig": {"S3OutputPath": faker.s3_output_path()},
            "ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30},
            "StoppingCondition": {"MaxRuntimeInSeconds": 86_400},
        }
        return NamedDefinition(None, {"Type": direction, "MetricName": metric}, ranges, members)
