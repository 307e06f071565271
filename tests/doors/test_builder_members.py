"""The builder: wrong members, types and values are refused at the line that writes them."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest

from fake_tuning import FakeTuningService, TuningJob
from fake_tuning.doors.builder.argument_checks import LONGEST, MOST
from fake_tuning.doors.builder.warm_start import MOST_PARENTS, WARM_START_KINDS
from fake_tuning.service.validation.model import installed_model

JOB = TuningJob("xgb")
CONFIG = (
    "Strategy, StrategyConfig, HyperParameterTuningJobObjective, ResourceLimits, ParameterRanges, "
    "TrainingJobEarlyStoppingType, TuningJobCompletionCriteria, RandomSeed"
)
ROLE = r"arn:aws[a-z\-]*:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+"


def choices(structure: str) -> str:
    """The members of a structure of the request, in the order of the model."""
    return ", ".join(installed_model().shape_for(structure).members)


OBJECTIVE = {"Type": "Maximize", "MetricName": "auc"}


def bounds(low: str, high: str) -> dict[str, Any]:
    return {"IntegerParameterRanges": [{"Name": "depth", "MinValue": low, "MaxValue": high}]}


def numbered(count: int, value: Any) -> dict[str, Any]:
    return {f"n{number}": value for number in range(count)}


def several(count: int) -> TuningJob:
    job = JOB.searching(eta=(0.1, 0.3))
    for number in range(count):
        job = job.defining(f"d{number}")
    return job


def limits(**members: Any) -> dict[str, Any]:
    return {"ResourceLimits": {"MaxNumberOfTrainingJobs": 4, "MaxParallelTrainingJobs": 2, **members}}


NAMES = [
    (
        lambda: JOB.configured(RandomSed=7),
        "unknown member of HyperParameterTuningJobConfig 'RandomSed': did you mean 'RandomSeed'? "
        f"The choices are {CONFIG}.",
    ),
    (
        lambda: JOB.defined(EnableManagedSpotTrainning=True),
        "unknown member of TrainingJobDefinition 'EnableManagedSpotTrainning': "
        "did you mean 'EnableManagedSpotTraining'? "
        f"The choices are {choices('HyperParameterTrainingJobDefinition')}.",
    ),
    (
        lambda: JOB.defined(ResourceConfig={"InstanceTyp": "ml.m5.xlarge", "VolumeSize": 30}),
        "unknown member of TrainingJobDefinition.ResourceConfig 'InstanceTyp': did you mean 'InstanceType'? "
        f"The choices are {choices('ResourceConfig')}.\n"
        "unknown member of TrainingJobDefinition.ResourceConfig 'VolumeSize': did you mean 'VolumeSizeInGB'? "
        f"The choices are {choices('ResourceConfig')}.",
    ),
    (
        lambda: JOB.defined(InputDataConfig=[{"ChannelNam": "train"}]),
        "unknown member of TrainingJobDefinition.InputDataConfig 'ChannelNam': did you mean 'ChannelName'? "
        f"The choices are {choices('Channel')}.",
    ),
    (
        lambda: JOB.defining("a", ResourceConfg={}),
        "unknown member of TrainingJobDefinitions 'ResourceConfg': did you mean 'ResourceConfig'? "
        f"The choices are {choices('HyperParameterTrainingJobDefinition')}.",
    ),
    (
        lambda: JOB.defining("a", maximze="auc"),
        "unknown keyword of TuningJob.defining 'maximze': did you mean 'maximize'? "
        "The choices are maximize, minimize, searching, static.",
    ),
    (
        lambda: JOB.overriding(HyperParameterTuningJobStats="Stopped"),
        "unknown member of a describe response 'HyperParameterTuningJobStats': "
        "did you mean 'HyperParameterTuningJobStatus'? "
        f"The choices are {choices('DescribeHyperParameterTuningJobResponse')}, TrainingJobCounters, "
        "ResponseMetadata.",
    ),
]

OWN_WORDS = [
    (
        lambda: JOB.defined(TuningObjective=OBJECTIVE),
        "defined does not take TuningObjective: say maximize or minimize, with the name of the metric",
    ),
    (
        lambda: JOB.defined(HyperParameterRanges=bounds("1", "9")),
        "defined does not take HyperParameterRanges: say searching, with the ranges by name",
    ),
    (
        lambda: JOB.defining("a", DefinitionName="b"),
        "defining does not take DefinitionName: say the name as the first argument",
    ),
    (
        lambda: JOB.defining("a", TuningObjective=OBJECTIVE),
        "defining does not take TuningObjective: say maximize or minimize, with the name of the metric",
    ),
    (
        lambda: JOB.defining("a", HyperParameterRanges=bounds("1", "9")),
        "defining does not take HyperParameterRanges: say searching, with the ranges by name",
    ),
    (
        lambda: JOB.defining("a", static={"b": 1}, StaticHyperParameters={"c": "2"}),
        "definition 'a' has its hyperparameters twice: say static or StaticHyperParameters",
    ),
]

ONE_NAME = (
    "the definitions of this job have names of their own, and cannot all be named 'z': "
    "leave out .defined(DefinitionName=...)"
)
CONTRADICTIONS = [
    (lambda: JOB.defined(DefinitionName="z").defining("a"), ONE_NAME),
    (lambda: JOB.defining("a").defined(DefinitionName="z"), ONE_NAME),
    *(
        (
            call,
            f"{member} was set with .{word}({member}=...), which would take precedence: say one or the other",
        )
        for call, word, member in [
            (lambda: JOB.configured(Strategy="Random").strategy("Grid"), "configured", "Strategy"),
            (
                lambda: JOB.configured(HyperParameterTuningJobObjective=OBJECTIVE).minimize("auc"),
                "configured",
                "HyperParameterTuningJobObjective",
            ),
            (
                lambda: JOB.configured(ParameterRanges=bounds("1", "9")).searching(depth=(1, 8)),
                "configured",
                "ParameterRanges",
            ),
            (
                lambda: JOB.configured(ParameterRanges=bounds("1", "9")).searching(eta=(0.1, 0.3)),
                "configured",
                "ParameterRanges",
            ),
            (lambda: JOB.configured(**limits()).trials(5), "configured", "ResourceLimits"),
            (lambda: JOB.configured(**limits()).trials(4, parallel=3), "configured", "ResourceLimits"),
            (
                lambda: JOB.defined(StaticHyperParameters={"a": "1"}).with_static(b=2),
                "defined",
                "StaticHyperParameters",
            ),
        ]
    ),
]

NUMBERS = [
    (lambda: several(11), "a job has at most 10 training job definitions, but these are 11: say fewer"),
    (lambda: JOB.tagged(**numbered(51, "")), "a job has at most 50 tags, but these are 51: say fewer"),
    (
        lambda: JOB.tagged(**{"AWS:team": "search"}),
        "the service would refuse this: Tag keys that begin with aws: are reserved, "
        "but the request has AWS:team.",
    ),
    (
        lambda: JOB.searching(**numbered(31, (1, 2))),
        "a job has at most 30 ranges, but these are 31: say fewer",
    ),
    (
        lambda: JOB.searching(**numbered(16, (1, 2))).defining("a").defining("b"),
        "a job with all its definitions has at most 30 ranges, but these are 32: "
        "say .searching(...) with fewer, for each definition that has no ranges of its own",
    ),
    (
        lambda: JOB.searching(booster=list(range(31))),
        "the range of 'booster' has at most 30 categorical values, but these are 31: say fewer",
    ),
    (
        lambda: JOB.with_static(**numbered(100, 1)),
        "a definition has at most 99 static hyperparameters, but these are 100: say fewer",
    ),
    (
        lambda: JOB.with_static(**numbered(99, 1)).defining("a", static={"rounds": 3}),
        "the definition 'a' has at most 99 static hyperparameters, but these are 100: say fewer",
    ),
    (
        lambda: JOB.configured(ParameterRanges=bounds("x", "9")),
        "the service would refuse this: The MinValue of hyperparameter range depth must be a whole number, "
        "but is x.",
    ),
    (
        lambda: JOB.configured(ParameterRanges=bounds("10", "9")),
        "the service would refuse this: The MinValue of hyperparameter range depth, 10, must be less than its "
        "MaxValue, 9.",
    ),
    *(
        (lambda seed=seed: TuningJob("xgb", seed=seed), f"the seed must be a whole number, but is {seed!r}")
        for seed in ("a", None, True, 1.5)
    ),
    *(
        (
            call,
            f"{what} must lie between the years 1 and 9999, with a day to spare: "
            "say another .created(...), shorter lengths or another at",
        )
        for call, what in [
            (lambda: JOB.created("9999-12-31T23:59:59Z"), "the creation of a job"),
            (lambda: JOB.created("0001-01-01T00:00:00+14:00"), "the creation of a job"),
            (
                lambda: JOB.trials(3, parallel=1, each="20h").completed().created("9999-12-29T00:00:00Z"),
                "the time at which the job has its status",
            ),
            (
                lambda: JOB.created("9999-12-29T00:00:00Z").trials(3, parallel=1, each="20h").completed(),
                "the time at which the job has its status",
            ),
            (lambda: JOB.describe(at="9000000d"), "the time at which the job is described"),
            (lambda: JOB.describe(at="9999-12-31T23:59:59Z"), "the time at which the job is described"),
        ]
    ),
]

TYPES = [
    (
        lambda: JOB.configured(RandomSeed="7"),
        "the service would refuse this: Cannot read the value at 'hyperParameterTuningJobConfig.randomSeed': "
        "expected an integer, found '7' (str)",
    ),
    (
        lambda: JOB.configured(RandomSeed=None),
        "the service would refuse this: Cannot read the value at 'hyperParameterTuningJobConfig.randomSeed': "
        "expected an integer, found None (NoneType)",
    ),
    (
        lambda: JOB.configured(HyperParameterTuningJobObjective="auc"),
        "the service would refuse this: Cannot read the value at "
        "'hyperParameterTuningJobConfig.hyperParameterTuningJobObjective': "
        "expected a structure, found 'auc' (str)",
    ),
    (
        lambda: JOB.defined(EnableManagedSpotTraining="yes"),
        "the service would refuse this: Cannot read the value at "
        "'trainingJobDefinition.enableManagedSpotTraining': expected a boolean, found 'yes' (str)",
    ),
    (
        lambda: JOB.defined(Environment={"A": 1}),
        "the service would refuse this: Cannot read the value at 'trainingJobDefinition.environment.A.member': "
        "expected a string, found 1 (int)",
    ),
    (lambda: JOB.tagged(team=4), "the value of tag 'team' must be a text, but is 4"),
    (lambda: JOB.located(region=1), "a region must be a text such as 'us-east-1', but is 1"),
]

VALUES = [
    (
        lambda: JOB.configured(RandomSeed=-1),
        "the service would refuse this: Value '-1' at 'hyperParameterTuningJobConfig.randomSeed' failed to "
        "satisfy constraint: Member must have value greater than or equal to 0",
    ),
    (
        lambda: JOB.configured(TrainingJobEarlyStoppingType="Auto!"),
        "the service would refuse this (did you mean 'Auto'?): Value 'Auto!' at "
        "'hyperParameterTuningJobConfig.trainingJobEarlyStoppingType' failed to satisfy constraint: "
        "Member must satisfy enum value set: [Auto, Off]",
    ),
    (
        lambda: JOB.configured(**limits(MaxRuntimeInSeconds=1)),
        "the service would refuse this: Value '1' at "
        "'hyperParameterTuningJobConfig.resourceLimits.maxRuntimeInSeconds' failed to satisfy constraint: "
        "Member must have value greater than or equal to 120",
    ),
    (
        lambda: JOB.defined(RoleArn="me"),
        "the service would refuse this: Value 'me' at 'trainingJobDefinition.roleArn' failed to satisfy "
        f"constraint: Member must satisfy regular expression pattern: {ROLE}\n"
        "the service would refuse this: Value 'me' at 'trainingJobDefinition.roleArn' failed to satisfy "
        "constraint: Member must have length greater than or equal to 20",
    ),
    (
        lambda: JOB.defined(AlgorithmSpecification={"AlgorithmName": "mine"}),
        "the service would refuse this: Value null at "
        "'trainingJobDefinition.algorithmSpecification.trainingInputMode' failed to satisfy constraint: "
        "Member must not be null",
    ),
    (
        lambda: JOB.defining("my_definition"),
        "the service would refuse this: Value 'my_definition' at 'trainingJobDefinitions.definitionName' "
        "failed to satisfy constraint: Member must satisfy regular expression pattern: "
        "[a-zA-Z0-9](-*[a-zA-Z0-9]){0,63}",
    ),
    (
        lambda: JOB.maximize("m" * 256),
        "the objective metric has at most 255 characters, but 'mmmmmmmmmmmmmmmmmmmm'... has 256",
    ),
    (
        lambda: JOB.searching(**{"e" * 257: (1, 2)}),
        "the name of a hyperparameter has at most 256 characters, but 'eeeeeeeeeeeeeeeeeeee'... has 257",
    ),
    (
        lambda: JOB.with_static(**{"e" * 257: 1}),
        "the name of a hyperparameter has at most 256 characters, but 'eeeeeeeeeeeeeeeeeeee'... has 257",
    ),
    (
        lambda: JOB.with_static(layers="v" * 2501),
        "the value of a static hyperparameter has at most 2500 characters, but 'vvvvvvvvvvvvvvvvvvvv'... "
        "has 2501",
    ),
    (
        lambda: JOB.tagged(**{"k" * 129: ""}),
        "the key of a tag has at most 128 characters, but 'kkkkkkkkkkkkkkkkkkkk'... has 129",
    ),
    (
        lambda: JOB.tagged(team="v" * 257),
        "the value of a tag has at most 256 characters, but 'vvvvvvvvvvvvvvvvvvvv'... has 257",
    ),
    (lambda: JOB.located(region="Ireland"), "a region must be like 'us-east-1', but is 'Ireland'"),
    (
        lambda: JOB.located(account="1234"),
        "an account must be like '123456789012', of 12 digits, but is '1234'",
    ),
    (lambda: JOB.trials(None), "the number of trials must be a whole number from 1, but is None"),
]


@pytest.mark.parametrize(
    ("error", "call", "message"),
    [
        *((TypeError, call, message) for call, message in NAMES),
        *((TypeError, call, message) for call, message in TYPES),
        *((ValueError, call, message) for call, message in VALUES),
        *((TypeError, call, message) for call, message in OWN_WORDS),
        *((ValueError, call, message) for call, message in CONTRADICTIONS),
        *((ValueError, call, message) for call, message in NUMBERS),
    ],
)
def test_what_is_wrong_is_named_with_its_path_and_the_nearest_name(error, call, message) -> None:
    with pytest.raises(error) as refused:
        call()
    assert str(refused.value) == message


def test_of_hundreds_of_legal_values_the_nearest_comes_first() -> None:
    with pytest.raises(
        ValueError, match=r"\Athe service would refuse this \(did you mean 'ml.m5.xlarge'\?\): "
    ) as all_:
        JOB.defined(ResourceConfig={"InstanceType": "ml.m5.xlrge", "VolumeSizeInGB": 30})
    assert "'trainingJobDefinition.resourceConfig.instanceType'" in str(all_.value)
    assert ", ml.p5.48xlarge, " in str(all_.value)


def test_what_the_model_allows_is_written_as_it_stands() -> None:
    job = (
        JOB.configured(RandomSeed=7, **limits(MaxRuntimeInSeconds=3600))
        .defined(ResourceConfig={"InstanceType": "ml.c5.xlarge", "InstanceCount": 2, "VolumeSizeInGB": 9})
        .overriding(HyperParameterTuningJobStatus="Odd", ResponseMetadata={"HTTPStatusCode": 200})
    )
    config, definition = job.request["HyperParameterTuningJobConfig"], job.request["TrainingJobDefinition"]
    assert (config["RandomSeed"], config["ResourceLimits"]["MaxRuntimeInSeconds"]) == (7, 3600)
    assert definition["ResourceConfig"]["InstanceCount"] == 2
    assert job.describe()["HyperParameterTuningJobStatus"] == "Odd"
    assert job.describe()["ResponseMetadata"] == {"HTTPStatusCode": 200}


@pytest.mark.parametrize(
    ("by_word", "by_name"),
    [
        (lambda job: job.strategy("Random"), lambda job: job.configured(Strategy="Random")),
        (
            lambda job: job.maximize("auc"),
            lambda job: job.configured(HyperParameterTuningJobObjective=OBJECTIVE),
        ),
        (
            lambda job: job.searching(depth=(1, 9)),
            lambda job: job.configured(ParameterRanges=bounds("1", "9")),
        ),
        (lambda job: job.trials(4), lambda job: job.configured(**limits(MaxRuntimeInSeconds=3600))),
        (
            lambda job: job.with_static(a=1),
            lambda job: job.defined(StaticHyperParameters={"a": "1", "b": "2"}),
        ),
    ],
)
def test_what_a_word_sets_may_be_said_by_its_aws_name_too(by_word, by_name) -> None:
    assert by_word(by_name(JOB)).request == by_name(by_word(JOB)).request
    with FakeTuningService() as service:
        assert service.add(by_word(by_name(JOB)).trials(4).completed()).status == "Completed"


def test_what_is_said_last_by_its_aws_name_takes_the_place_of_what_was_said_before() -> None:
    job = JOB.strategy("Grid").trials(9).configured(Strategy="Random", **limits())
    config = job.request["HyperParameterTuningJobConfig"]
    assert (config["Strategy"], config["ResourceLimits"]["MaxNumberOfTrainingJobs"]) == ("Random", 4)


def test_a_single_definition_may_have_a_name() -> None:
    job = JOB.defined(DefinitionName="only")
    assert job.describe()["TrainingJobDefinition"]["DefinitionName"] == "only"


def test_members_that_are_changed_afterwards_change_no_job() -> None:
    resources: dict[str, Any] = {"InstanceType": "ml.c5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 9}
    best: dict[str, Any] = {"TrainingJobName": "odd"}
    job = JOB.defined(ResourceConfig=resources).overriding(BestTrainingJob=best)
    resources["InstanceCount"] = best["TrainingJobName"] = 2
    assert job.request["TrainingJobDefinition"]["ResourceConfig"]["InstanceCount"] == 1
    assert job.describe()["BestTrainingJob"] == {"TrainingJobName": "odd"}


def test_a_recording_may_have_members_that_the_installed_model_lacks() -> None:
    recorded = {**JOB.completed().describe(), "FromTheFuture": {"A": 1}}
    job = TuningJob.from_response(recorded)
    assert job.describe() == recorded
    assert job.overriding(FromTheFuture=None).describe() == JOB.completed().describe()
    with pytest.raises(TypeError, match=r"did you mean 'FromTheFuture'\?"):
        job.overriding(FromTheFutur=None)


@pytest.mark.parametrize(
    "word",
    [
        lambda job: job.maximize("auc"),
        lambda job: job.searching(eta=(0.1, 0.3)),
        lambda job: job.with_static(rounds=3),
        lambda job: job.trials(3),
        lambda job: job.strategy("Random"),
        lambda job: job.configured(RandomSeed=7),
        lambda job: job.defined(EnableNetworkIsolation=True),
        lambda job: job.defining("a"),
        lambda job: job.warm_started_from("parent"),
    ],
)
def test_the_request_of_a_recorded_job_is_not_changed_in_silence(word) -> None:
    recorded = TuningJob.from_response(JOB.completed().describe())
    with pytest.raises(ValueError, match=r".") as refused:
        word(recorded)
    assert str(refused.value) == (
        "the request of 'xgb' was recorded and cannot be changed here: "
        "change the response before you give it to from_response"
    )


def test_a_recorded_job_can_be_tagged_and_its_trials_are_those_that_it_has() -> None:
    recorded = TuningJob.from_response(JOB.trials(20).completed().describe())
    assert recorded.tagged(team="search").request["Tags"] == [{"Key": "team", "Value": "search"}]
    assert recorded.completed().trial(20).fails().list_trials()[19]["TrainingJobStatus"] == "Failed"
    limits_of = {"ResourceLimits": {"MaxNumberOfTrainingJobs": 12, "MaxParallelTrainingJobs": 2}}
    assert (
        JOB.configured(**limits_of)
        .trial(12)
        .fails()
        .completed()
        .describe()["TrainingJobStatusCounters"]["NonRetryableError"]
        == 1
    )


def test_whatever_passes_here_passes_in_a_service() -> None:
    """The same constraints in both places: what the words accept, the service does not find wrong."""
    job = JOB.tagged(**{"k" * 128: "v" * 256}).with_static(**{"n" * 256: "v" * 2500})
    many = TuningJob("many").tagged(**numbered(50, "")).with_static(**numbered(99, 1))
    choice = {f"c{number}": list(range(30)) for number in range(30)}
    with FakeTuningService() as service:
        assert service.add(many.searching(**choice)).status == "InProgress"
        assert service.add(several(10).located(region="eu-west-1"), region="eu-west-1").status == "InProgress"
        assert service.add(job.maximize("m" * 255).searching(**{"e" * 256: (1, 20)})).status == "InProgress"


@pytest.mark.parametrize(
    ("what", "shapes"),
    [
        ("the objective metric", ["MetricName"]),
        ("the name of a hyperparameter", ["HyperParameterKey", "ParameterKey"]),
        ("the value of a static hyperparameter", ["HyperParameterValue"]),
        ("the key of a tag", ["TagKey"]),
        ("the value of a tag", ["TagValue"]),
    ],
)
def test_limits_that_are_known_without_the_model_are_the_models(what: str, shapes: list[str]) -> None:
    assert {installed_model().shape_for(shape).metadata["max"] for shape in shapes} == {LONGEST[what]}


@pytest.mark.parametrize(
    ("what", "shapes", "more"),
    [
        ("training job definitions", ["HyperParameterTrainingJobDefinitions"], 0),
        (
            "ranges",
            ["IntegerParameterRanges", "ContinuousParameterRanges", "CategoricalParameterRanges"],
            0,
        ),
        ("categorical values", ["ParameterValues"], 0),
        ("static hyperparameters", ["HyperParameters"], 1),
        ("tags", ["TagList"], 0),
    ],
)
def test_numbers_that_are_known_without_the_model_are_the_models(
    what: str, shapes: list[str], more: int
) -> None:
    assert {installed_model().shape_for(shape).metadata["max"] for shape in shapes} == {MOST[what] + more}


def test_what_is_known_of_warm_starts_without_the_model_is_the_models() -> None:
    model = installed_model()
    assert model.shape_for("ParentHyperParameterTuningJobs").metadata["max"] == MOST_PARENTS
    assert tuple(model.shape_for("HyperParameterTuningJobWarmStartType").enum) == WARM_START_KINDS


def test_regions_and_accounts_are_those_of_the_models_arns() -> None:
    pattern = installed_model().shape_for("HyperParameterTuningJobArn").metadata["pattern"]
    for place in ({"region": "ap-southeast-2"}, {"account": "000000000000"}):
        assert re.fullmatch(pattern, JOB.located(**place).describe()["HyperParameterTuningJobArn"])


PLAIN = """
import sys
from fake_tuning import TuningJob

job = (
    TuningJob("xgb").maximize("auc").searching(eta=(0.1, 0.3)).with_static(rounds=9).tagged(team="search")
    .trials(4, parallel=2, each="8m").strategy("Random").located(region="eu-west-1").created("2026-01-01T08:00Z")
    .trial(1).fails().warm_started_from("parent").completed()
)
job.describe(), job.describe_trial(1), job.list_trials_response(), TuningJob.list_jobs_response(job), repr(job)
assert "botocore" not in sys.modules, "the model was read"
assert "dateutil" not in sys.modules
job.configured(RandomSeed=7)
assert "botocore" in sys.modules
"""


def test_the_model_is_read_only_when_members_are_written_by_their_aws_names() -> None:
    subprocess.run([sys.executable, "-c", PLAIN], check=True)
