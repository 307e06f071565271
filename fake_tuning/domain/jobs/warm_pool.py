"""The warm pool of a training job: its instances, which are kept for a while after its end for the next one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from fake_tuning.domain.simulation.steering import Change
from fake_tuning.domain.simulation.trial import Trial
from fake_tuning.domain.vocabulary.failure_texts import POOL_RELEASED, POOL_RETAINED, POOL_REUSED

_Pool = TypeVar("_Pool", bound="WarmPool")


@dataclass(frozen=True, slots=True)
class Reuse(Change):
    """Another training job takes over the warm pool.

    Attributes:
        by: its name.
    """

    by: str = ""


@dataclass(frozen=True)
class WarmPool:
    """The warm pool of one training job.

    Attributes:
        trial: the training job.
        until: until when it is kept, in milliseconds since 1970.
        reuse: who took it over, or None.
        requested: whether the request asks for it. A tuning job keeps the instances of its trials by itself
            (documented); the time for which it does so is not told (recorded).
    """

    trial: Trial
    until: int
    reuse: Reuse | None
    requested: bool = True

    @property
    def is_left(self) -> bool:
        """Whether its job leaves it behind when it ends."""
        return self.trial.leaves_instances

    @property
    def gone(self) -> int:
        """When it is not available any more, in milliseconds since 1970; ``FOREVER`` if its job never ends."""
        if not self.is_left:
            return self.trial.ended
        return self.reuse.at if self.reuse else self.until

    def after(self: _Pool, changes: Iterable[Change]) -> _Pool:
        """Return this pool, which nobody has taken over, as changes leave it: the first that finds it can have it."""
        reuses = (each for each in changes if isinstance(each, Reuse))
        return replace(self, reuse=next((each for each in reuses if self.is_available(each.at)), None))

    def is_available(self, instant: int) -> bool:
        """Whether another training job can take it over at an instant."""
        return self.trial.ended <= instant < self.gone

    def status(self, instant: int) -> dict[str, Any]:
        """Return the ``WarmPoolStatus`` at an instant, in milliseconds since 1970 (all four are recorded)."""
        if instant < self.trial.ended:
            return {"Status": "InUse"}
        if not self.is_left:
            return {"Status": "Terminated"}
        if instant < self.gone:
            return {"Status": "Available"}
        status: dict[str, Any] = {"Status": "Terminated"}
        retained = (self.gone - self.trial.ended) // 1000
        if self.reuse:
            status = {"Status": "Reused", "ReusedByJob": self.reuse.by}
        else:
            # Recorded: 69 of 70 seconds.
            retained = max(retained - 1, 0)
        if self.requested:
            status["ResourceRetainedBillableTimeInSeconds"] = retained
        return status

    def shown(self, answer: Mapping[str, Any], instant: int) -> dict[str, Any]:
        """Return a description of the training job with what becomes of its instances."""
        status = self.status(instant)
        shown = {**answer, "WarmPoolStatus": status}
        *earlier, last = answer.get("SecondaryStatusTransitions") or [{}]
        if last.get("Status") == "Completed":
            shown["SecondaryStatusTransitions"] = [*earlier, {**last, "StatusMessage": pool_message(status)}]
        return shown


def pool_message(status: Mapping[str, Any]) -> str:
    """Return what is said of a completed training job, by its ``WarmPoolStatus``."""
    if status["Status"] == "Available":
        return POOL_RETAINED
    return POOL_REUSED.format(name=status["ReusedByJob"]) if "ReusedByJob" in status else POOL_RELEASED


def keep_alive(request: Mapping[str, Any]) -> int:
    """Return for how many seconds a request wants its instances to be kept."""
    seconds: int = request.get("ResourceConfig", {}).get("KeepAlivePeriodInSeconds", 0)
    return seconds
