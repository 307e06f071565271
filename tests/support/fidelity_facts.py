"""A world with jobs of many kinds, and everything that it answers through their lives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fake_tuning import FakeTuningService, Scenario
from fake_tuning.service.validation.model import installed_model
from support.hand_clock import HandClock
from support.requests import definition, objective, ranges, request, request_of_several
from support.scenarios import ROUND

# The requests have only members that the oldest supported botocore knows.
BUILT_IN = "811284229777.dkr.ecr.us-east-1.amazonaws.com/xgboost:1"
PLAN = "arn:aws:sagemaker:us-east-1:123456789012:training-plan/gpus"
CHECKED = {"S3Uri": "s3://models/checkpoints"}
VPC = {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}
ISOLATED = {"EnableNetworkIsolation": True, "EnableInterContainerTrafficEncryption": True}

TUNING_JOB, TRAINING_JOB = "HyperParameterTuningJobName", "TrainingJobName"


@dataclass(frozen=True)
class Answer:
    """An answer, and what can be found in it again.

    Attributes:
        operation: the operation.
        of: what it was about, where that makes a difference, such as ``"of a trial"``.
        members: the answer.
        asked: the request that it answers.
        made: by the names of jobs, tuning and training, the requests that made them.
    """

    operation: str
    of: str
    members: Mapping[str, Any]
    asked: Mapping[str, Any]
    made: Mapping[str, Mapping[str, Any]]

    @property
    def title(self) -> str:
        """What stands before its members in the table."""
        return f"`{self.operation}` {self.of}".strip()

    def request_of(self, members: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Return the requests that a part of the answer may echo: none, when it does not name a job."""
        made = [
            self.made[members[name]] for name in (TRAINING_JOB, TUNING_JOB) if members.get(name) in self.made
        ]
        return [*made[:1], self.asked] if made else []


@dataclass
class World:
    """A service, what was asked of it, and what it answered."""

    service: FakeTuningService
    clock: HandClock
    made: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)

    def ask(self, operation: str, of: str = "", /, **params: Any) -> Any:
        """Carry out an operation, and remember its answer."""
        if operation.startswith("Create"):
            self.made[params.get(TUNING_JOB) or params[TRAINING_JOB]] = params
        members = self.service.call(operation, params)
        self.answers.append(Answer(operation, of, members, params, self.made))
        return members

    def look(self) -> None:
        """Read everything that there is now."""
        for job in self.service.jobs():
            self.ask("DescribeHyperParameterTuningJob", HyperParameterTuningJobName=job.name)
            for most in (2, 100):
                listed = self.ask(
                    "ListTrainingJobsForHyperParameterTuningJob",
                    HyperParameterTuningJobName=job.name,
                    MaxResults=most,
                )
            for summary in listed["TrainingJobSummaries"]:
                self.made[summary[TRAINING_JOB]] = _of_trial(self.made[job.name], summary)
            self.ask("ListTags", ResourceArn=job.arn)
        self.ask("ListHyperParameterTuningJobs", MaxResults=1)
        self.ask("ListHyperParameterTuningJobs", MaxResults=100)
        for summary in self.ask("ListTrainingJobs", MaxResults=100)["TrainingJobSummaries"]:
            name = summary[TRAINING_JOB]
            of = "of a training job" if name in ALONE else "of a trial"
            self.ask("DescribeTrainingJob", of, TrainingJobName=name)
        self.ask("ListTrainingJobs", MaxResults=1)
        for resource in ("HyperParameterTuningJob", "TrainingJob"):
            self.ask("Search", Resource=resource, MaxResults=1)


