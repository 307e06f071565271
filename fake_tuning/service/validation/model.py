"""Checks requests and answers against the service model.

Nothing is listed by hand: each shape of the model becomes a small function when it is first needed. Members
that the model does not have are ignored in a request, as the protocol does, and reported in an answer. Lengths
count characters (inferred).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from fake_tuning.domain.vocabulary.numbers import is_real
from fake_tuning.domain.vocabulary.suggestions import choices
from fake_tuning.service.error_texts import MAP_KEYS, MAP_VALUE, NOT_NULL
from fake_tuning.service.pages import bound_ms
from fake_tuning.service.validation.java_patterns import Matcher, UntranslatableError, matcher
from fake_tuning.service.validation.violations import (
    Bounds,
    Violation,
    broken,
    constraint_texts,
    null,
    outside_enum,
    pattern_text,
    refusal,
    step_to,
    union_text,
    unknown_member,
    unreadable,
)

if TYPE_CHECKING:
    from botocore.loaders import Loader
    from botocore.model import ServiceModel, Shape

_BITS = {"integer": 31, "long": 63}
_NESTED = frozenset({"structure", "list", "map"})
# Of a value that is too long, and longer than this, only the length is reported and the pattern is not tried:
# some patterns take time in the square of the length. Up to here, or to a shape's own limit, each is quick.
_LONGEST_MATCHED = 8192

Check = Callable[[object], Sequence[Violation]]


def load_model(loader: Loader | None = None) -> ServiceModel:
    """Return the SageMaker model that the installed botocore carries; reading it takes some 100 ms.

    Args:
        loader: the botocore loader that is to read it, and that may have it already.
    """
    from botocore.loaders import Loader
    from botocore.model import ServiceModel

    return ServiceModel((loader or Loader()).load_service_model("sagemaker", "service-2"), "sagemaker")


_LEFT_OUT: Mapping[str, tuple[str, ...]] = {"DescribeTrainingJobResponse": ("ModelArtifacts",)}
"""Members, by structure, that the model requires and that the service leaves out (recorded)."""

_LEFT_EMPTY = frozenset({"InputDataConfig"})
"""Lists that the model wants to have an entry and that the service answers with none (recorded)."""


@cache
def installed_model() -> ServiceModel:
    """Return that model, read once: it never changes while a process runs."""
    return load_model()


class Constraints:
    """The constraints of one service model.

    An instance may be shared between threads: what it compiles depends on the model alone.
    """

    def __init__(self, service_model: ServiceModel) -> None:
        self._model = service_model
        self._asked = _Compiler(answers=False)
        self._answered = _Compiler(answers=True)
        self._requests: dict[str, Check] = {}

    def check_request(self, operation: str, params: Mapping[str, object]) -> None:
        """Accept a request, or refuse it with all that the model finds wrong in it.

        Args:
            operation: its name, such as ``"StopTrainingJob"``.
            params: the request as the client's caller wrote it, with the names of the model.

        Raises:
            ServiceError: ValidationException, with one clause for each broken constraint; or, when a value is
                of the wrong type, SerializationException.
        """
        check = self._requests.get(operation)
        if check is None:
            shape = self._model.operation_model(operation).input_shape
            check = self._requests[operation] = self._asked.of(shape) if shape else _anything
        found = check(params)
        if found:
            raise refusal(found)

    def check_members(self, structure: Shape, members: Mapping[str, object]) -> list[Violation]:
        """Return what the model finds wrong in some members of a structure of a request.

        Args:
            structure: the structure's shape.
            members: the members, all of which the model has. Others may be missing.
        """
        checks = {name: self._asked.of(structure.members[name]) for name in members}
        return [
            wrong.under(step_to(name)) for name, check in checks.items() for wrong in check(members[name])
        ]

    def check_response(self, operation: str, answer: Mapping[str, object]) -> list[str]:
        """Return what the model finds wrong in an answer, each as a sentence; nothing when it is right.

        Args:
            operation: the name of the operation that is answered.
            answer: what the client's caller gets, less the ``ResponseMetadata``; times are aware datetimes.
        """
        return [violation.text for violation in self.wrong_in_response(operation, answer)]

    def wrong_in_response(self, operation: str, answer: Mapping[str, object]) -> Sequence[Violation]:
        """Return what the model finds wrong in an answer (see ``check_response``)."""
        shape = self._model.operation_model(operation).output_shape
        if shape is None:
            return [unknown_member(name, ()) for name in answer]
        return self._answered.of(shape)(answer)


@cache
def installed_constraints() -> Constraints:
    """Return the constraints of the installed model, compiled once."""
    return Constraints(installed_model())


def unknown_names(shape: Shape | None, value: object, what: str, path: str = "") -> Iterator[str]:
    """Find the names in a value that the model lacks, at any depth, and say which are the nearest.

    Args:
        shape: the value's shape; None, or a structure without members, has no names at all.
        value: what was written; values that are not structures, lists or mappings are skipped.
        what: says whose names they are, such as ``"parameter of StopTrainingJob"``.
        path: the path to the value, such as ``"TrainingJobDefinition.ResourceConfig"``.
    """
    kind = None if shape is None else shape.type_name
    if isinstance(value, Mapping) and kind in {None, "structure"}:
        members = {} if shape is None else shape.members
        for name, inner in value.items():
            if name in members:
                step = f"{path}.{name}" if path else name
                yield from unknown_names(members[name], inner, f"member of {step}", step)
            elif members:
                yield choices(what, name, members)
            else:
                yield f"unknown {what} {name!r}: it has none"
    elif isinstance(value, (list, tuple)) and shape is not None and kind == "list":
        for inner in value:
            yield from unknown_names(shape.member, inner, what, path)


class _Compiler:
    """Turns shapes into checks, each once; a structure's members when the first such structure is checked.

    Answers have stricter checks: their times must be aware datetimes, and they must have no unknown members. Where the
    service breaks its own model, they may do so too.
    """

    def __init__(self, *, answers: bool) -> None:
        self._answers = answers
        self._checks: dict[str, Check] = {}

    def of(self, shape: Shape) -> Check:
        known = self._checks.get(shape.name)
        if known is None:
            known = self._checks[shape.name] = self._compiled(shape)
        return known

    def _compiled(self, shape: Shape) -> Check:
        if shape.type_name == "structure" and shape.is_document_type:
            return _anything
        compilers: dict[str, Callable[[Shape], Check]] = {
            "structure": self._structure,
            "list": self._list,
            "map": self._map,
            "string": self._string,
            "integer": _number,
            "long": _number,
            "float": _number,
            "double": _number,
            "boolean": lambda _: _boolean,
            "timestamp": lambda _: _aware_time if self._answers else _readable_time,
        }
        compiler = compilers.get(shape.type_name)  # the model constrains nothing else: a blob holds any bytes
        return compiler(shape) if compiler else _anything

    def _structure(self, shape: Shape) -> Check:
        members: list[tuple[str, str, bool, Check]] | None = None
        is_union, strict = shape.is_tagged_union, self._answers

        def check(value: object) -> Sequence[Violation]:
            nonlocal members
            if not isinstance(value, (dict, Mapping)):
                return unreadable("a structure", value)
            if members is None:  # not before the first value, for a structure may hold itself
                left_out = _LEFT_OUT.get(shape.name, ()) if self._answers else ()
                required = frozenset(shape.required_members).difference(left_out)
                members = [(n, step_to(n), n in required, self.of(of)) for n, of in shape.members.items()]
            found: list[Violation] = []
            for name, step, is_required, check_member in members:
                member = value.get(name)
                if member is None:
                    if is_required or name in value:
                        found.append(null(step))
                elif wrong := check_member(member):
                    found += [each.under(step) for each in wrong]
            if is_union and sum(name in value for name in shape.members) != 1:
                found += broken(shape, value, [union_text(shape)])
            if strict:
                found += [unknown_member(name, shape.members) for name in value if name not in shape.members]
            return found

        return check

    def _list(self, shape: Shape) -> Check:
        bounds, check_element = Bounds.of(shape), self.of(shape.member)
        if self._answers and shape.name in _LEFT_EMPTY:
            bounds = bounds._replace(low=0)

        def check(value: object) -> Sequence[Violation]:
            if not isinstance(value, (list, tuple)):
                return unreadable("a list", value)
            found = broken(shape, value, bounds.broken_by(len(value)))
            for index, element in enumerate(value, 1):
                if element is None:
                    found.append(null(str(index), "member"))
                elif wrong := check_element(element):
                    found += [each.under(str(index), "member") for each in wrong]
            return found

        return check

    def _map(self, shape: Shape) -> Check:
        bounds, check_key, check_value = Bounds.of(shape), self.of(shape.key), self.of(shape.value)
        is_nested = shape.value.type_name in _NESTED

        def check(value: object) -> Sequence[Violation]:
            if not isinstance(value, (dict, Mapping)):
                return unreadable("a map", value)
            texts = bounds.broken_by(len(value))
            wrong_keys = [each for key in value for each in check_key(key)]
            wrong_values: list[Violation] = []
            for key, element in value.items():
                if element is not None and (wrong := check_value(element)):
                    wrong_values += [each.under(f"{key}", "member") for each in wrong]
            if wrong_keys:
                texts.append(MAP_KEYS.format(constraints=", ".join(constraint_texts(shape.key))))
            nulls = [NOT_NULL] if None in value.values() else []
            if nulls or (wrong_values and not is_nested):
                inside = ", ".join([*constraint_texts(shape.value), *nulls])
                texts.append(MAP_VALUE.format(constraints=inside))
            inner = [each for each in wrong_keys if each.unreadable]
            inner += [each for each in wrong_values if each.unreadable or is_nested]
            return [*broken(shape, value, texts), *inner]

        return check

    def _string(self, shape: Shape) -> Check:
        bounds, enum, pattern = Bounds.of(shape), frozenset(shape.enum), shape.metadata.get("pattern")
        low, high = bounds.low, bounds.high
        matches: Callable[[str], object] | None = None if pattern else _always

        def check(value: object) -> Sequence[Violation]:
            nonlocal matches
            if not isinstance(value, str):
                return unreadable("a string", value)
            if matches is None:
                matches = _matcher(pattern)
            size = len(value)
            fits = low <= size <= high
            matched = matches(value) if fits or size <= _LONGEST_MATCHED else True
            if fits and matched and (not enum or value in enum):
                return ()
            found = [] if matched else broken(shape, value, [pattern_text(shape)])
            found += broken(shape, value, bounds.broken_by(size))
            return [*found, *outside_enum(shape, value)] if enum and value not in enum else found

        return check


def _matcher(pattern: str) -> Matcher:
    try:
        return matcher(pattern)
    except UntranslatableError:
        # A newer botocore may bring a pattern of a new kind. It is better to accept a wrong value than
        # to refuse a right one; our own tests fail when the model has such a pattern.
        return _always


def _always(_value: str) -> object:
    return True


def _anything(_value: object) -> Sequence[Violation]:
    return ()


def _boolean(value: object) -> Sequence[Violation]:
    return () if isinstance(value, bool) else unreadable("a boolean", value)


def _number(shape: Shape) -> Check:
    bounds, bits = Bounds.of(shape), _BITS.get(shape.type_name)
    wanted = "an integer" if bits else "a number"

    def check(value: object) -> Sequence[Violation]:
        if not is_real(value):
            return unreadable(wanted, value)
        if isinstance(value, float) and (bits or not math.isfinite(value)):
            return unreadable(wanted, value)
        if bits and not -(1 << bits) <= value < 1 << bits:
            return unreadable(f"an integer of {bits + 1} bits", value)
        return broken(shape, value, bounds.broken_by(value))

    return check


def _readable_time(value: object) -> Sequence[Violation]:
    if isinstance(value, (datetime, int, float, str)):
        with suppress(ValueError, OverflowError):
            bound_ms(value)
            return ()
    return unreadable("a timestamp", value)


def _aware_time(value: object) -> Sequence[Violation]:
    aware = isinstance(value, datetime) and value.utcoffset() is not None
    return () if aware else unreadable("an aware datetime", value)
