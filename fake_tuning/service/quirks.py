"""Oddities of the real service that a test may switch off."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quirks:
    """Oddities of the real service, each on by default because it was observed.

    Attributes:
        lower_case_list_arns: ListHyperParameterTuningJobs gives ARNs in lower case, whatever the case of the name
            (observed since 2022; tagging with such an ARN fails).
        pages_cut_before_filters: ListTrainingJobs cuts a page first and filters it by name and status then, so that
            pages can be short or empty and yet carry a token (recorded).
    """

    lower_case_list_arns: bool = True
    pages_cut_before_filters: bool = True
