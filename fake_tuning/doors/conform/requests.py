"""Holds recorded requests against our rules: accepted where AWS accepted them, refused as AWS refused them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from fake_tuning.domain.vocabulary.arns import TRAINING_JOB, TUNING_JOB, Place
from fake_tuning.domain.vocabulary.clock import DEFAULT_START
from fake_tuning.domain.vocabulary.durations import epoch_ms
from fake_tuning.domain.vocabulary.statuses import TRAINING_STATUSES, TUNING_STATUSES
from fake_tuning.doors.builder.tuning_job import TuningJob
from fake_tuning.doors.conform.comparison import Difference
from fake_tuning.doors.conform.exchange import Exchange, Refusal
from fake_tuning.doors.conform.stage import HERE, Clients, RefusedError, Stage, place_of
from fake_tuning.service.error_texts import TEXTS

_START = epoch_ms(DEFAULT_START)

OF_THE_ACCOUNT = (
    "AccessDenied",
    "ExpiredToken",
    "IncompleteSignature",
    "InternalFailure",
    "InternalServer",
    "InvalidClientTokenId",
    "InvalidSignature",
    "OptInRequired",
    "RequestExpired",
    "RequestLimitExceeded",
    "ResourceLimitExceeded",
    "ServiceUnavailable",
    "Throttling",
    "UnrecognizedClient",
)
"""How the codes of refusals begin that come of the account or of the moment, and not of the request."""

_PLACEHOLDER = re.compile(r"\{\w+(?:![rs])?\}")


def accepted(clients: Clients, exchange: Exchange) -> Iterator[Difference]:
    """Make a request that AWS accepted, where there is what it asks for. It differs if we refuse it."""
    with Stage(clients, _place(exchange), _START) as stage:
        try:
            _set(stage, exchange)
            stage.ask(exchange.operation, exchange.request or {})
        except RefusedError as refused:
            yield Difference("~", "accepted", "accepted", f"refused: {refused}")


def refused(clients: Clients, exchange: Exchange) -> Iterator[Difference]:
    """Make a request that AWS refused: where there is nothing, and where there is what it asks for.

    It differs if we accept it there, or refuse it with another code or text in both places.
    """
    wanted = exchange.refusal
    assert wanted is not None  # whoever calls has looked
    told = _refusal(clients, exchange, is_set=False)
    if told != wanted and not wanted.code.startswith("ResourceNotFound"):
        told = _refusal(clients, exchange, is_set=True)
    if told is None:
        yield Difference("~", "refused", f"{wanted.code}: {wanted.message}", "accepted")
        return
    if told.code != wanted.code:
        yield Difference("~", "code", wanted.code, told.code)
    if told.message != wanted.message:
        yield Difference("~", "message", wanted.message, told.message)


def _refusal(clients: Clients, exchange: Exchange, *, is_set: bool) -> Refusal | None:
    """Return how we refuse a request, or None if we accept it."""
    with Stage(clients, _place(exchange), _START) as stage:
        try:
            if is_set:
                _set(stage, exchange)
            stage.ask(exchange.operation, exchange.request or {})
        except RefusedError as ours:
            return Refusal(ours.code, ours.message)
    return None


def known_text(refusal: Refusal) -> Iterator[Difference]:
    """Look for the text of a refusal whose request was not recorded among ours. It differs if none is like it."""
    if not any(_pattern(text).fullmatch(refusal.message) for text in TEXTS.values()):
        yield Difference("-", "message", theirs=f"{refusal.code}: {refusal.message}")


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, _PLACEHOLDER.split(text))), re.DOTALL)


def _place(exchange: Exchange) -> Place:
    """Return where the request went, as far as an ARN in it or in its answer, or its host, tells."""
    told = {**exchange.answer, **(exchange.request or {})}
    found = (place_of(value) for name, value in told.items() if name.endswith("Arn"))
    return next((place for place in found if place), Place(exchange.region or HERE.region, HERE.account))


# What there has to be for a request to be carried out.


def _set(stage: Stage, exchange: Exchange) -> None:
    """Let there be the job that a request is about, in a status in which it can be carried out, or was refused."""
    asked, operation = exchange.request or {}, exchange.operation
    exists = exchange.refusal is not None and exchange.refusal.code == "ResourceInUse"
    if operation.startswith("Create") and not exists:
        stage.create_parents(asked)
        return
    arn = str(asked.get("ResourceArn", ""))
    name = arn.rpartition("/")[2]
    if f":{TUNING_JOB}/" in arn or "HyperParameterTuningJobName" in asked:
        name = asked.get("HyperParameterTuningJobName", name)
        _tuning_job(stage, name, _status(exchange, TUNING_STATUSES))
    elif f":{TRAINING_JOB}/" in arn or "TrainingJobName" in asked:
        _training_job(stage, asked.get("TrainingJobName", name), _status(exchange, TRAINING_STATUSES))


def _status(exchange: Exchange, known: tuple[str, ...]) -> str:
    """Return the status that the text of a refusal tells, or one in which the operation can be carried out."""
    told = exchange.refusal.message if exchange.refusal else ""
    named = [status for status in known if re.search(rf"\b{status}\b", told)]
    if named:
        return named[0]
    return (
        "Completed"
        if exchange.operation.startswith("Delete") and "Job" in exchange.operation
        else "InProgress"
    )


def _tuning_job(stage: Stage, name: Any, status: str) -> None:
    try:
        job = TuningJob(name)
    except (TypeError, ValueError):
        return  # no job can have this name: the request is refused for it
    stage.service.add(job.in_status(status))  # type: ignore[arg-type]  # one of them


def _training_job(stage: Stage, name: Any, status: str) -> None:
    trial = stage.service.add(TuningJob("any").trials(1, parallel=1).in_progress()).trials[0]
    described = stage.ask("DescribeTrainingJob", {"TrainingJobName": trial.name})
    described["TrainingJobArn"] = described["TrainingJobArn"].rpartition("/")[0] + f"/{name}"
    # They tell of one that runs.
    del described["SecondaryStatusTransitions"], described["WarmPoolStatus"]
    phase = "Training" if status == "InProgress" else status
    stage.service.add_training_job(
        {**described, "TrainingJobName": name, "TrainingJobStatus": status, "SecondaryStatus": phase}
    )
