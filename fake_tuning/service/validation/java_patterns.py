r"""Java's regular expressions, in which the service model is written, for Python's ``re``.

The service matches with ``java.util.regex`` and against the whole value. The model says neither; both are
inferred, from its use of ``\p{Alnum}`` and surrogate pairs, and from the names that the service refuses.

Nearly all that the model uses means the same in both languages, when Python compiles it with ``re.ASCII``.
Four things differ and are translated: ``.`` stops at every line terminator, ``$`` also stands before the last
one and may be counted, ``\p{L}`` is a Unicode category, and ``\uD800\uDC00`` is one character. Whatever the
model does not use is refused, never guessed at.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import cache
from itertools import chain, groupby

Matcher = Callable[[str], object]

_LINE_ENDS = r"\n\r\u0085\u2028\u2029"
_ANY = rf"[^{_LINE_ENDS}]"
_END = rf"(?=(?:\r\n|[{_LINE_ENDS}])?\Z)(?!(?<=\r)\n)"
_ESCAPE = r"\\(?:[dDwWsStnrf]|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|[^a-zA-Z0-9])"
_PAIR = r"(?P<pair>\\u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2})"
_ONCE = r"(?![*+?{])"
_OUTSIDE_CLASS = re.compile(
    rf"{_PAIR}|(?P<any>\.)|(?P<end>\$(?:\{{1,\d+\}})?{_ONCE})|(?P<class>\[\^?(?!\]))"
    rf"|{_ESCAPE}|[^\\.$\[*+?{{(]|\((?:\?(?::|<?[=!]))?(?!\?)"
    rf"|(?:[*+?]|\{{\d+(?:,\d*)?\}})\??{_ONCE}"
)
_INSIDE_CLASS = re.compile(
    rf"{_PAIR}|\\p\{{(?P<family>Alnum|[LMNPSZ])\}}|(?P<closed>\])|{_ESCAPE}|[^\\\[\]&]|&(?!&)"
)
_ASCII = (range(0x80),)
# Every letter, mark, number, punctuation, symbol and separator lies here: planes 4 to 13 are empty, and 15 and
# 16 are private. Leaving them out makes the scan four times shorter.
_UNICODE = (range(0x40000), range(0xE0000, 0xE1000))


class UntranslatableError(ValueError):
    """A pattern uses a construct of Java's that is not translated."""


@cache
def matcher(pattern: str) -> Matcher:
    """Return a function whose result is true when all of a value matches a Java pattern.

    Raises:
        UntranslatableError: when the pattern uses a construct that is not translated.
    """
    in_ascii = _compiled(pattern, _ASCII)
    if r"\p" not in pattern:
        return in_ascii
    # To know all of Unicode's letters takes tens of milliseconds: only for a value beyond ASCII.
    return lambda value: (in_ascii if value.isascii() else _compiled(pattern, _UNICODE))(value)


@cache
def _compiled(pattern: str, characters: Sequence[range]) -> Matcher:
    try:
        return re.compile(_translated(pattern, characters), re.ASCII).fullmatch
    except re.error as error:
        raise UntranslatableError(f"the Java pattern {pattern!r} is not translated: {error}") from error


def _translated(pattern: str, characters: Sequence[range]) -> str:
    parts, at, expected = [], 0, _OUTSIDE_CLASS
    while at < len(pattern):
        found = expected.match(pattern, at)
        if found is None:
            raise UntranslatableError(
                f"the Java pattern {pattern!r} is not translated: {pattern[at:]!r} at position {at}"
            )
        at, part = found.end(), found.group()
        if found["pair"]:
            part = part.encode().decode("unicode-escape").encode("utf-16", "surrogatepass").decode("utf-16")
        elif expected is _INSIDE_CLASS:
            part = _families(characters)[found["family"]] if found["family"] else part
            expected = _OUTSIDE_CLASS if found["closed"] else expected
        else:
            part = _ANY if found["any"] else _END if found["end"] else part
            expected = _INSIDE_CLASS if found["class"] else expected
        parts.append(part)
    return "".join(parts)


@cache
def _families(characters: Sequence[range]) -> dict[str, str]:
    """Return the inside of a Python class for each family of Unicode's categories, as this Python knows them."""
    inside = {"Alnum": "a-zA-Z0-9", **dict.fromkeys("LMNPSZC", "")}
    for family, group in groupby(chain(*characters), lambda code: unicodedata.category(chr(code))[0]):
        codes = list(group)
        inside[family] += f"\\U{codes[0]:08X}-\\U{codes[-1]:08X}"
    # A class may not be empty. ASCII has no marks, and the one character in their place is not ASCII.
    return {family: each or r"\U0010FFFF" for family, each in inside.items()}
