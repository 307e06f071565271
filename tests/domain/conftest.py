"""The account that most tests of how tuning jobs run use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.account import Account

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def account() -> Iterator[Account]:
    with Account() as account:
        yield account
