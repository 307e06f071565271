"""The warm pool that a captured training job told of."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fake_tuning.domain.jobs.warm_pool import WarmPool


@dataclass(frozen=True)
class RecordedPool(WarmPool):
    """A warm pool that is as it was captured until something happens to it.

    Attributes:
        recorded: its ``WarmPoolStatus`` as it was captured.
        captured: when that was, in milliseconds since 1970.
        before: the status that it would have had then by itself, before anything was done to it.
    """

    recorded: Mapping[str, Any] = field(kw_only=True)
    captured: int = field(kw_only=True)
    before: str = field(default="", kw_only=True)

    @property
    def is_left(self) -> bool:
        """Whether its job leaves it behind when it ends: what was captured tells that, if the job had ended."""
        there = self.recorded["Status"] != "Terminated" and self.trial.ended <= self.captured
        return there or "ResourceRetainedBillableTimeInSeconds" in self.recorded or super().is_left

    def _is_as_captured(self, instant: int) -> bool:
        return instant >= self.captured and self.by_itself(instant)["Status"] == self.before

    def by_itself(self, instant: int) -> dict[str, Any]:
        """Return the status that it would have at an instant, in milliseconds since 1970, if it was not captured."""
        return super().status(instant)

    def status(self, instant: int) -> dict[str, Any]:
        """Return the ``WarmPoolStatus`` at an instant, in milliseconds since 1970."""
        as_captured = self._is_as_captured(instant)
        return copy.deepcopy(dict(self.recorded)) if as_captured else self.by_itself(instant)

    def shown(self, answer: Mapping[str, Any], instant: int) -> dict[str, Any]:
        """Return a description of the training job with what becomes of its instances."""
        if self._is_as_captured(instant):
            return {**answer, "WarmPoolStatus": self.status(instant)}
        return super().shown(answer, instant)
