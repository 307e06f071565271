"""The request that makes a job: what a test sets, and made-up values for the rest."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from fake_tuning.domain.request.job_spec import METRIC_TYPES, STRATEGIES
from fake_tuning.domain.vocabulary.arns import Place
from fake_tuning.domain.vocabulary.numbers import is_whole
from fake_tuning.domain.vocabulary.ranges import Range, range_of, ranges_to_aws
from fake_tuning.domain.vocabulary.suggestions import choices

if TYPE_CHECKING:
    from fake_tuning.doors.faker_provider import TuningProvider

NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,31}")
"""The service model's pattern of tuning job names (a test compares them)."""

_LONGEST_NAME = 32

LONGEST: Mapping[str, int] = MappingProxyType(
    {
        "the objective metric": 255,
        "the name of a hyperparameter": 256,
        "the value of a static hyperparameter": 2500,
        "the key of a tag": 128,
        "the value of a tag": 256,
    }
)
"""The service model's limits on lengths, in characters (a test compares them)."""

_REGION = re.compile(r"[a-z0-9-]+")
_ACCOUNT = re.compile(r"[0-9]{12}")


def checked_name(name: str | None, seed: int) -> str:
    """Return a tuning job's name, made up when it is None.

    Raises:
        TypeError: it is no text.
        ValueError: the service would refuse it.
    """
    if name is None:
        return _faker(f"{seed}:name").tuning_job_name()
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


def checked_place(region: str, account: str) -> Place:
    """Return a place.

    Raises:
        TypeError: the region or the account is no text.
        ValueError: no ARN could name it.
    """
    for what, text, pattern, example in (
        ("a region", region, _REGION, "'us-east-1'"),
        ("an account", account, _ACCOUNT, "'123456789012', of 12 digits"),
    ):
        if not isinstance(text, str):
            raise TypeError(f"{what} must be a text such as {example}, but is {text!r}")
        if not pattern.fullmatch(text):
            raise ValueError(f"{what} must be like {example}, but is {text!r}")
    return Place(region, account)


def checked_tags(tags: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return tags as pairs of a key and a value, in their order.

    Raises:
        TypeError: a value is no text.
        ValueError: a key or a value is longer than the service allows.
    """
    for key, value in tags.items():
        if not isinstance(value, str):
            raise TypeError(f"the value of tag {key!r} must be a text, but is {value!r}")
        _check_length("the key of a tag", key)
        _check_length("the value of a tag", value)
    return tuple(tags.items())


def checked_count(what: str, count: int) -> int:
    """Return a number of trials.

    Raises:
        ValueError: it is no whole number from 1.
    """
    if not is_whole(count) or count < 1:
        raise ValueError(f"the number of {what} must be a whole number from 1, but is {count!r}")
    return count


def checked_strategy(name: object) -> str:
    """Return the name of a strategy.

    Raises:
        ValueError: there is no such strategy.
    """
    if name not in STRATEGIES:
        raise ValueError(choices("strategy", name, STRATEGIES))
    return str(name)


def check_metric_type(objective: object) -> None:
    """Refuse a HyperParameterTuningJobObjective of an unknown type.

    Raises:
        ValueError: there is no such type.
    """
    kind = objective.get("Type", "Maximize") if isinstance(objective, Mapping) else "Maximize"
    if kind not in METRIC_TYPES:
        raise ValueError(choices("metric type", kind, METRIC_TYPES))


def checked_static(hyperparameters: Mapping[str, object]) -> dict[str, str]:
    """Return static hyperparameters as the service keeps them: as texts.

    Raises:
        ValueError: a name or a value is longer than the service allows.
    """
    static = {name: str(value) for name, value in hyperparameters.items()}
    for name, value in static.items():
        _check_length("the name of a hyperparameter", name)
        _check_length("the value of a static hyperparameter", value)
    return static


def checked_ranges(written: Mapping[str, object]) -> tuple[Range, ...]:
    """Read ranges by name, as people write them (see ``range_of``).

    Raises:
        TypeError, ValueError: one of them cannot be read, or its name is longer than the service allows.
    """
    for name in written:
        _check_length("the name of a hyperparameter", name)
    return tuple(range_of(name, each) for name, each in written.items())


def _check_length(what: str, text: str) -> None:
    if len(text) > LONGEST[what]:
        raise ValueError(
            f"{what} has at most {LONGEST[what]} characters, but {text[:20]!r}... has {len(text)}"
        )


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
        _check_length("the objective metric", self.metric)

    @property
    def objective(self) -> dict[str, str] | None:
        """The objective as AWS writes it, or None if the test sets no metric."""
        if self.metric is None:
            return None
        return {"Type": "Maximize" if self.maximize else "Minimize", "MetricName": self.metric}

    def over(self, default: Definition) -> Definition:
        """Return a default with everything replaced that is set here."""
        members = {**default.members}
        if self.static is not None:
            # A definition's own hyperparameters are added to those of all definitions.
            earlier = {} if self.name is None else members.get("StaticHyperParameters", {})
            members["StaticHyperParameters"] = {**earlier, **self.static}
        if self.metric is not None and default.objective.get("MetricName") != self.metric:
            members["AlgorithmSpecification"] = self._emitting(default)
        return Definition(
            name=self.name or default.name,
            objective=self.objective or default.objective,
            ranges=ranges_to_aws(self.ranges) if self.ranges else default.ranges,
            members={**members, **self.members},
        )

    def _emitting(self, default: Definition) -> Mapping[str, Any]:
        """Return a default's algorithm, with the metric in place of the default's, unless its metrics are its own."""
        specification: Mapping[str, Any] = default.members["AlgorithmSpecification"]
        if "MetricDefinitions" not in specification:
            return specification
        replaced = (self.metric, default.objective.get("MetricName"))
        kept = [each for each in specification["MetricDefinitions"] if each["Name"] not in replaced]
        return {**specification, "MetricDefinitions": [*kept, _metric_definition(str(self.metric))]}


def _metric_definition(metric: str) -> dict[str, str]:
    return {"Name": metric, "Regex": f"{re.escape(metric)}=(\\S+)"}


class Definition(NamedTuple):
    """A training job definition, whole: name, objective, ranges and further members as AWS writes them."""

    name: str | None
    objective: Mapping[str, Any]
    ranges: Mapping[str, Any]
    members: Mapping[str, Any]

    @classmethod
    def all_of(cls, request: Mapping[str, Any]) -> tuple[Definition, ...]:
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
        defaults = Definition.all_of(template) if template else (self._made_up(f"{seed}:{name}", place),)
        definitions = self._definitions(defaults)
        single = definitions[0].name is None
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

    def _definitions(self, defaults: Sequence[Definition]) -> list[Definition]:
        if not self.definitions:
            return [self.common.over(each) for each in defaults]
        named = {each.name: each for each in defaults}
        return [each.over(self.common.over(named.get(each.name, defaults[0]))) for each in self.definitions]

    def _config(self, limits: tuple[int, int], single: Definition | None) -> dict[str, Any]:
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

    def _made_up(self, seed: str, place: Place) -> Definition:
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
        return Definition(None, {"Type": direction, "MetricName": metric}, ranges, members)
