"""Constraints of a made-up model: what no operation of the installed one shows, and a newer one might."""

from __future__ import annotations

import pytest
from botocore.model import ServiceModel

from fake_tuning.service.errors import ServiceError
from fake_tuning.service.validation.java_patterns import UntranslatableError, matcher
from fake_tuning.service.validation.model import Constraints

UNTRANSLATED = r"\p{IsGreek}+"


@pytest.fixture
def constraints() -> Constraints:
    text = {"type": "string"}
    shapes = {
        "Asked": {
            "type": "structure",
            "members": {
                "Anything": {"shape": "Document"},
                "Greek": {"shape": "Greek"},
                "Short": {"shape": "Short"},
            },
        },
        "Document": {"type": "structure", "members": {}, "document": True},
        "Greek": {**text, "pattern": UNTRANSLATED},
        "Short": {**text, "max": 2},
    }
    operations = {
        "Ask": {"name": "Ask", "http": {"method": "POST", "requestUri": "/"}, "input": {"shape": "Asked"}},
        "Ping": {"name": "Ping", "http": {"method": "POST", "requestUri": "/"}},
    }
    return Constraints(ServiceModel({"metadata": {}, "operations": operations, "shapes": shapes}, "made-up"))


def test_a_document_holds_anything(constraints: Constraints) -> None:
    constraints.check_request("Ask", {"Anything": {"a": [1, None]}})


def test_a_pattern_that_cannot_be_translated_refuses_nothing(constraints: Constraints) -> None:
    with pytest.raises(UntranslatableError):
        matcher(UNTRANSLATED)
    constraints.check_request("Ask", {"Greek": "latin"})
    with pytest.raises(ServiceError, match="less than or equal to 2"):
        constraints.check_request("Ask", {"Greek": "latin", "Short": "long"})


def test_an_operation_that_takes_and_gives_nothing(constraints: Constraints) -> None:
    constraints.check_request("Ping", {"Unknown": 1})
    assert constraints.check_response("Ping", {}) == []
    assert len(constraints.check_response("Ping", {"Unknown": 1})) == 1
