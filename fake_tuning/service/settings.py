"""The settings that a service is made with, apart from its clock and its version of the API."""

from __future__ import annotations

from dataclasses import dataclass

from fake_tuning.service.quirks import Quirks
from fake_tuning.service.validation.quotas import Quotas


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of a service. Operations find them in ``invocation.settings``.

    None has a default here: whoever makes a service decides.

    Attributes:
        region: the region of calls that name none.
        account: the account of all ARNs.
        seed: determines all random values.
        quirks: which oddities of the real service it has.
        quotas: what an account may have at a time in a region.
    """

    region: str
    account: str
    seed: int
    quirks: Quirks
    quotas: Quotas
