"""The dialect of May 2018, held to its page: what the page says is read from the page itself."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import boto3
import botocore.session
import pytest
from botocore.exceptions import ClientError, ParamValidationError
from botocore.stub import Stubber

import fake_tuning
from fake_tuning import FakeTuningService, Fault, Scenario, TuningJob, TuningStubber, VirtualClock
from fake_tuning.doors.botocore.network_guard import OperationNotServed
from fake_tuning.service.validation.model import Constraints
from support.shared_files import shared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PAGE = "reference/DescribeHyperParameterTuningJob.md"
STATUSES = ("Completed", "InProgress", "Failed", "Stopped", "Stopping")
TRANSPORTS: tuple[Literal["parsed", "wire"], ...] = ("parsed", "wire")
DESCRIBE = "DescribeHyperParameterTuningJob"
NAME = "HyperParameterTuningJobName"
LINK = re.compile(r"\[(\w+)\]\([^)]*\)")

Answer = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """What the page says.

    Attributes:
        asked: the members of the request, each path with the kind of its value.
        answered: those of the response.
        constraints: for each member that has any, in the words of the service model.
        errors: the codes with their HTTP statuses.
    """

    asked: dict[str, str]
    answered: dict[str, str]
    constraints: dict[str, dict[str, Any]]
    errors: dict[str, int]


@pytest.fixture(scope="module")
def page() -> Page:
    text = shared(PAGE).read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## ([\w ]+)<a .*?$(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE))
    elements = sections["Request Parameters"] + sections["Response Elements"]
    described = re.findall(r"^ \*\* \[(\w+)\](.*?)(?=^ \*\* |\Z)", elements, re.DOTALL | re.MULTILINE)
    errors = re.findall(
        r"^ \*\*(\w+)\*\*.*?HTTP Status Code: (\d+)", sections["Errors"], re.DOTALL | re.MULTILINE
    )
    return Page(
        dict(_paths(_syntax(sections["Request Syntax"]))),
        dict(_paths(_syntax(sections["Response Syntax"]))),
        {name: found for name, words in described if (found := _constraints(words))},
        {code: int(status) for code, status in errors},
    )


def _syntax(section: str) -> Any:
    """Read a syntax block: JSON, but for its links and for the word number."""
    block = section.split("```")[1]
    return json.loads(LINK.sub(r"\1", block).replace(": number", ": 0"))


def _constraints(words: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for bound, word in (("min", "Minimum"), ("max", "Maximum")):
        if length := re.search(rf"{word} length of (\d+)", words):
            found[bound] = int(length[1])
    if pattern := re.search(r"^Pattern: `(.*)`", words, re.MULTILINE):
        found["pattern"] = pattern[1]
    if values := re.search(r"^Valid Values:`(.*)`", words, re.MULTILINE):
        found["enum"] = values[1].strip().split(" | ")
    return found


def _paths(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the path to each member, with the kind of its value; ``[]`` stands for the elements of a list."""
    if isinstance(value, dict) and path.endswith("StaticHyperParameters"):
        assert all(isinstance(each, str) for each in value.values())
    elif isinstance(value, dict):
        for name, member in value.items():
            inner = f"{path}.{name}" if path else name
            yield inner, _kind(member)
            yield from _paths(member, inner)
    elif isinstance(value, list):
        for element in value:
            yield f"{path}[]", _kind(element)
            yield from _paths(element, f"{path}[]")


def _kind(value: Any) -> str:
    kinds = {dict: "structure", list: "list", str: "string", int: "number", float: "number"}
    return "number" if isinstance(value, datetime) else kinds[type(value)]  # the page writes times as numbers


def test_the_page_is_read_whole(page: Page) -> None:
    assert page.asked == {NAME: "string"}
    syntax = (
        shared(PAGE)
        .read_text(encoding="utf-8")
        .partition("## Response Syntax")[2]
        .partition("## Response")[0]
    )
    assert len([path for path in page.answered if not path.endswith("[]")]) == len(LINK.findall(syntax))
    assert list(page.constraints) == [
        NAME,
        "FailureReason",
        "HyperParameterTuningJobArn",
        f"{NAME[:-4]}Status",
    ]
    assert page.constraints[NAME] == {"min": 1, "max": 32, "pattern": "^[a-zA-Z0-9](-*[a-zA-Z0-9])*"}
    assert tuple(page.constraints[f"{NAME[:-4]}Status"]["enum"]) == STATUSES
    assert page.errors == {"ResourceNotFound": 400}


