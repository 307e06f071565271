"""Reaches every botocore client of the process, whenever it was made, and answers for SageMaker.

What is patched while something is installed, in botocore (tried on 1.42.40 to 1.44.8):

* ``client.BaseClient._make_api_call``: notes the call that begins, and takes the client in. Private.
* ``client.ClientCreator._load_service_model``: lets clients know the shapes of the answers. Private.
* ``session.create_loader``, as the module ``session`` names it: lets sessions share their models.
* ``httpsession.URLLib3Session.send``: lets nothing leave for the network.

and in aiobotocore (tried on 3.10.0), whether it is imported before or later:

* ``client.AioBaseClient._make_api_call``. Private.
* ``httpsession.AIOHTTPSession.send`` and ``httpxsession.HttpxSession.send``.

Of boto3, ``Session._session`` is read in ``environment.py``. Private.

``tests/doors/test_hook.py`` and ``tests/clients/test_aiobotocore.py`` tell when one of them is gone.
"""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore import client, httpsession, session

from fake_tuning.domain.vocabulary.clock import AmbientClock, Clock
from fake_tuning.doors.botocore.environment import Environment, shared_loader
from fake_tuning.doors.botocore.handlers import UNDER_WAY, register, unregister
from fake_tuning.doors.botocore.installation import Backend, Exchange, Installation
from fake_tuning.doors.late_imports import Patches, Target
from fake_tuning.service.api_version import CURRENT, ApiVersion
from fake_tuning.service.operations.registry import SAGEMAKER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextvars import Token

    from fake_tuning.doors.botocore.faults import FaultScript
    from fake_tuning.doors.botocore.network_guard import NetworkGuard


def install(
    backend: Backend,
    *,
    region: str = "us-east-1",
    clock: Clock | None = None,
    seed: int = 0,
    wire: bool = False,
    guard: NetworkGuard | None = None,
    faults: FaultScript | None = None,
    api: ApiVersion = CURRENT,
) -> Installation:
    """Let ``backend`` answer the calls of every client, and let nothing reach the network.

    Installed again, the innermost backend answers.

    Args:
        backend: what answers.
        region: the default region while installed.
        clock: tells when answers are given, and waits for late ones; the process's own when left out.
        seed: distinguishes request ids.
        wire: True to send every call through botocore's serialisation, retries and parsing.
        guard: decides what may leave for the network; nothing may when left out.
        faults: what is to go wrong.
        api: the version of the API that ``backend`` speaks; clients that are made while installed learn its model.

    Returns:
        The installation; its ``remove()`` takes it back.
    """
    installation = Installation(
        backend,
        region=region,
        clock=clock or AmbientClock(),
        seed=seed,
        wire=wire,
        guard=guard,
        faults=faults,
        api=api,
        remove=_REACH.remove,
    )
    _REACH.add(installation)
    return installation


def times_left() -> int:
    """Return how often, so far, the last installation was removed."""
    return _REACH.environment.left


def remove_remains(environment: Mapping[str, str], since: int) -> None:
    """Remove once more what others found while something was installed, and have put back after it was removed.

    A ``monkeypatch`` that is undone after the fake has gone does that. Does nothing while something is installed.

    Args:
        environment: the process's environment as it was before they could find anything.
        since: ``times_left()`` of then.
    """
    _REACH.remove_remains(environment, since)


