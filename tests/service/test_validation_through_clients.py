"""A real client hears each constraint of the model as AWS says it; nothing else comes of a refused call."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError
from botocore.serialize import create_serializer

from fake_tuning import FakeTuningService
from support.answers import said
from support.arns import TRAINING_JOB, TUNING_JOB
from support.hand_clock import HandClock
from support.model_values import OPERATIONS, UNREADABLE, Case, cannot_be_broken, cases, constraints_of
from support.operation_samples import SAMPLES
from support.requests import request, training
from support.scenarios import ROUND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.model import ServiceModel

pytestmark = pytest.mark.slow

ARN = f"{TUNING_JOB}/ended"


class World:
    """A tuning job that has ended and one that runs, two training jobs likewise, and a client that checks nothing."""

    def __init__(self, **config: Any) -> None:
        clock = HandClock()
        self.service = FakeTuningService(clock=clock)
        self.service.on_create(ROUND)
        self.service.on_create(ROUND, training_jobs=True)
        with self.service:
            self.client = boto3.client("sagemaker", config=Config(**config))
            self.ask("CreateHyperParameterTuningJob", request("ended", Tags=[{"Key": "team", "Value": "a"}]))
            self.ask("CreateTrainingJob", training("final", Tags=[{"Key": "team", "Value": "b"}]))
            clock.at(700)
            self.ask("CreateHyperParameterTuningJob", request("running"))
            self.ask("CreateTrainingJob", training("late"))
            clock.at(800)

    def ask(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = self.client._make_api_call(operation, params)
        del answer["ResponseMetadata"]
        return answer

    def contents(self) -> list[dict[str, Any]]:
        """All that there is, as the client sees it."""
        lists = ("ListHyperParameterTuningJobs", "ListTrainingJobs")
        tags = [self.ask("ListTags", {"ResourceArn": arn}) for arn in (ARN, f"{TRAINING_JOB}/final")]
        return [*(self.ask(each, {"MaxResults": 100}) for each in lists), *tags]


@pytest.fixture(scope="module")
def tally(request: pytest.FixtureRequest) -> Iterator[dict[str, int]]:
    """Counts the calls that were refused and, at the end, tells."""
    counts = {"refused": 0, "unsaid": 0}
    yield counts
    with request.config.pluginmanager.get_plugin("capturemanager").global_and_fixture_disabled():
        print(
            f"\n{counts['refused']} constraints broken through a real client, each refused and without effect; "
            f"{counts['unsaid']} that no client can break"
        )


def sent(model: ServiceModel, operation: str, params: dict[str, Any]) -> dict[str, Any] | None:
    """What botocore's serialiser makes of a request, or None where it cannot write it at all."""
    # It raises whatever comes of going through an integer, or of reading a list as a time.
    with suppress(AttributeError, OverflowError, RuntimeError, TypeError, ValueError):
        body = create_serializer("json", False).serialize_to_request(params, model.operation_model(operation))
        found: dict[str, Any] = json.loads(body["body"])
        return found
    return None


def breaking(model: ServiceModel, operation: str) -> dict[tuple[str, str], Case]:
    """For each constraint of a request the first case that breaks it and reaches the service as it is written."""
    found: dict[tuple[str, str], Case] = {}
    for case in cases(model.operation_model(operation).input_shape):
        new = case.clauses and case.constraint not in found and isinstance(case.request, dict)
        if new and sent(model, operation, case.request) == case.request:
            found[case.constraint] = case
    return found


def unsaid(raw_shapes: dict[str, Any], constraint: tuple[str, str]) -> bool:
    """Whether botocore cannot write a request that breaks a constraint.

    It goes through all that has parts, reads all times, and JSON makes a text of every key.
    """
    name, key = constraint
    parted = raw_shapes[name]["type"] in ("structure", "list", "map", "timestamp")
    return key == "type" and (parted or name in only_keys(raw_shapes))


def only_keys(raw_shapes: dict[str, Any]) -> set[str]:
    """The names of the shapes that nothing but keys of maps have."""
    shapes = raw_shapes.values()
    parts = [each for shape in shapes for each in shape.get("members", {}).values()]
    parts += [shape[part] for shape in shapes for part in ("member", "value") if part in shape]
    return {shape["key"]["shape"] for shape in shapes if "key" in shape} - {each["shape"] for each in parts}


def is_told(case: Case, error: ClientError) -> bool:
    code, message = said(error)
    if case.clauses == (UNREADABLE,):
        return code == "SerializationException" and message.startswith(
            f"Cannot read the value at '{case.path}': expected "
        )
    count = "1 validation error" if len(case.clauses) == 1 else f"{len(case.clauses)} validation errors"
    told = message.removeprefix(f"{count} detected: ")
    ends = [f" at '{case.path}' failed to satisfy constraint: {clause}" for clause in case.clauses]
    return (
        code == "ValidationException"
        and told != message
        and told.startswith("Value ")
        and told.endswith(ends[-1])
        and all(end in told for end in ends)
        and told.count(" failed to satisfy constraint: ") == len(ends)
    )


