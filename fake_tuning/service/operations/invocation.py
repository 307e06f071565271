"""What an operation knows while it is carried out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from fake_tuning.domain.jobs.responses import Stamp
    from fake_tuning.service.creation import Creation
    from fake_tuning.service.settings import Settings
    from fake_tuning.service.store import Store


class Invocation(NamedTuple):
    """One request at one instant, and what the service has to carry it out.

    Attributes:
        params: the request, which the model accepted.
        now: when it arrives, in milliseconds since 1970.
        store: what exists in the region that it is addressed to.
        stamp: makes the datetimes of the answer.
        settings: the settings of the service.
        creation: makes the records of new jobs.
    """

    params: Mapping[str, Any]
    now: int
    store: Store
    stamp: Stamp
    settings: Settings
    creation: Creation
