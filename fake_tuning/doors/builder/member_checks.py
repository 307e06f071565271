"""Checks members that are written by their AWS names against the service model of the installed botocore.

The model is read when the first such member is checked, not before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from fake_tuning.domain.vocabulary.suggestions import choices
from fake_tuning.doors.options import api_versions

if TYPE_CHECKING:
    from botocore.model import Shape

    from fake_tuning.service.validation.violations import Violation

Structure: TypeAlias = Literal[
    "HyperParameterTuningJobConfig", "TrainingJobDefinition", "TrainingJobDefinitions"
]
"""A structure, or a list of structures, in the request that creates a tuning job."""


def check_members(structure: Structure, members: Mapping[str, Any]) -> None:
    """Refuse members that a structure of the request cannot have.

    Args:
        structure: the structure; of a list, one of its elements.
        members: some of its members. Those that are not there may be missing, but each one must be whole.

    Raises:
        TypeError: the model has no such member, at any depth, or a value is of another type.
        ValueError: the model does not allow a value.
    """
    from fake_tuning.service.validation.model import installed_constraints, unknown_names

    shape = _shape_of(structure)
    unknown = list(unknown_names(shape, members, f"member of {structure}", structure))
    if unknown:
        raise TypeError("\n".join(unknown))
    found = [each.under(_path(structure)) for each in installed_constraints().check_members(shape, members)]
    # What cannot be read is reported alone, as the service does.
    unreadable = [each for each in found if each.unreadable]
    if found:
        problem = TypeError if unreadable else ValueError
        refused = unreadable or found
        raise problem(
            "\n".join(f"the service would refuse this{_guess(each)}: {each.text}" for each in refused)
        )


def check_ranges(lists: Mapping[str, Any]) -> None:
    """Refuse ParameterRanges that the model allows and the service does not.

    Args:
        lists: the ranges, which ``check_members`` accepted.

    Raises:
        ValueError: the bounds of one are no numbers or do not rise, a name stands twice, or there are too many.
    """
    from fake_tuning.service.errors import ServiceError
    from fake_tuning.service.validation import range_rules

    try:
        range_rules.check_ranges(lists, {})
        range_rules.check_number_of_ranges([lists])
    except ServiceError as refused:
        raise ValueError(f"the service would refuse this: {refused.message}") from None


def check_words(word: str, members: Iterable[str], words: Mapping[str, str]) -> None:
    """Refuse members that are set in another way.

    Args:
        word: the method that was called.
        members: the members that were written.
        words: by member, what to say.

    Raises:
        TypeError: one of them is such a member.
    """
    for member in members:
        if member in words:
            raise TypeError(f"{word} does not take {member}: say {words[member]}")


def check_overrides(members: Iterable[str], recorded: Iterable[str]) -> None:
    """Refuse names that no describe response has, in whatever version of the API.

    Args:
        members: the names.
        recorded: names that are legal because a recording has them, whatever the installed model says.

    Raises:
        TypeError: there is no such member.
    """
    known = dict.fromkeys((*described_members(), "ResponseMetadata", *recorded))
    for name in members:
        if name not in known:
            raise TypeError(choices("member of a describe response", name, known))


def _guess(found: Violation) -> str:
    # Before AWS's text, which may go on to list hundreds of values.
    return f" (did you mean {found.nearest!r}?)" if found.nearest else ""


@cache
def described_members() -> tuple[str, ...]:
    """Return the members that a describe response of a tuning job can have, in whatever version of the API."""
    from fake_tuning.service.validation.model import installed_model

    models = [api.model(installed_model()) for api in api_versions().values()]
    shapes = [model.operation_model("DescribeHyperParameterTuningJob").output_shape for model in models]
    return tuple(dict.fromkeys(name for shape in shapes for name in shape.members))


def _shape_of(structure: Structure) -> Shape:
    from fake_tuning.service.validation.model import installed_model

    request = installed_model().operation_model("CreateHyperParameterTuningJob").input_shape
    shape = request.members[structure]
    return shape.member if shape.type_name == "list" else shape


def _path(structure: Structure) -> str:
    """Return a structure's name as the service writes it in paths."""
    return structure[0].lower() + structure[1:]
