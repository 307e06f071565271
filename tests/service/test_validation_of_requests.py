"""A request is refused as AWS refuses it, for every constraint of the service model, and for nothing else."""

from __future__ import annotations

from datetime import datetime

import pytest

from fake_tuning.service.errors import ServiceError
from fake_tuning.service.validation.model import Constraints
from support.model_values import (
    OPERATIONS,
    UNREADABLE,
    Case,
    cannot_be_broken,
    cases,
    constraints_of,
    right,
)


@pytest.fixture(scope="module")
def tally(request):
    """Counts the requests that were tried and, at the end, tells."""
    counts = {"refused": 0, "accepted": 0, "constraints": set()}
    yield counts
    with request.config.pluginmanager.get_plugin("capturemanager").global_and_fixture_disabled():
        print(
            f"\n{len(counts['constraints'])} constraints of the model, tried wherever a request holds them: "
            f"{counts['refused']} requests refused, {counts['accepted']} accepted"
        )


def answer(constraints: Constraints, operation: str, request: dict) -> str:
    try:
        constraints.check_request(operation, request)
    except ServiceError as refused:
        return f"{refused.code}: {refused.message}"
    return ""


def shown(value: object, said: str) -> str:
    """How a value has to be shown; how lists, maps and structures look is told by the tests further down."""
    if value is None:
        return "Value null"
    if isinstance(value, (str, int)):
        return f"Value '{value}'"
    return said.partition("detected: ")[2].partition(" at '")[0]


def expected(case: Case, said: str) -> str:
    """What has to be said, to the letter."""
    if not case.clauses:
        return ""
    if case.clauses == (UNREADABLE,):
        where = f" at '{case.path}'" if case.path else ""
        found = said.partition(": expected ")[2]
        return f"SerializationException: Cannot read the value{where}: expected {found}"
    count = "1 validation error" if len(case.clauses) == 1 else f"{len(case.clauses)} validation errors"
    failed = f"{shown(case.value, said)} at '{case.path}' failed to satisfy constraint: "
    return f"ValidationException: {count} detected: {'; '.join(failed + text for text in case.clauses)}"


@pytest.mark.slow
@pytest.mark.parametrize("operation", OPERATIONS)
def test_each_constraint_is_enforced_alone_and_at_its_boundary(operation, constraints, model, tally):
    shape = model.operation_model(operation).input_shape
    tried, refused, accepted, wrong = set(), 0, 0, []
    for case in cases(shape):
        said = answer(constraints, operation, case.request)
        if said != expected(case, said):
            wrong.append((case, said))
        tried.add((case.constraint, bool(case.clauses)))
        refused, accepted = refused + bool(case.clauses), accepted + (not case.clauses)
    assert not wrong, f"{len(wrong)} of {refused + accepted} cases, such as {wrong[0]}"

    raw = model._service_description["shapes"]
    known = constraints_of(raw, shape.name)
    accepting = {constraint for constraint, is_refused in tried if not is_refused}
    refusing = {constraint for constraint, is_refused in tried if is_refused}
    assert not known - accepting, "constraints with no request that meets them"
    assert known - refusing == {each for each in known if cannot_be_broken(raw, each)}, "… that breaks them"
    tally["refused"] += refused
    tally["accepted"] += accepted
    tally["constraints"] |= known


NAME = r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,31}"
VALUE_TEXTS = (
    "Member must have length less than or equal to 2500, Member must have length greater than or equal to 0, "
    "Member must satisfy regular expression pattern: .*"
)
KEY_TEXTS = (
    "Member must have length less than or equal to 256, Member must have length greater than or equal to 0, "
    "Member must satisfy regular expression pattern: .*"
)


def create(model, **changes) -> dict:
    request = right(model.operation_model("CreateTrainingJob").input_shape)
    return {**request, **changes}


