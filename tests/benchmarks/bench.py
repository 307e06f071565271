"""Side by side, in turns, medians, as ratios: what the fake costs. Run it with ``nox -s bench``.

Nothing here is a test: the numbers depend on the machine, and only the ratios travel. The goals are those that the
project set itself; a goal that is missed is printed as missed.

``nox -s bench -- --before PATH`` compares this checkout with an earlier one at PATH: the same measurements in
subprocesses that take turns. So only public names of ``fake_tuning`` are used here.
"""

from __future__ import annotations

import argparse
import inspect
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import boto3
import botocore.client
import botocore.session
import clock_costs
import freezegun.api
from botocore.stub import Stubber
from freezegun import freeze_time
from moto import mock_aws

import fake_tuning
from fake_tuning import FakeTuningService, TuningJob, VirtualClock

ROUNDS = 400
BLOCKS = 8
FREEZES = 40
TURNS = 3
NAME = "HyperParameterTuningJobName"
UNTOUCHED = botocore.client.BaseClient._make_api_call
"""As it is when nothing is installed."""

MANY_READS = {name: 10_000 for name in inspect.signature(VirtualClock).parameters if name == "max_polls"}
"""Lets a benchmark read the same on and on at one instant; an earlier checkout has no such limit."""

Seconds = Mapping[str, float]


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


def timed(*actions: Callable[[], object], rounds: int = ROUNDS) -> list[list[float]]:
    """Return what each action took, measured in turns so that the machine's moods touch all alike."""
    taken: list[list[float]] = [[] for _ in actions]
    for _ in range(rounds):
        for found, action in zip(taken, actions, strict=True):
            found.append(seconds(action))
    return taken


def medians(*actions: Callable[[], object], rounds: int = ROUNDS) -> list[float]:
    """Return the median of each action, measured in turns."""
    return [statistics.median(each) for each in timed(*actions, rounds=rounds)]


@contextmanager
def served(*jobs: TuningJob) -> Iterator[VirtualClock]:
    """Freeze anew, with a service that has these jobs."""
    with VirtualClock(**MANY_READS) as clock, FakeTuningService(clock=clock) as service:
        for job in jobs:
            service.add(job)
        yield clock


def client() -> botocore.client.BaseClient:
    """Return a client of a session of its own."""
    session = botocore.session.Session()
    return session.create_client(
        "sagemaker", region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing"
    )


def describe(of: botocore.client.BaseClient, name: str) -> Callable[[], object]:
    """Return a call that describes a job."""
    return lambda: of.describe_hyper_parameter_tuning_job(**{NAME: name})


def floor() -> Callable[[], object]:
    """Return a call of a client whose handler answers with a constant: botocore's own share of every describe.

    The client goes by the function that botocore had before anything was installed, also while something is.
    """
    answering = client()
    answering._make_api_call = types.MethodType(UNTOUCHED, answering)
    answering.meta.events.register("before-call.sagemaker", lambda **_: (_Answered(), {"constant": True}))
    return describe(answering, "small")


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


SMALL = TuningJob("small").trials(10, parallel=2)


def in_one_freeze() -> Seconds:
    """Measure one describe, and the floor in turns with it, in the same freeze."""
    reached, answered = client(), floor()
    with served(SMALL.completed()):
        ours, theirs = medians(describe(reached, "small"), answered, rounds=5 * ROUNDS)
    return {"describe": ours, "floor": theirs}


