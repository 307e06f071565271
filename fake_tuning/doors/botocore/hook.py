"""Reaches every botocore client of the process, made before, during or after, and answers for SageMaker."""

from __future__ import annotations

import functools
import sys
import threading
import weakref
from contextvars import ContextVar, Token
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from urllib.parse import urlsplit

from botocore import UNSIGNED, client, httpsession, session
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from fake_tuning.domain.vocabulary.clock import AmbientClock, Clock
from fake_tuning.domain.vocabulary.durations import duration
from fake_tuning.doors.botocore.answers import (
    Answers,
    Outcome,
    ParsedHttp,
    WireResponse,
    asked,
    succeeded,
    timestamps_of,
)
from fake_tuning.doors.botocore.environment import Environment, shared_loader
from fake_tuning.doors.botocore.faults import Fault, FaultScript
from fake_tuning.doors.botocore.network_guard import SAGEMAKER, NetworkGuard
from fake_tuning.service.api_version import CURRENT, ApiVersion
from fake_tuning.service.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable

_ANSWERED = "https://answered.invalid/"


class Backend(Protocol):
    """What answers the operations."""

    @property
    def operations(self) -> frozenset[str]:
        """The names of the operations that it answers."""

    def call(self, operation: str, params: dict[str, Any], *, region: str | None = None) -> dict[str, Any]:
        """Return a fresh answer, or raise ``ServiceError``."""


class _Exchange(NamedTuple):
    """The call that is under way in this thread or task."""

    installation: Installation
    client: Any
    service: str
    operation: str


_UNDER_WAY: ContextVar[_Exchange | None] = ContextVar("fake_tuning_exchange", default=None)