MESSAGES = {
    "pattern and length of one member are two errors": (
        "DescribeHyperParameterTuningJob",
        {"HyperParameterTuningJobName": "-" * 33},
        "2 validation errors detected: "
        f"Value '{'-' * 33}' at 'hyperParameterTuningJobName' failed to satisfy constraint: "
        f"Member must satisfy regular expression pattern: {NAME}; "
        f"Value '{'-' * 33}' at 'hyperParameterTuningJobName' failed to satisfy constraint: "
        "Member must have length less than or equal to 32",
    ),
    "a length alone": (
        "StopHyperParameterTuningJob",
        {"HyperParameterTuningJobName": "a" + "-" * 31 + "a"},
        "1 validation error detected: "
        f"Value 'a{'-' * 31}a' at 'hyperParameterTuningJobName' failed to satisfy constraint: "
        "Member must have length less than or equal to 32",
    ),
    "a required member that is absent is null": (
        "DeleteHyperParameterTuningJob",
        {},
        "1 validation error detected: "
        "Value null at 'hyperParameterTuningJobName' failed to satisfy constraint: Member must not be null",
    ),
    "members in the order of the model": (
        "ListHyperParameterTuningJobs",
        {"StatusEquals": "Compeleted", "SortOrder": "Up", "MaxResults": 101, "NameContains": "a b"},
        "4 validation errors detected: "
        "Value '101' at 'maxResults' failed to satisfy constraint: "
        "Member must have value less than or equal to 100; "
        "Value 'Up' at 'sortOrder' failed to satisfy constraint: "
        "Member must satisfy enum value set: [Descending, Ascending]; "
        "Value 'a b' at 'nameContains' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: [a-zA-Z0-9\-]+; "
        "Value 'Compeleted' at 'statusEquals' failed to satisfy constraint: "
        "Member must satisfy enum value set: "
        "[DeleteFailed, Deleting, Completed, Stopped, InProgress, Stopping, Failed]",
    ),
    "an element of a list, and a name with letters that are not there": (
        "AddTags",
        {
            "ResourceArn": "arn:aws:sagemaker:us-east-1:111122223333:training-job/é",
            "Tags": [{"Key": "größe-Ⅷ.名", "Value": ""}, {"Key": "no#hash", "Value": "x"}],
        },
        "1 validation error detected: Value 'no#hash' at 'tags.2.member.key' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: ([\p{L}\p{Z}\p{N}_.:/=+\-@]*)",
    ),
    "a list is printed as Java does": (
        "DeleteTags",
        {"ResourceArn": "arn:aws:sagemaker:us-east-1:111122223333:training-job/a", "TagKeys": []},
        "1 validation error detected: Value '[]' at 'tagKeys' failed to satisfy constraint: "
        "Member must have length greater than or equal to 1",
    ),
    "a list of structures too": (
        "AddTags",
        {
            "ResourceArn": "arn:aws:sagemaker:us-east-1:111122223333:training-job/a",
            "Tags": [{"Value": "v", "Key": "k", "Unknown": 1}] * 51,
        },
        "1 validation error detected: "
        f"Value '[{', '.join(['Tag(key=k, value=v)'] * 51)}]' at 'tags' failed to satisfy constraint: "
        "Member must have length less than or equal to 50",
    ),
}


@pytest.mark.parametrize("case", MESSAGES)
def test_the_message_to_the_letter(case, constraints):
    operation, request, message = MESSAGES[case]
    assert answer(constraints, operation, request) == f"ValidationException: {message}"


@pytest.mark.parametrize(
    ("hyperparameters", "printed", "text"),
    [
        (
            {"eta": "0.1", "x": "a\nb"},
            "{eta=0.1, x=a\nb}",
            f"Map value must satisfy constraint: [{VALUE_TEXTS}]",
        ),
        (
            {"eta": None},
            "{eta=null}",
            f"Map value must satisfy constraint: [{VALUE_TEXTS}, Member must not be null]",
        ),
        ({"e\rta": "0.1"}, "{e\rta=0.1}", f"Map keys must satisfy constraint: [{KEY_TEXTS}]"),
    ],
)
def test_a_map_says_all_constraints_of_its_keys_or_values(hyperparameters, printed, text, constraints, model):
    request = create(model, HyperParameters=hyperparameters)
    assert answer(constraints, "CreateTrainingJob", request) == (
        "ValidationException: 1 validation error detected: "
        f"Value '{printed}' at 'hyperParameters' failed to satisfy constraint: {text}"
    )


def test_errors_of_several_places_are_in_one_message(constraints, model):
    request = create(
        model, HyperParameters={"": "x\n"}, RoleArn=None, StoppingCondition={"MaxRuntimeInSeconds": 0}
    )
    del request["OutputDataConfig"]
    assert answer(constraints, "CreateTrainingJob", request) == (
        "ValidationException: 4 validation errors detected: "
        f"Value '{{=x\n}}' at 'hyperParameters' failed to satisfy constraint: "
        f"Map value must satisfy constraint: [{VALUE_TEXTS}]; "
        "Value null at 'roleArn' failed to satisfy constraint: Member must not be null; "
        "Value null at 'outputDataConfig' failed to satisfy constraint: Member must not be null; "
        "Value '0' at 'stoppingCondition.maxRuntimeInSeconds' failed to satisfy constraint: "
        "Member must have value greater than or equal to 1"
    )


