"""How a tuning job came to be in the state that was asked for."""

from __future__ import annotations

from dataclasses import dataclass

from fake_tuning.domain.simulation.scenario import Scenario
from fake_tuning.domain.simulation.steering import Steering


@dataclass(frozen=True, slots=True)
class Situation:
    """A job's scenario, what was done to it, and how old it is.

    Attributes:
        scenario: how it behaves.
        changes: what was done to it; their instants are in milliseconds after its creation.
        age: how long ago it was created, in milliseconds.
    """

    scenario: Scenario
    changes: tuple[Steering, ...] = ()
    age: int = 0
