"""What counts as a number: whole numbers, real numbers, and the 32-bit ones in which the service keeps objectives."""

from __future__ import annotations

import math
import struct
from typing import TypeGuard

from fake_tuning.domain.vocabulary.shown import shown

LARGEST = 3.4e38
"""The largest objective value."""


_NARROW = struct.Struct("f")


def is_whole(value: object) -> TypeGuard[int]:
    """Whether this is a whole number; ``True`` and ``False`` are not."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_real(value: object) -> TypeGuard[int | float]:
    """Whether this is one of Python's own whole or real numbers; ``True`` and ``False`` are not."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_number(value: object) -> TypeGuard[float]:
    """Whether this can be read as one number, whatever its class: NumPy's numbers are not Python's."""
    return (
        hasattr(value, "__float__") and not isinstance(value, (bool, str)) and not hasattr(value, "__len__")
    )


def float32(value: float) -> float:
    """Return an objective value as the service keeps it: a 32-bit float, widened to a double (recorded).

    Raises:
        ValueError: it is not a finite number that fits.
    """
    try:
        number = float(value)
    except OverflowError:  # a whole number that no float holds
        number = math.inf
    if not math.isfinite(number) or abs(number) > LARGEST:
        raise ValueError(f"an objective value must be a finite 32-bit number, but is {shown(value)}")
    narrowed: float = _NARROW.unpack(_NARROW.pack(number))[0]
    return narrowed
