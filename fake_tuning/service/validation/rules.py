"""The rules across the members of a request, each with who has seen AWS refuse what breaks it.

A request is accepted unless one of these refuses it. A rule is *quoted* when people have shown that AWS refuses, with
its text or without (``error_texts`` says which), *documented* when AWS writes that it refuses or that the value must
not be, and *inferred* when it follows from what the service has to know, and no public request is known to break it. A
rule that a public request contradicts does not stand here. FIDELITY.md shows them all.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from fake_tuning.service import error_texts
from fake_tuning.service.errors import validation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fake_tuning.service.errors import ServiceError

Known: TypeAlias = Literal["quoted", "documented", "inferred"]

_API = "API reference"
_GUIDE = "developer guide"
_NOTEBOOKS = "error outputs in public notebooks"


class Rule(NamedTuple):
    """A rule across members.

    Attributes:
        refuses: what it refuses.
        known: how it is known that AWS does.
        source: who shows it or writes it; for an inferred rule, what it follows from.
        text: the text of the refusal, a template of ``error_texts``, which says whether it is AWS's own.
    """

    refuses: str
    known: Known
    source: str
    text: str

    def refusal(self, **words: object) -> ServiceError:
        """Return the error that answers a request that breaks this rule.

        Args:
            words: what goes into its text.
        """
        return validation(self.text.format(**words))


# The forms of a request.
DEFINITION_FORMS = Rule(
    "TrainingJobDefinition and TrainingJobDefinitions both, or neither",
    "inferred",
    "there is one place for ranges and objective with each of them",
    error_texts.DEFINITION_FORMS,
)
DEFINITION_NEEDS = Rule(
    "a definition in TrainingJobDefinitions without DefinitionName; without TuningObjective or HyperParameterRanges, "
    "unless Autotune is enabled",
    "inferred",
    "they have no other place",
    error_texts.DEFINITION_NEEDS,
)
NO_OBJECTIVE = Rule(
    "no HyperParameterTuningJobObjective beside TrainingJobDefinition, unless Autotune is enabled",
    "inferred",
    "nothing else says what is better",
    error_texts.NO_OBJECTIVE,
)
NO_RANGES = Rule(
    "no ranges beside TrainingJobDefinition, unless Autotune is enabled",
    "inferred",
    "there is nothing to search",
    error_texts.NO_RANGES,
)
SAME_DEFINITION_NAME = Rule(
    "two definitions of one name", "documented", _GUIDE, error_texts.SAME_DEFINITION_NAME
)
ALGORITHM_FORMS = Rule(
    "TrainingImage and AlgorithmName both, or neither", "documented", _API, error_texts.ALGORITHM_FORMS
)
RESOURCE_FORMS = Rule(
    "ResourceConfig and HyperParameterTuningResourceConfig both, or neither",
    "inferred",
    "the API reference calls the one a replacement of the other",
    error_texts.RESOURCE_FORMS,
)
INSTANCE_CONFIGS = Rule(
    "InstanceConfigs beside InstanceType, InstanceCount or VolumeSizeInGB",
    "documented",
    _API,
    error_texts.INSTANCE_CONFIGS,
)

# Algorithms and their metrics.
NO_METRIC = Rule(
    "an objective that is none of the MetricDefinitions of an algorithm that is not built in",
    "quoted",
    _NOTEBOOKS,
    error_texts.NO_METRIC,
)
BUILTIN_METRICS = Rule(
    "MetricDefinitions for the built-in XGBoost: Terraform's tests send them for k-means",
    "quoted",
    _NOTEBOOKS,
    error_texts.BUILTIN_METRICS,
)

BOUGHT_METRICS = Rule(
    "MetricDefinitions beside the AlgorithmName of another account, as those of the Marketplace are",
    "quoted",
    "an error output in a public notebook",
    error_texts.BOUGHT_METRICS,
)

# Ranges.
NOT_TUNABLE = Rule(
    "a range of a hyperparameter that is not declared tunable, with XGBoost and semantic segmentation: other "
    "algorithms were not seen to refuse any",
    "quoted",
    "of XGBoost sagemaker-xgboost-container 113 and sagemaker-python-sdk 2226, and what it can tune from the "
    "container's hyperparameter_validation.py; of semantic segmentation amazon-sagemaker-developer-guide 90, and what "
    "it can tune from the guide, which has weight_decay since",
    error_texts.NOT_TUNABLE,
)
RANGE_NUMBER = Rule(
    "a bound that is no number, or no whole number in an integer range",
    "inferred",
    "nothing can be drawn from such a range",
    error_texts.RANGE_NUMBER,
)
RANGE_ORDER = Rule(
    "a MinValue that is not less than MaxValue",
    "quoted",
    "amazon-sagemaker-feedback 195, of equal values",
    error_texts.RANGE_ORDER,
)
LOGARITHMIC_RANGE = Rule(
    "Logarithmic scaling from 0 or less", "documented", _API, error_texts.LOGARITHMIC_RANGE
)
REVERSE_LOGARITHMIC_RANGE = Rule(
    "ReverseLogarithmic scaling outside 0 <= x < 1",
    "documented",
    _API,
    error_texts.REVERSE_LOGARITHMIC_RANGE,
)
SAME_CATEGORY = Rule(
    "a categorical range with one value twice",
    "quoted",
    "amazon-sagemaker-feedback 195",
    error_texts.SAME_CATEGORY,
)
TUNED_TWICE = Rule(
    "two ranges of one name", "inferred", "a trial has one value for each name", error_texts.TUNED_TWICE
)
TUNED_AND_STATIC = Rule(
    "a hyperparameter both tuned and static",
    "inferred",
    "a trial has one value for each name",
    error_texts.TUNED_AND_STATIC,
)
TOO_MANY_RANGES = Rule("more than 30 ranges in all", "documented", _API, error_texts.TOO_MANY_RANGES)
TOO_MANY_STATICS = Rule(
    "more than 100 static hyperparameters, with the one that the service adds",
    "documented",
    _GUIDE,
    error_texts.TOO_MANY_STATICS,
)
TOO_MANY_VARIABLES = Rule(
    "more than 48 environment variables in all definitions",
    "documented",
    _API,
    error_texts.TOO_MANY_VARIABLES,
)
TOO_FEW_COMBINATIONS = Rule(
    "fewer combinations than MaxNumberOfTrainingJobs",
    "quoted",
    "amazon-sagemaker-operator-for-k8s 123, syne-tune 415",
    error_texts.TOO_FEW_COMBINATIONS,
)

# Strategies.
GRID_RANGES = Rule("a range that is not categorical with Grid", "documented", _GUIDE, error_texts.GRID_RANGES)
GRID_COUNT = Rule(
    "a MaxNumberOfTrainingJobs that is not the number of combinations with Grid",
    "documented",
    _GUIDE,
    error_texts.GRID_COUNT,
)
HYPERBAND_EARLY_STOPPING = Rule(
    "TrainingJobEarlyStoppingType Auto with Hyperband",
    "documented",
    _API,
    error_texts.HYPERBAND_EARLY_STOPPING,
)
HYPERBAND_MOST = Rule(
    "a MaxResource of more than 20,000 with Hyperband", "documented", _API, error_texts.HYPERBAND_MOST
)
NO_MAX_RESOURCE = Rule(
    "Hyperband without a MaxResource, and nothing to infer it from",
    "quoted",
    "graphstorm 1243",
    error_texts.NO_MAX_RESOURCE,
)

# Resources and times.
PREFERENCES_ALONE = Rule(
    "InstancePreferences beside InstanceType, InstanceGroups, InstancePlacementConfig, managed spot training or, with "
    "plans of their own, TrainingPlanArn",
    "documented",
    _API,
    error_texts.PREFERENCES_ALONE,
)
PREFERENCE_TWICE = Rule(
    "one instance type twice in InstancePreferences", "documented", _API, error_texts.PREFERENCE_TWICE
)
PREFERENCE_COUNTS = Rule(
    "InstanceCount neither in each of InstancePreferences nor beside them, or in both places",
    "documented",
    _API,
    error_texts.PREFERENCE_COUNTS,
)
AUGMENTED_MANIFEST = Rule(
    "an AugmentedManifestFile in a channel in File mode", "documented", _API, error_texts.AUGMENTED_MANIFEST
)
WAIT_WITHOUT_SPOT = Rule(
    "MaxWaitTimeInSeconds without managed spot training", "quoted", _NOTEBOOKS, error_texts.WAIT_WITHOUT_SPOT
)
SHORT_WAIT = Rule(
    "a MaxWaitTimeInSeconds that is less than MaxRuntimeInSeconds", "documented", _API, error_texts.SHORT_WAIT
)

# Warm starts.
NAMELESS_PARENT = Rule(
    "a parent without a name", "inferred", "nothing else says which job it is", error_texts.NAMELESS_PARENT
)
UNKNOWN_PARENT = Rule(
    "a parent that does not exist", "inferred", "there is nothing to start from", error_texts.UNKNOWN_PARENT
)
RUNNING_PARENT = Rule(
    "a parent that has not ended",
    "quoted",
    "the tests of sagemaker-python-sdk, which expect it",
    error_texts.RUNNING_PARENT,
)
WARM_START_OBJECTIVE = Rule(
    "another objective than a parent's", "documented", _API, error_texts.WARM_START_OBJECTIVE
)
WARM_START_NAMES = Rule(
    "other names of hyperparameters, tuned and static together, than a parent's",
    "quoted",
    "sagemaker-python-sdk 861",
    error_texts.WARM_START_NAMES,
)
WARM_START_FIELDS = Rule(
    "a definition that differs from a parent's in a member that may not change",
    "quoted",
    "sagemaker-python-sdk 3693",
    error_texts.WARM_START_FIELDS,
)
WARM_START_ALGORITHM = Rule(
    "another algorithm than a parent's with IdenticalDataAndAlgorithm; another tag of its image is accepted",
    "documented",
    _API,
    error_texts.WARM_START_ALGORITHM,
)

# Tags.
RESERVED_TAG = Rule(
    "a tag whose key begins with aws:", "documented", "AWS's guide to tagging", error_texts.RESERVED_TAG
)
SAME_TAG = Rule("two tags of one key", "documented", _API, error_texts.SAME_TAG)

RULES: Mapping[str, Rule] = MappingProxyType(
    {name: rule for name, rule in globals().items() if isinstance(rule, Rule)}
)
"""All rules, by name."""
