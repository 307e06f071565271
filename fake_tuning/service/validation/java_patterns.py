r"""Java's regular expressions, in which the service model is written, for Python's ``re``.

The service matches with ``java.util.regex`` and against the whole value. The model says neither; both are
inferred, from its use of ``\p{Alnum}`` and surrogate pairs, and from the names that the service refuses.
Where the dialects differ, Java's meaning is kept: ``.`` stops at every line terminator, ``\d``, ``\w`` and
``\s`` are ASCII, ``\p{L}`` is a Unicode category, ``\uD800\uDC00`` is one character, ``$`` may be repeated.
A construct that is not translated is refused, never guessed at.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import NoReturn

Runs = Sequence[tuple[int, int]]

_LINE_ENDS = r"\n\r\u0085\u2028\u2029"
_AT_END = rf"(?=(?:\r\n|[{_LINE_ENDS}])?\Z)(?!(?<=\r)\n)"
_ANCHORS = {"^": r"\A", "$": _AT_END, r"\A": r"\A", r"\Z": _AT_END, r"\z": r"\Z"}
_CONTROLS = {"t": 0x09, "n": 0x0A, "f": 0x0C, "r": 0x0D, "a": 0x07, "e": 0x1B}
_QUANTIFIER = re.compile(r"(?:[*?+]|\{\d+(?:,\d*)?\})")
_PROPERTY = re.compile(r"\\([pP])(?:\{(\w+)\}|(\w))")
_HEX = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2}))")
_LOW_SURROGATE = re.compile(r"\\u([dD][c-fC-F][0-9A-Fa-f]{2})")
_POSIX = {
    "Lower": "a-z",
    "Upper": "A-Z",
    "Alpha": "a-zA-Z",
    "Digit": "0-9",
    "Alnum": "a-zA-Z0-9",
    "Punct": r"!-/:-@\[-`{-~",
    "Graph": "!-~",
    "Print": " -~",
    "Blank": r" \t",
    "Cntrl": r"\x00-\x1F\x7F",
    "XDigit": "0-9a-fA-F",
    "Space": r"\t-\r ",
    "ASCII": r"\x00-\x7F",
}
_LAST = 0x10FFFF
_CATEGORIES = {"L": "ultmo", "M": "nce", "N": "dlo", "P": "cdseifo", "S": "mcko", "Z": "slp"}
# Every character of these categories lies here: planes 4 to 13 are empty, 15 and 16 are private.
# Leaving them out makes the scan four times shorter.
_ASSIGNED = (range(0x40000), range(0xE0000, 0xE1000))
_ASCII = (range(0x80),)
_NONCHARACTER = ((_LAST, _LAST),)


class UntranslatableError(ValueError):
    """A pattern uses a construct of Java's that is not translated."""


class Categories:
    """The characters of Unicode's general categories, as this Python knows them, in some spans."""

    def __init__(self, spans: Sequence[range]) -> None:
        self._spans = spans
        self._runs: dict[str, list[tuple[int, int]]] | None = None

    def inside(self, name: str, *, negated: bool) -> str | None:
        r"""Return the inside of a Python class for ``\p{name}``, or None when ``name`` is no known category.

        Args:
            name: a category (``"Lu"``) or a family of them (``"L"``); not ``C``, which lies outside.
            negated: whether ``\P{name}`` is meant.
        """
        family, kind = name[:1], name[1:]
        if family not in _CATEGORIES or len(kind) > 1 or kind not in _CATEGORIES[family]:
            return None
        if self._runs is None:
            self._runs = self._scan()
        runs = _merged(
            run for category, found in self._runs.items() if category.startswith(name) for run in found
        )
        if negated:
            runs = _complement(runs)
        # A class may not be empty; this one matches no character in the spans.
        return _spelled(runs or _NONCHARACTER)

    def _scan(self) -> dict[str, list[tuple[int, int]]]:
        runs: dict[str, list[tuple[int, int]]] = {}
        for span in self._spans:
            first = span.start
            for category, group in groupby(map(unicodedata.category, map(chr, span))):
                size = sum(1 for _ in group)
                runs.setdefault(category, []).append((first, first + size - 1))
                first += size
        return runs


