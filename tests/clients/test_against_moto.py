"""The same calls to moto and to us: every difference is listed here, with who is right and why.

moto has four of the tuning operations, and the operations on tags. A difference that is not listed fails, and so does
a listed one that is gone: then moto has changed, or we have.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from fake_tuning import FakeTuningService, VirtualClock
from support.requests import definition, request, request_of_several

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

pytestmark = pytest.mark.slow

Step: TypeAlias = tuple[str, Mapping[str, Any]]

ARN = "arn:aws:sagemaker:us-east-1:123456789012:hyper-parameter-tuning-job"
WAIT: Step = ("wait", {})
"""A day goes by for us. For moto nothing ever happens."""

CREATE = "create_hyper_parameter_tuning_job"
DESCRIBE = "describe_hyper_parameter_tuning_job"
DELETE = "delete_hyper_parameter_tuning_job"
LIST = "list_hyper_parameter_tuning_jobs"
XGB = {"HyperParameterTuningJobName": "xgb"}
NOBODY = {"HyperParameterTuningJobName": "nobody"}
TAG = [{"Key": "team", "Value": "churn"}]
PAST = datetime(2000, 1, 1, tzinfo=timezone.utc)
FUTURE = datetime(2100, 1, 1, tzinfo=timezone.utc)


WARM_START = {"ParentHyperParameterTuningJobs": [NOBODY], "WarmStartType": "IdenticalDataAndAlgorithm"}


def tuned(**config: Any) -> dict[str, Any]:
    """A request whose HyperParameterTuningJobConfig has these members too."""
    asked = request("xgb")
    return asked | {"HyperParameterTuningJobConfig": {**asked["HyperParameterTuningJobConfig"], **config}}


def ranged(low: str, high: str) -> dict[str, Any]:
    return tuned(
        ParameterRanges={"ContinuousParameterRanges": [{"Name": "eta", "MinValue": low, "MaxValue": high}]}
    )


def unmeasured() -> dict[str, Any]:
    specification = {
        **definition()["AlgorithmSpecification"],
        "MetricDefinitions": [{"Name": "f1", "Regex": "f1"}],
    }
    return request("xgb", TrainingJobDefinition=definition(AlgorithmSpecification=specification))


CASES: dict[str, Sequence[Step]] = {
    "created": [(CREATE, request("xgb")), (DESCRIBE, XGB), (LIST, {})],
    "a day later": [
        (CREATE, request("xgb")),
        WAIT,
        (DESCRIBE, XGB),
        (DELETE, XGB),
        WAIT,
        (DESCRIBE, XGB),
        (LIST, {}),
    ],
    "several definitions": [
        (CREATE, request_of_several("xgb", definition(DefinitionName="a"), definition(DefinitionName="b"))),
        (DESCRIBE, XGB),
    ],
    "unknown": [(DESCRIBE, NOBODY), (DELETE, NOBODY), (LIST, {})],
    "created twice": [(CREATE, request("xgb")), (CREATE, request("xgb"))],
    "created in capitals": [(CREATE, request("xgb")), (CREATE, request("XGB"))],
    "described in capitals": [
        (CREATE, request("xgb")),
        (DESCRIBE, {"HyperParameterTuningJobName": "XGB"}),
    ],
    "deleted at once": [(CREATE, request("xgb")), (DELETE, XGB)],
    "listed": [
        (CREATE, request("c-aa")),
        WAIT,
        (CREATE, request("a-bb")),
        WAIT,
        (CREATE, request("b-aa")),
        WAIT,
        (LIST, {}),
        (LIST, {"SortBy": "Name"}),
        (LIST, {"SortBy": "Name", "SortOrder": "Descending"}),
        (LIST, {"SortBy": "CreationTime"}),
        (LIST, {"SortBy": "CreationTime", "SortOrder": "Descending"}),
        (LIST, {"SortBy": "Name", "NameContains": "aa"}),
        (LIST, {"NameContains": "AA"}),
        (LIST, {"SortBy": "Name", "StatusEquals": "Completed"}),
        (LIST, {"StatusEquals": "InProgress"}),
        (LIST, {"SortBy": "Name", "CreationTimeAfter": PAST}),
        (LIST, {"SortBy": "Name", "CreationTimeBefore": FUTURE}),
        (LIST, {"SortBy": "Name", "LastModifiedTimeAfter": FUTURE}),
        (LIST, {"SortBy": "Name", "MaxResults": 2}),
        (LIST, {"SortBy": "Name", "MaxResults": 2, "NextToken": "of the page before"}),
        (LIST, {"NextToken": "nobody-gave-it"}),
        (LIST, {"MaxResults": 101}),
    ],
    "many": [*[(CREATE, request(f"job-{number:02}")) for number in range(11)], (LIST, {"SortBy": "Name"})],
    "listed in capitals": [(CREATE, request("XgB")), (LIST, {})],
    "tags": [
        (CREATE, request("xgb", Tags=TAG)),
        ("list_tags", {"ResourceArn": f"{ARN}/xgb"}),
        ("add_tags", {"ResourceArn": f"{ARN}/xgb", "Tags": [{"Key": "env", "Value": "dev"}]}),
        ("delete_tags", {"ResourceArn": f"{ARN}/xgb", "TagKeys": ["env", "never-there"]}),
        ("list_tags", {"ResourceArn": f"{ARN}/xgb"}),
        ("add_tags", {"ResourceArn": f"{ARN}/xgb", "Tags": [{"Key": "team", "Value": "fraud"}]}),
        ("list_tags", {"ResourceArn": f"{ARN}/xgb"}),
        ("list_tags", {"ResourceArn": f"{ARN}/nobody"}),
        ("add_tags", {"ResourceArn": f"{ARN}/xgb", "Tags": [{"Key": "aws:team", "Value": "churn"}]}),
    ],
    "no tags": [(CREATE, request("xgb")), ("list_tags", {"ResourceArn": f"{ARN}/xgb"})],
    "refused: a long name": [(CREATE, request("x" * 33))],
    "refused: a strategy that there is not": [(CREATE, tuned(Strategy="Bayesain"))],
    "refused: a range that falls": [(CREATE, ranged("0.5", "0.1"))],
    "refused: no metric": [(CREATE, unmeasured())],
    "refused: grid": [(CREATE, tuned(Strategy="Grid"))],
    "refused: Hyperband": [(CREATE, tuned(Strategy="Hyperband"))],
    "refused: both forms": [
        (CREATE, {**request("xgb"), "TrainingJobDefinitions": [definition(DefinitionName="a")]})
    ],
    "refused: no parent": [(CREATE, request("xgb", WarmStartConfig=WARM_START))],
    "what moto lacks": [
        (CREATE, request("xgb")),
        ("list_training_jobs_for_hyper_parameter_tuning_job", XGB),
        ("stop_hyper_parameter_tuning_job", XGB),
    ],
}


# The two worlds.


@contextmanager
def moto(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, Callable[[], None]]]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "moto")
    with mock_aws():
        yield boto3.client("sagemaker", region_name="us-east-1"), lambda: None


@contextmanager
def ours() -> Iterator[tuple[Any, Callable[[], None]]]:
    with VirtualClock() as clock, FakeTuningService(clock=clock):
        yield boto3.client("sagemaker", region_name="us-east-1"), lambda: clock.advance(timedelta(days=1))


def outcomes(client: Any, wait: Callable[[], None], steps: Sequence[Step]) -> list[dict[str, Any]]:
    """What each step leads to."""
    found: list[dict[str, Any]] = []
    token = ""
    for operation, params in steps:
        if operation == "wait":
            wait()
            found.append({})
            continue
        before = {"NextToken": token} if params.get("NextToken") == "of the page before" else {}
        found.append(outcome(client, operation, {**params, **before}))
        token = found[-1].get("NextToken", token)
    return found


def outcome(client: Any, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = getattr(client, operation)(**params)
    except ClientError as refusal:
        return {"Error": (refusal.response["Error"]["Code"], refusal.response["Error"]["Message"])}
    except Exception as crash:  # whatever moto itself raises is what the caller gets
        return {"Crash": type(crash).__name__}
    del answer["ResponseMetadata"]
    return answer


class Difference(NamedTuple):
    """A difference that is known.

    Attributes:
        case: in which case it shows; empty: in whichever.
        operation: which operation's answers differ.
        member: the end of the path of the member that differs; empty: one answers and the other does not.
        moto: what moto has there.
        ours: what we have there.
        right: who is right.
        why: what is known of the real service, and how: observed, documented, quoted, inferred.
    """

    case: str
    operation: str
    member: str
    moto: Any
    ours: Any
    right: str
    why: str


ABSENT = "absent"
BEST = (
    "CreationTime FinalHyperParameterTuningJobObjectiveMetric ObjectiveStatus TrainingEndTime TrainingJobArn \
TrainingJobName TrainingJobStatus TrainingStartTime TunedHyperParameters"
)
EVERY_MEMBER = " ".join(
    sorted([*BEST.split(), "FailureReason", "TrainingJobDefinitionName", "TuningJobName"])
)
US, UNKNOWN = "we are right", "nobody knows"
LIVES = "observed (c7n, dsoaws): a job is InProgress at first, and everything else follows from that"
ECHO = "observed in every recording since 2020: the service fills it in"
CRASH = "no call crashes the real client"
ENUM = "[Hyperband, Random, Grid, Bayesian]"

KNOWN = (
    # What the service adds to a request.
    Difference("", DESCRIBE, "ContinuousParameterRanges[].ScalingType", ABSENT, "Auto", US, ECHO),
    Difference("", DESCRIBE, "Ranges.IntegerParameterRanges", ABSENT, [], US, ECHO),
    Difference("", DESCRIBE, "Ranges.CategoricalParameterRanges", ABSENT, [], US, ECHO),
    Difference("", DESCRIBE, "StaticHyperParameters._tuning_objective_metric", ABSENT, "auc", US, ECHO),
    Difference("", DESCRIBE, "MetricDefinitions", ["auc"], ["auc", "ObjectiveMetric"], US, ECHO),
    Difference("", DESCRIBE, ".EnableNetworkIsolation", ABSENT, False, US, ECHO),
    Difference("", DESCRIBE, ".EnableInterContainerTrafficEncryption", ABSENT, False, US, ECHO),
    Difference("", DESCRIBE, ".EnableManagedSpotTraining", ABSENT, False, US, ECHO),
    # What becomes of a job.
    Difference("", DESCRIBE, "HyperParameterTuningJobStatus", "Completed", "InProgress", US, LIVES),
    Difference("", DESCRIBE, "HyperParameterTuningEndTime", "a time", ABSENT, US, LIVES),
    Difference("", DESCRIBE, "TrainingJobStatusCounters.Completed", 1, 0, US, LIVES),
    Difference("", DESCRIBE, "ObjectiveStatusCounters.Succeeded", 1, 0, US, LIVES),
    Difference("", DESCRIBE, "BestTrainingJob", EVERY_MEMBER, ABSENT, US, LIVES),
    Difference("", DESCRIBE, "NumberOfTrainingJobsObjectiveNotImproving", 123, 0, US, LIVES),
    Difference("", DESCRIBE, "ConsumedResources.RuntimeInSeconds", 123, 0, US, LIVES),
    Difference("", LIST, "[].HyperParameterTuningJobStatus", "Completed", "InProgress", US, LIVES),
    Difference("", LIST, "[].HyperParameterTuningEndTime", "a time", ABSENT, US, LIVES),
    Difference("", LIST, "[].TrainingJobStatusCounters.Completed", 1, 0, US, LIVES),
    Difference("", LIST, "[].ObjectiveStatusCounters.Succeeded", 1, 0, US, LIVES),
    Difference(
        "", DESCRIBE, "OverallBestTrainingJob", EVERY_MEMBER, ABSENT, US,
        "documented: only of a job that was warm-started with IdenticalDataAndAlgorithm",
    ),
    Difference("", DESCRIBE, "FailureReason", "", ABSENT, US, "observed: only of a failed job, and never empty"),
    Difference(
        "", DESCRIBE, "ConvergenceDetectedTime", "a time", ABSENT, US, "documented: only once convergence was detected"
    ),
    # A job that has completed.
    Difference("a day later", DESCRIBE, "TrainingJobStatusCounters.Completed", 1, 4, US, "as many as it launched"),
    Difference("a day later", DESCRIBE, "ObjectiveStatusCounters.Succeeded", 1, 4, US, "as many as it launched"),
    Difference("listed", LIST, "[].TrainingJobStatusCounters.Completed", 1, 4, US, "as many as it launched"),
    Difference("listed", LIST, "[].ObjectiveStatusCounters.Succeeded", 1, 4, US, "as many as it launched"),
    Difference(
        "a day later", DESCRIBE, "BestTrainingJob", EVERY_MEMBER, BEST, US,
        "observed (8 samples of 2019 to 2024): always just these members",
    ),
    Difference(
        "a day later", DESCRIBE, "NumberOfTrainingJobsObjectiveNotImproving", 123, 1, US,
        "documented: the trials in a row that did not improve on the best one, of four at most",
    ),
    Difference(
        "a day later", DESCRIBE, "ConsumedResources.RuntimeInSeconds", 123, 230, US,
        "observed (c7n): the seconds from its creation on, which here were decided by the seed",
    ),
    # Refusals of both.
    Difference(
        "a day later", DESCRIBE, "Error", ("ResourceNotFound", "Could not find hyper parameter tuning job 'xgb'."),
        ("ResourceNotFound", "Amazon SageMaker can't find a tuning job called xgb. Type another name."), US,
        "quoted (aws/amazon-sagemaker-examples issue 1540)",
    ),
    Difference(
        "described in capitals", DESCRIBE, "Error",
        ("ResourceNotFound", "Could not find hyper parameter tuning job 'XGB'."),
        ("ResourceNotFound", "Amazon SageMaker can't find a tuning job called XGB. Type another name."), US,
        "quoted (aws/amazon-sagemaker-examples issue 1540); that jobs are read by the case of their name is inferred",
    ),
    Difference(
        "unknown", DESCRIBE, "Error", ("ResourceNotFound", "Could not find hyper parameter tuning job 'nobody'."),
        ("ResourceNotFound", "Amazon SageMaker can't find a tuning job called nobody. Type another name."), US,
        "quoted (aws/amazon-sagemaker-examples issue 1540)",
    ),
    Difference(
        "unknown", DELETE, "Error", ("ResourceNotFound", "Could not find hyper parameter tuning job 'nobody'."),
        ("ResourceNotFound", "Amazon SageMaker can't find a tuning job called nobody. Type another name."), UNKNOWN,
        "inferred: the text is quoted of describe and stop, and this operation models no errors",
    ),
    Difference(
        "created twice", CREATE, "Error",
        (
            "ResourceInUse",
            "Resource Already Exists: Hyper Parameter Tuning Job with name xgb already exists. "
            "Choose a different name.",
        ),
        ("ResourceInUse", "A hyperparameter tuning job with the name, xgb, already exists. Choose a different name."),
        US, "quoted (aws/amazon-sagemaker-examples issue 2440)",
    ),
    Difference(
        "listed", LIST, "Error", ("InvalidToken", "Invalid Token: Invalid token"),
        ("ValidationException", "Invalid pagination token 'nobody-gave-it'."), UNKNOWN,
        "inferred: bad input is a ValidationException everywhere else; neither text was seen",
    ),
    # Refusals of ours alone.
    Difference(
        "created in capitals", CREATE, "", "HyperParameterTuningJobArn",
        ("ResourceInUse", "A hyperparameter tuning job with the name, XGB, already exists. Choose a different name."),
        US, "documented: names are unique whatever their case",
    ),
    Difference(
        "deleted at once", DELETE, "", "",
        (
            "ValidationException",
            "The hyperparameter tuning job xgb cannot be deleted because it is not in a terminal state: "
            "its status is InProgress.",
        ),
        US, "quoted (terraform matches 'not in a terminal state'); the rest of the text is invented",
    ),
    Difference(
        "listed", LIST, "", "HyperParameterTuningJobSummaries",
        (
            "ValidationException",
            "1 validation error detected: Value '101' at 'maxResults' failed to satisfy constraint: "
            "Member must have value less than or equal to 100",
        ),
        US, "documented in the model, which no client checks",
    ),
    Difference(
        "refused: a long name", CREATE, "", "HyperParameterTuningJobArn",
        (
            "ValidationException",
            f"2 validation errors detected: Value '{'x' * 33}' at 'hyperParameterTuningJobName' failed to satisfy "
            "constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,31}; "
            f"Value '{'x' * 33}' at 'hyperParameterTuningJobName' failed to satisfy constraint: Member must have "
            "length less than or equal to 32",
        ),
        US, "documented in the model, and quoted (the second clause, to the letter)",
    ),
    Difference(
        "refused: a strategy that there is not", CREATE, "", "HyperParameterTuningJobArn",
        (
            "ValidationException",
            "1 validation error detected: Value 'Bayesain' at 'hyperParameterTuningJobConfig.strategy' failed to "
            f"satisfy constraint: Member must satisfy enum value set: {ENUM}",
        ),
        US, "documented in the model",
    ),
    Difference(
        "refused: a range that falls", CREATE, "", "HyperParameterTuningJobArn",
        (
            "ValidationException",
            "The MinValue of hyperparameter range eta, 0.5, must be less than its MaxValue, 0.1.",
        ),
        US, "quoted (amazon-sagemaker-feedback issue 195: the fact, of equal bounds); the text is invented",
    ),
    Difference(
        "refused: no metric", CREATE, "", "HyperParameterTuningJobArn",
        (
            "ValidationException",
            "A metric is required for this hyperparameter tuning job objective. "
            "Provide a metric in the metric definitions.",
        ),
        US, "quoted (error outputs in public notebooks)",
    ),
    Difference(
        "refused: grid", CREATE, "", "HyperParameterTuningJobArn",
        (
            "ValidationException",
            "Grid search supports categorical hyperparameter ranges only, but eta is not categorical.",
        ),
        US, "documented; the text is invented",
    ),
    Difference(
        "refused: Hyperband", CREATE, "", "HyperParameterTuningJobArn",
        (
            "ValidationException",
            "MaxResource parameter is not provided and could not be inferred from provided static hyperparameters "
            "of TrainingJobDefinition.",
        ),
        US, "quoted (graphstorm issue 1243)",
    ),
    Difference(
        "refused: both forms", CREATE, "", "HyperParameterTuningJobArn",
        (
            "ValidationException",
            "Provide either TrainingJobDefinition or TrainingJobDefinitions, and not both: the request has both.",
        ),
        US, "documented; the text is invented",
    ),
    Difference(
        "refused: no parent", CREATE, "", "HyperParameterTuningJobArn",
        ("ValidationException", "The parent hyperparameter tuning job nobody does not exist."),
        US, "documented; the text is invented",
    ),
    # Lists.
    Difference(
        "listed", LIST, "HyperParameterTuningJobSummaries", ["c-aa", "a-bb", "b-aa"], ["a-bb", "b-aa", "c-aa"], US,
        "documented: sorted by name where nothing is said, and not by the time of creation",
    ),
    Difference(
        "many", LIST, "HyperParameterTuningJobSummaries", [f"job-{number:02}" for number in range(11)],
        [f"job-{number:02}" for number in range(10)], US, "documented: ten jobs are a page where nothing is said",
    ),
    Difference("many", LIST, "NextToken", ABSENT, "a token", US, "as above"),
    Difference(
        "listed in capitals", LIST, "HyperParameterTuningJobArn", f"{ARN}/XgB", f"{ARN}/xgb", US,
        "quoted (boto3 issue 4606): in lists ARNs are in lower case; a quirk switches it off",
    ),
    # Tags.
    Difference(
        "tags", "add_tags", "Tags", ["team=churn", "env=dev"], ["env=dev"], UNKNOWN,
        "observed (c7n) only of a job that had no tags before, where both agree",
    ),
    Difference("tags", "add_tags", "Tags", ["team=churn", "team=fraud"], ["team=fraud"], US, "documented: overwritten"),
    Difference("tags", "list_tags", "Tags", ["team=churn", "team=fraud"], ["team=fraud"], US, "as above"),
    Difference(
        "tags", "list_tags", "", "AttributeError", ("ValidationException", "Resource does not exist."), US,
        f"quoted (boto3 issue 4606); {CRASH}",
    ),
    Difference(
        "tags", "add_tags", "", "Tags",
        ("ValidationException", "Tag keys that begin with aws: are reserved, but the request has aws:team."), US,
        "documented for all of AWS; the text is invented",
    ),
    Difference("no tags", "list_tags", "", "TypeError", "Tags", US, f"observed (c7n): an empty list; {CRASH}"),
    # Operations that moto has not.
    Difference(
        "what moto lacks", "list_training_jobs_for_hyper_parameter_tuning_job", "", "NotImplementedError",
        "TrainingJobSummaries", US, "moto has no such operation",
    ),
    Difference(
        "what moto lacks", "stop_hyper_parameter_tuning_job", "", "NotImplementedError", "", US,
        "moto has no such operation",
    ),
)  # fmt: skip


class Found(NamedTuple):
    """A difference that shows."""

    case: str
    operation: str
    member: str
    moto: Any
    ours: Any

    def is_known_as(self, known: Difference) -> bool:
        place = known.case in ("", self.case) and known.operation == self.operation
        member = self.member.endswith(known.member) if known.member else self.member == ""
        return place and member and (known.moto, known.ours) == (self.moto, self.ours)


WHOLE = ("BestTrainingJob", "OverallBestTrainingJob")
"""Structures that are compared by their members alone: moto's values are the same for every job."""


