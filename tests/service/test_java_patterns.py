"""Java's patterns mean in Python what they mean in Java."""

from __future__ import annotations

import unicodedata

import pytest

from fake_tuning.service.validation.java_patterns import JavaPatterns, UntranslatableError
from fake_tuning.service.validation.model import load_model
from support.java_regex import matches, matches_everything, matching, near_miss, parsed
from support.model_values import OPERATIONS


@pytest.fixture(scope="module")
def patterns():
    """Every pattern that a request or an answer of the operations reaches."""
    model, seen = load_model(), set()
    found: dict[str, None] = {}
    waiting = []
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
    return found


@pytest.fixture(scope="module")
def java():
    return JavaPatterns()


def test_each_pattern_of_the_model_is_translated(patterns, java):
    assert len(patterns) > 50
    for pattern in patterns:
        java.matcher(pattern)


def test_each_pattern_of_the_model_accepts_and_refuses_as_java_does(patterns, java):
    compared = refused = 0
    for pattern in patterns:
        shortest = int(parsed(pattern).width[0])
        for length in range(shortest, shortest + 40, 6):
            value = matching(pattern, length)
            if value is None:
                continue
            assert java.matcher(pattern)(value), (pattern, value)
            for at in {0, length // 2, length - 1} - {-1}:
                for char in "\n\r\u2028 -/:.aZ_9é名\u0301\x00\ufffe\U0001f600":
                    changed = value[:at] + char + value[at + 1 :]
                    expected = matches(pattern, changed)
                    assert bool(java.matcher(pattern)(changed)) == expected, (pattern, changed)
                    compared, refused = compared + 1, refused + (not expected)
    assert compared > 8_000
    assert compared / 4 < refused < compared * 3 / 4


def test_each_pattern_of_the_model_can_be_broken(patterns, java):
    for pattern in patterns:
        if not matches_everything(pattern):
            shortest = int(parsed(pattern).width[0])
            value = near_miss(pattern, range(max(shortest, 1), shortest + 20))
            assert value is not None, pattern
            assert not java.matcher(pattern)(value), (pattern, value)


@pytest.mark.parametrize(
    "value", ["a-" * 4_000, "-" * 8_000, "s3://" + "a/" * 4_000 + "\n", "arn:aws:" * 1_000]
)
def test_no_pattern_of_the_model_hangs_on_a_long_value(value, patterns, java):
    for pattern in patterns:
        java.matcher(pattern)(value)


@pytest.mark.parametrize(
    ("pattern", "accepted", "refused"),
    [
        ("a", ["a"], ["", "aa", "a\n", "\na"]),  # the whole value
        (".*", ["", "a b", "é\x0b"], ["\n", "a\n", "\r", "\u0085", "\u2028", "a\u2029b"]),
        (r"[\s\S]*", ["", "\n", "\U0001f600"], []),
        (r"\d+\w\s", ["1_ ", "1a\x0b"], ["٣a ", "1é ", "1a\u00a0"]),
        (r"[^\d\s]", ["a", "٣", "\u00a0"], ["1", " "]),
        (r"a|b+?|", ["a", "b", "bbb", ""], ["ab", "c"]),
        (r"(?:ab){2,}c{1}?", ["ababc", "abababc"], ["abc", "ababcc"]),
        (r"^a$", ["a"], ["a\n"]),
        (r"a$\n?", ["a", "a\n"], ["a\n\n"]),
        (r"a$\r\n", ["a\r\n"], ["a\r", "a\n"]),
        (r"a\r$\n", [], ["a\r\n"]),
        (r"a\Z\n?\z", ["a", "a\n"], ["a\n\n"]),
        (r"\Aa\z\n?", ["a"], ["a\n"]),
        (r"a${1,128}", ["a"], ["a\n"]),
        (r"a$?b", ["ab"], ["a"]),
        (r"a$*b^{0,3}", ["ab"], ["a"]),
        (r"a$+", ["a"], ["a\n"]),
        (r"a$+?^*+$", ["a"], ["a?", "a+"]),
        (r"a*+a", [], ["a", "aa"]),
        (r"a?+ab{1,2}+b", ["aabbb"], ["ab", "aabb"]),
        (r"(?>a|ab)c", ["ac"], ["abc"]),
        (r"(a++|b)*c", ["aabac", "c"], ["aab"]),
        (r"(?=.{2}$)\w*(?<!_)", ["ab"], ["a", "abc", "a_"]),
        (r"(?<=a)b|a(?!b).", ["ac"], ["ab", "b"]),
        (r"\p{L}", ["a", "é", "名", "\U0001d49c"], ["1", "_", "\u0301", "Ⅷ", "²"]),
        (r"\pL\p{N}", ["a²", "éⅧ"], ["aa", "1a"]),
        (r"[\p{Lu}\p{Z}-]*", ["É \u2028-", "A"], ["é", "\t"]),
        (r"\P{L}", ["1", "²", "\U0001f600", "\U0010ffff"], ["a", "é"]),
        (r"[\P{Lu}&]", ["a", "é", "&"], ["A", "É"]),
        (r"[\p{M}]+", ["\u0301", "\U000e0100"], ["a", ""]),
        (r"\P{M}+", ["aé"], ["\u0301"]),
        (r"\p{Alnum}\p{Punct}", ["a!", "9`"], ["é!", "aa", "a "]),
        (r"[\p{Space}\p{XDigit}]+", ["a F\n"], ["g"]),
        (r"[\uD800\uDC00-\uDBFF\uDFFF]", ["\U00010000", "\U0001f600", "\U0010ffff"], ["a", "\uffff"]),
        (r"\uD83D\uDE00|[\u0041-\x43]", ["\U0001f600", "B"], ["D"]),
        (r"[\uD800-\uD801\uDC00]", ["\U00010000", "\U00010400"], ["\U00010401", "a"]),
        (r"[a\-z][-+][0-9-\.][!&~|^-]", ["-+.^", "a--~"], ["b+0!", "a+/!"]),
        (r"\t\n\f\r\a\e\x20\/\.", ["\t\n\f\r\a\x1b /."], ["\t\n\f\r\a\x1b /a"]),
    ],
)
def test_a_construct_means_what_it_means_in_java(pattern, accepted, refused, java):
    matcher = java.matcher(pattern)
    assert [value for value in accepted if not matcher(value)] == []
    assert [value for value in refused if matcher(value)] == []


@pytest.fixture(scope="module")
def families():
    """All characters, by the first letter of their category."""
    characters: dict[str, list[str]] = {}
    for char in map(chr, range(0x110000)):
        characters.setdefault(unicodedata.category(char)[0], []).append(char)
    return {family: "".join(chars) for family, chars in characters.items()}


@pytest.mark.parametrize("family", ["L", "M", "N", "P", "S", "Z"])
def test_a_family_of_categories_has_all_its_characters_and_no_other(family, java, families):
    inside = families[family]
    outside = "".join(chars for other, chars in families.items() if other != family)
    assert java.matcher(rf"\p{{{family}}}+")(inside)
    assert java.matcher(rf"\P{{{family}}}+")(outside)
    assert not java.matcher(rf"\p{{{family}}}+")(inside + "\ue000")


@pytest.mark.parametrize(
    ("pattern", "what"),
    [
        ("a)", "an unopened group at position 1"),
        ("(a", "an open group at position 2"),
        ("(?i)a", "a named group or flag at position 2"),
        ("(?<name>a)", "a named group or flag at position 2"),
        ("[a", "an open, nested or intersected class at position 2"),
        ("[a[b]]", "an open, nested or intersected class at position 2"),
        ("[a-z&&[^b]]", "an open, nested or intersected class at position 4"),
        ("[]a]", "an empty class at position 2"),
        (r"[a-\d]", "a range up to a class at position 5"),
        ("[z-a]", "a reversed range at position 4"),
        ("*a", "a quantifier of nothing at position 0"),
        ("a**", "a quantifier of nothing at position 2"),
        (r"(a)\1", r"the escape \1 at position 3"),
        (r"\bword", r"the escape \b at position 0"),
        ("a\\", "the escape \\ at position 1"),
        (r"\p{IsGreek}", "the property IsGreek at position 11"),
        (r"\p{C}", "the property C at position 5"),
        (r"\p{L}\P{Alnum}", "the property Alnum at position 14"),
    ],
)
def test_what_is_not_translated_is_refused(pattern, what, java):
    with pytest.raises(UntranslatableError) as refused:
        java.matcher(pattern)
    assert str(refused.value) == f"{what} of the Java pattern {pattern!r} is not translated"
