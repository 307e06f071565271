"""Values as messages show them: in a few words, whatever they are."""

from __future__ import annotations

_LONGEST = 80


def shown(value: object) -> str:
    """Return the ``repr`` of a value, cut off where it is long; the name of its class, where it has none."""
    try:
        text = repr(value)
    except Exception:  # a class may have any repr, and Python writes no whole number of thousands of digits
        return f"<{type(value).__name__}>"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