def after_fresh_freezes() -> Seconds:
    """Measure the same in short blocks, each right after a fresh freeze."""
    reached, answered, job = client(), floor(), SMALL.completed()
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(FREEZES):
        with served(job):
            block = timed(describe(reached, "small"), answered, rounds=ROUNDS // 16)
        ours += block[0]
        theirs += block[1]
    return {
        "describe, fresh freeze": statistics.median(ours),
        "floor, fresh freeze": statistics.median(theirs),
    }


def at_other_instants() -> Seconds:
    """Measure the same of a job that runs, each time ten seconds later: code that polls sees another state."""
    reached, answered, taken = client(), floor(), []
    with served(TuningJob("small").trials(100, parallel=2)) as clock:
        for _ in range(ROUNDS):
            clock.advance("10s")
            taken.append((seconds(describe(reached, "small")), seconds(answered)))
    ours, theirs = zip(*taken, strict=True)
    return {
        "describe, another instant": statistics.median(ours),
        "floor, another instant": statistics.median(theirs),
    }


def other_ways() -> Seconds:
    """Measure one describe through us, Stubber and moto, in blocks that take turns."""
    job = SMALL.completed()
    stub, mocked, reached = stubbed(job), client(), client()
    taken: dict[str, list[float]] = {"fake": [], "Stubber": [], "moto": []}
    for _ in range(BLOCKS):
        with served(job):
            taken["fake"] += medians(describe(reached, "small"), rounds=ROUNDS // BLOCKS)
        taken["Stubber"] += medians(stub, rounds=ROUNDS // BLOCKS)
        with mock_aws():  # no wider: it makes all of botocore slower
            mocked.create_hyper_parameter_tuning_job(**job.request)
            taken["moto"] += medians(describe(mocked, "small"), rounds=ROUNDS // BLOCKS // 5)
    return {name: statistics.median(each) for name, each in taken.items()}


def many_trials() -> Seconds:
    """Measure the weight of many trials."""
    sizes = (("ten", 10, 2), ("hundred", 100, 10), ("large", 10_000, 100))
    with served(
        *(TuningJob(name).trials(most, parallel=parallel).completed() for name, most, parallel in sizes)
    ):
        ours = boto3.client("sagemaker")

        def page(name: str) -> Callable[[], object]:
            return lambda: ours.list_training_jobs_for_hyper_parameter_tuning_job(
                **{NAME: name, "MaxResults": 100}
            )

        for warm in (describe(ours, "ten"), describe(ours, "large"), page("large"), page("hundred")):
            warm()
        few, many = medians(describe(ours, "ten"), describe(ours, "large"))
        short, long = medians(page("hundred"), page("large"), rounds=ROUNDS // 4)
    return {
        "describe, 10 trials": few,
        "describe, 10,000 trials": many,
        "page of 100, of 100 trials": short,
        "page of 100, of 10,000 trials": long,
    }


def composing() -> Seconds:
    """Measure how long it takes to compose a job of many trials, and to describe it. No two have the same name."""
    numbers = itertools.count()

    def composed(trials: int) -> Callable[[], object]:
        return lambda: TuningJob(f"x{next(numbers)}").trials(trials, parallel=100).completed().describe()

    composed(10)()
    (thousand,) = medians(composed(1_000), rounds=5)
    (ten_thousand,) = medians(composed(10_000), rounds=3)
    return {"compose 1,000 trials, describe": thousand, "compose 10,000 trials, describe": ten_thousand}


def reading() -> Seconds:
    """Measure how long it takes to read a response of a job of many trials."""

    def read(trials: int) -> Callable[[], object]:
        response = TuningJob("recorded").trials(1).completed().describe()
        limits = {"MaxNumberOfTrainingJobs": trials, "MaxParallelTrainingJobs": 10}
        response["HyperParameterTuningJobConfig"]["ResourceLimits"] = limits
        response["TrainingJobStatusCounters"]["Completed"] = trials
        response["ObjectiveStatusCounters"]["Succeeded"] = trials
        response["LastModifiedTime"] += timedelta(days=9)
        response["HyperParameterTuningEndTime"] = response["LastModifiedTime"]
        return lambda: TuningJob.from_response(response).describe()

    read(10)()
    thousand, eight_thousand = medians(read(1_000), read(8_000), rounds=5)
    return {"read 1,000 trials": thousand, "read 8,000 trials": eight_thousand}


def entering() -> Seconds:
    """Measure set-up and tear-down, and freezegun's own."""

    def ours() -> None:
        with served():
            pass

    def theirs() -> None:
        with freeze_time("2026-01-01", ignore=["_pytest.timing"], real_asyncio=True):
            pass

    ours()
    own, frozen = medians(ours, theirs, rounds=40)
    return {"set-up and tear-down": own, "freezegun": frozen}


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


MEASUREMENTS = (
    in_one_freeze,
    after_fresh_freezes,
    at_other_instants,
    many_trials,
    composing,
    reading,
    entering,
    clock_costs.measured,
)
"""What an earlier checkout is measured with, too."""

DESCRIBED = {"describe": 1.5, "describe, fresh freeze": 1.5, "describe, another instant": 2.0}
"""Goals for the ratio of each to the floor in the same freeze."""

FASTER = {"compose 1,000 trials, describe": 0.2, "compose 10,000 trials, describe": 0.2}
"""Goals for the ratio to an earlier checkout: that of the last commit that composed a job three times."""


def measured() -> dict[str, float]:
    """Return all that is measured of one checkout, in seconds."""
    return {name: taken for measure in MEASUREMENTS for name, taken in measure().items()}


def rows(found: Seconds, other: Seconds) -> Iterator[Row]:
    """Yield what is compared on this checkout alone.

    Args:
        found: what was measured of it.
        other: what one describe takes in other ways.
    """
    for what, goal in DESCRIBED.items():
        yield Row(what, found[what], "floor", found[what.replace("describe", "floor")], goal)
    for name in ("Stubber", "moto"):
        yield Row("one describe", other["fake"], name, other[name], 1.0)
    few, many = found["describe, 10 trials"], found["describe, 10,000 trials"]
    yield Row("describe, 10,000 trials", many, "10 trials", few, 1.3)
    short, long = found["page of 100, of 100 trials"], found["page of 100, of 10,000 trials"]
    yield Row("page of 100, of 10,000 trials", long, "of 100", short, 2.0)
    thousand, more = found["read 1,000 trials"], found["read 8,000 trials"]
    yield Row("read 8,000 trials", more, "1,000 trials", thousand, 12)
    own, frozen = found["set-up and tear-down"], found["freezegun"]
    yield Row("set-up and tear-down", own, "freezegun", frozen, 10, "ms more")
    yield from of_the_clock(found)
    yield plugin()


def of_the_clock(found: Seconds) -> Iterator[Row]:
    """Yield what virtual time costs.

    Args:
        found: what was measured.
    """
    for modules in (clock_costs.FEW, clock_costs.MANY):
        own, frozen = found[f"enter, {modules:,} modules"], found[f"freezegun, {modules:,} modules"]
        yield Row(f"enter and leave, {modules:,} modules", own, "freezegun", frozen, 2, "ms more")
    yield Row("time.sleep", found["time.sleep"], "none", 0, 0.025, "ms more")
    yield Row("Event.wait", found["Event.wait"], "none", 0, 0.025, "ms more")
    turn = "a real asyncio.sleep(0)"
    yield Row("asyncio.sleep", found["asyncio.sleep"], "a real turn", found[turn], 2)
    yield Row("a sleep of 16 threads", found["a sleep of 16 threads"], "none", 0, 0.1, "ms more")
    told = "told of a forgotten Stopped"
    yield Row(told, found[told], "none", 0, 100, "ms more")


def of_this_checkout() -> Iterator[str]:
    """Yield the lines on this checkout alone."""
    found, other = measured(), other_ways()
    yield from map(str, rows(found, other))
    for what in FASTER:
        yield f"{what:40} {found[what] * 1e3:9.1f} ms (compare it: --before PATH)"


def in_subprocess(checkout: Path) -> dict[str, float]:
    """Return all that is measured of a checkout."""
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    command = [sys.executable, __file__, "--measure", str(checkout)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment, cwd=checkout)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def compared(before: Path) -> Iterator[str]:
    """Yield the lines on an earlier checkout and this one, measured in subprocesses that take turns."""
    now = Path(__file__).parents[2]
    turns = [(in_subprocess(before), in_subprocess(now)) for _ in range(TURNS)]
    yield f"{'':40} {'before':>12}    {'after':>12}    after/before"
    for name in turns[0][0]:
        old, new = (statistics.median(turn[which][name] for turn in turns) for which in (0, 1))
        wanted = FASTER.get(name)
        verdict = "" if wanted is None else f" (goal {wanted:g}) {'ok' if new / old <= wanted else 'MISSED'}"
        yield f"{name:40} {old * 1e6:9.0f} µs    {new * 1e6:9.0f} µs    {new / old:12.2f}{verdict}"
    for what, goal in DESCRIBED.items():
        theirs = what.replace("describe", "floor")
        old, new = (
            statistics.median(turn[which][what] / turn[which][theirs] for turn in turns) for which in (0, 1)
        )
        verdict = "ok" if new <= goal else "MISSED"
        yield f"{f'{what} / floor':40} {old:9.2f}       {new:9.2f}                    (goal {goal}) {verdict}"


def main() -> None:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--before", type=Path, help="an earlier checkout, to compare this one with")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure is not None:
        loaded = Path(fake_tuning.__file__).resolve()
        if not loaded.is_relative_to(options.measure.resolve()):
            parser.error(f"measured {loaded}, which is not in {options.measure}")
        print(json.dumps(measured()))
        return
    print(f"Python {sys.version.split()[0]}, {ROUNDS} rounds", flush=True)
    for line in of_this_checkout() if options.before is None else compared(options.before.resolve()):
        print(line, flush=True)


if __name__ == "__main__":
    main()
