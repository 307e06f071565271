"""Every text of the faults that come in the place of an answer, and where it is from."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

RATE_EXCEEDED = "Rate exceeded"
SERVICE_FAULT = "The request failed because of a fault in the service."

RECORDED: Mapping[str, str] = MappingProxyType({"RATE_EXCEEDED": RATE_EXCEEDED})
"""AWS's own texts, by name, as the real service answered with them."""

INVENTED: Mapping[str, str] = MappingProxyType({"SERVICE_FAULT": SERVICE_FAULT})
"""Our own texts, by name."""