class Installation:
    """A backend that is reached by the process's clients. Made by ``install``.

    Attributes:
        backend: what answers.
        guard: what may leave for the network, and what was refused.
        faults: what is to go wrong.
        api: the version of the API that it speaks.
    """

    def __init__(
        self,
        backend: Backend,
        *,
        region: str,
        clock: Clock,
        seed: int,
        wire: bool,
        guard: NetworkGuard | None,
        faults: FaultScript | None,
        api: ApiVersion,
    ) -> None:
        self.backend = backend
        self.region = region
        self.guard = guard or NetworkGuard(backend.operations)
        self.faults = faults or FaultScript(backend.operations, can_wait=hasattr(clock, "sleep"))
        self.api = api
        self._clock = clock
        self._wire = wire
        self._answers = Answers(clock, seed)
        self._served = backend.operations
        self._timestamps: dict[str, tuple[str, ...]] = {}

    def remove(self) -> None:
        """Undo the installation; a second time does nothing.

        Installations may be removed in any order. After the last, all is as it was before the first.
        """
        _REACH.remove(self)

    def serves(self, operation: str) -> bool:
        """Tell whether the backend answers ``operation``."""
        return operation in self._served

    def answer_parsed(self, exchange: _Exchange, body: bytes) -> tuple[ParsedHttp, dict[str, Any]] | None:
        """Answer with no HTTP at all, or return None when this exchange has to go over the wire."""
        if exchange.operation not in self._served or self._wire or self.faults.awaits(exchange.operation):
            return None
        return self._answers.parsed(self._act(exchange, body), exchange.client.meta.service_model)

    def answer_attempt(self, exchange: _Exchange, url: str, body: bytes) -> WireResponse:
        """Answer one attempt as the wire would, or let it fail as the script says."""
        self._clock.join()  # a fault may make this thread wait before the backend ever sees it
        fault = self.faults.take(exchange.operation)
        if fault is not None:
            failed = self._fail(fault, exchange, url, body)
            if failed is not None:
                return self._answers.wire(failed, url)
        return self._answers.wire(self._act(exchange, body), url)

    def _fail(self, fault: Fault, exchange: _Exchange, url: str, body: bytes) -> Outcome | None:
        if fault.kind == "error":
            return Outcome(fault.status, {}, fault.code, fault.message)
        if fault.kind == "connection":
            raise EndpointConnectionError(endpoint_url=url, error="scripted by Fault.connection_error")
        patience = duration(exchange.client.meta.config.read_timeout or 0, "read_timeout")
        late = fault.kind == "latency"
        if late and (not patience or fault.delay < patience):
            self._wait(fault.delay.total_seconds())
            return None
        self._wait(patience.total_seconds())
        if late or fault.acted:
            self._act(exchange, body)
        raise ReadTimeoutError(
            endpoint_url=url, error=f"scripted by Fault.{'latency' if late else 'read_timeout'}"
        )

    def _wait(self, seconds: float) -> None:
        sleep: Callable[[float], None] | None = getattr(self._clock, "sleep", None)
        if sleep is not None:
            sleep(seconds)

    def _act(self, exchange: _Exchange, body: bytes) -> Outcome:
        operation, meta = exchange.operation, exchange.client.meta
        timestamps = self._timestamps.get(operation)
        if timestamps is None:
            timestamps = timestamps_of(meta.service_model.operation_model(operation))
            self._timestamps[operation] = timestamps
        try:
            return succeeded(self.backend.call(operation, asked(body, timestamps), region=meta.region_name))
        except ServiceError as error:
            return Outcome(error.status, {}, error.code, error.message)


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
    """Let ``backend`` answer every client's SageMaker calls, and nothing reach the network.

    Installed again, the innermost backend answers.

    Args:
        backend: what answers.
        region: the default region while installed.
        clock: tells the date of answers and waits out latencies; that of the process when left out.
        seed: distinguishes request ids.
        wire: True to send every call through botocore's serialisation, retries and parsing.
        guard: decides what may leave for the network; nothing may when left out.
        faults: what is to go wrong.
        api: the version of the API that it speaks; clients that are made while it is installed learn its model.

    Returns:
        What takes it back, with ``remove()``.
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
    )
    _REACH.add(installation)
    return installation


def _before_call(params: dict[str, Any], **_: Any) -> tuple[ParsedHttp, dict[str, Any]] | None:
    exchange = _UNDER_WAY.get()
    return exchange.installation.answer_parsed(exchange, params["body"]) if exchange else None


def _choose_signer(**_: Any) -> Any:
    exchange = _UNDER_WAY.get()
    if exchange is None or exchange.installation.guard.allows(exchange.service, exchange.operation):
        return None  # a presigned URL, or a call that AWS itself is to answer
    return UNSIGNED


def _before_send(request: Any, **_: Any) -> WireResponse | None:
    exchange = _UNDER_WAY.get()
    if exchange is None or not exchange.installation.serves(exchange.operation):
        return None
    response = exchange.installation.answer_attempt(exchange, request.url, request.body)
    # botocore goes on to every other handler, and moto's would answer or raise: none may know this address.
    request.url = _ANSWERED
    return response


_HANDLERS: tuple[tuple[str, Callable[..., Any]], ...] = (
    ("before-call", _before_call),
    ("choose-signer", _choose_signer),
    ("before-send", _before_send),
)


class _Patch(NamedTuple):
    owner: Any
    name: str
    original: Any
    replacement: Any

    def undo(self) -> None:
        """Put the original back, unless somebody has since put something of his own on top."""
        if vars(self.owner).get(self.name) is self.replacement:
            setattr(self.owner, self.name, self.original)


class _Reach:
    """Where backends reach clients. There is one, since there is one ``BaseClient`` in a process."""

    def __init__(self) -> None:
        self.installed: tuple[Installation, ...] = ()
        self._lock = threading.RLock()
        self._clients: weakref.WeakSet[Any] = weakref.WeakSet()
        self._patches: list[_Patch] = []
        self._environment = Environment()

    def add(self, installation: Installation) -> None:
        with self._lock:
            if not self.installed:
                self._environment.enter()
            self._environment.region(installation.region)
            self.installed = (*self.installed, installation)
            self.patch_what_is_imported()

    def remove(self, installation: Installation) -> None:
        with self._lock:
            if installation not in self.installed:
                return
            self.installed = tuple(other for other in self.installed if other is not installation)
            if self.installed:
                self._environment.region(self.installed[-1].region)
                return
            while self._patches:
                self._patches.pop().undo()
            for client in list(self._clients):
                for event, _ in _HANDLERS:
                    client.meta.events.unregister(f"{event}.{SAGEMAKER}", unique_id=_unique_id(event))
            self._clients.clear()
            self._environment.leave()

    def patch_what_is_imported(self) -> None:
        """Patch those targets whose modules are there by now: aiobotocore may be imported at any time."""
        with self._lock:
            done = {(patch.owner, patch.name) for patch in self._patches}
            for module, path, name, replace in _TARGETS if self.installed else ():
                owner = sys.modules.get(module)
                if path and owner is not None:
                    owner = getattr(owner, path, None)
                if owner is None or (owner, name) in done:
                    continue
                original = vars(owner)[name]
                replacement = functools.wraps(original)(replace(original))
                self._patches.append(_Patch(owner, name, original, replacement))
                setattr(owner, name, replacement)

    def begin(self, client: Any, operation: str) -> Token[_Exchange | None] | None:
        """Note the call that begins; on a client's first SageMaker call, take the client in."""
        installed = self.installed
        if not installed:
            return None
        service: str = client.meta.service_model.service_name
        if service == SAGEMAKER and client not in self._clients:
            self._take_in(client)
        return _UNDER_WAY.set(_Exchange(installed[-1], client, service, operation))

    def _take_in(self, client: Any) -> None:
        with self._lock:
            if client in self._clients or not self.installed:
                return
            for event, handler in _HANDLERS:
                # Last of its kind: a handler of the user's own, on this client, goes first.
                client.meta.events.register_last(f"{event}.{SAGEMAKER}", handler, unique_id=_unique_id(event))
            self._clients.add(client)  # only now: no other thread may call before every handler is there

    def check(self, url: str) -> None:
        """Raise unless the request to ``url``, which is about to leave, is let through."""
        exchange = _UNDER_WAY.get()
        if exchange is None and not self.installed:
            return
        installation = exchange.installation if exchange else self.installed[-1]
        service, operation = (exchange.service, exchange.operation) if exchange else (None, None)
        if not installation.guard.allows(service, operation):
            raise installation.guard.refuse(service, operation, urlsplit(url).hostname or "an unknown host")


