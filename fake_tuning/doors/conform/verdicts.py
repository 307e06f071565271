"""Holds each recorded answer against all that can be known of it, and says which differences are known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from fake_tuning.doors.conform import lists, own_facts, requests, training_jobs, tuning_jobs
from fake_tuning.doors.conform.comparison import Difference
from fake_tuning.doors.conform.exchange import Exchange
from fake_tuning.doors.conform.known_differences import Check, reason_of
from fake_tuning.doors.conform.masked_images import with_builtin_images
from fake_tuning.doors.conform.stage import Clients, RefusedError
from fake_tuning.service.validation.model import installed_model

if TYPE_CHECKING:
    from botocore.model import Shape

_Comparison: TypeAlias = Callable[[], Iterator[Difference]]

_DESCRIBED = {tuning_jobs.DESCRIBE: tuning_jobs, training_jobs.DESCRIBE: training_jobs}
_FACTS = {tuning_jobs.DESCRIBE: own_facts.of_tuning_job, training_jobs.DESCRIBE: own_facts.of_training_job}
_NAMES = {tuning_jobs.DESCRIBE: "HyperParameterTuningJobName", training_jobs.DESCRIBE: "TrainingJobName"}
_LISTED = {
    "ListHyperParameterTuningJobs": lists.tuning_jobs,
    "ListTrainingJobs": lists.training_jobs,
    "ListTrainingJobsForHyperParameterTuningJob": lists.trials,
}


@dataclass(frozen=True)
class Finding:
    """A difference, and whether it is known.

    Attributes:
        check: what the answer was held against.
        difference: the difference.
        reason: why it is so; None if that is not known.
    """

    check: Check
    difference: Difference
    reason: str | None


@dataclass(frozen=True)
class Verdict:
    """What became of one exchange.

    Attributes:
        exchange: the exchange.
        checks: what its answer was held against; none if nothing can be said of it.
        findings: the differences.
        obstacles: what kept it from being held against something.
    """

    exchange: Exchange
    checks: Sequence[Check]
    findings: Sequence[Finding]
    obstacles: Sequence[str] = ()

    @property
    def unknown(self) -> list[Finding]:
        """The differences that are not known."""
        return [each for each in self.findings if each.reason is None]


def verdicts(exchanges: Sequence[Exchange]) -> Iterator[Verdict]:
    """Hold each exchange against the fake, one after the other."""
    clients = Clients()
    created = {
        (each.file, _job_of(each)): each.request
        for each in exchanges
        if each.operation in ("CreateHyperParameterTuningJob", "CreateTrainingJob") and not each.refusal
    }
    for exchange in exchanges:
        comparisons = dict(_comparisons(clients, exchange, created))
        findings: list[Finding] = []
        obstacles: list[str] = []
        for check, comparison in comparisons.items():
            for difference in _told(comparison, obstacles.append):
                reason = reason_of(exchange.operation, check, difference, exchange.answer)
                findings.append(Finding(check, difference, reason))
        yield Verdict(exchange, list(comparisons), findings, list(dict.fromkeys(obstacles)))


def _job_of(exchange: Exchange) -> str:
    asked = exchange.request or {}
    return str(asked.get("HyperParameterTuningJobName", asked.get("TrainingJobName")))


def _comparisons(
    clients: Clients, exchange: Exchange, created: Mapping[tuple[str, str], Mapping[str, Any] | None]
) -> Iterator[tuple[Check, _Comparison]]:
    """Return what an exchange can be held against."""
    answer, operation = exchange.answer, exchange.operation
    if exchange.refusal is not None:
        if not exchange.refusal.code.startswith(requests.OF_THE_ACCOUNT):
            if exchange.request is None:
                yield "request refused", partial(requests.known_text, exchange.refusal)
            else:
                yield "request refused", partial(requests.refused, clients, exchange)
        return
    if exchange.request is not None:
        yield "request accepted", partial(requests.accepted, clients, exchange)
    yield "model", partial(own_facts.by_the_model, exchange)
    yield "names", partial(own_facts.names, exchange)
    if operation in _DESCRIBED:
        request = created.get((exchange.file, str(answer.get(_NAMES[operation]))))
        if request is None:
            answer = with_builtin_images(answer)
        yield "own facts", partial(_FACTS[operation], answer)
        yield "read back", partial(_DESCRIBED[operation].read_back, clients, answer)
        yield "created anew", partial(_DESCRIBED[operation].created_anew, clients, answer, request)
        return
    yield "members", partial(_unknown_members, exchange)
    if operation in _LISTED:
        yield "listed", partial(_LISTED[operation], clients, answer)
    elif operation in ("AddTags", "ListTags"):
        yield "tags", partial(lists.tags, clients, answer)


def _unknown_members(exchange: Exchange) -> Iterator[Difference]:
    """Find the members that the service model lacks. Those of the entries of a list are compared by themselves."""
    shape = installed_model().operation_model(exchange.operation).output_shape
    answer = exchange.answer
    if exchange.operation in _LISTED:
        answer = {name: each for name, each in answer.items() if name not in shape.members}
    yield from _unknown(shape, answer)


def _unknown(shape: Shape | None, value: Any, path: str = "") -> Iterator[Difference]:
    kind = shape.type_name if shape else "structure"
    if kind == "structure" and isinstance(value, Mapping):
        members = shape.members if shape else {}
        for name, each in value.items():
            inner = f"{path}.{name}" if path else name
            if name in members:
                yield from _unknown(members[name], each, inner)
            else:
                yield Difference("-", inner, theirs=each)
    elif shape and kind == "list" and isinstance(value, list):
        for at, each in enumerate(value):
            yield from _unknown(shape.member, each, f"{path}[{at}]")


def _told(comparison: _Comparison, hindered: Callable[[str], None]) -> Iterator[Difference]:
    """Compare, and tell what keeps an answer from being compared."""
    try:
        yield from comparison()
    except RefusedError as refused:
        yield Difference("~", "accepted", "accepted", f"refused: {refused}")
    except (TypeError, ValueError) as unreadable:
        hindered(str(unreadable))
    except Exception as error:  # whatever a file holds, the others are to be compared
        hindered(f"{type(error).__name__}: {error}")
