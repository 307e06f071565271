"""A botocore Stubber that accepts no mistakes: neither in what is queued, nor in what is called."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from textwrap import indent
from typing import TYPE_CHECKING, Any

from botocore.exceptions import StubAssertionError, StubResponseError, UnStubbedResponseError
from botocore.stub import Stubber

from fake_tuning.domain.vocabulary.clock import DEFAULT_START
from fake_tuning.doors.botocore.answers import Answers, Outcome, ParsedHttp, asked
from fake_tuning.doors.options import Dialect, api_version
from fake_tuning.doors.stubber.answer_queue import Queued, listed, out_of_turn, run_dry
from fake_tuning.doors.stubber.model_checks import Checks
from fake_tuning.service.operations.registry import SAGEMAKER

if TYPE_CHECKING:
    from collections import deque
    from datetime import datetime
    from types import TracebackType

    from typing_extensions import Self

    from fake_tuning.doors.stubber.answer_queue import Given


class StrictStubber(Stubber):  # type: ignore[misc]  # botocore has no types
    """A ``botocore.stub.Stubber`` of a SageMaker client, stricter than its base.

    * Whatever is queued is checked against the whole service model, at the line that queues it.
    * ``add_response`` copies the answer when it is queued, and does not add a ``ResponseMetadata``.
    * ``assert_no_pending_responses`` also fails for calls that were refused, even when the code under test swallowed
      the exception. It is called at the end of a ``with`` body that raised nothing; botocore's is called by hand.

    Args:
        client: a SageMaker client. It needs a region, and no credentials.
        dialect: the shape of describe responses, as in the option ``dialect`` of ``FakeTuningService``.

    Attributes:
        refusals: the calls that were refused, in order; clear it when that was meant.

    Raises:
        TypeError: the client is one of another service.
        ValueError: there is no such dialect.
    """

    def __init__(self, client: Any, dialect: Dialect = "current") -> None:
        super().__init__(client)
        service = client.meta.service_model.service_name
        if service != SAGEMAKER:
            raise TypeError(f"TuningStubber takes a client of {SAGEMAKER}, but got one of {service}")
        self.refusals: list[StubResponseError] = []
        self._queue: deque[Queued]
        self._given = 0
        self._last: Queued | None = None
        self._api = api_version(dialect)
        self._model = self._api.model(client.meta.service_model)
        self._checks = Checks(client.meta, self._model)
        self._at = DEFAULT_START
        self._answers = Answers()

    def add_response(
        self,
        method: str,
        service_response: Mapping[str, Any],
        expected_params: Mapping[str, Any] | None = None,
    ) -> None:
        """Queue an answer that is written by hand.

        Args:
            method: the operation, as Python or as AWS writes it.
            service_response: the answer, which is copied.
            expected_params: the parameters that the call must have; None: any.

        Raises:
            ModelMismatchError: the service model does not allow this; it is a ``ParamValidationError``.
            ValueError: there is no such operation.
        """
        operation = self._checks.operation(method)
        if not isinstance(service_response, Mapping):
            raise TypeError(f"an answer is a dict, but is {service_response!r}")
        members = copy.deepcopy(dict(service_response))
        self._checks.answer(
            operation, {name: members[name] for name in members if name != "ResponseMetadata"}
        )
        self._checks.names(operation, expected_params)
        self._queue.append(Queued(operation, expected_params, lambda _: (ParsedHttp(200, {}), members)))

    def add_client_error(self, method: str, *args: Any, **keywords: Any) -> None:
        """Queue an error that is written by hand. The arguments are those of ``Stubber.add_client_error``.

        Raises:
            ModelMismatchError: the operation does not have the expected parameters.
            ValueError: there is no such operation.
        """
        operation = self._checks.operation(method)
        super().add_client_error(method, *args, **keywords)
        written: Any = self._queue.pop()
        http, parsed = written["response"]
        self._checks.names(operation, written["expected_params"])

        def give(_: bytes) -> Given:
            full = self._parsed(Outcome(http.status_code, {}), self._at)[1]["ResponseMetadata"]
            return http, {**parsed, "ResponseMetadata": {**full, **parsed["ResponseMetadata"]}}

        self._queue.append(Queued(operation, written["expected_params"], give))

    def assert_no_pending_responses(self) -> None:
        """Raise if an answer was not used, or a call was refused.

        Raises:
            AssertionError: it lists each of them.
        """
        found = []
        if self.refusals:
            count = len(self.refusals)
            found.append(
                f"{count} call{'s were' if count > 1 else ' was'} refused by the stubber "
                "(if that was meant, call refusals.clear() on it):"
            )
            found += ["- " + indent(f"{refusal}", "  ").lstrip() for refusal in self.refusals]
        if self._queue:
            count = len(self._queue)
            found.append(f"{count} queued answer{'s were' if count > 1 else ' was'} never asked for:")
            found.append(listed(self._queue, self._given + 1))
        if found:
            raise AssertionError("\n".join(found)) from (self.refusals[0] if self.refusals else None)

    def __enter__(self) -> Self:
        super().__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, traceback)
        if kind is None:
            self.assert_no_pending_responses()

    # What botocore's handlers call.

    def _assert_expected_params(self, model: Any, params: Any, context: Any, **_: Any) -> None:
        if not self._should_not_stub(context):
            self._next(model.name, params)

    def _get_response_handler(self, model: Any, params: Any, context: Any, **_: Any) -> Given:  # noqa: ARG002  # botocore names it
        # The parameters were compared before they were serialised; another thread may have come between.
        if not self._queue or self._queue[0].operation != model.name:
            self._next(model.name, asked(params["body"], ()))
        self._last = self._queue.popleft()
        self._given += 1
        return self._last.give(params["body"])

    def _next(self, operation: str, params: Mapping[str, Any]) -> None:
        if not self._queue:
            kind, reason = UnStubbedResponseError, run_dry(self._last, self._given, operation, params)
        elif self._queue[0].operation == operation and self._queue[0].takes(params):
            return
        else:
            kind = StubResponseError if self._queue[0].operation != operation else StubAssertionError
            reason = out_of_turn(list(self._queue), self._given + 1, operation, params)
        refusal = kind(operation_name=operation, reason=reason)
        self.refusals.append(refusal)
        raise refusal

    def _parsed(self, outcome: Outcome, at: datetime) -> Given:
        self._at = at
        return self._answers.parsed(outcome, self._model, at)
