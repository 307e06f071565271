"""Whatever is done to a service, in whatever order, its answers are what the API's documentation says of them.

As many operations are carried out as ``FAKE_TUNING_OPERATIONS`` says (100,000 by default), from the seeds that begin
with ``FAKE_TUNING_SEED`` (0). A failure names its seed, and the few steps that lead to it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

import boto3
import pytest
from botocore.config import Config

from fake_tuning import FakeTuningService
from support.hand_clock import HandClock
from support.random_operations import take_step
from support.watched_service import WatchedService

pytestmark = pytest.mark.slow

OPERATIONS = int(os.environ.get("FAKE_TUNING_OPERATIONS", "100_000"))
SEED = int(os.environ.get("FAKE_TUNING_SEED", "0"))
PARTS = 10
"""So many tests share the operations, and processes can share the tests."""

STEPS = 150
"""So many are done to one service: after that the next one begins, with nothing in it."""


@pytest.fixture(scope="module")
def impatient() -> Any:
    """A client that tries nothing twice."""
    session = boto3.Session("testing", "testing", region_name="us-east-1")
    return session.client("sagemaker", config=Config(retries={"total_max_attempts": 1}))


def run(seed: str, steps: Sequence[int], client: Any) -> tuple[WatchedService, Exception | None]:
    """Take some steps of a seed, each of which has random numbers of its own, and return what went wrong."""
    clock = HandClock()
    with FakeTuningService(clock=clock, seed=Random(seed).getrandbits(16)) as service:
        watched = WatchedService(service, clock, client)
        try:
            for step in steps:
                take_step(watched, Random(f"{seed}:{step}"))
        except Exception as error:
            return watched, error
    return watched, None


def shortened(seed: str, client: Any) -> tuple[WatchedService, Exception]:
    """Leave out as many steps as can be left out of a run that goes wrong."""
    steps, size = list(range(STEPS)), STEPS // 2
    while size:
        for begin in range(len(steps) - size, -1, -size):
            fewer = [*steps[:begin], *steps[begin + size :]]
            if run(seed, fewer, client)[1] is not None:
                steps = fewer
        size //= 2
    watched, error = run(seed, steps, client)
    assert error is not None
    return watched, error


def seeds(part: int) -> Iterator[str]:
    number = SEED + part
    while True:
        yield str(number)
        number += PARTS


@pytest.mark.parametrize("part", range(PARTS))
def test_answers_are_what_the_documentation_says(part: int, impatient: Any) -> None:
    count = 0
    for seed in seeds(part):
        watched, error = run(seed, range(STEPS), impatient)
        if error is not None:
            watched, error = shortened(seed, impatient)
            done = "\n".join(watched.log)
            raise AssertionError(f"seed {seed}: {type(error).__name__}: {error}\n{done}") from error
        count += watched.count
        if count >= OPERATIONS / PARTS:
            break
