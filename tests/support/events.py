"""The instants at which something happens in a service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.hand_clock import START, after

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from fake_tuning.service.tuning_service import TuningService


def events(service: TuningService, until: float) -> Iterator[datetime]:
    """The start, and every instant after it at which something happens."""
    now: datetime | None = START
    while now is not None and now <= after(until):
        yield now
        now = service.next_event_after(now)