class _Reach:
    """Where backends reach clients. There is one, since there is one ``BaseClient`` in a process."""

    def __init__(self) -> None:
        self.installed: tuple[Installation, ...] = ()
        self._lock = threading.RLock()
        self._clients: dict[int, weakref.ref[Any]] = {}
        self._patches = Patches(TARGETS)
        self.environment = Environment()

    def add(self, installation: Installation) -> None:
        with self._lock:
            if not self.installed:
                self.environment.enter()
            self.environment.region(installation.region)
            self.installed = (*self.installed, installation)
            self._patches.apply()

    def remove(self, installation: Installation) -> None:
        with self._lock:
            if installation not in self.installed:
                return
            self.installed = tuple(other for other in self.installed if other is not installation)
            if self.installed:
                self.environment.region(self.installed[-1].region)
                return
            self._patches.undo()
            for reference in list(self._clients.values()):
                taken_in = reference()
                if taken_in is not None:
                    unregister(taken_in)
            self._clients.clear()
            self.environment.leave()

    def remove_remains(self, environment: Mapping[str, str], since: int) -> None:
        with self._lock:
            if not self.installed:
                self._patches.undo()
                self.environment.put_back_again(environment, since)

    def begin(self, client: Any, operation: str) -> Token[Exchange | None] | None:
        """Note the call that begins; on a client's first call, take the client in."""
        installed = self.installed
        if not installed:
            return None
        service: str = client.meta.service_model.service_name
        if id(client) not in self._clients and service in installed[-1].services:
            self._take_in(client)
        return UNDER_WAY.set(Exchange(installed[-1], client, (service, operation)))

    def _take_in(self, client: Any) -> None:
        with self._lock:
            key = id(client)
            if key in self._clients or not self.installed:
                return
            register(client)
            # Only now: no other thread may call before every handler is there.
            self._clients[key] = weakref.ref(client, lambda _: self._clients.pop(key, None))

    def check(self, url: str) -> None:
        """Raise unless the request to ``url``, which is about to leave, is let through."""
        exchange = UNDER_WAY.get()
        if exchange is None and not self.installed:
            return
        guard = exchange.installation.guard if exchange else self.installed[-1].guard
        service, operation = exchange.operation if exchange else (None, None)
        if not guard.allows(service, operation):
            raise guard.refuse(service, operation, urlsplit(url).hostname or "an unknown host")


def _calling(original: Callable[..., Any]) -> Callable[..., Any]:
    def _make_api_call(self: Any, operation_name: str, api_params: Any) -> Any:
        token = _REACH.begin(self, operation_name)
        if token is None:
            return original(self, operation_name, api_params)
        try:
            return original(self, operation_name, api_params)
        finally:
            UNDER_WAY.reset(token)

    return _make_api_call


def _calling_async(original: Callable[..., Any]) -> Callable[..., Any]:
    async def _make_api_call(self: Any, operation_name: str, api_params: Any) -> Any:
        token = _REACH.begin(self, operation_name)
        if token is None:
            return await original(self, operation_name, api_params)
        try:
            return await original(self, operation_name, api_params)
        finally:
            UNDER_WAY.reset(token)

    return _make_api_call


def _sending(original: Callable[..., Any]) -> Callable[..., Any]:
    # Serves async sessions too: they return a coroutine, and a refusal is raised where the call is written.
    def send(self: Any, request: Any) -> Any:
        _REACH.check(request.url)
        return original(self, request)

    return send


def _sharing_loaders(original: Callable[..., Any]) -> Callable[..., Any]:
    def create_loader(search_path_string: str | None = None) -> Any:
        if not _REACH.installed:
            return original(search_path_string)
        return shared_loader(original, search_path_string)

    return create_loader


def _teaching(original: Callable[..., Any]) -> Callable[..., Any]:
    # Where a client is made: sessions and their loaders may be older than the installation, and outlive it.
    def _load_service_model(self: Any, service_name: str, *args: Any, **keywords: Any) -> Any:
        model, installed = original(self, service_name, *args, **keywords), _REACH.installed
        return installed[-1].api.model(model) if installed and service_name == SAGEMAKER else model

    return _load_service_model


TARGETS = (
    Target(client.__name__, "BaseClient", "_make_api_call", _calling),
    Target(client.__name__, "ClientCreator", "_load_service_model", _teaching),
    Target(httpsession.__name__, "URLLib3Session", "send", _sending),
    Target(session.__name__, "", "create_loader", _sharing_loaders),
    Target("aiobotocore.client", "AioBaseClient", "_make_api_call", _calling_async),
    Target("aiobotocore.httpsession", "AIOHTTPSession", "send", _sending),
    Target("aiobotocore.httpxsession", "HttpxSession", "send", _sending),
)
"""What is patched while something is installed."""

_REACH = _Reach()