@pytest.mark.parametrize("operation", OPERATIONS)
def test_each_constraint_through_a_client_that_checks_nothing(
    operation: str, model: ServiceModel, tally: dict[str, int]
) -> None:
    world, undisturbed = (World(parameter_validation=False) for _ in range(2))
    found = breaking(model, operation)
    with world.service:
        before = world.contents()
        for case in found.values():
            calls = len(world.service.calls)
            with pytest.raises(ClientError) as refused:
                world.ask(operation, case.request)
            assert is_told(case, refused.value), (case, said(refused.value))
            assert refused.value.operation_name == operation
            (call,) = world.service.calls[calls:]
            assert (call.operation, call.params) == (operation, case.request)
            assert (call.error.code, call.error.message) == said(refused.value)
            assert world.contents() == before, case
        after = [world.ask(operation, SAMPLES[operation].goes_well), world.contents()]
        assert world.service.calls[-5].error is None
    with undisturbed.service:
        assert undisturbed.contents() == before
        assert [undisturbed.ask(operation, SAMPLES[operation].goes_well), undisturbed.contents()] == after

    raw = model._service_description["shapes"]
    known = constraints_of(raw, model.operation_model(operation).input_shape.name)
    missing = known - found.keys()
    assert missing == {each for each in known if cannot_be_broken(raw, each) or unsaid(raw, each)}
    tally["refused"] += len(found)
    tally["unsaid"] += len(missing)


def test_every_operation_has_a_sample() -> None:
    assert tuple(SAMPLES) == OPERATIONS
    with FakeTuningService() as service:
        assert service.operations == set(OPERATIONS)


# A client as one makes it: botocore refuses first what it knows.

BY_BOTOCORE: dict[str, tuple[str, dict[str, Any], str]] = {
    "a required member is missing": (
        "DescribeHyperParameterTuningJob",
        {},
        'Missing required parameter in input: "HyperParameterTuningJobName"',
    ),
    "a value of the wrong type": (
        "DescribeTrainingJob",
        {"TrainingJobName": 7},
        "Invalid type for parameter TrainingJobName, value: 7, type: <class 'int'>, "
        "valid types: <class 'str'>",
    ),
    "a text that is too short": (
        "StopHyperParameterTuningJob",
        {"HyperParameterTuningJobName": ""},
        "Invalid length for parameter HyperParameterTuningJobName, value: 0, valid min length: 1",
    ),
    "a number that is too small": (
        "ListHyperParameterTuningJobs",
        {"MaxResults": 0},
        "Invalid value for parameter MaxResults, value: 0, valid min value: 1",
    ),
    "a list that is too short": (
        "DeleteTags",
        {"ResourceArn": ARN, "TagKeys": []},
        "Invalid length for parameter TagKeys, value: 0, valid min length: 1",
    ),
    "a member that there is not": (
        "ListTrainingJobs",
        {"Colour": "red"},
        'Unknown parameter in input: "Colour", must be one of: ',
    ),
}


@pytest.mark.parametrize("case", BY_BOTOCORE)
def test_what_botocore_knows_never_reaches_the_service(case: str) -> None:
    operation, params, message = BY_BOTOCORE[case]
    world = World()
    calls = list(world.service.calls)
    with world.service:
        with pytest.raises(ParamValidationError) as refused:
            world.ask(operation, params)
        assert f"Parameter validation failed:\n{message}" in str(refused.value)
        assert world.service.calls == calls


BY_THE_SERVICE: dict[str, tuple[str, dict[str, Any], str]] = {
    "a text that is too long": (
        "DescribeHyperParameterTuningJob",
        {"HyperParameterTuningJobName": "a" + "-" * 31 + "a"},
        f"Value 'a{'-' * 31}a' at 'hyperParameterTuningJobName' failed to satisfy constraint: "
        "Member must have length less than or equal to 32",
    ),
    "a number that is too large": (
        "ListHyperParameterTuningJobs",
        {"MaxResults": 101},
        "Value '101' at 'maxResults' failed to satisfy constraint: "
        "Member must have value less than or equal to 100",
    ),
    "a text that does not match": (
        "StopTrainingJob",
        {"TrainingJobName": "no_underscore"},
        "Value 'no_underscore' at 'trainingJobName' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}",
    ),
    "a word that is none of those that there are": (
        "ListHyperParameterTuningJobs",
        {"SortOrder": "Upwards"},
        "Value 'Upwards' at 'sortOrder' failed to satisfy constraint: "
        "Member must satisfy enum value set: [Descending, Ascending]",
    ),
    "a type of warm start that every mock accepts": (
        "CreateHyperParameterTuningJob",
        request(
            "another",
            WarmStartConfig={
                "ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": "ended"}],
                "WarmStartType": "TRANSFER_LEARNING",
            },
        ),
        "Value 'TRANSFER_LEARNING' at 'warmStartConfig.warmStartType' failed to satisfy constraint: "
        "Member must satisfy enum value set: [TransferLearning, IdenticalDataAndAlgorithm]",
    ),
}


@pytest.mark.parametrize("case", BY_THE_SERVICE)
def test_what_botocore_does_not_know_the_service_refuses(case: str) -> None:
    operation, params, clause = BY_THE_SERVICE[case]
    world = World()
    with world.service:
        before = world.contents()
        with pytest.raises(ClientError) as refused:
            world.ask(operation, params)
        assert said(refused.value) == (
            "ValidationException",
            f"1 validation error detected: {clause}",
        )
        assert world.contents() == before


def test_several_broken_constraints_of_one_call_are_one_error() -> None:
    world = World(parameter_validation=False)
    with world.service:
        with pytest.raises(ClientError) as refused:
            world.ask("ListTrainingJobs", {"MaxResults": 0, "SortOrder": "Up", "NameContains": "a b"})
        code, message = said(refused.value)
        assert code == "ValidationException"
        assert message.startswith("3 validation errors detected: ")
        assert message.count("; Value '") == 2
        assert str(refused.value) == (
            "An error occurred (ValidationException) when calling the ListTrainingJobs operation: " + message
        )