def _merged(runs: Iterable[tuple[int, int]]) -> Runs:
    merged: list[tuple[int, int]] = []
    for first, last in sorted(runs):
        if merged and merged[-1][1] + 1 == first:
            merged[-1] = merged[-1][0], last
        else:
            merged.append((first, last))
    return merged


def _complement(runs: Runs) -> Runs:
    starts = [0, *(last + 1 for _, last in runs)]
    ends = [*(first - 1 for first, _ in runs), _LAST]
    return [(first, last) for first, last in zip(starts, ends, strict=True) if first <= last]


def _spelled(runs: Runs) -> str:
    return "".join(f"\\U{first:08X}-\\U{last:08X}" for first, last in runs)


class _Translation:
    """One pass over one pattern; recursive descent."""

    def __init__(self, pattern: str, categories: Categories) -> None:
        self._pattern = pattern
        self._categories = categories
        self._at = 0
        self._atomic = 0

    def run(self) -> str:
        translated = self._alternatives()
        if self._at < len(self._pattern):
            self._refuse("an unopened group")
        return translated

    def _refuse(self, what: str) -> NoReturn:
        raise UntranslatableError(
            f"{what} at position {self._at} of the Java pattern {self._pattern!r} is not translated"
        )

    def _next(self, text: str) -> bool:
        if self._pattern.startswith(text, self._at):
            self._at += len(text)
            return True
        return False

    def _take(self, expression: re.Pattern[str]) -> re.Match[str] | None:
        found = expression.match(self._pattern, self._at)
        if found:
            self._at = found.end()
        return found

    def _alternatives(self) -> str:
        branches = [self._sequence()]
        while self._next("|"):
            branches.append(self._sequence())
        return "|".join(branches)

    def _sequence(self) -> str:
        parts = []
        while self._at < len(self._pattern) and self._pattern[self._at] not in "|)":
            anchor = next((python for java, python in _ANCHORS.items() if self._next(java)), None)
            parts.append(self._repeated(anchor or self._atom(), is_anchor=anchor is not None))
        return "".join(parts)

    def _repeated(self, atom: str, *, is_anchor: bool) -> str:
        quantifier = self._take(_QUANTIFIER)
        if quantifier is None:
            return atom
        times = quantifier.group()
        if (
            is_anchor
        ):  # Java repeats an anchor, Python refuses to; to stand at the end twice is to stand there once
            self._next("?") or self._next("+")
            return "" if times[0] in "*?" or times.startswith("{0") else atom
        if self._next("+"):
            return self._without_backtracking(atom + times)
        return atom + times + ("?" if self._next("?") else "")

    def _without_backtracking(self, expression: str) -> str:
        # Python has possessive quantifiers from 3.11 on; a lookahead is never entered again, in any version.
        self._atomic += 1
        return f"(?=(?P<a{self._atomic}>{expression}))(?P=a{self._atomic})"

    def _atom(self) -> str:
        if self._next("("):
            return self._group()
        if self._next("["):
            return self._class()
        if self._next("."):
            return f"[^{_LINE_ENDS}]"
        if self._pattern[self._at] in "*+?{":
            self._refuse("a quantifier of nothing")
        inside = self._class_escape()
        return f"[{inside}]" if inside else re.escape(chr(self._character()))

    def _group(self) -> str:
        opening = next((kind for kind in ("?:", "?=", "?!", "?<=", "?<!", "?>") if self._next(kind)), "")
        if not opening and self._next("?"):
            self._refuse("a named group or flag")
        inner = self._alternatives()
        if not self._next(")"):
            self._refuse("an open group")
        if opening == "?>":
            return self._without_backtracking(inner)
        return f"({opening or '?:'}{inner})"

    def _class(self) -> str:
        parts = ["^" if self._next("^") else ""]
        while not self._next("]"):
            if self._at >= len(self._pattern) or self._pattern.startswith(("[", "&&"), self._at):
                self._refuse("an open, nested or intersected class")
            inside = self._class_escape()
            parts.append(inside or self._one_or_range())
        if not any(parts[1:]):
            self._refuse("an empty class")
        return f"[{''.join(parts)}]"

    def _one_or_range(self) -> str:
        first = self._character()
        if not self._pattern.startswith("-", self._at) or self._pattern[self._at + 1 : self._at + 2] in (
            "]",
            "[",
            "",
        ):
            return re.escape(chr(first))
        self._at += 1
        if self._class_escape():
            self._refuse("a range up to a class")
        last = self._character()
        if last < first:
            self._refuse("a reversed range")
        return _spelled([(first, last)])

    def _class_escape(self) -> str | None:
        for escape in (r"\d", r"\D", r"\w", r"\W", r"\s", r"\S"):
            if self._next(escape):
                return escape  # the whole expression is compiled with re.ASCII
        found = self._take(_PROPERTY)
        if not found:
            return None
        name, negated = found.group(2) or found.group(3), found.group(1) == "P"
        inside = None if negated and name in _POSIX else _POSIX.get(name)
        return (
            inside or self._categories.inside(name, negated=negated) or self._refuse(f"the property {name}")
        )

    def _character(self) -> int:
        if not self._pattern.startswith("\\", self._at):
            self._at += 1
            return ord(self._pattern[self._at - 1])
        coded = self._take(_HEX)
        if coded:
            return self._paired(int(coded.group(1) or coded.group(2), 16))
        escaped = self._pattern[self._at + 1 : self._at + 2]
        if escaped in _CONTROLS:
            self._at += 2
            return _CONTROLS[escaped]
        if not escaped or escaped.isalnum():
            self._refuse(f"the escape \\{escaped}")
        self._at += 2
        return ord(escaped)

    def _paired(self, code: int) -> int:
        low = self._take(_LOW_SURROGATE) if 0xD800 <= code <= 0xDBFF else None
        return 0x10000 + ((code - 0xD800) << 10) + int(low.group(1), 16) - 0xDC00 if low else code


