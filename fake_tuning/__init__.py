"""A fake of Amazon SageMaker tuning jobs, in a time you control.

The public names are imported when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fake_tuning.domain.clock import DEFAULT_START, AmbientClock, Clock
    from fake_tuning.domain.job import TuningJob
    from fake_tuning.domain.scenario import Scenario
    from fake_tuning.doors.fake_service import FakeTuningService
    from fake_tuning.doors.faker_provider import TuningProvider
    from fake_tuning.doors.faults import Fault
    from fake_tuning.doors.network_guard import NetworkBlocked, OperationNotServed
    from fake_tuning.doors.plugin_config import TuningConfig
    from fake_tuning.doors.stubber import TuningStubber
    from fake_tuning.doors.virtual_clock import ClockRunaway, VirtualClock
    from fake_tuning.service.context import Quirks
    from fake_tuning.service.errors import ServiceError

_HOMES = {
    "AmbientClock": "domain.clock",
    "Clock": "domain.clock",
    "ClockRunaway": "doors.virtual_clock",
    "DEFAULT_START": "domain.clock",
    "FakeTuningService": "doors.fake_service",
    "Fault": "doors.faults",
    "NetworkBlocked": "doors.network_guard",
    "OperationNotServed": "doors.network_guard",
    "Quirks": "service.context",
    "Scenario": "domain.scenario",
    "ServiceError": "service.errors",
    "TuningConfig": "doors.plugin_config",
    "TuningJob": "domain.job",
    "TuningProvider": "doors.faker_provider",
    "TuningStubber": "doors.stubber",
    "VirtualClock": "doors.virtual_clock",
}

__all__ = [
    "DEFAULT_START",
    "AmbientClock",
    "Clock",
    "ClockRunaway",
    "FakeTuningService",
    "Fault",
    "NetworkBlocked",
    "OperationNotServed",
    "Quirks",
    "Scenario",
    "ServiceError",
    "TuningConfig",
    "TuningJob",
    "TuningProvider",
    "TuningStubber",
    "VirtualClock",
]


def __getattr__(name: str) -> object:
    """Import a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