def _of_trial(job: Mapping[str, Any], summary: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the request that made a tuning job, with no other definition than that of a trial."""
    if "TrainingJobDefinitions" not in job:
        return job
    name = summary["TrainingJobDefinitionName"]
    ours = [each for each in job["TrainingJobDefinitions"] if each["DefinitionName"] == name]
    return {**job, "TrainingJobDefinitions": ours}


def answers() -> list[Answer]:
    """Live through the lives of jobs of many kinds, and return everything that was answered."""
    clock = HandClock()
    world = World(FakeTuningService(clock=clock), clock)
    world.service.on_create(ROUND)
    world.service.on_create(ROUND.trial(1).fails().trial(2).emits_no_metric(), name="mixed")
    world.service.on_create(ROUND.failing(1.0), name="failing")
    world.service.on_create(ROUND.trial(1).is_interrupted(), name="spot")
    world.service.on_create(ROUND.scored_by(lambda hp: 0.5), name="converging")
    world.service.on_create(Scenario.fails(), name="alone-failing", training_jobs=True)
    world.service.on_create(Scenario.never_ends(ignoring_limits=True), name="alone-never", training_jobs=True)
    for job in TUNING_JOBS:
        world.ask("CreateHyperParameterTuningJob", **job)
    for job in ALONE.values():
        world.ask("CreateTrainingJob", **job)
    for age in ("0s", "5s", "12s", "100s", "290s"):
        clock.at(age)
        world.look()
    world.ask("StopHyperParameterTuningJob", HyperParameterTuningJobName="stopped")
    arn = world.service.job("single").arn
    world.ask("UpdateTrainingJob", TrainingJobName="alone-never", ProfilerConfig={"DisableProfiler": True})
    world.ask("AddTags", ResourceArn=arn, Tags=[{"Key": "stage", "Value": "prod"}])
    world.ask("DeleteTags", ResourceArn=arn, TagKeys=["team"])
    world.look()
    for age in ("340s", "700s", "3h"):
        clock.at(age)
        world.look()
    world.ask("CreateHyperParameterTuningJob", **WARM)
    clock.at("3h5s")
    world.look()
    clock.at("4h")
    world.ask("DeleteHyperParameterTuningJob", HyperParameterTuningJobName="mixed")
    world.ask("StopTrainingJob", TrainingJobName="alone-never")
    if "DeleteTrainingJob" in installed_model().operation_names:
        world.ask("DeleteTrainingJob", TrainingJobName="alone-failing")
    world.look()
    return world.answers


def _single() -> dict[str, Any]:
    job = request("single", Tags=[{"Key": "team", "Value": "ml"}, {"Key": "use", "Value": "test"}])
    job["HyperParameterTuningJobConfig"] |= {
        "TrainingJobEarlyStoppingType": "Off",
        "RandomSeed": 7,
        "TuningJobCompletionCriteria": {"TargetObjectiveMetricValue": 1e30},
        "ParameterRanges": {
            **ranges(),
            "IntegerParameterRanges": [{"Name": "depth", "MinValue": "1", "MaxValue": "9"}],
        },
    }
    job["TrainingJobDefinition"] |= {
        "Environment": {"LEVEL": "info"},
        "RetryStrategy": {"MaximumRetryAttempts": 2},
        "VpcConfig": VPC,
        **ISOLATED,
    }
    return job


def _several(name: str) -> dict[str, Any]:
    newer = definition(
        DefinitionName="newer",
        HyperParameterTuningResourceConfig={
            "InstanceConfigs": [{"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5}]
        },
    )
    del newer["ResourceConfig"]
    bought = definition(
        DefinitionName="bought",
        AlgorithmSpecification={
            "AlgorithmName": "bought-one",
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "auc", "Regex": "auc=(.+)"}],
        },
    )
    return request_of_several(name, newer, bought)


def _built_in() -> dict[str, Any]:
    job = request("built-in")
    metric = {"Type": "Maximize", "MetricName": "validation:auc"}
    job["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"] = metric
    job["TrainingJobDefinition"]["AlgorithmSpecification"] = {
        "TrainingImage": BUILT_IN,
        "TrainingInputMode": "File",
    }
    return job


def _autotuned() -> dict[str, Any]:
    job = request("autotuned", Autotune={"Mode": "Enabled"})
    config = job["HyperParameterTuningJobConfig"]
    config["ResourceLimits"] = {"MaxParallelTrainingJobs": 2}
    config["ParameterRanges"] = {"AutoParameters": [{"Name": "eta", "ValueHint": "0.1"}]}
    return job


def _spot() -> dict[str, Any]:
    stopping = {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 7200}
    spot = definition(EnableManagedSpotTraining=True, StoppingCondition=stopping, CheckpointConfig=CHECKED)
    return request("spot", TrainingJobDefinition=spot)


def _converging() -> dict[str, Any]:
    job = request("converging", trials=30, parallel=10)
    criteria = {"ConvergenceDetected": {"CompleteOnConvergence": "Enabled"}}
    job["HyperParameterTuningJobConfig"]["TuningJobCompletionCriteria"] = criteria
    return job


TUNING_JOBS = (
    _single(),
    _several("several"),
    _built_in(),
    _autotuned(),
    _spot(),
    _converging(),
    request("mixed"),
    request("failing"),
    request("stopped"),
)

WARM = {
    **_several("warm"),
    "WarmStartConfig": {
        "ParentHyperParameterTuningJobs": [{TUNING_JOB: "several"}],
        "WarmStartType": "IdenticalDataAndAlgorithm",
    },
}

_SILENT: dict[str, Any] = {
    "AlgorithmSpecification": {"TrainingImage": BUILT_IN, "TrainingInputMode": "File"},
    "RoleArn": "arn:aws:iam::123456789012:role/tuning",
    "OutputDataConfig": {"S3OutputPath": "s3://models/alone"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 20},
    "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
}

_FULL = {
    **{name: value for name, value in definition().items() if name != "StaticHyperParameters"},
    TRAINING_JOB: "alone",
    "CheckpointConfig": CHECKED,
    "DebugHookConfig": {"S3OutputPath": "s3://models/debug"},
    "DebugRuleConfigurations": [{"RuleConfigurationName": "loss", "RuleEvaluatorImage": "rules:1"}],
    "Environment": {"LEVEL": "info"},
    "ExperimentConfig": {"ExperimentName": "churn"},
    "HyperParameters": {"eta": "0.1", "_tuning_objective_metric": objective()["MetricName"]},
    "InfraCheckConfig": {"EnableInfraCheck": True},
    "ProfilerConfig": {"S3OutputPath": "s3://models/profile"},
    "ProfilerRuleConfigurations": [{"RuleConfigurationName": "cpu", "RuleEvaluatorImage": "rules:1"}],
    "RemoteDebugConfig": {"EnableRemoteDebug": True},
    "ResourceConfig": {
        "InstanceType": "ml.p4d.24xlarge",
        "InstanceCount": 1,
        "VolumeSizeInGB": 20,
        "TrainingPlanArn": PLAN,
    },
    "RetryStrategy": {"MaximumRetryAttempts": 2},
    "SessionChainingConfig": {"EnableSessionTagChaining": True},
    "Tags": [{"Key": "team", "Value": "ml"}],
    "TensorBoardOutputConfig": {"S3OutputPath": "s3://models/board"},
    "VpcConfig": VPC,
    **ISOLATED,
    "EnableManagedSpotTraining": False,
}

ALONE: Mapping[str, dict[str, Any]] = {
    job[TRAINING_JOB]: job
    for job in (
        _FULL,
        *({TRAINING_JOB: f"alone-{fate}", **_SILENT} for fate in ("silent", "failing", "never")),
        {
            **_SILENT,
            TRAINING_JOB: "alone-pooled",
            "ResourceConfig": {**_SILENT["ResourceConfig"], "KeepAlivePeriodInSeconds": 60},
        },
    )
}
"""The training jobs that belong to no tuning job, by name."""
