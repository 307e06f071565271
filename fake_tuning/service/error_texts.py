"""Every text with which the service refuses a request.

Those in ``QUOTED`` are AWS's own, to the letter, from recordings and from errors that people quoted. Those in
``INVENTED`` are ours, because nobody has recorded AWS's. Code under test should match on the error code, or on
the substrings that AWS's clients match on: the invented texts contain them.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def _texts_so_far() -> dict[str, str]:
    return {name: text for name, text in globals().items() if name.isupper() and isinstance(text, str)}


# Quoted.
UNKNOWN_TUNING_JOB = "Amazon SageMaker can't find a tuning job called {name}. Type another name."
UNKNOWN_TRAINING_JOB = "Requested resource not found."
TUNING_JOB_EXISTS = (
    "A hyperparameter tuning job with the name, {name}, already exists. Choose a different name."
)
TRAINING_JOB_OVER = "The request was rejected because the training job is in status {status}."
TRAINING_JOB_EXISTS = (
    "Training job names must be unique within an AWS account and region, "
    "and a training job with this name already exists ({arn})"
)
UNKNOWN_RESOURCE = "Resource does not exist."
NO_METRIC = (
    "A metric is required for this hyperparameter tuning job objective. "
    "Provide a metric in the metric definitions."
)
BUILTIN_METRICS = (
    "You can't override the metric definitions for Amazon SageMaker algorithms. "
    "Please retry the request without specifying metric definitions."
)
TOO_FEW_COMBINATIONS = (
    "You don't have enough combinations of hyperparameter ranges. "
    "The total number of hyperparameter combinations for the provided ranges [{count}] must be equal or "
    "greater than the value of MaxNumberOfJobs, [{most}]. Provide additional ranges."
)
NO_MAX_RESOURCE = (
    "MaxResource parameter is not provided and could not be inferred from provided static hyperparameters of "
    "TrainingJobDefinition."
)
WAIT_WITHOUT_SPOT = (
    "Invalid MaxWaitTimeInSeconds. It is only supported when EnableManagedSpotTraining is set to true"
)
WARM_START_NAMES = (
    "The set of tunable plus static HyperParameter names is not the same across current and parent tuning "
    "jobs. Please ensure this set is constant when warm starting. "
    "Note that previously static HyperParameters can be tuned in warm start jobs and vice versa."
)
WARM_START_FIELDS = (
    "Only the following fields in TrainingJobDefinition are allowed to change: [algorithmSpecification, "
    "inputDataConfig, outputDataConfig, staticHyperParameters, roleArn, resourceConfig, stoppingCondition, "
    "vpcConfig, enableManagedSpotTraining, checkpointConfig]."
)
SEARCH_CONTAINS = "'CONTAINS' operator usage limit of 1 exceeded."
QUOTA = (
    "The account-level service limit '{quota}' is {limit} {unit}, with current utilization of {used} {unit} "
    "and a request delta of {delta} {unit}. "
    "Please use AWS Service Quotas to request an increase for this quota. "
    "If AWS Service Quotas is not available, contact AWS support to request an increase for this quota."
)

# Quoted: a request that the service model does not allow.
ONE_VALIDATION_ERROR = "1 validation error detected: {clauses}"
VALIDATION_ERRORS = "{count} validation errors detected: {clauses}"
BROKEN = "Value '{value}' at '{path}' failed to satisfy constraint: {constraint}"
BROKEN_UNSHOWN = "Value at '{path}' failed to satisfy constraint: {constraint}"
AT_MOST = "Member must have {noun} less than or equal to {bound}"
AT_LEAST = "Member must have {noun} greater than or equal to {bound}"
ENUM = "Member must satisfy enum value set: [{values}]"
PATTERN = "Member must satisfy regular expression pattern: {pattern}"
MAP_VALUE = "Map value must satisfy constraint: [{constraints}]"
# Quoted from other services of AWS.
MAP_KEYS = "Map keys must satisfy constraint: [{constraints}]"
BROKEN_NULL = "Value null at '{path}' failed to satisfy constraint: {constraint}"
NOT_NULL = "Member must not be null"

QUOTED: Mapping[str, str] = MappingProxyType(_texts_so_far())
"""AWS's own texts, by name."""