def _unique_id(event: str) -> str:
    return f"fake_tuning-{event}"


def _calling(original: Callable[..., Any]) -> Callable[..., Any]:
    def _make_api_call(self: Any, operation_name: str, api_params: Any) -> Any:
        token = _REACH.begin(self, operation_name)
        if token is None:
            return original(self, operation_name, api_params)
        try:
            return original(self, operation_name, api_params)
        finally:
            _UNDER_WAY.reset(token)

    return _make_api_call


def _calling_async(original: Callable[..., Any]) -> Callable[..., Any]:
    async def _make_api_call(self: Any, operation_name: str, api_params: Any) -> Any:
        token = _REACH.begin(self, operation_name)
        if token is None:
            return await original(self, operation_name, api_params)
        try:
            return await original(self, operation_name, api_params)
        finally:
            _UNDER_WAY.reset(token)

    return _make_api_call


def _sending(original: Callable[..., Any]) -> Callable[..., Any]:
    # Serves async sessions too: they return a coroutine, and a refusal is raised where the call is written.
    def send(self: Any, request: Any) -> Any:
        _REACH.check(request.url)
        return original(self, request)

    return send


def _sharing_loaders(original: Callable[..., Any]) -> Callable[..., Any]:
    def create_loader(search_path_string: str | None = None) -> Any:
        # Every session asks for a loader before its first client: the last moment to notice a late import.
        _REACH.patch_what_is_imported()
        return (
            shared_loader(original, search_path_string) if _REACH.installed else original(search_path_string)
        )

    return create_loader


def _teaching(original: Callable[..., Any]) -> Callable[..., Any]:
    # Where a client is made, for sessions and their loaders outlive installations, and are older than they.
    def _load_service_model(self: Any, service_name: str, *args: Any, **keywords: Any) -> Any:
        model, installed = original(self, service_name, *args, **keywords), _REACH.installed
        return installed[-1].api.model(model) if installed and service_name == SAGEMAKER else model

    return _load_service_model


_TARGETS: tuple[tuple[str, str, str, Callable[[Callable[..., Any]], Callable[..., Any]]], ...] = (
    (client.__name__, "BaseClient", "_make_api_call", _calling),
    (client.__name__, "ClientCreator", "_load_service_model", _teaching),
    (httpsession.__name__, "URLLib3Session", "send", _sending),
    (session.__name__, "", "create_loader", _sharing_loaders),
    ("aiobotocore.client", "AioBaseClient", "_make_api_call", _calling_async),
    ("aiobotocore.httpsession", "AIOHTTPSession", "send", _sending),
    ("aiobotocore.httpxsession", "HttpxSession", "send", _sending),
)

_REACH = _Reach()