def translate(pattern: str, categories: Categories) -> str:
    r"""Return Python's form of a Java pattern, to be compiled with ``re.ASCII`` and used with ``fullmatch``.

    Args:
        pattern: the Java pattern, as it stands in the service model.
        categories: what ``\p{L}`` and the like stand for.

    Raises:
        UntranslatableError: when it uses a construct that is not translated: which one, and where.
    """
    return _Translation(pattern, categories).run()


class JavaPatterns:
    """Compiles Java's patterns, each once, when it is first needed."""

    def __init__(self) -> None:
        self._ascii = Categories(_ASCII)
        self._unicode = Categories(_ASSIGNED)
        self._matchers: dict[str, Callable[[str], object]] = {}

    def matcher(self, pattern: str) -> Callable[[str], object]:
        """Return a function whose result is true when all of a value matches the Java ``pattern``.

        Raises:
            UntranslatableError: when the pattern uses a construct that is not translated.
        """
        known = self._matchers.get(pattern)
        if known is None:
            known = self._matchers[pattern] = self._compiled(pattern)
        return known

    def _compiled(self, pattern: str) -> Callable[[str], object]:
        in_ascii = re.compile(translate(pattern, self._ascii), re.ASCII).fullmatch
        if not _PROPERTY.search(pattern):
            return in_ascii
        everywhere: Callable[[str], object] | None = None

        def matches(value: str) -> object:
            # To know all of Unicode's letters takes tens of milliseconds: only for a value beyond ASCII.
            nonlocal everywhere
            if value.isascii():
                return in_ascii(value)
            if everywhere is None:
                everywhere = re.compile(translate(pattern, self._unicode), re.ASCII).fullmatch
            return everywhere(value)

        return matches
