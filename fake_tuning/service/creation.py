"""How jobs behave that are created through the API, and what a request to create one becomes."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from random import Random
from typing import Any

from fake_tuning.domain.jobs.training_job_record import TrainingJobRecord, check_scenario
from fake_tuning.domain.jobs.tuning_job_record import TuningJobRecord
from fake_tuning.domain.simulation.scenario import Scenario
from fake_tuning.service.store import Store
from fake_tuning.service.validation.warm_start import inherited


class Creation:
    """Makes records of new jobs, and knows their scenarios. It stores none of them.

    Args:
        seed: determines all random values.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._tuning_scenarios: list[tuple[str, Scenario]] = []
        self._training_scenarios: list[tuple[str, Scenario]] = []

    def expect_tuning_jobs(self, scenario: Scenario, name: str) -> None:
        """Let tuning jobs whose names match a pattern behave like this. Later patterns take precedence."""
        self._tuning_scenarios.append((name, scenario))

    def expect_training_jobs(self, scenario: Scenario, name: str) -> None:
        """Let standalone training jobs whose names match a pattern behave like this. Later patterns take precedence.

        Raises:
            ValueError: the scenario has something that no training job can do.
        """
        check_scenario(scenario)
        self._training_scenarios.append((name, scenario))

    def tuning_job(self, request: Mapping[str, Any], store: Store, now: int) -> TuningJobRecord:
        """Return the record of a tuning job that is created now.

        Args:
            request: the CreateHyperParameterTuningJob request, which is copied.
            store: the region that it is created in.
            now: the present instant, in milliseconds since 1970.
        """
        request = copy.deepcopy(dict(request))
        name = request["HyperParameterTuningJobName"]
        scenario, seed = _matching(self._tuning_scenarios, name), self._seed_of(name, store, now)
        parent_best = inherited(request, store, now)
        return TuningJobRecord(request, store.place, scenario, seed, now, parent_best=parent_best)

    def _seed_of(self, name: str, store: Store, now: int) -> int:
        # The training jobs of a deleted job stay: those of the next job of its name need other names.
        turn = store.predecessors(name, now)
        return Random(f"{self._seed}:{name}:{turn}").getrandbits(32) if turn else self._seed

    def training_job(
        self, request: Mapping[str, Any], store: Store, now: int, *, warm: bool = False
    ) -> TrainingJobRecord:
        """Return the record of a standalone training job that is created now.

        Args:
            request: the CreateTrainingJob request, which is copied.
            store: the region that it is created in.
            now: the present instant, in milliseconds since 1970.
            warm: whether it takes over the instances of another one.
        """
        request = copy.deepcopy(dict(request))
        scenario = _matching(self._training_scenarios, request["TrainingJobName"])
        record = TrainingJobRecord(request, store.place, scenario, self._seed, now, warm=warm)
        record.trial  # noqa: B018  # what a scenario's objective raises is raised before anything is stored
        return record


def _matching(scenarios: Sequence[tuple[str, Scenario]], name: str) -> Scenario:
    """Return the last scenario whose pattern matches a name, or the default scenario."""
    found = (scenario for pattern, scenario in reversed(scenarios) if fnmatchcase(name, pattern))
    return next(found, Scenario())
