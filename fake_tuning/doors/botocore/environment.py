"""What clients find around them while the fake is installed: the environment, boto3's session, models."""

from __future__ import annotations

import functools
import os
import sys
import threading
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_CREDENTIALS: Mapping[str, str] = MappingProxyType(
    {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_SESSION_TOKEN": "testing",
    }
)
_NO_METADATA_SERVICE: Mapping[str, str] = MappingProxyType({"AWS_EC2_METADATA_DISABLED": "true"})
_REGION = "AWS_DEFAULT_REGION"
_PROFILES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")
_ENDPOINTS = "AWS_ENDPOINT_URL"

_SHARED: WeakSet[Any] = WeakSet()
"""The loaders of models that sessions were given while something was installed."""


class Environment:
    """The process's environment while the fake is installed, the same on every machine.

    Credentials are set when there are none, profiles and endpoints are dropped, the metadata service is off,
    and the default region is the installed service's. boto3's default session, when one is made meanwhile, is
    forgotten afterwards: it would keep these credentials. What the user changes meanwhile stays as he left it.

    Attributes:
        left: how often it has been left.
    """

    def __init__(self) -> None:
        self.left = 0
        self._before: dict[str, str | None] = {}
        self._ours: set[tuple[str, str | None]] = set()
        self._given_up: dict[tuple[str, str | None], int] = {}
        self._session_before: Any = None

    def enter(self) -> None:
        """Change the environment, and remember how it was."""
        self._session_before = getattr(sys.modules.get("boto3"), "DEFAULT_SESSION", None)
        if not ("AWS_ACCESS_KEY_ID" in os.environ and "AWS_SECRET_ACCESS_KEY" in os.environ):
            for name, value in _CREDENTIALS.items():
                self._set(name, value)
        for name, value in _NO_METADATA_SERVICE.items():
            self._set(name, value)
        for name in [name for name in os.environ if name in _PROFILES or name.startswith(_ENDPOINTS)]:
            self._set(name, None)

    def region(self, name: str) -> None:
        """Make ``name`` the default region."""
        self._set(_REGION, name)

    def leave(self) -> None:
        """Put back what is still ours."""
        self.left += 1
        for name, value in self._before.items():
            if (name, os.environ.get(name)) in self._ours:
                _write(name, value)
        self._given_up |= dict.fromkeys(self._ours, self.left)
        self._before.clear()
        self._ours.clear()
        boto3: Any = sys.modules.get("boto3")
        if boto3 is not None:
            boto3.DEFAULT_SESSION = self._session_before

    def put_back_again(self, before: Mapping[str, str], since: int) -> None:
        """Put back what was ours and has returned: somebody found it, and restored it after it had been left.

        Args:
            before: the environment as it was before whoever did that could find anything of ours.
            since: how often it had been left by then.
        """
        for (name, ours), left in self._given_up.items():
            if left > since and os.environ.get(name) == ours != before.get(name):
                _write(name, before.get(name))
        boto3: Any = sys.modules.get("boto3")
        if boto3 is not None and _was_made_meanwhile(boto3.DEFAULT_SESSION):
            boto3.DEFAULT_SESSION = self._session_before

    def _set(self, name: str, value: str | None) -> None:
        self._before.setdefault(name, os.environ.get(name))
        self._ours.add((name, value))
        _write(name, value)


def _was_made_meanwhile(session: Any) -> bool:
    """Tell whether one of boto3's sessions was made while something was installed: it has a shared loader then."""
    if session is None:
        return False
    return session._session.get_component("data_loader") in _SHARED


def _write(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


@functools.cache
def _loader(create: Callable[..., Any], data_path: str | None) -> tuple[Any, threading.Lock]:
    """Return one loader per data path. It outlives installations: the files that it holds do not change."""
    loader = create(data_path)
    _SHARED.add(loader)
    return loader, threading.Lock()


def shared_loader(create: Callable[..., Any], data_path: str | None = None) -> Any:
    """Return the loader of service models that all sessions with this data path share.

    Args:
        create: botocore's own way to make one.
        data_path: botocore's ``data_path`` setting.
    """
    loader, lock = _loader(create, data_path)
    with lock:  # boto3 appends its own directory for each of its sessions
        paths: list[str] = loader.search_paths
        if len(paths) != len(set(paths)):
            paths[:] = dict.fromkeys(paths)
    return loader
