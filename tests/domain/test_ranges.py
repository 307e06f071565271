"""Hyperparameter ranges: how people write them, how AWS does, and which values are tried."""

from __future__ import annotations

import math
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_tuning.domain.vocabulary.ranges import (
    SCALINGS,
    CategoricalRange,
    ContinuousRange,
    IntegerRange,
    combinations,
    grid_at,
    range_of,
    ranges_from_aws,
    ranges_to_aws,
)
from support.strategies import DETERMINISTIC

shares = st.floats(0, 1, exclude_max=True)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ((1, 5), IntegerRange("x", 1, 5)),
        (range(3, 11), IntegerRange("x", 3, 10)),
        ((1, 5, "Logarithmic"), IntegerRange("x", 1, 5, "Logarithmic")),
        ((0.01, 0.3), ContinuousRange("x", 0.01, 0.3)),
        ((0, 1.0), ContinuousRange("x", 0, 1.0)),
        ((0.5, 0.9, "ReverseLogarithmic"), ContinuousRange("x", 0.5, 0.9, "ReverseLogarithmic")),
        (["gbtree", "dart"], CategoricalRange("x", ("gbtree", "dart"))),
        (("gbtree", "dart"), CategoricalRange("x", ("gbtree", "dart"))),
        ([16, 32], CategoricalRange("x", ("16", "32"))),
        ((True, False), CategoricalRange("x", ("True", "False"))),
        ((1, 2, 3, 4), CategoricalRange("x", ("1", "2", "3", "4"))),
        (ContinuousRange("x", 0.0, 1.0), ContinuousRange("x", 0.0, 1.0)),
    ],
)
def test_ranges_are_read(written, read):
    assert range_of("x", written) == read


@pytest.mark.parametrize(
    ("error", "written", "message"),
    [
        (
            TypeError,
            5,
            "the range of 'x' must be (low, high), (low, high, scaling), range(...) or a list of "
            "values, but is 5",
        ),
        (
            ValueError,
            range(1, 9, 2),
            "the range of 'x' must have a step of 1, but is range(1, 9, 2): list the values instead",
        ),
        (ValueError, (5, 1), "the range of 'x' must rise, but is 5 to 1"),
        (ValueError, (1.0, 1.0), "the range of 'x' must rise, but is 1.0 to 1.0"),
        (ValueError, (0.0, math.inf), "the range of 'x' must be finite, but is 0.0 to inf"),
        (ValueError, (math.nan, 1.0), "the range of 'x' must be finite, but is nan to 1.0"),
        (
            ValueError,
            (1, 5, "Logaritmic"),
            "unknown scaling for 'x' 'Logaritmic': did you mean 'Logarithmic'? "
            "The choices are Auto, Linear, Logarithmic, ReverseLogarithmic.",
        ),
        (
            ValueError,
            (0, 5, "Logarithmic"),
            "the logarithmic range of 'x' must be above 0, but begins at 0",
        ),
        (
            ValueError,
            (0.5, 1.0, "ReverseLogarithmic"),
            "the reverse logarithmic range of 'x' must be from 0 to below 1, but is 0.5 to 1.0",
        ),
        (ValueError, [], "the range of 'x' needs at least one value"),
        (ValueError, ["a", "b", "a"], "the range of 'x' names a value twice: 'a', 'b', 'a'"),
    ],
)
def test_what_is_no_range_is_refused(error, written, message):
    with pytest.raises(error) as refused:
        range_of("x", written)
    assert str(refused.value) == message


@pytest.mark.parametrize("scaling", SCALINGS)
@DETERMINISTIC
@given(share=shares)
def test_values_stay_within_their_range(scaling, share):
    assert 0.001 <= ContinuousRange("x", 0.001, 0.9, scaling).at(share) <= 0.9
    if scaling != "ReverseLogarithmic":
        assert IntegerRange("x", 1, 5000, scaling).at(share) in range(1, 5001)
    assert CategoricalRange("x", ("a", "b", "c")).at(share) in ("a", "b", "c")


@pytest.mark.parametrize(
    "given", [IntegerRange("x", 3, 6), IntegerRange("x", -2, 2), CategoricalRange("x", tuple("abc"))]
)
def test_every_value_has_the_same_share(given):
    count = given.count
    found = [given.at((turn + 0.5) / (count * 100)) for turn in range(count * 100)]
    assert {found.count(value) for value in set(found)} == {100}
    assert len(set(found)) == count


