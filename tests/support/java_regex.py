"""An interpreter of Java's patterns, for the tests: it knows nothing of ``re``, nor of the code under test.

It says whether a whole value matches, and builds a matching value of a wanted length. It follows all ways
through a pattern at once, as a set of positions. Possessive quantifiers and back references, which need an
order of trial, are not understood.
"""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LINE_ENDS = "\n\r\u0085\u2028\u2029"
Width = tuple[float, float]


class Node:
    width: Width = (0, 0)

    def ends(self, text: str, starts: set[int]) -> set[int]:
        raise NotImplementedError

    def can_be(self, length: int) -> bool:
        return self.width[0] <= length <= self.width[1]

    def build(self, length: int) -> str:
        raise NotImplementedError


@dataclass(frozen=True)
class Chars(Node):
    holds: Callable[[str], bool]
    is_everything: bool = False
    width = (1, 1)

    def ends(self, text, starts):
        return {at + 1 for at in starts if at < len(text) and self.holds(text[at])}

    def build(self, length):
        return next(char for char in "a0A-:/.é\U00010000" + "".join(map(chr, range(128))) if self.holds(char))


@dataclass(frozen=True)
class Sequence(Node):
    parts: tuple[Node, ...]

    @property
    def width(self) -> Width:
        return sum(part.width[0] for part in self.parts), sum(part.width[1] for part in self.parts)

    def ends(self, text, starts):
        for part in self.parts:
            starts = part.ends(text, starts)
        return starts

    def build(self, length):
        spare = length - self.width[0]
        built = ""
        for part in self.parts:
            low = int(part.width[0])
            size = next(size for size in range(low + int(spare), low - 1, -1) if part.can_be(size))
            spare -= size - low
            built += part.build(size)
        return built


@dataclass(frozen=True)
class Choice(Node):
    branches: tuple[Node, ...]

    @property
    def width(self) -> Width:
        return min(b.width[0] for b in self.branches), max(b.width[1] for b in self.branches)

    def ends(self, text, starts):
        return set().union(*(branch.ends(text, starts) for branch in self.branches))

    def build(self, length):
        return next(b for b in self.branches if b.width[0] <= length <= b.width[1]).build(length)


@dataclass(frozen=True)
class Repeat(Node):
    body: Node
    least: int
    most: float

    @property
    def width(self) -> Width:
        low, high = self.body.width
        return self.least * low, (self.most * high if self.most and high else 0)

    def ends(self, text, starts):
        reached = set(starts)
        for _ in range(self.least):
            reached = self.body.ends(text, reached)
        fresh, times = set(reached), self.least
        while fresh and times < self.most:
            fresh = self.body.ends(text, fresh) - reached
            reached |= fresh
            times += 1
        return reached

    def can_be(self, length):
        low = self.body.width[0]
        return self._fewest(length) <= min(self.most, length // low if low else math.inf)

    def build(self, length):
        return Sequence((self.body,) * self._fewest(length)).build(length)

    def _fewest(self, length: int) -> int:
        high = self.body.width[1]
        enough = 0 if length == 0 else 1 if high == math.inf else math.ceil(length / high)
        return max(self.least, enough)


@dataclass(frozen=True)
class Look(Node):
    body: Node
    behind: bool
    negative: bool

    def ends(self, text, starts):
        return {at for at in starts if self._found(text, at) != self.negative}

    def _found(self, text: str, at: int) -> bool:
        if self.behind:
            return any(at in self.body.ends(text, {start}) for start in range(at + 1))
        return bool(self.body.ends(text, {at}))

    def build(self, length):
        return ""


@dataclass(frozen=True)
class End(Node):
    def ends(self, text, starts):
        last = len(text)
        return {
            at
            for at in starts
            if at == last or text[at:] == "\r\n" or (at == last - 1 and text[at] in LINE_ENDS)
        }

    def build(self, length):
        return ""


POSIX = {"Alnum": lambda char: char.isascii() and char.isalnum()}
ESCAPES = {
    "d": lambda char: char in "0123456789",
    "w": lambda char: char.isascii() and (char.isalnum() or char == "_"),
    "s": lambda char: char in " \t\n\x0b\f\r",
}
CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}


