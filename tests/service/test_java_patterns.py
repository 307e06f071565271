"""Java's patterns mean in Python what they mean in Java."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest

from fake_tuning.service.validation.java_patterns import UntranslatableError, matcher
from support.model_values import OPERATIONS
from support.pattern_values import matches_everything, matching, near_miss, width

if TYPE_CHECKING:
    from botocore.model import ServiceModel, Shape


@pytest.fixture(scope="module")
def patterns(model: ServiceModel) -> list[str]:
    """Every pattern that a request or an answer of the operations reaches."""
    seen: set[str] = set()
    found: dict[str, None] = {}
    waiting: list[Shape] = []
    for name in OPERATIONS:
        operation = model.operation_model(name)
        waiting += [shape for shape in (operation.input_shape, operation.output_shape) if shape]
    while waiting:
        shape = waiting.pop()
        if shape.name in seen:
            continue
        seen.add(shape.name)
        if "pattern" in shape.metadata:
            found[shape.metadata["pattern"]] = None
        waiting += getattr(shape, "members", {}).values()
        waiting += [getattr(shape, part) for part in ("member", "key", "value") if hasattr(shape, part)]
    return list(found)


def test_each_pattern_of_the_model_is_translated(patterns: list[str]) -> None:
    assert len(patterns) > 50
    for pattern in patterns:
        matcher(pattern)


def test_each_pattern_of_the_model_can_be_satisfied_and_broken(patterns: list[str]) -> None:
    for pattern in patterns:
        shortest = width(pattern)[0]
        assert any(matching(pattern, length) is not None for length in range(shortest, shortest + 20)), (
            pattern
        )
        broken = near_miss(pattern, range(max(shortest, 1), shortest + 20))
        assert (broken is None) == matches_everything(pattern), pattern


@pytest.mark.parametrize(
    "value", ["a-" * 4_000, "-" * 8_000, "s3://" + "a/" * 4_000 + "\n", "arn:aws:" * 1_000]
)
def test_no_pattern_of_the_model_hangs_on_a_long_value(value: str, patterns: list[str]) -> None:
    for pattern in patterns:
        matcher(pattern)(value)


TAG_VALUE = r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)"
UNICODE = r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*"
JOB_NAME = r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,31}"
HUB = r"(arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:[a-z\-]*\/)?([a-zA-Z0-9]([a-zA-Z0-9-]){0,62})(?<!-)"


@pytest.mark.parametrize(
    ("pattern", "accepted", "refused"),
    [
        ("a", ["a"], ["", "aa", "a\n", "\na"]),  # the whole value
        (".*", ["", "a b", "é\x0b"], ["\n", "a\n", "\r", "\u0085", "\u2028", "a\u2029b"]),
        (".{1,3}", ["a", "\U0001f600é "], ["", "abcd", "a\n"]),
        (r"[\s\S]*", ["", "\n", "\U0001f600"], []),
        (r"[\S]+", ["a", "\u00a0", "名"], ["", " ", "a\x0b"]),
        (r"\d+\w\s", ["1_ ", "1a\x0b"], ["٣a ", "1é ", "1a\u00a0"]),
        (r"[^\d\s]", ["a", "٣", "\u00a0"], ["1", " "]),
        (r"a|b+?|", ["a", "b", "bbb", ""], ["ab", "c"]),
        (r"(?:ab){2,}c{1}?", ["ababc", "abababc"], ["abc", "ababcc"]),
        (r"^a$", ["a"], ["a\n"]),
        (r"a$\n?", ["a", "a\n"], ["a\n\n"]),
        (r"a$\r\n", ["a\r\n"], ["a\r", "a\n"]),
        (r"a\r$\n", [], ["a\r\n"]),
        (r"a${1,128}", ["a"], ["a\n", "$"]),
        (r"(?=.{2}$)\w*(?<!_)", ["ab"], ["a", "abc", "a_"]),
        (r"(?<=a)b|a(?!b).", ["ac"], ["ab", "b"]),
        (r"[\p{L}]", ["a", "é", "名", "\U0001d49c"], ["1", "_", "\u0301", "Ⅷ", "²"]),
        (r"[\p{L}][\p{N}]", ["a²", "éⅧ"], ["aa", "1a"]),
        (r"[\p{Z}-]*", [" \u2028-", ""], ["é", "\t"]),
        (r"[^\p{L}]", ["1", "²", "\U0001f600", "\U0010ffff"], ["a", "é"]),
        (r"[\p{M}]+", ["\u0301", "\U000e0100"], ["a", ""]),
        (r"[\p{Alnum}\-]+", ["a-9Z"], ["é", "_", ""]),
        (r"[\uD800\uDC00-\uDBFF\uDFFF]", ["\U00010000", "\U0001f600", "\U0010ffff"], ["a", "\uffff"]),
        (r"\uD83D\uDE00|[\u0041-\x43]", ["\U0001f600", "B"], ["D"]),
        (r"[a\-z][-+][0-9-\.][!&~|^-]", ["-+.^", "a--~"], ["b+0!", "a+/!"]),
        (r"\t\n\f\r\x20\/\.\_", ["\t\n\f\r /._"], ["\t\n\f\r /.a"]),
        (TAG_VALUE, ["", "été 2024_.:/=+-@"], ["a\n", "a\tb", "a&b", "\u0301"]),
        (UNICODE, ["", "a\t名\U0001f600\ufffd"], ["\n", "\x00", "\ufffe", "\ud800"]),
        (JOB_NAME, ["a", "a" * 32, "a--b", "0" + "-a" * 31], ["", "-a", "a-", "a" * 33, "a_b", "a\n"]),
        (HUB, ["a", "arn:aws:sagemaker:us-east-1:123456789012:hub/a"], ["a-", "arn:aws:a", "-"]),
    ],
)
def test_a_construct_means_what_it_means_in_java(
    pattern: str, accepted: list[str], refused: list[str]
) -> None:
    matches = matcher(pattern)
    assert [value for value in accepted if not matches(value)] == []
    assert [value for value in refused if matches(value)] == []


@pytest.fixture(scope="module")
def families() -> dict[str, str]:
    """All characters, by the first letter of their category."""
    characters: dict[str, list[str]] = {}
    for char in map(chr, range(0x110000)):
        characters.setdefault(unicodedata.category(char)[0], []).append(char)
    return {family: "".join(chars) for family, chars in characters.items()}


@pytest.mark.parametrize("family", ["L", "M", "N", "P", "S", "Z"])
def test_a_family_of_categories_has_all_its_characters_and_no_other(
    family: str, families: dict[str, str]
) -> None:
    inside = families[family]
    outside = "".join(chars for other, chars in families.items() if other != family)
    assert matcher(rf"[\p{{{family}}}]+")(inside)
    assert matcher(rf"[^\p{{{family}}}]+")(outside)
    assert not matcher(rf"[\p{{{family}}}]+")(inside + "\ue000")


@pytest.mark.parametrize(
    ("pattern", "what"),
    [
        ("(?i)a", "'(?i)a' at position 0"),
        ("(?<name>a)", "'(?<name>a)' at position 0"),
        ("(?>a|ab)c", "'(?>a|ab)c' at position 0"),
        ("[a[b]]", "'[b]]' at position 2"),
        ("[a-z&&[^b]]", "'&&[^b]]' at position 4"),
        ("[]a]", "'[]a]' at position 0"),
        ("a**", "'**' at position 1"),
        ("a*+a", "'*+a' at position 1"),
        ("a{,3}", "'{,3}' at position 1"),
        ("a$?b", "'$?b' at position 1"),
        (r"(a)\1", r"'\\1' at position 3"),
        (r"\bword", r"'\\bword' at position 0"),
        (r"a\Z", r"'\\Z' at position 1"),
        ("a\\", r"'\\' at position 1"),
        (r"\p{L}", r"'\\p{L}' at position 0"),
        (r"[\P{L}]", r"'\\P{L}]' at position 1"),
        (r"[\p{IsGreek}]", r"'\\p{IsGreek}]' at position 1"),
        (r"[\p{C}]", r"'\\p{C}]' at position 1"),
        ("a)", "unbalanced parenthesis at position 1"),
        ("(a", "missing ), unterminated subpattern at position 0"),
        ("[a", "unterminated character set at position 0"),
        (r"[a-\d]", r"bad character range a-\d at position 1"),
        ("[z-a]", "bad character range z-a at position 1"),
        ("*a", "nothing to repeat at position 0"),
        ("(?<=a+)b", "look-behind requires fixed-width pattern"),
    ],
)
def test_what_is_not_translated_is_refused(pattern: str, what: str) -> None:
    with pytest.raises(UntranslatableError) as refused:
        matcher(pattern)
    assert str(refused.value) == f"the Java pattern {pattern!r} is not translated: {what}"