# Invented. Clients match on "already" and "non-running", and on "not in a terminal state".
TUNING_JOB_OVER = (
    "The request was rejected because the hyperparameter tuning job is already in status {status}: "
    "a non-running job cannot be stopped."
)
TUNING_JOB_RUNS = (
    "The hyperparameter tuning job {name} cannot be deleted because it is not in a terminal state: "
    "its status is {status}."
)
TRAINING_JOB_RUNS = (
    "The training job {name} cannot be deleted because it is not in a terminal state: its status is {status}."
)
TRAINING_JOB_POOLED = (
    "The training job {name} cannot be deleted because it retains an Available managed warm pool. "
    "Set its KeepAlivePeriodInSeconds to 0, or wait until the period expires."
)
TRIAL_POOLED = (
    "The training job {name} cannot be deleted because it retains an Available managed warm pool. "
    "Its hyperparameter tuning job releases it when it ends."
)
PROFILER_UPDATE = (
    "The profiler configuration of training job {name} can be updated while its status is InProgress only, "
    "but its status is {because}."
)
REMOTE_DEBUG_UPDATE = (
    "The remote debugging configuration of training job {name} can be updated while its secondary status is "
    "Downloading or Training only, but its secondary status is {because}."
)
WARM_POOL_UPDATE = (
    "The KeepAlivePeriodInSeconds of training job {name} cannot be updated because it has no warm pool "
    "of its own."
)
SAME_RULE = "The names of profiler rule configurations must be unique, but {because} is used more than once."
BAD_TOKEN = "Invalid pagination token {token!r}."
TOO_MANY_TAGS = "The number of tags on the resource would be {count}, but it can have at most 50."

