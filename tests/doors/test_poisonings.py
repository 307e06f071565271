"""Whatever a test patches, in whatever order its fixtures are torn down, nothing of it or of ours is left after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., pytest.RunResult]


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with a region and a profile, and without credentials in its environment."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
    monkeypatch.setenv("AWS_PROFILE", "production")


def test_what_a_wider_fixture_undoes_late_is_removed_when_its_scope_ends(run: Run) -> None:
    result = run(
        """
        import os
        import unittest
        from unittest import mock

        import boto3
        import pytest
        from botocore.client import BaseClient
        from fake_tuning import FakeTuningService

        ORIGINAL, REGION = BaseClient._make_api_call, os.environ.get("AWS_DEFAULT_REGION")

        def poison(patch):
            patch.setenv("AWS_DEFAULT_REGION", "own")
            patch.setenv("AWS_ACCESS_KEY_ID", "own")
            patch.setattr(BaseClient, "_make_api_call", lambda *call: None)

        @pytest.fixture(scope="class")
        def class_patch():
            with pytest.MonkeyPatch.context() as patch:
                yield patch

        class TestWide:
            def test_service_of_the_class(self, class_patch, class_tuning_service):
                poison(class_patch)

        class TestWideTool:
            def test_service_of_a_test(self, class_patch, tuning_service):
                poison(class_patch)

            def test_own_values_rule_until_the_class_ends(self):
                assert os.environ["AWS_DEFAULT_REGION"] == "own"

        class TestUnits(unittest.TestCase):
            def setUp(self):
                self.env = mock.patch.dict(os.environ, {"OTHER": "1"})
                self.service = FakeTuningService()
                self.service.__enter__()
                self.env.start()

            def test_it(self):
                pass

            def tearDown(self):
                self.service.__exit__(None, None, None)
                self.env.stop()

        class TestAfterwards:
            def test_it(self):
                assert BaseClient._make_api_call is ORIGINAL
                assert (os.environ.get("AWS_DEFAULT_REGION"), os.environ.get("AWS_ACCESS_KEY_ID")) == (REGION, None)
                assert "AWS_EC2_METADATA_DISABLED" not in os.environ
        """
    )
    result.assert_outcomes(passed=5)


def test_a_default_session_that_comes_back_is_forgotten(run: Run) -> None:
    result = run(
        """
        import boto3
        from fake_tuning import FakeTuningService

        def test_it(monkeypatch):
            with FakeTuningService():
                boto3.client("sagemaker")
                monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)

        def test_afterwards():
            assert boto3.DEFAULT_SESSION is None
        """
    )
    result.assert_outcomes(passed=2)


def test_what_others_set_is_theirs_even_when_it_looks_like_ours(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    result = run(
        """
        import os

        import pytest

        def region():
            return os.environ.get("AWS_DEFAULT_REGION")

        @pytest.fixture(scope="module")
        def module_region():
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
                yield

        @pytest.fixture
        def other_region(monkeypatch):
            monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")

        class TestA:
            def test_fixture_of_a_test(self, other_region, tuning_service):
                assert region() == "us-east-1"

            def test_nothing_is_taken(self):
                assert region() == "us-east-1"

            def test_a_value_for_good(self):
                os.environ["AWS_ACCESS_KEY_ID"] = "testing"

            def test_stays(self, tuning_service):
                assert os.environ["AWS_ACCESS_KEY_ID"] == "testing"

            def test_stays_after_a_fake(self):
                assert os.environ.pop("AWS_ACCESS_KEY_ID") == "testing"

            def test_nothing_is_taken_from_the_module(self, module_region):
                assert region() == "eu-west-1"

            def test_fixture_of_the_module(self, module_region, tuning_service):
                assert region() == "us-east-1"
        """,
        test_later="""
        import os

        def test_it():
            assert os.environ.get("AWS_DEFAULT_REGION") == "us-east-1"
        """,
    )
    result.assert_outcomes(passed=8)