NAMES = ("HyperParameterTuningJobName", "DefinitionName", "Name")


def shown(value: Any) -> Any:
    """A value as it is written down here: times as such, structures by their members, things by their names."""
    if isinstance(value, datetime):
        return "a time"
    if isinstance(value, dict):
        if "Value" in value:
            return f"{value['Key']}={value['Value']}"
        names = [value[member] for member in NAMES if member in value]
        return names[0] if names else " ".join(sorted(value))
    return [shown(each) for each in value] if isinstance(value, list) else value


def compared(theirs: Any, mine: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """The members in which two outcomes differ, as deep as both have them."""
    pair = (theirs, mine)
    refused = [outcome for outcome in pair if isinstance(outcome, dict) and {"Error", "Crash"} & set(outcome)]
    if (not path and len(refused) == 1) or any("Crash" in outcome for outcome in refused):
        one, other = (
            next(iter(outcome.values())) if outcome in refused else shown(outcome) for outcome in pair
        )
        yield "", one, other
    elif all(isinstance(each, dict) for each in pair) and path not in WHOLE:
        for name in [*theirs, *(name for name in mine if name not in theirs)]:
            yield from compared(
                theirs.get(name, ABSENT), mine.get(name, ABSENT), f"{path}.{name}".lstrip(".")
            )
    elif all(isinstance(each, list) for each in pair) and shown(theirs) == shown(mine):
        for one, other in zip(theirs, mine, strict=True):
            yield from compared(one, other, f"{path}[]")
    elif path.endswith("NextToken"):
        tokens = [each if each == ABSENT else "a token" for each in pair]
        if tokens[0] != tokens[1]:
            yield path, tokens[0], tokens[1]
    elif shown(theirs) != shown(mine):
        yield path, shown(theirs), shown(mine)


@pytest.fixture
def differences(monkeypatch: pytest.MonkeyPatch) -> list[Found]:
    found = []
    for case, steps in CASES.items():
        with moto(monkeypatch) as world:
            theirs = outcomes(*world, steps)
        with ours() as world:
            mine = outcomes(*world, steps)
        for (operation, _), one, other in zip(steps, theirs, mine, strict=True):
            found += [Found(case, operation, *each) for each in compared(one, other)]
    return found


def test_every_difference_is_known_and_every_known_one_shows(differences: list[Found]) -> None:
    news = [found for found in differences if not any(found.is_known_as(known) for known in KNOWN)]
    assert news == []
    gone = [known for known in KNOWN if not any(found.is_known_as(known) for found in differences)]
    assert gone == []


def test_moto_has_just_four_of_the_tuning_operations() -> None:
    from moto.sagemaker.responses import SageMakerResponse

    operations = [name for name in dir(SageMakerResponse) if "hyper_parameter_tuning_job" in name]
    assert sorted(operations) == [CREATE, DELETE, DESCRIBE, LIST]
