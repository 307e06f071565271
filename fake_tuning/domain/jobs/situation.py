"""How a tuning job came to be as it is."""

from __future__ import annotations

from dataclasses import dataclass

from fake_tuning.domain.simulation.scenario import Scenario
from fake_tuning.domain.simulation.simulation import Change


@dataclass(frozen=True, slots=True)
class Situation:
    """A job's scenario, what was done to it (at milliseconds after its creation), and how old it is.

    Attributes:
        scenario: how it behaves.
        commands: what was done to it.
        age: how long ago it was created, in milliseconds.
    """

    scenario: Scenario
    commands: tuple[Change, ...] = ()
    age: int = 0