DEFINITION_FORMS = (
    "Provide either TrainingJobDefinition or TrainingJobDefinitions, and not both: the request has {which}."
)
DEFINITION_NEEDS = "Provide {member} in training job definition {name}."
NO_OBJECTIVE = "Provide HyperParameterTuningJobObjective in HyperParameterTuningJobConfig."
NO_RANGES = "Provide ParameterRanges in HyperParameterTuningJobConfig, or enable Autotune."
SAME_DEFINITION_NAME = (
    "The names of training job definitions must be unique, but {name} is used more than once."
)
ALGORITHM_FORMS = (
    "Provide either TrainingImage or AlgorithmName in AlgorithmSpecification, and not both: "
    "the request has {which}."
)
RESOURCE_FORMS = (
    "Provide either ResourceConfig or HyperParameterTuningResourceConfig, and not both: "
    "the request has {which}."
)
INSTANCE_CONFIGS = (
    "Provide either InstanceConfigs or {member} in HyperParameterTuningResourceConfig, and not both."
)
PREFERENCES_ALONE = "InstancePreferences cannot be combined with {member}."
PREFERENCE_TWICE = (
    "An instance type can appear once in InstancePreferences, but {type} is used more than once."
)
PREFERENCE_COUNTS = (
    "Provide InstanceCount either in each of InstancePreferences or in ResourceConfig, and not in both."
)
AUGMENTED_MANIFEST = (
    "AugmentedManifestFile is supported in Pipe mode only, but channel {name} is in File mode."
)
# People have shown that this is refused, and not with which text.
BOUGHT_METRICS = (
    "You can't override the metric definitions for AWS Marketplace algorithms. "
    "Please retry the request without specifying metric definitions."
)
# Its first two words are quoted.
NOT_TUNABLE = "The hyperparameter {name} cannot be tuned with {image}. Choose from [{tunable}]."
RANGE_NUMBER = "The {bound} of hyperparameter range {name} must be {kind}, but is {value}."
RANGE_ORDER = "The MinValue of hyperparameter range {name}, {low}, must be less than its MaxValue, {high}."
LOGARITHMIC_RANGE = "Logarithmic scaling needs a MinValue greater than 0, but that of range {name} is {low}."
REVERSE_LOGARITHMIC_RANGE = (
    "ReverseLogarithmic scaling needs values from 0 to less than 1, but range {name} is from {low} to {high}."
)
TUNED_TWICE = "The names of hyperparameter ranges must be unique, but {name} is used more than once."
TUNED_AND_STATIC = "Hyperparameter {name} cannot be both tuned and static."
SAME_CATEGORY = (
    "The values of categorical hyperparameter range {name} must be unique, "
    "but {value} is used more than once."
)
TOO_MANY_RANGES = "A tuning job can search at most {most} hyperparameters, but {count} ranges were provided."
TOO_MANY_STATICS = (
    "A definition can have at most {most} static hyperparameters, "
    "but has {count} with the {added} that is added."
)
TOO_MANY_VARIABLES = (
    "A tuning job can have at most {most} environment variables in all its definitions, but has {count}."
)
GRID_RANGES = "Grid search supports categorical hyperparameter ranges only, but {name} is not categorical."
GRID_COUNT = (
    "With Grid search MaxNumberOfTrainingJobs must be the number of combinations, {count}, or be left out, "
    "but is {most}."
)
HYPERBAND_EARLY_STOPPING = "TrainingJobEarlyStoppingType must be Off with the Hyperband strategy."
HYPERBAND_MOST = "MaxResource can be at most {most}, but is {given}."
SHORT_WAIT = (
    "Invalid MaxWaitTimeInSeconds. It must be equal to or greater than MaxRuntimeInSeconds, {runtime}, "
    "but is {wait}."
)
NAMELESS_PARENT = "Provide HyperParameterTuningJobName in each of ParentHyperParameterTuningJobs."
UNKNOWN_PARENT = "The parent hyperparameter tuning job {name} does not exist."
RUNNING_PARENT = (
    "The parent hyperparameter tuning job {name} must have ended before it is used for a warm start, "
    "but its status is {status}."
)
WARM_START_OBJECTIVE = (
    "The objective must be the same across current and parent tuning jobs, "
    "but is {here} here and {there} in {name}."
)
WARM_START_ALGORITHM = (
    "With IdenticalDataAndAlgorithm the training algorithm must be that of the parent tuning job {name}."
)
RESERVED_TAG = "Tag keys that begin with aws: are reserved, but the request has {key}."
SAME_TAG = "The keys of tags must be unique, but {key} is used more than once."

# Invented: Search.
SEARCH_RESOURCE = (
    "This fake searches HyperParameterTuningJob and TrainingJob only, "
    "but the Resource of the request is {resource}."
)
SEARCH_NOTHING_ASKED = (
    "Provide at least one of Filters, NestedFilters and SubExpressions in a SearchExpression."
)
SEARCH_TOO_MANY = "A SearchExpression can have at most {most} {what}, but the request has {count}."
SEARCH_UNKNOWN_PROPERTY = "{name} is not a valid property of {resource}{hint}"
SEARCH_NOT_NESTED = "The NestedPropertyName {name} must be the name of a property that is a list of objects."
SEARCH_OUTSIDE_NESTED = (
    "The names of the filters on {name} must begin with {name}., but the request has {filter}."
)
SEARCH_SORT = "Results cannot be sorted by {name}, because it is {kind}."
SEARCH_OPERATOR = "Operator {operator} is not supported for {name}, because it is {kind}."
SEARCH_NO_VALUE = "Provide a Value for the filter on {name}: operator {operator} needs one."
SEARCH_VALUE = "The Value of the filter on {name} must be {wanted}, but is {value}."
SEARCH_VISIBILITY = "The Key of a visibility condition must have the form Tags.<key>, but is {key}."

# Invented: a request that the service model does not allow.
UNION = "Member must have exactly one of [{members}] set"
UNREADABLE = "Cannot read the value at '{path}': expected {wanted}, found {found} ({type})"

INVENTED: Mapping[str, str] = MappingProxyType(
    {name: text for name, text in _texts_so_far().items() if name not in QUOTED}
)
"""Our own texts, by name."""

TEXTS: Mapping[str, str] = MappingProxyType({**QUOTED, **INVENTED})
"""All texts, by name."""