class Parser:
    def __init__(self, pattern: str) -> None:
        self.rest = pattern

    def eat(self, text: str) -> bool:
        found = self.rest.startswith(text)
        if found:
            self.rest = self.rest[len(text) :]
        return found

    def choice(self) -> Node:
        branches = [self.sequence()]
        while self.eat("|"):
            branches.append(self.sequence())
        return branches[0] if len(branches) == 1 else Choice(tuple(branches))

    def sequence(self) -> Node:
        parts = []
        while self.rest and self.rest[0] not in "|)":
            parts.append(self.quantified(self.atom()))
        return Sequence(tuple(parts))

    def quantified(self, body: Node) -> Node:
        for sign, least, most in (("*", 0, math.inf), ("+", 1, math.inf), ("?", 0, 1)):
            if self.eat(sign):
                return Repeat(body, least, most)
        if not self.eat("{"):
            return body
        counts, self.rest = self.rest.split("}", 1)
        low, comma, high = counts.partition(",")
        return Repeat(body, int(low), int(high) if high else math.inf if comma else int(low))

    def atom(self) -> Node:
        for opening, behind, negative in (("(?=", 0, 0), ("(?!", 0, 1), ("(?<=", 1, 0), ("(?<!", 1, 1)):
            if self.eat(opening):
                return Look(self.closed(), bool(behind), bool(negative))
        if self.eat("(?:") or self.eat("("):
            return self.closed()
        if self.eat("["):
            return self.char_class()
        if self.eat("."):
            return Chars(lambda char: char not in LINE_ENDS)
        if self.eat("$"):
            return End()
        return Chars(self.escape() or self.char().__eq__)

    def closed(self) -> Node:
        body = self.choice()
        assert self.eat(")")
        return body

    def char_class(self) -> Node:
        negative = self.eat("^")
        parts, classes = [], set()
        while not self.eat("]"):
            before = self.rest
            part = self.escape()
            if part:
                classes.add(before[:2])
            else:
                low = self.char()
                high = low
                if self.rest[0] == "-" and self.rest[1] != "]":
                    self.rest = self.rest[1:]
                    high = self.char()
                part = lambda char, low=low, high=high: low <= char <= high  # noqa: E731
            parts.append(part)
        return Chars(lambda char: any(part(char) for part in parts) != negative, {r"\s", r"\S"} <= classes)

    def escape(self) -> Callable[[str], bool] | None:
        for name, holds in ESCAPES.items():
            if self.eat("\\" + name):
                return holds
            if self.eat("\\" + name.upper()):
                return lambda char, holds=holds: not holds(char)
        if self.eat(r"\p{"):
            name, self.rest = self.rest.split("}", 1)
            return POSIX.get(name, lambda char: unicodedata.category(char)[0] == name)
        return None

    def char(self) -> str:
        if self.eat("\\u"):
            code, self.rest = int(self.rest[:4], 16), self.rest[4:]
            if 0xD800 <= code < 0xDC00 and self.eat("\\u"):
                low, self.rest = int(self.rest[:4], 16), self.rest[4:]
                return chr(0x10000 + ((code - 0xD800) << 10) + low - 0xDC00)
            return chr(code)
        escaped = self.eat("\\")
        char, self.rest = self.rest[0], self.rest[1:]
        assert not (escaped and char.isalnum()) or char in CONTROLS, f"not understood: \\{char}"
        return CONTROLS.get(char, char) if escaped else char


@cache
def parsed(pattern: str) -> Node:
    parser = Parser(pattern)
    node = parser.choice()
    assert not parser.rest, f"not understood: {parser.rest!r} of {pattern!r}"
    return node


@cache
def matches(pattern: str, value: str) -> bool:
    """Whether Java says that the whole value matches."""
    return len(value) in parsed(pattern).ends(value, {0})


@cache
def matching(pattern: str, length: int) -> str | None:
    """A value of that length that matches, or None when there can be none."""
    low, high = parsed(pattern).width
    if not low <= length <= high:
        return None
    value = parsed(pattern).build(length)
    assert len(value) == length, (pattern, length, value)
    # A lookaround may forbid what the rest of the pattern builds: `(?=.{1,32}$)…`. Long values match slowly.
    may_fail = length <= 64 or any(look in pattern for look in ("(?=", "(?!", "(?<"))
    return None if may_fail and not matches(pattern, value) else value


def matches_everything(pattern: str) -> bool:
    r"""Whether it is of the form ``[\S\s]*`` or ``+``, which no value of one character or more can break."""
    node = parsed(pattern)
    body = node.parts[0] if isinstance(node, Sequence) and len(node.parts) == 1 else None
    return (
        isinstance(body, Repeat)
        and body.least <= 1
        and body.most == math.inf
        and isinstance(body.body, Chars)
        and body.body.is_everything
    )


def near_miss(pattern: str, lengths: range) -> str | None:
    """A value of one of the lengths that is one character away from matching; None when there is none."""
    for length in lengths:
        value = matching(pattern, length)
        for at in range(len(value or "")):
            for char in "\n !-é/\x00\U0001f600":
                changed = value[:at] + char + value[at + 1 :]
                if not matches(pattern, changed):
                    return changed
    return None