@pytest.mark.parametrize(
    ("scaling", "middle"),
    [
        ("Linear", 0.5005),
        ("Logarithmic", 0.0316),
        ("ReverseLogarithmic", 0.9684),
    ],
)
def test_scaling_decides_where_the_middle_is(scaling, middle):
    low, high = (0.001, 1.0) if scaling != "ReverseLogarithmic" else (0.0, 0.999)
    assert ContinuousRange("x", low, high, scaling).at(0.5) == pytest.approx(middle, abs=0.001)


def test_auto_is_logarithmic_where_the_range_is_wide():
    wide, narrow = ContinuousRange("x", 0.001, 1.0), ContinuousRange("x", 0.1, 1.0)
    assert wide.at(0.5) == pytest.approx(0.0316, abs=0.001)
    assert narrow.at(0.5) == pytest.approx(0.55)
    assert ContinuousRange("x", -1.0, 1.0).at(0.5) == pytest.approx(0.0)
    assert median(IntegerRange("x", 1, 10_000).at(turn / 100) for turn in range(100)) < 120
    assert median(IntegerRange("x", 1, 100).at(turn / 100) for turn in range(100)) > 45
    assert IntegerRange("x", 1, 100, "Logarithmic").at(0.5) == 10


def test_values_as_the_service_writes_them():
    assert IntegerRange("x", 1, 9).written(7) == "7"
    assert ContinuousRange("x", 0.0, 1.0).written(1.3494417573713629e-08) == "1.3494417573713629e-08"
    assert ContinuousRange("x", 0.0, 1.0).written(1) == "1.0"
    assert CategoricalRange("x", ('"True"',)).written('"True"') == '"True"'


@DETERMINISTIC
@given(share=shares)
def test_what_is_written_can_be_read(share):
    for given_range in (
        IntegerRange("x", 1, 500),
        ContinuousRange("x", 1e-8, 1e3),
        CategoricalRange("x", ("a", "b")),
    ):
        value = given_range.at(share)
        assert given_range.read(given_range.written(value)) == value


def test_ranges_as_aws_lists_them_and_back():
    ranges = (
        IntegerRange("depth", 3, 10, "Linear"),
        IntegerRange("leaves", 1, 9),
        ContinuousRange("eta", 1e-05, 0.3),
        ContinuousRange("alpha", 0.5, 0.9, "ReverseLogarithmic"),
        CategoricalRange("booster", ("gbtree", "dart")),
    )
    lists = ranges_to_aws(ranges)
    assert lists == {
        "IntegerParameterRanges": [
            {"Name": "depth", "MinValue": "3", "MaxValue": "10", "ScalingType": "Linear"},
            {"Name": "leaves", "MinValue": "1", "MaxValue": "9"},
        ],
        "ContinuousParameterRanges": [
            {"Name": "eta", "MinValue": "1e-05", "MaxValue": "0.3"},
            {"Name": "alpha", "MinValue": "0.5", "MaxValue": "0.9", "ScalingType": "ReverseLogarithmic"},
        ],
        "CategoricalParameterRanges": [{"Name": "booster", "Values": ["gbtree", "dart"]}],
    }
    assert ranges_from_aws(lists) == ranges


@pytest.mark.parametrize(
    ("hint", "around"),
    [
        ("10", IntegerRange("x", 1, 100)),
        ("0.1", ContinuousRange("x", 0.01, 1.0)),
        ("10.0", ContinuousRange("x", 1.0, 100.0)),
        ("-10", IntegerRange("x", -100, -1)),
        ("0", CategoricalRange("x", ("0",))),
        ("nan", CategoricalRange("x", ("nan",))),
        ("gbtree", CategoricalRange("x", ("gbtree",))),
    ],
)
def test_auto_parameters_are_searched_around_their_hints(hint, around):
    assert ranges_from_aws({"AutoParameters": [{"Name": "x", "ValueHint": hint}]}) == (around,)


def test_combinations_are_counted():
    booster, depth = CategoricalRange("booster", ("a", "b")), IntegerRange("depth", 1, 3)
    assert combinations((booster, depth)) == 6
    assert combinations((booster, ContinuousRange("eta", 0.0, 1.0))) == math.inf
    assert combinations(()) == 1


def test_a_grid_has_every_combination_once():
    ranges = (CategoricalRange("a", ("1", "2")), CategoricalRange("b", ("x", "y", "z")))
    found = [tuple(sorted(grid_at(ranges, turn).items())) for turn in range(6)]
    assert found[:2] == [(("a", "1"), ("b", "x")), (("a", "1"), ("b", "y"))]
    assert len(set(found)) == 6
