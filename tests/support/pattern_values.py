"""Values that match a pattern of the service model, of a wanted length, and values that just miss it.

Python's own parser of regular expressions takes the pattern apart (``re._parser``, before 3.11 ``sre_parse``; no
public name of it exists). Whether a value really matches is what the code under test says.
"""

from __future__ import annotations

import importlib
import math
import re
import sys
from functools import cache
from typing import Any

from fake_tuning.service.validation.java_patterns import matcher

_parser: Any = importlib.import_module("sre_parse" if sys.version_info < (3, 11) else "re._parser")
_EXAMPLES = {"Alnum": "a-z0-9", "L": "a-z", "M": "", "N": "0-9", "P": ".", "S": "+", "Z": " "}
_CHARACTERS = "a0A-:/.é\U00010000" + "".join(map(chr, range(128)))
_CATEGORIES = {
    f"CATEGORY_{negation}{name}": escape
    for name, escapes in (("DIGIT", r"\d\D"), ("SPACE", r"\s\S"), ("WORD", r"\w\W"))
    for negation, escape in (("", escapes[:2]), ("NOT_", escapes[2:]))
}
Width = tuple[int, float]


@cache
def _parts(pattern: str) -> Any:
    simpler = re.sub(r"\\p\{(\w+)\}", lambda found: _EXAMPLES[found[1]], pattern)
    return _parser.parse(re.sub(r"\$\{1,\d+\}|\\uD800.*\\uDFFF", "", simpler), re.ASCII)


def width(pattern: str) -> Width:
    """The lengths of the shortest and of the longest value that the pattern may match."""
    return _width(_parts(pattern))


def _width(parts: Any) -> Width:
    widths = [_part_width(str(kind), argument) for kind, argument in parts]
    return sum(low for low, _ in widths), sum(high for _, high in widths)


def _part_width(kind: str, argument: Any) -> Width:
    if kind == "SUBPATTERN":
        return _width(argument[3])
    if kind == "BRANCH":
        branches = [_width(branch) for branch in argument[1]]
        return min(low for low, _ in branches), max(high for _, high in branches)
    if kind in {"MAX_REPEAT", "MIN_REPEAT"}:
        (low, high), (least, most) = _width(argument[2]), _times(argument)
        return least * low, most * high if most and high else 0
    return (0, 0) if kind in {"ASSERT", "ASSERT_NOT", "AT"} else (1, 1)


def _times(repeat: Any) -> Width:
    least, most, _ = repeat
    return int(least), math.inf if most == _parser.MAXREPEAT else int(most)


def _built(parts: Any, length: int) -> str:
    spare = length - _width(parts)[0]
    built = ""
    for kind, argument in parts:
        low, high = _part_width(str(kind), argument)
        size = next(
            size for size in range(int(min(low + spare, high)), -1, -1) if _can_be(kind, argument, size)
        )
        spare -= size - low
        built += _part(str(kind), argument, size)
    return built


def _can_be(kind: Any, argument: Any, size: int) -> bool:
    if str(kind) in {"MAX_REPEAT", "MIN_REPEAT"}:
        low, most = _width(argument[2])[0], _times(argument)[1]
        return _fewest(argument, size) <= min(most, size // low if low else math.inf)
    return True


def _fewest(repeat: Any, size: int) -> int:
    high = _width(repeat[2])[1]
    return max(_times(repeat)[0], 0 if size == 0 else 1 if high == math.inf else math.ceil(size / high))


def _part(kind: str, argument: Any, size: int) -> str:
    if kind == "SUBPATTERN":
        return _built(argument[3], size)
    if kind == "BRANCH":
        fitting = (b for b in argument[1] if _width(b)[0] <= size <= _width(b)[1])
        return _built(next(fitting), size)
    if kind in {"MAX_REPEAT", "MIN_REPEAT"}:
        return _built(list(argument[2]) * _fewest(argument, size), size)
    if size == 0:
        return ""
    return chr(argument) if kind == "LITERAL" else next(c for c in _CHARACTERS if _holds(kind, argument, c))


def _holds(kind: str, argument: Any, character: str) -> bool:
    if kind == "ANY":
        return character not in "\n\r\u0085\u2028\u2029"
    if kind == "NOT_LITERAL":
        return bool(ord(character) != argument)
    negated = str(argument[0][0]) == "NEGATE"
    return any(_is_in(str(each), what, character) for each, what in argument[negated:]) != negated


def _is_in(kind: str, what: Any, character: str) -> bool:
    if kind == "LITERAL":
        return bool(ord(character) == what)
    if kind == "RANGE":
        return bool(what[0] <= ord(character) <= what[1])
    return re.match(_CATEGORIES[str(what)], character, re.ASCII) is not None


@cache
def matching(pattern: str, length: int) -> str | None:
    """A value of that length that matches, or None when none is found."""
    low, high = width(pattern)
    if not low <= length <= high:
        return None
    value = _built(_parts(pattern), length)
    assert len(value) == length, (pattern, length, value)
    # A lookaround may forbid what the rest of the pattern builds, as in (?=.{1,32}$).
    return value if matcher(pattern)(value) else None


def matches_everything(pattern: str) -> bool:
    r"""Whether it is of the form ``[\S\s]*`` or ``+``, which no value of one character or more can break."""
    return re.fullmatch(r"\[(\\S\\s|\\s\\S)\][*+]", pattern) is not None


def near_miss(pattern: str, lengths: range) -> str | None:
    """A value of one of the lengths that is one character away from matching; None when there is none."""
    for length in lengths:
        value = matching(pattern, length) or ""
        for at in range(len(value)):
            for character in "\n !-é/\x00\U0001f600":
                changed = value[:at] + character + value[at + 1 :]
                if not matcher(pattern)(changed):
                    return changed
    return None
