"""ListHyperParameterTuningJobs, through real clients: summaries, orders, filters, pages and tokens."""

from __future__ import annotations
