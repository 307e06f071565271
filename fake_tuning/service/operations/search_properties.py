"""The properties that Search filters and sorts by: which a resource has, and of what kind, by the model.

A name is a dotted path of members, such as ``ResourceConfig.InstanceType``. In a map the rest of the name is
the key, so that keys may have dots. Through a list it leads to the values of all elements (inferred).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from fake_tuning.domain.vocabulary.suggestions import nearest
from fake_tuning.service.error_texts import SEARCH_NOT_NESTED, SEARCH_OUTSIDE_NESTED, SEARCH_UNKNOWN_PROPERTY
from fake_tuning.service.errors import validation
from fake_tuning.service.pages import bound_ms

if TYPE_CHECKING:
    from botocore.model import Shape

Members: TypeAlias = Mapping[str, Any]
"""A resource, or an element of one of its lists, as it is shown."""

Kind: TypeAlias = Literal["text", "number", "Boolean", "timestamp", "hyperparameter", "object"]

_KINDS: Mapping[str, Kind] = {
    "string": "text",
    "integer": "number",
    "long": "number",
    "float": "number",
    "double": "number",
    "boolean": "Boolean",
    "timestamp": "timestamp",
}
_HYPERPARAMETERS = "HyperParameters"
"""The shape of all maps of hyperparameters: those of a training job, the tuned ones and the static ones."""


@dataclass(frozen=True, slots=True)
class _Keyed:
    """A list whose elements are named by their key: documented as ``Tags.<key>`` and ``Metrics.<name>``."""

    member: str
    key: str
    value: str


_KEYED: Mapping[str, _Keyed] = {
    "Tags": _Keyed("Tags", "Key", "Value"),
    "Metrics": _Keyed("FinalMetricDataList", "MetricName", "Value"),
}


@dataclass(frozen=True, slots=True)
class Property:
    """A property of a resource.

    Attributes:
        name: as the request names it.
        kind: what its values are.
        steps: the members and keys that lead to it.
        keyed: the list that it is looked up in, by the last step, where it is one.
    """

    name: str
    kind: Kind
    steps: tuple[str, ...]
    keyed: _Keyed | None = None

    def values(self, members: Members) -> list[Any]:
        """Return all values that it has in a resource, times in milliseconds since 1970.

        There are none when it does not exist there.
        """
        if self.keyed is None:
            found = _values(members, self.steps)
            return [bound_ms(each) for each in found] if self.kind == "timestamp" else list(found)
        listed = members.get(self.keyed.member, ())
        return [each[self.keyed.value] for each in listed if each[self.keyed.key] == self.steps[-1]]


@dataclass(frozen=True, slots=True)
class Properties:
    """The properties of a resource, or of the elements of one of its lists.

    Attributes:
        resource: the name of the resource, such as ``"TrainingJob"``.
        shape: its shape in the model, or that of the elements.
        nested: the name of the list; empty for the resource itself.
    """

    resource: str
    shape: Shape
    nested: str = ""

    def find(self, name: str) -> Property:
        """Return the property of this name.

        Raises:
            ServiceError: ValidationException: it has none (documented; the text is invented).
        """
        path = name
        if self.nested:
            path = name.removeprefix(f"{self.nested}.")
            if path == name:
                raise validation(SEARCH_OUTSIDE_NESTED.format(name=self.nested, filter=name))
        first, _, key = path.partition(".")
        keyed = _KEYED.get(first)
        if keyed and key and (place := _follow(self.shape, f"{keyed.member}.{keyed.value}")):
            return Property(name, place.kind, (key,), keyed)
        place = self._place(name, path)
        return Property(name, place.kind, place.steps)

    def elements(self, name: str) -> tuple[Properties, Property]:
        """Return the properties of the elements of a list, and the list.

        Raises:
            ServiceError: ValidationException: there is no such property, or it is no list of objects.
        """
        place = self._place(name, name)
        if place.shape.type_name != "list" or place.kind != "object":
            raise validation(SEARCH_NOT_NESTED.format(name=name))
        return Properties(self.resource, place.shape.member, name), Property(name, "object", place.steps)

    def _place(self, name: str, path: str) -> _Place:
        place = _follow(self.shape, path)
        if place is None:
            guess = _nearest(self.shape, path)
            hint = f": did you mean {name.removesuffix(path)}{guess}?" if guess else "."
            raise validation(SEARCH_UNKNOWN_PROPERTY.format(name=name, resource=self.resource, hint=hint))
        return place


class _Place(NamedTuple):
    shape: Shape
    kind: Kind
    steps: tuple[str, ...] = ()


def _follow(shape: Shape | None, path: str | None) -> _Place | None:
    """Return what a path leads to, from a shape on; None when it leads nowhere."""
    if shape is None:
        return None
    if path is None:
        return _Place(shape, _kind(shape))
    if shape.type_name == "list":
        return _follow(shape.member, path)
    if shape.type_name == "map" and path:
        kind: Kind = "hyperparameter" if shape.name == _HYPERPARAMETERS else _kind(shape.value)
        return _Place(shape.value, kind, (path,))
    if shape.type_name != "structure":
        return None
    member, dot, rest = path.partition(".")
    found = _follow(shape.members.get(member), rest if dot else None)
    return found and found._replace(steps=(member, *found.steps))


def _nearest(shape: Shape, path: str) -> str | None:
    """Return the path with its first unknown member corrected, or None if no known one is similar."""
    while shape.type_name == "list":
        shape = shape.member
    if shape.type_name != "structure":
        return None
    member, dot, rest = path.partition(".")
    if member in shape.members:
        inner = _nearest(shape.members[member], rest)
        return inner and f"{member}.{inner}"
    guess = nearest(member, shape.members)
    return guess and f"{guess}{dot}{rest}"


def _kind(shape: Shape) -> Kind:
    while shape.type_name == "list":
        shape = shape.member
    return _KINDS.get(shape.type_name, "object")


def _values(found: Any, steps: tuple[str, ...]) -> Iterator[Any]:
    if isinstance(found, (list, tuple)):
        for each in found:
            yield from _values(each, steps)
    elif not steps:
        yield found
    elif steps[0] in found:
        yield from _values(found[steps[0]], steps[1:])
