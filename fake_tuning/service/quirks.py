"""Oddities of the real service that a test may switch off."""

from __future__ import annotations

from dataclasses import dataclass, fields

from fake_tuning.domain.vocabulary.suggestions import checks_keywords


@checks_keywords
@dataclass(frozen=True, slots=True)
class Quirks:
    """Oddities of the real service, each on by default because it was observed.

    An unknown quirk, or a value that is neither True nor False, is a TypeError.

    Attributes:
        lower_case_list_arns: ListHyperParameterTuningJobs gives ARNs in lower case, whatever the case of the name
            (observed since 2022; tagging with such an ARN fails).
        pages_cut_before_filters: ListTrainingJobs and ListHyperParameterTuningJobs cut a page first and then filter it,
            so that pages can be short or empty and yet carry a token (recorded of names and of the status of training
            jobs, quoted of their LastModifiedTime, inferred of the other filters).
    """

    lower_case_list_arns: bool = True
    pages_cut_before_filters: bool = True

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if not isinstance(value, bool):
                raise TypeError(f"{each.name} must be True or False, but is {value!r}")