QUOTED_IN_2019 = (
    "p2.xlarge m5.4xlarge m4.16xlarge p3.16xlarge m5.large p2.16xlarge c4.2xlarge c5.2xlarge c4.4xlarge c5.4xlarge "
    "g4dn.xlarge g4dn.12xlarge c4.8xlarge g4dn.2xlarge c5.9xlarge g4dn.4xlarge c5.xlarge g4dn.16xlarge c4.xlarge "
    "g4dn.8xlarge c5.18xlarge p3dn.24xlarge p3.2xlarge m5.xlarge m4.10xlarge m5.12xlarge m4.xlarge m5.24xlarge "
    "m4.2xlarge p2.8xlarge m5.2xlarge p3.8xlarge m4.4xlarge"
)
QUOTED_IN_2025 = (
    "r7i.48xlarge r5.12xlarge r5d.12xlarge m6i.xlarge trn1.32xlarge p2.xlarge m5.4xlarge m4.16xlarge r7i.16xlarge "
    "m7i.xlarge r5.24xlarge r5d.24xlarge m6i.12xlarge p5.48xlarge r7i.8xlarge r7i.large m7i.12xlarge m6i.24xlarge "
    "p4d.24xlarge m7i.24xlarge t3.xlarge r5.16xlarge r5d.16xlarge trn2.48xlarge g5.2xlarge c5n.xlarge p5e.48xlarge "
    "p3.16xlarge m5.large m7i.48xlarge m6i.16xlarge g6.2xlarge p2.16xlarge"
)


@pytest.mark.parametrize("quoted", [QUOTED_IN_2019, QUOTED_IN_2025])
def test_the_values_of_an_enum_have_the_order_that_was_quoted(quoted, constraints, model):
    request = create(model, ResourceConfig={"InstanceType": "ml.t9.medium", "VolumeSizeInGB": 1})
    listed = (
        answer(constraints, "CreateTrainingJob", request).partition("value set: [")[2].rstrip("]").split(", ")
    )
    theirs = [f"ml.{size}" for size in quoted.split()]
    # The model has got more values since.
    assert [each for each in listed if each in theirs] == theirs


def test_the_values_of_a_short_enum_have_the_order_that_was_quoted(constraints, model):
    specification = {"TrainingImage": "image", "TrainingInputMode": "fastfile"}
    assert answer(
        constraints, "CreateTrainingJob", create(model, AlgorithmSpecification=specification)
    ).endswith("Member must satisfy enum value set: [Pipe, FastFile, File]")


def test_a_value_of_the_wrong_type_is_said_alone(constraints):
    request = {"NameContains": "a b", "MaxResults": "ten"}
    assert answer(constraints, "ListTrainingJobs", request) == (
        "SerializationException: "
        "Cannot read the value at 'maxResults': expected an integer, found 'ten' (str)"
    )


def test_members_that_the_model_lacks_are_ignored(constraints):
    request = {"HyperParameterTuningJobName": "xgb", "Colour": object()}
    assert answer(constraints, "DescribeHyperParameterTuningJob", request) == ""


NAIVE = datetime(2024, 5, 1)  # noqa: DTZ001  # botocore takes naive times too


@pytest.mark.parametrize("time", [0, 1.5, "2024-05-01", "2024-05-01T00:00:00Z", NAIVE])
def test_times_are_read_in_every_form_that_botocore_takes(time, constraints):
    assert answer(constraints, "ListTrainingJobs", {"CreationTimeAfter": time}) == ""


def test_a_value_that_is_far_too_long_is_answered_at_once(constraints):
    """Its pattern is said while it is cheap to try; its length always."""
    for name, errors in (("-" * 5_000, 2), ("a" * 5_000, 2), ("a-" * 4_000, 2), ("a-" * 500_000, 1)):
        said = answer(constraints, "DescribeHyperParameterTuningJob", {"HyperParameterTuningJobName": name})
        assert said.count("failed to satisfy constraint") == errors
        assert "Member must have length less than or equal to 32" in said


def test_a_refusal_leaves_nothing_behind(constraints):
    wrong = {"HyperParameterTuningJobName": "-"}
    first = answer(constraints, "DescribeHyperParameterTuningJob", wrong)
    assert first
    assert answer(constraints, "DescribeHyperParameterTuningJob", {"HyperParameterTuningJobName": "a"}) == ""
    assert answer(constraints, "DescribeHyperParameterTuningJob", wrong) == first
