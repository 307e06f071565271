"""A function that scores trials and asks about jobs, which depend on what it returns, is told so and hangs nobody."""

from __future__ import annotations

import _thread
import asyncio
import contextvars
import signal
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from fake_tuning import ClockRunaway, FakeTuningService, Scenario, TuningJob, VirtualClock
from support import training_job_calls, tuning_job_calls
from support.hand_clock import START, HandClock
from support.requests import training
from support.scenarios import ROUND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def refusal(number: int, job: str, asked: str = "the service") -> str:
    return (
        f"the function that scores trial {number} of {job!r} asked {asked}, before it returned the score: how jobs "
        "are depends on that. Let it compute the score from the hyperparameters that it is given; whatever else it "
        "needs, find out before, or set single scores with .trial(3).scores(0.9)"
    )


class Objective:
    """Scores each trial with 0.5, after it has asked whatever it is to ask."""

    def __init__(self) -> None:
        self.ask: Callable[[], Any] | None = None

    def __call__(self, tried: Any) -> float:
        if self.ask is not None:
            self.ask()
        return 0.5


@pytest.fixture
def objective(service: FakeTuningService, client: Any) -> Objective:
    """That of the tuning job xgb, which was just created; there is another job, too."""
    objective = Objective()
    service.add(TuningJob("other").completed())
    service.on_create(ROUND.scored_by(objective), name="xgb")
    tuning_job_calls.create(client)
    return objective


ASKED: dict[str, Callable[[FakeTuningService, Any], Any]] = {
    "describe": lambda service, client: tuning_job_calls.describe(client),
    "describe another": lambda service, client: tuning_job_calls.describe(client, "other"),
    "list": lambda service, client: tuning_job_calls.listed(client),
    "trials": lambda service, client: tuning_job_calls.trials_of(client),
    "training jobs": lambda service, client: training_job_calls.listed(client),
    "search": lambda service, client: client.search(Resource="TrainingJob"),
    "stop": lambda service, client: tuning_job_calls.stop(client),
    "create": lambda service, client: tuning_job_calls.create(client, "next"),
    "call": lambda service, client: service.call("ListTrainingJobs", {}),
    "job": lambda service, client: service.job("xgb"),
    "jobs": lambda service, client: service.jobs(),
    "add": lambda service, client: service.add(TuningJob("third")),
    "on_create": lambda service, client: service.on_create(Scenario.stops()),
    "events": lambda service, client: service.next_event_after(START),
}


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_what_asks_the_service_is_refused_and_can_be_mended(
    service: FakeTuningService,
    client: Any,
    clock: HandClock,
    objective: Objective,
    ask: Callable[[FakeTuningService, Any], Any],
) -> None:
    clock.advance("1m")
    objective.ask = lambda: ask(service, client)
    for look in (lambda: tuning_job_calls.status(client), lambda: service.job("xgb").status):
        with pytest.raises(RuntimeError) as raised:
            look()
        assert str(raised.value) == refusal(1, "xgb")
    assert len(service.calls) == 1  # its creation
    objective.ask = None
    assert tuning_job_calls.status(client) == "InProgress"
    assert [trial.number for trial in service.job("xgb").trials] == [1, 2]
    assert [job.name for job in service.jobs()] == ["other", "xgb"]


@pytest.mark.parametrize(
    "ask",
    [
        lambda handle: handle.status,
        lambda handle: handle.trials,
        lambda handle: handle.stop(),
    ],
)
def test_a_handle_of_its_job_is_refused_too(
    service: FakeTuningService, clock: HandClock, objective: Objective, ask: Any
) -> None:
    handle = service.job("xgb")
    clock.advance("1m")
    objective.ask = lambda: ask(handle)
    with pytest.raises(RuntimeError) as raised:
        _ = handle.status
    assert str(raised.value) == refusal(1, "xgb")
    objective.ask = None
    clock.advance("1h")
    assert handle.status == "Completed"


def test_what_it_prints_is_no_question(
    service: FakeTuningService, clock: HandClock, objective: Objective
) -> None:
    shown: list[str] = []
    handle = service.job("xgb")
    objective.ask = lambda: shown.extend([repr(service), repr(handle)])
    clock.advance("1h")
    assert handle.status == "Completed"
    cause = "unknown{} (RuntimeError(\"the function that scores trial 1 of 'xgb' asked the service, be...)"
    assert shown[:2] == [
        f"<FakeTuningService us-east-1, {cause.format(' tuning jobs')}, 1 call>",
        f"<tuning job 'xgb': {cause.format('')}>",
    ]


def test_one_that_swallows_the_error_goes_on(
    service: FakeTuningService, client: Any, clock: HandClock, objective: Objective
) -> None:
    def ask() -> None:
        with pytest.raises(RuntimeError):
            tuning_job_calls.describe(client)

    objective.ask = ask
    clock.advance("1h")
    assert tuning_job_calls.status(client) == "Completed"
    assert [trial.metric for trial in service.job("xgb").trials] == [0.5] * 4