RICH = (
    TuningJob("rich")
    .maximize("validation:auc")
    .searching(eta=(0.01, 0.3), max_depth=range(3, 11), booster=["gbtree", "dart"])
    .with_static(objective="binary:logistic")
    .trials(6, parallel=2, each="8m")
    .defined(
        InputDataConfig=[
            {
                "ChannelName": "train",
                "ContentType": "text/csv",
                "CompressionType": "Gzip",
                "RecordWrapperType": "None",
                "InputMode": "File",
                "DataSource": {
                    "S3DataSource": {
                        "S3DataType": "S3Prefix",
                        "S3Uri": "s3://data/train",
                        "S3DataDistributionType": "FullyReplicated",
                        "AttributeNames": ["label"],
                    }
                },
            }
        ],
        OutputDataConfig={"S3OutputPath": "s3://models", "KmsKeyId": "alias/out", "CompressionType": "NONE"},
        ResourceConfig={
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeSizeInGB": 20,
            "VolumeKmsKeyId": "alias/disk",
            "KeepAlivePeriodInSeconds": 60,
        },
        VpcConfig={"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]},
        StoppingCondition={"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 7200},
        EnableManagedSpotTraining=True,
        RetryStrategy={"MaximumRetryAttempts": 1},
    )
    .configured(TrainingJobEarlyStoppingType="Auto", RandomSeed=7)
)
JOBS = [
    RICH,
    RICH.in_progress(completed=2, failed=1, stopped=1, running=2),
    RICH.completed(completed=4, failed=1, stopped=1),
    RICH.failed("ClientError: the bucket is gone", completed=1, failed=2),
    RICH.failed(),
    RICH.stopped(completed=2, stopped=1),
    RICH.stopping(completed=2, running=2),
]
ENDED = {"Completed", "Failed", "Stopped"}


def by_client(transport: Literal["parsed", "wire"]) -> Callable[[TuningJob], Answer]:
    def ask(job: TuningJob) -> Answer:
        with (
            VirtualClock() as clock,
            FakeTuningService(clock=clock, dialect="pre-ga", transport=transport) as service,
        ):
            service.add(job)
            return described(boto3.client("sagemaker"), str(job.name))

    return ask


def by_builder(job: TuningJob) -> Answer:
    return job.describe(dialect="pre-ga")


def by_handle(job: TuningJob) -> Answer:
    with VirtualClock() as clock:
        return FakeTuningService(clock=clock, dialect="pre-ga").add(job).describe()


def by_stubber(job: TuningJob) -> Answer:
    client = any_client()
    with TuningStubber(client, dialect="pre-ga") as stub:
        stub.describe(job)
        return described(client, str(job.name))


WAYS = {
    **{transport: by_client(transport) for transport in TRANSPORTS},
    "builder": by_builder,
    "handle": by_handle,
    "stubber": by_stubber,
}


@cache
def any_session() -> boto3.Session:
    return boto3.Session("none", "none", region_name="us-east-1")


def any_client() -> Any:
    return any_session().client("sagemaker")


def described(client: Any, name: str) -> Answer:
    answer: Answer = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    assert answer.pop("ResponseMetadata")["HTTPStatusCode"] == 200
    return answer


@pytest.mark.parametrize("way", WAYS)
def test_the_members_that_are_answered_are_those_of_the_page(way: str, page: Page) -> None:
    """None is left out: there is no member of the page that cannot appear."""
    seen: dict[str, str] = {}
    for job in JOBS:
        paths = dict(_paths(WAYS[way](job)))
        assert paths.items() <= page.answered.items()
        seen |= paths
    assert seen == page.answered
    assert {job.status for job in JOBS} == set(STATUSES)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("job", JOBS, ids=lambda job: str(job.status))
def test_a_member_of_the_page_is_answered_whenever_it_applies(way: str, job: TuningJob, page: Page) -> None:
    answer, today = WAYS[way](job), job.describe()
    applies = {
        "BestTrainingJob": today["ObjectiveStatusCounters"]["Succeeded"] > 0,
        "FailureReason": job.status == "Failed",
        "HyperParameterTuningEndTime": job.status in ENDED,
    }
    of_the_page = {path for path in page.answered if "." not in path}
    assert set(answer) == {member for member in of_the_page if applies.get(member, True)}
    assert answer["HyperParameterTuningJobStatus"] == job.status
    assert answer["TrainingJobCounters"] == {
        "ClientError": today["TrainingJobStatusCounters"]["NonRetryableError"],
        "Completed": today["TrainingJobStatusCounters"]["Completed"],
        "Fault": today["TrainingJobStatusCounters"]["RetryableError"],
        "InProgress": today["TrainingJobStatusCounters"]["InProgress"],
        "Stopped": today["TrainingJobStatusCounters"]["Stopped"],
    }


@pytest.mark.parametrize("job", JOBS, ids=lambda job: str(job.status))
def test_all_ways_give_equal_answers(job: TuningJob) -> None:
    answer = by_builder(job)
    assert {way: ask(job) == answer for way, ask in WAYS.items()} == dict.fromkeys(WAYS, True)


def test_a_trial_of_each_fate_is_counted() -> None:
    job = RICH.in_progress(completed=2, failed=1, stopped=1, running=2)
    assert by_builder(job)["TrainingJobCounters"] == {
        "ClientError": 1,
        "Completed": 2,
        "Fault": 0,
        "InProgress": 2,
        "Stopped": 1,
    }


def test_the_best_job_says_whether_more_or_less_is_better() -> None:
    assert [
        by_builder(job.completed())["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Type"]
        for job in (TuningJob("more").maximize("auc"), TuningJob("less").minimize("rmse"))
    ] == ["Maximize", "Minimize"]


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_job_that_is_created_and_stopped_is_told_in_the_words_of_the_page(
    transport: Literal["parsed", "wire"], page: Page
) -> None:
    told: list[str] = []
    with (
        VirtualClock() as clock,
        FakeTuningService(clock=clock, dialect="pre-ga", transport=transport) as service,
    ):
        service.on_create(Scenario().each("5m").failing(0.3))
        client = boto3.client("sagemaker")
        client.create_hyper_parameter_tuning_job(**RICH.request)
        while not told or told[-1] not in ENDED:
            answer = described(client, "rich")
            assert dict(_paths(answer)).items() <= page.answered.items()
            told.append(answer["HyperParameterTuningJobStatus"])
            if len(told) == 8:
                client.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="rich")
            clock.advance("1m" if told[-1] == "InProgress" else "1s")
    assert list(dict.fromkeys(told)) == ["InProgress", "Stopping", "Stopped"]


# What a client knows, and what it is refused.


@pytest.fixture
def taught() -> Iterator[Any]:
    with FakeTuningService(dialect="pre-ga"):
        yield boto3.client("sagemaker")


def test_a_client_knows_the_members_and_constraints_of_the_page(taught: Any, page: Page) -> None:
    operation = taught.meta.service_model.operation_model(DESCRIBE)
    assert dict(_shape_paths(operation.output_shape)) == page.answered
    assert dict(_shape_paths(operation.input_shape)) == page.asked
    for name, constraints in page.constraints.items():
        for shape in (operation.output_shape, operation.input_shape):
            if name in shape.members:
                known = {**shape.members[name].metadata, "enum": shape.members[name].enum}
                assert {each: known[each] for each in constraints} == constraints
    assert set(page.errors) == {shape.name for shape in operation.error_shapes}


def _shape_paths(shape: Any, path: str = "") -> Iterator[tuple[str, str]]:
    kinds = {"structure": "structure", "list": "list", "map": "structure", "string": "string"}
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            inner = f"{path}.{name}" if path else name
            yield inner, kinds.get(member.type_name, "number")
            yield from _shape_paths(member, inner)
    elif shape.type_name == "list":
        yield f"{path}[]", kinds.get(shape.member.type_name, "number")
        yield from _shape_paths(shape.member, f"{path}[]")


@pytest.mark.parametrize("job", JOBS, ids=lambda job: str(job.status))
def test_the_taught_model_finds_nothing_wrong_in_an_answer(job: TuningJob, taught: Any) -> None:
    checks = Constraints(taught.meta.service_model)
    assert checks.check_response(DESCRIBE, by_builder(job)) == []
    found = checks.check_response(DESCRIBE, job.describe())
    assert any(text.startswith("The model has no member at 'trainingJobStatusCounters'") for text in found)


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_name_is_held_to_the_page(transport: Literal["parsed", "wire"], page: Page) -> None:
    rule = page.constraints[NAME]
    candidates = ("a", "a-b", "a--b9", "x" * 32, "9", "x" * 33, "-a", "a-", "a_b", "é", "a.b", "a\n")
    legal = {
        name
        for name in candidates
        if re.fullmatch(rule["pattern"], name) and rule["min"] <= len(name) <= rule["max"]
    }
    with FakeTuningService(dialect="pre-ga", transport=transport):
        client = boto3.client("sagemaker")
        codes = {name: code_of(client, name) for name in candidates}
        assert {name for name, code in codes.items() if code == "ResourceNotFound"} == legal
        assert {code for name, code in codes.items() if name not in legal} == {"ValidationException"}
        with pytest.raises(ClientError) as raised:
            described(client, "a_b")
    assert raised.value.response["Error"]["Message"] == (
        "1 validation error detected: Value 'a_b' at 'hyperParameterTuningJobName' failed to satisfy "
        f"constraint: Member must satisfy regular expression pattern: {rule['pattern']}"
    )


def code_of(client: Any, name: str) -> str:
    with pytest.raises(ClientError) as raised:
        described(client, name)
    return str(raised.value.response["Error"]["Code"])


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_an_unknown_job_gets_the_error_of_the_page(transport: Literal["parsed", "wire"], page: Page) -> None:
    with FakeTuningService(dialect="pre-ga", transport=transport):
        client = boto3.client("sagemaker")
        for code, status in page.errors.items():
            with pytest.raises(getattr(client.exceptions, code)) as raised:
                described(client, "nobody")
            assert raised.value.response["Error"]["Code"] == code
            assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


# What came later.

CHOICES = "The choices are Completed, InProgress, Failed, Stopped, Stopping."


@pytest.mark.parametrize(
    ("job", "text"),
    [
        (TuningJob("xgb").deleting(), f"unknown status in the pre-ga dialect 'Deleting'. {CHOICES}"),
        (
            TuningJob("xgb").delete_failed(),
            f"unknown status in the pre-ga dialect 'DeleteFailed': did you mean 'Failed'? {CHOICES}",
        ),
    ],
    ids=lambda given: given.status if isinstance(given, TuningJob) else "",
)
def test_a_status_that_came_later_is_refused_where_it_is_written(job: TuningJob, text: str) -> None:
    service = FakeTuningService(dialect="pre-ga")
    stub = TuningStubber(any_client(), dialect="pre-ga")
    for refused in (lambda: service.add(job), lambda: by_builder(job), lambda: stub.describe(job)):
        with pytest.raises(ValueError) as raised:  # noqa: PT011  # compared to the letter below
            refused()
        assert str(raised.value) == text
    assert service.jobs() == []
    assert service.add(job.completed()).status == "Completed"
    stub.assert_no_pending_responses()


def test_there_was_no_deletion() -> None:
    with FakeTuningService(dialect="pre-ga") as service:
        today = FakeTuningService().operations
        assert today - service.operations == {
            "DeleteHyperParameterTuningJob",
            "DeleteTrainingJob",
            "UpdateTrainingJob",
        }
        handle = service.add(TuningJob("xgb").completed())
        with pytest.raises(OperationNotServed, match="operation DeleteHyperParameterTuningJob"):
            boto3.client("sagemaker").delete_hyper_parameter_tuning_job(HyperParameterTuningJobName="xgb")
        with pytest.raises(KeyError, match="unknown operation 'DeleteHyperParameterTuningJob'"):
            service.call("DeleteHyperParameterTuningJob", {NAME: "xgb"})
        with pytest.raises(
            ValueError, match=r"^cannot delete tuning job 'xgb': the pre-ga dialect has no deletion$"
        ):
            handle.delete()
        service.refusals.clear()
        assert handle.status == "Completed"


def several(*names: str) -> TuningJob:
    """Read a recorded answer back whose job has the given definitions."""
    today = RICH.completed().describe()
    config = today["HyperParameterTuningJobConfig"]
    tuned = {
        "TuningObjective": config.pop("HyperParameterTuningJobObjective"),
        "HyperParameterRanges": config.pop("ParameterRanges"),
    }
    definition = today.pop("TrainingJobDefinition")
    today["TrainingJobDefinitions"] = [{"DefinitionName": name, **definition, **tuned} for name in names]
    return TuningJob.from_response(today)


def test_the_only_definition_of_a_list_is_told_in_its_place(page: Page) -> None:
    answer = by_builder(several("only"))
    assert dict(_paths(answer)) == {
        path: kind for path, kind in page.answered.items() if path != "FailureReason"
    }


def test_several_definitions_are_refused_where_they_are_written() -> None:
    with pytest.raises(
        ValueError, match=r"^a job has one definition in the pre-ga dialect, but 'rich' has 2$"
    ):
        by_builder(several("one", "two"))


def test_a_strategy_that_came_later_is_refused_where_it_is_written() -> None:
    with pytest.raises(
        ValueError, match=r"^unknown strategy in the pre-ga dialect 'Random'\. The choices are Bayesian\.$"
    ):
        by_builder(RICH.strategy("Random"))
    with pytest.raises(ValueError, match=r"at 'hyperParameterTuningJobConfig.strategy' .* \[Bayesian\]$"):
        FakeTuningService(dialect="pre-ga").add(RICH.strategy("Random"))


def test_a_request_without_the_one_definition_is_refused() -> None:
    request = several("only").request
    with FakeTuningService(dialect="pre-ga") as service:
        with pytest.raises(
            ParamValidationError, match='Missing required parameter in input: "TrainingJobDefinition"'
        ):
            boto3.client("sagemaker").create_hyper_parameter_tuning_job(**request)
        with pytest.raises(ClientError, match=r"null at 'trainingJobDefinition' .* must not be null"):
            untaught().create_hyper_parameter_tuning_job(**request)
        assert service.jobs() == []


def untaught() -> Any:
    """Return a client that was made before the service was entered, as far as its model goes."""
    with FakeTuningService():
        return boto3.client("sagemaker", "us-east-1")


def test_an_unknown_dialect_is_refused() -> None:
    text = "unknown dialect 'prega': did you mean 'pre-ga'? The choices are current, pre-ga."
    for refused in (
        lambda: FakeTuningService(dialect="prega"),  # type: ignore[arg-type]  # it is refused
        lambda: TuningStubber(any_client(), dialect="prega"),  # type: ignore[arg-type]  # it is refused
        lambda: TuningJob("xgb").describe(dialect="prega"),  # type: ignore[arg-type]  # it is refused
    ):
        with pytest.raises(ValueError) as raised:  # noqa: PT011  # compared to the letter below
            refused()
        assert str(raised.value) == text


def test_no_other_module_knows_the_dialect() -> None:
    """The options name it as a choice, and they alone ask for it. All others know an API version at most."""
    package = Path(fake_tuning.__file__).parent
    sources = {
        path.relative_to(package).as_posix(): path.read_text(encoding="utf-8")
        for path in package.rglob("*.py")
    }
    word = re.compile(r"pre.?ga\b|\b2018\b", re.IGNORECASE)
    assert {name for name, text in sources.items() if word.search(text)} == {
        "doors/pre_ga.py",
        "doors/options.py",
    }
    asking = re.compile(r"^.*\bpre_ga\b.*$", re.MULTILINE)
    assert asking.findall(sources["doors/options.py"]) == [
        "    from fake_tuning.doors.pre_ga import PRE_GA"  # when the choice is made, and not before
    ]
    # It is the user's choice, and its type is public: below the doors nobody knows that there is one.
    chooses = {name.partition("/")[0] for name, text in sources.items() if "dialect" in text.lower()}
    assert chooses == {"__init__.py", "doors"}


# What is overridden by hand.


@pytest.mark.parametrize(
    ("overrides", "seen"),
    [
        (
            {"TrainingJobStatusCounters": {"NonRetryableError": 7}},
            {"TrainingJobCounters": {"ClientError": 7}},
        ),
        ({"TrainingJobCounters": {"Fault": -1}}, {"TrainingJobCounters": {"Fault": -1}}),
        ({"HyperParameterTuningJobStatus": "Odd"}, {"HyperParameterTuningJobStatus": "Odd"}),
        ({"BestTrainingJob": "none"}, {"BestTrainingJob": "none"}),
        ({"HyperParameterTuningJobConfig": {}}, {"HyperParameterTuningJobConfig": {}}),
        ({"ObjectiveStatusCounters": {"Pending": 1}}, {}),
    ],
)
def test_what_is_overridden_is_told_as_it_was_written_in_the_words_of_the_dialect(
    overrides: Answer, seen: Answer
) -> None:
    job = RICH.completed()
    plain = by_builder(job)
    del plain["BestTrainingJob"], plain["HyperParameterTuningJobConfig"]
    answer = by_builder(job.overriding(**overrides))
    assert {name: answer.get(name) for name in plain | seen} == {**plain, **seen}
    assert by_stubber(job.overriding(**overrides)) == answer


def test_what_is_overridden_away_is_not_answered() -> None:
    assert "LastModifiedTime" not in by_builder(RICH.overriding(LastModifiedTime=None))


# Clients that know another dialect than the service.


def counters(client: Any) -> set[str]:
    """The names of the counters in a client's answer."""
    return {member for member in described(client, "xgb") if member.endswith("Counters")}


TODAYS = {"TrainingJobStatusCounters", "ObjectiveStatusCounters"}
JOB = TuningJob("xgb").completed()


def knows_the_dialect(client: Any) -> bool:
    return "TrainingJobCounters" in client.meta.service_model.operation_model(DESCRIBE).output_shape.members


def test_a_client_that_was_made_before_gets_the_answer() -> None:
    client = any_client()
    with FakeTuningService(dialect="pre-ga") as service:
        service.add(JOB)
        assert counters(client) == {"TrainingJobCounters"}
    assert not knows_the_dialect(client)


def test_a_client_that_is_made_meanwhile_reads_it_off_the_wire_after_a_fault_too() -> None:
    session = botocore.session.Session()
    session.create_client("sagemaker", "us-east-1")  # its loader has the model by now
    with FakeTuningService(dialect="pre-ga") as service:
        service.add(JOB)
        for client in (session.create_client("sagemaker", "us-east-1"), boto3.Session().client("sagemaker")):
            service.fail_next(DESCRIBE, Fault.read_timeout())
            assert counters(client) == {"TrainingJobCounters"}


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_service_in_todays_dialect_is_as_it_was(transport: Literal["parsed", "wire"]) -> None:
    session = boto3.Session()
    with FakeTuningService(dialect="pre-ga"):
        assert knows_the_dialect(session.client("sagemaker"))
        assert knows_the_dialect(boto3.client("sagemaker"))
    with FakeTuningService(transport=transport) as service:
        service.add(JOB)
        for client in (
            session.client("sagemaker"),
            boto3.client("sagemaker"),
            boto3.Session().client("sagemaker"),
        ):
            assert counters(client) == TODAYS
            assert not knows_the_dialect(client)
            client.get_paginator("list_hyper_parameter_tuning_jobs")


def test_the_innermost_service_decides() -> None:
    with FakeTuningService(dialect="pre-ga"), FakeTuningService():
        assert not knows_the_dialect(boto3.client("sagemaker"))
    with FakeTuningService(), FakeTuningService(dialect="pre-ga"):
        assert knows_the_dialect(boto3.client("sagemaker"))
        assert boto3.client("s3").meta.service_model.service_name == "s3"


def test_botocores_own_stubber_knows_the_members_of_a_taught_client(taught: Any) -> None:
    answer, today = by_builder(JOB), JOB.describe()
    stub = Stubber(taught)
    stub.add_response("describe_hyper_parameter_tuning_job", answer, {NAME: "xgb"})
    with pytest.raises(ParamValidationError, match='Unknown parameter in input: "TrainingJobStatusCounters"'):
        stub.add_response("describe_hyper_parameter_tuning_job", today, {NAME: "xgb"})
    with stub:
        assert taught.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="xgb") == answer


