"""A client with a service and a clock of its own: it creates a tuning job, runs it to its end and reads the outcome."""

from __future__ import annotations

import itertools
from typing import Any

import boto3
import pytest

from fake_tuning import FakeTuningService, Scenario
from fake_tuning.domain.vocabulary.statuses import TERMINAL
from support.answers import said
from support.hand_clock import HandClock
from support.requests import definition, objective, ranges, request
from support.scenarios import ROUND


class Account:
    """A client, the service that answers it, and the time that both live in."""

    def __init__(self, **options: Any) -> None:
        self.clock = HandClock()
        self.service = FakeTuningService(clock=self.clock, **options)
        self.service.on_create(ROUND)

    def __enter__(self) -> Account:
        self.service.__enter__()
        self.client: Any = boto3.client("sagemaker")
        return self

    def __exit__(self, *error: Any) -> None:
        self.service.__exit__(*error)

    def create(self, asked: dict[str, Any], scenario: Scenario = ROUND) -> None:
        self.service.on_create(scenario)
        self.client.create_hyper_parameter_tuning_job(**asked)

    def describe(self, name: str = "xgb") -> dict[str, Any]:
        answer: dict[str, Any] = self.client.describe_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=name
        )
        return answer

    def trials(self, name: str = "xgb") -> list[dict[str, Any]]:
        """The trials so far, in the order of their launch."""
        pages = self.client.get_paginator("list_training_jobs_for_hyper_parameter_tuning_job").paginate(
            HyperParameterTuningJobName=name, SortBy="Name", SortOrder="Ascending"
        )
        return [trial for page in pages for trial in page["TrainingJobSummaries"]]

    def training_job(self, trial: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = self.client.describe_training_job(TrainingJobName=trial["TrainingJobName"])
        return answer

    def run(
        self, asked: dict[str, Any], scenario: Scenario = ROUND
    ) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Create a job, wait until it has ended, and tell what became of it and of its trials."""
        self.create(asked, scenario)
        name = asked["HyperParameterTuningJobName"]
        for _ in range(10_000):
            answer = self.describe(name)
            if answer["HyperParameterTuningJobStatus"] in TERMINAL:
                return answer, self.trials(name)
            event = self.service.next_event_after(self.clock.time)
            assert event is not None, "the job never ends"
            self.clock.time = event
        raise AssertionError("the job does not end")


# Requests and scenarios.


def asking(name: str = "xgb", *, trials: int | None = 4, parallel: int = 2, **config: Any) -> dict[str, Any]:
    """A request with other members of its configuration; one that is None is left out."""
    asked = request(name, trials=trials or 1, parallel=parallel)
    changed = asked["HyperParameterTuningJobConfig"]
    if trials is None:
        del changed["ResourceLimits"]["MaxNumberOfTrainingJobs"]
    changed |= config
    asked["HyperParameterTuningJobConfig"] = {
        name: each for name, each in changed.items() if each is not None
    }
    return asked


def defining(asked: dict[str, Any], **members: Any) -> dict[str, Any]:
    """The same request with other members of its definition."""
    return {**asked, "TrainingJobDefinition": {**asked["TrainingJobDefinition"], **members}}


def scored(scenario: Scenario, *scores: Any) -> Scenario:
    """Let the trials score these, one after the other."""
    for number, score in enumerate(scores, 1):
        scenario = scenario.trial(number).scores(score)
    return scenario


def several(name: str, *definitions: dict[str, Any], trials: int | None = 4, **config: Any) -> dict[str, Any]:
    """A request with several definitions, named first, second and so on."""
    asked = asking(name, trials=trials, **config)
    changed = asked["HyperParameterTuningJobConfig"]
    del (
        changed["HyperParameterTuningJobObjective"],
        changed["ParameterRanges"],
        asked["TrainingJobDefinition"],
    )
    turns = zip(("first", "second", "third"), definitions, strict=False)
    asked["TrainingJobDefinitions"] = [
        definition(
            **{
                "DefinitionName": turn,
                "TuningObjective": objective(),
                "HyperParameterRanges": ranges(),
                **each,
            }
        )
        for turn, each in turns
    ]
    return asked


def category(name: str, *choices: str) -> dict[str, Any]:
    return {"Name": name, "Values": list(choices)}


GRID = {
    "CategoricalParameterRanges": [category("booster", "gbtree", "dart"), category("depth", "3", "6", "9")]
}
BAND = {"HyperbandStrategyConfig": {"MinResource": 1, "MaxResource": 9}}


# Outcomes.


def tried(trials: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [trial["TunedHyperParameters"] for trial in trials]


def statuses(trials: list[dict[str, Any]]) -> list[str]:
    return [trial["TrainingJobStatus"] for trial in trials]


def values(trials: list[dict[str, Any]]) -> list[float]:
    return [round(trial["FinalHyperParameterTuningJobObjectiveMetric"]["Value"], 4) for trial in trials]


def counted(answer: dict[str, Any]) -> tuple[dict[str, int], dict[str, int]]:
    """Both counters of a job, without what is zero."""
    both = (answer["TrainingJobStatusCounters"], answer["ObjectiveStatusCounters"])
    status, metric = ({name: count for name, count in each.items() if count} for each in both)
    return status, metric


def restarts(job: dict[str, Any], setback: str) -> list[list[str]]:
    """The phases of a training job, split where it was set back."""
    phases = [each["Status"] for each in job["SecondaryStatusTransitions"]]
    return [
        list(group)
        for is_setback, group in itertools.groupby(phases, lambda each: each == setback)
        if not is_setback
    ]


def in_use(account: Account, name: str) -> int:
    """How many instances are held, as the refusal of a job that wants too many tells."""
    with pytest.raises(account.client.exceptions.ResourceLimitExceeded) as raised:
        account.client.create_hyper_parameter_tuning_job(**request(name, parallel=99, trials=99))
    used = said(raised.value)[1].partition("current utilization of ")[2]
    return int(used.partition(" Instances")[0])
