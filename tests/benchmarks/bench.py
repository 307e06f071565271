"""Side by side, interleaved, medians, as ratios: what the fake costs. Run it with ``nox -s bench``.

Nothing here is a test: the numbers hang on the machine, and only the ratios travel. The goals are those that the
project set itself; a goal that is missed is printed as missed.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import boto3
import botocore.session
import freezegun.api
from botocore.stub import Stubber
from freezegun import freeze_time
from moto import mock_aws

from fake_tuning import FakeTuningService, TuningJob, VirtualClock

ROUNDS = 400
BLOCKS = 8
NAME = "HyperParameterTuningJobName"


class _Answered:
    """Just enough of an HTTP response for botocore to go on with."""

    status_code = 200
    headers: dict[str, str] = {}  # noqa: RUF012  # never written to


class Row(NamedTuple):
    """A measurement against what it is compared with, and the goal for the ratio or the difference."""

    what: str
    ours: float
    against: str
    theirs: float
    goal: float
    unit: str = "x"

    def __str__(self) -> str:
        found = self.ours / self.theirs if self.unit == "x" else (self.ours - self.theirs) * 1e3
        verdict = "ok" if found <= self.goal else "MISSED"
        figures = f"{self.ours * 1e6:9.0f} µs  {self.against} {self.theirs * 1e6:9.0f} µs"
        return f"{self.what:40} {figures:44} {found:7.2f} {self.unit} (goal {self.goal:g}) {verdict}"


def seconds(action: Callable[[], object]) -> float:
    """Return for how long an action really takes, also while time is frozen."""
    # Looked up at every call: freezegun replaces references that a module has saved.
    begun = freezegun.api.real_perf_counter()
    action()
    return float(freezegun.api.real_perf_counter() - begun)


def medians(*actions: Callable[[], object], rounds: int = ROUNDS) -> list[float]:
    """Return the median of each action, measured in turns so that the machine's moods touch all alike."""
    taken: list[list[float]] = [[] for _ in actions]
    for _ in range(rounds):
        for found, action in zip(taken, actions, strict=True):
            found.append(seconds(action))
    return [statistics.median(each) for each in taken]


def client() -> botocore.client.BaseClient:
    """Return a client of a session of its own."""
    session = botocore.session.Session()
    return session.create_client(
        "sagemaker", region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing"
    )


def describe(of: botocore.client.BaseClient, name: str) -> Callable[[], object]:
    """Return a call that describes a job."""
    return lambda: of.describe_hyper_parameter_tuning_job(**{NAME: name})


def stubbed(job: TuningJob) -> Callable[[], object]:
    """Return a call through a plain Stubber, which needs an answer added for each."""
    target = client()
    stubber = Stubber(target)
    stubber.activate()
    answer = job.describe()
    ask = describe(target, str(job.name))

    def call() -> object:
        stubber.add_response("describe_hyper_parameter_tuning_job", answer, {NAME: job.name})
        return ask()

    return call


def one_describe() -> list[Row]:
    """Measure one describe through us, the floor, Stubber and moto.

    In blocks that take turns, for the floor is that of a botocore that nobody has touched.
    """
    job = TuningJob("small").trials(10, parallel=2).completed()
    floor = client()
    floor.meta.events.register("before-call.sagemaker", lambda **_: (_Answered(), {"constant": True}))
    stub, mocked, reached = stubbed(job), client(), client()
    taken: dict[str, list[float]] = {"fake": [], "floor": [], "Stubber": [], "moto": []}
    for _ in range(BLOCKS):
        with VirtualClock() as clock, FakeTuningService(clock=clock) as service:
            service.add(job)
            taken["fake"] += medians(describe(reached, "small"), rounds=ROUNDS // BLOCKS)
        for name, action in (("floor", describe(floor, "small")), ("Stubber", stub)):
            taken[name] += medians(action, rounds=ROUNDS // BLOCKS)
        with mock_aws():  # no wider: it makes all of botocore slower
            mocked.create_hyper_parameter_tuning_job(**job.request)
            taken["moto"] += medians(describe(mocked, "small"), rounds=ROUNDS // BLOCKS // 5)
    found = {name: statistics.median(each) for name, each in taken.items()}
    goals = {"floor": 1.5, "Stubber": 1.0, "moto": 1.0}
    return [Row("one describe", found["fake"], name, found[name], goal) for name, goal in goals.items()]


def many_trials() -> list[Row]:
    """Measure the weight of many trials."""
    with VirtualClock() as clock, FakeTuningService(clock=clock) as service:
        for name, most, parallel in (("ten", 10, 2), ("hundred", 100, 10), ("large", 10_000, 100)):
            service.add(TuningJob(name).trials(most, parallel=parallel).completed())
        ours = boto3.client("sagemaker")

        def page(name: str) -> Callable[[], object]:
            return lambda: ours.list_training_jobs_for_hyper_parameter_tuning_job(
                **{NAME: name, "MaxResults": 100}
            )

        for warm in (describe(ours, "ten"), describe(ours, "large"), page("large"), page("hundred")):
            warm()
        few, many = medians(describe(ours, "ten"), describe(ours, "large"))
        short, long = medians(page("hundred"), page("large"), rounds=ROUNDS // 4)
    return [
        Row("describe, 10,000 trials", many, "10 trials", few, 1.3),
        Row("page of 100, of 10,000 trials", long, "of 100", short, 2.0),
    ]


def fixture() -> Row:
    """Measure set-up and tear-down beyond freezegun's own start."""

    def ours() -> None:
        with VirtualClock() as clock, FakeTuningService(clock=clock):
            pass

    def theirs() -> None:
        with freeze_time("2026-01-01", ignore=["_pytest.timing"], real_asyncio=True):
            pass

    ours()
    own, frozen = medians(ours, theirs, rounds=40)
    return Row("set-up and tear-down", own, "freezegun", frozen, 10, "ms more")


def plugin() -> Row:
    """Measure a run that does not use the plugin, with it and without it."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_nothing.py").write_text("def test_nothing():\n    assert True\n")

        def run(*options: str) -> Callable[[], object]:
            command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, folder]
            return lambda: subprocess.run(command, check=True, capture_output=True, cwd=folder)

        run()()
        with_it, without = medians(run(), run("-p", "no:fake_tuning"), rounds=15)
    return Row("a run that does not use the plugin", with_it, "without it", without, 5, "ms more")


if __name__ == "__main__":
    print(f"Python {sys.version.split()[0]}, {ROUNDS} rounds")
    for row in [*one_describe(), *many_trials(), fixture(), plugin()]:
        print(row)