@pytest.mark.parametrize("make", [any_client, untaught], ids=["any client", "one of a service of today's"])
def test_the_stubber_holds_what_is_written_by_hand_to_the_dialect(make: Callable[[], Any]) -> None:
    stub = TuningStubber(make(), dialect="pre-ga")
    stub.add_response("describe_hyper_parameter_tuning_job", by_builder(JOB))
    with pytest.raises(
        ParamValidationError, match="'TrainingJobStatusCounters': did you mean 'TrainingJobCounters'"
    ):
        stub.add_response("describe_hyper_parameter_tuning_job", JOB.describe())


def test_the_stubber_takes_a_client_that_knows_the_dialect(taught: Any) -> None:
    with TuningStubber(taught, dialect="pre-ga") as stub:
        stub.polls(TuningJob("xgb").trials(1, each="1m"), every="1m")
        told = [described(taught, "xgb")["TrainingJobCounters"]["Completed"] for _ in range(len(stub._queue))]
        stub.error(DESCRIBE, "ResourceNotFound")
        stub.error(DESCRIBE, "ValidationException")
        with pytest.raises(ClientError, match="can't find a tuning job called xgb"):
            described(taught, "xgb")
        with pytest.raises(ClientError, match=r"must satisfy regular expression pattern: \^\[a-z"):
            described(taught, "a_b")
    assert (told[0], told[-1]) == (0, 1)