def test_a_job_is_not_added_whose_objective_asks(service: FakeTuningService) -> None:
    objective = Objective()
    objective.ask = service.jobs
    earlier = TuningJob("earlier").trials(1).completed()
    job = TuningJob("xgb").scored_by(objective).warm_started_from(earlier).completes(after="1h")
    service.add(earlier)
    with pytest.raises(RuntimeError) as raised:
        service.add(job)
    assert str(raised.value) == refusal(1, "xgb")
    assert [each.name for each in service.jobs()] == ["earlier"]
    objective.ask = None
    assert service.add(job).status == "InProgress"


def test_a_training_job_is_not_created_whose_objective_asks(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    objective = Objective()
    service.on_create(ROUND.scored_by(objective), training_jobs=True)
    objective.ask = lambda: training_job_calls.listed(client)
    metrics = [{"Name": "auc", "Regex": "auc=(.*)"}]
    image = training("final")["AlgorithmSpecification"]
    with pytest.raises(RuntimeError) as raised:
        training_job_calls.create(client, AlgorithmSpecification={**image, "MetricDefinitions": metrics})
    assert str(raised.value) == refusal(1, "final")
    assert training_job_calls.listed(client) == []


def test_a_job_of_the_builder_that_asks_how_it_is_is_refused() -> None:
    objective = Objective()
    job = TuningJob("xgb").trials(3).scored_by(objective).completes(after="3h")
    objective.ask = lambda: job.describe(at="1h")
    for look in (lambda: job.describe(at="1h"), lambda: job.list_trials(at="1h"), job.completed):
        with pytest.raises(RuntimeError) as raised:
            look()
        assert str(raised.value) == refusal(1, "xgb", "about a job that it scores")
    objective.ask = None
    assert job.describe(at="1h")["HyperParameterTuningJobStatus"] == "InProgress"


def test_jobs_of_the_builder_that_ask_about_each_other_are_refused() -> None:
    one, two = Objective(), Objective()
    first, second = TuningJob("one").scored_by(one), TuningJob("two").scored_by(two)
    one.ask, two.ask = lambda: second.describe(at="1h"), lambda: first.describe(at="1h")
    with pytest.raises(RuntimeError) as raised:
        first.describe(at="1h")
    assert str(raised.value) == refusal(1, "one", "about a job that it scores")


def test_a_job_of_the_builder_may_depend_on_another(service: FakeTuningService) -> None:
    objective = Objective()
    earlier = TuningJob("earlier").maximize("auc").scored_by(lambda tried: 0.25).completed()
    objective.ask = lambda: found.append(earlier.describe()["BestTrainingJob"]["TrainingJobName"])
    found: list[str] = []
    assert service.add(TuningJob("xgb").trials(1).scored_by(objective).completed()).status == "Completed"
    assert set(found) == {earlier.describe()["BestTrainingJob"]["TrainingJobName"]}


def test_what_is_called_in_its_context_is_refused_in_another_thread_too(
    service: FakeTuningService, client: Any, clock: HandClock, objective: Objective
) -> None:
    said: list[str] = []

    def look() -> None:
        with pytest.raises(RuntimeError) as raised:
            tuning_job_calls.describe(client)
        said.append(str(raised.value))

    def ask() -> None:  # as asyncio.to_thread does
        thread = threading.Thread(target=contextvars.copy_context().run, args=(look,))
        thread.start()
        thread.join()

    objective.ask = ask
    clock.advance("1m")
    assert tuning_job_calls.status(client) == "InProgress"
    assert said == [refusal(1, "xgb"), refusal(2, "xgb")]


def test_a_thread_that_it_starts_waits_until_it_returns(
    service: FakeTuningService, client: Any, clock: HandClock, objective: Objective
) -> None:
    found: list[str] = []
    threads: list[threading.Thread] = []

    def ask() -> None:
        objective.ask = None
        threads.append(threading.Thread(target=lambda: found.append(tuning_job_calls.status(client))))
        threads[0].start()

    objective.ask = ask
    clock.advance("1m")
    assert tuning_job_calls.status(client) == "InProgress"
    threads[0].join()
    assert found == ["InProgress"]


@pytest.fixture
def interrupts() -> Iterator[None]:
    """Let Ctrl-C interrupt: a process that was started in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_one_that_waits_for_such_a_thread_can_be_interrupted(
    service: FakeTuningService, client: Any, clock: HandClock, objective: Objective, interrupts: None
) -> None:
    found: list[str] = []
    threads: list[threading.Thread] = []

    def look() -> None:
        _thread.interrupt_main()  # as Ctrl-C does
        found.append(tuning_job_calls.status(client))

    def ask() -> None:
        objective.ask = None
        threads.append(threading.Thread(target=look))
        threads[0].start()
        threads[0].join()

    objective.ask = ask
    clock.advance("1m")
    with pytest.raises(KeyboardInterrupt):
        tuning_job_calls.status(client)
    threads[0].join()
    assert found == ["InProgress"]
    assert tuning_job_calls.status(client) == "InProgress"


def test_one_that_sleeps_moves_the_time(virtual_service: FakeTuningService, lasting_client: Any) -> None:
    objective = Objective()
    objective.ask = lambda: time.sleep(3600)
    virtual_service.on_create(ROUND.scored_by(objective))
    tuning_job_calls.create(lasting_client)
    time.sleep(11)
    assert tuning_job_calls.status(lasting_client) == "InProgress"
    assert (virtual_service.clock.now() - START).total_seconds() == 11 + 2 * 3600
    assert virtual_service.job("xgb").status == "Completed"


def test_one_that_sleeps_for_ever_is_told_so(lasting_client: Any) -> None:
    def sleeps(tried: Any) -> float:
        while True:
            time.sleep(3600)

    with VirtualClock(START, max_span="2d") as clock, FakeTuningService(clock=clock) as service:
        service.add(TuningJob("other").completed())
        service.on_create(ROUND.scored_by(sleeps))
        tuning_job_calls.create(lasting_client)
        tuning_job_calls.status(lasting_client, "other")
        time.sleep(11)
        with pytest.raises(ClockRunaway, match="is past max_span='2d'") as raised:
            tuning_job_calls.status(lasting_client)
    assert "Meanwhile" not in str(raised.value)


def test_what_was_polled_in_vain_before_is_not_laid_to_one_that_sleeps(lasting_client: Any) -> None:
    objective = Objective()
    with VirtualClock(START, max_polls=4) as clock, FakeTuningService(clock=clock) as service:
        service.add(TuningJob("other").completed())
        service.on_create(ROUND.scored_by(objective))
        tuning_job_calls.create(lasting_client)
        objective.ask = lambda: time.sleep(5)
        for _ in range(5):
            time.sleep(2)
            # The last time, the second one asks for the scores.
            assert tuning_job_calls.status(lasting_client, "other") == "Completed"
            assert tuning_job_calls.status(lasting_client) == "InProgress"


class Lazy(list[float]):
    """Scores that are found when somebody iterates over them."""

    def __init__(self, ask: Callable[[], Any]) -> None:
        super().__init__([0.5])
        self._ask = ask

    def __iter__(self) -> Iterator[float]:
        self._ask()
        return super().__iter__()


def generated(ask: Callable[[], Any]) -> Iterator[float]:
    ask()
    yield 0.5


@pytest.mark.parametrize("returned", [Lazy, generated])
def test_what_is_found_only_when_its_scores_are_read_is_refused_too(
    service: FakeTuningService, client: Any, clock: HandClock, returned: Callable[..., Any]
) -> None:
    service.on_create(ROUND.scored_by(lambda tried: returned(lambda: service.job("xgb").status)))
    tuning_job_calls.create(client)
    clock.advance("1m")
    for look in (lambda: tuning_job_calls.status(client), lambda: service.job("xgb").status):
        with pytest.raises(RuntimeError) as raised:
            look()
        assert str(raised.value) == refusal(1, "xgb")


def test_a_task_that_it_creates_may_ask_once_it_has_returned(
    service: FakeTuningService, client: Any, clock: HandClock, objective: Objective
) -> None:
    async def look() -> str:
        return tuning_job_calls.status(client)

    async def main() -> list[str]:
        tasks: list[asyncio.Task[str]] = []
        objective.ask = lambda: tasks.append(asyncio.get_running_loop().create_task(look()))
        clock.advance("1m")
        assert tuning_job_calls.status(client) == "InProgress"
        return await asyncio.gather(*tasks)

    assert asyncio.run(main()) == ["InProgress"] * 2


def test_it_may_ask_a_service_of_its_own(service: FakeTuningService) -> None:
    other = FakeTuningService()
    objective = Objective()
    objective.ask = lambda: found.append(other.add(TuningJob(f"inner-{len(found)}").completed()).status)
    found: list[str] = []
    job = TuningJob("xgb").trials(2, parallel=1).scored_by(objective).completes(after="1h")
    assert service.add(job).status == "InProgress"
    assert job.completed().status == "Completed"
    assert set(found) == {"Completed"}


def test_services_that_ask_each_other_are_refused(service: FakeTuningService, clock: HandClock) -> None:
    other = FakeTuningService(clock=clock)
    one, two = Objective(), Objective()
    service.on_create(ROUND.scored_by(one))
    other.on_create(ROUND.scored_by(two))
    for each in (service, other):
        each.call("CreateHyperParameterTuningJob", TuningJob("xgb").request)
    clock.advance("1m")
    one.ask, two.ask = lambda: other.job("xgb").status, service.jobs
    with pytest.raises(RuntimeError) as raised:
        _ = service.job("xgb").status
    assert str(raised.value) == refusal(1, "xgb")


def test_a_job_that_is_in_no_service_may_ask_one(service: FakeTuningService) -> None:
    objective = Objective()
    objective.ask = service.jobs
    assert TuningJob("xgb").scored_by(objective).completed().status == "Completed"
