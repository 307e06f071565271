"""Replaces account numbers in texts that others are to read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from fake_tuning.doors.conform.forms import CANONICAL_ACCOUNT

# Neither a part of a longer number, nor the digits of a fraction.
_NUMBER = re.compile(r"(?<!\d)(?<!\d\.)(?:\d{12}|\d{4}-\d{4}-\d{4})(?!\d)")


def without_accounts(value: Any) -> Any:
    """Return a text, or all that is in a structure, with ``111122223333`` for every number of twelve digits."""
    if isinstance(value, str):
        return _NUMBER.sub(CANONICAL_ACCOUNT, value)
    if isinstance(value, Mapping):
        return {without_accounts(name): without_accounts(each) for name, each in value.items()}
    return [without_accounts(each) for each in value] if isinstance(value, (list, tuple)) else value
