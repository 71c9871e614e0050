"""A time limit for requests to arrive in."""

from asyncio import BaseTransport, TimerHandle
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.config import settings

TOO_LATE = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class TimedProtocol(HttpToolsProtocol):
    """uvicorn's protocol, but whoever has not sent a whole request in time is dropped.

    uvicorn alone limits only the time between two requests, so that clients which send a byte now
    and then keep as many connections as they like.
    """

    _timer: TimerHandle | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        """Begin to wait for the first request."""
        super().connection_made(transport)  # type: ignore[arg-type]  # uvicorn narrows it
        self._start_timer()

    def on_message_begin(self) -> None:
        """Begin to wait for the rest of a later request."""
        super().on_message_begin()
        if self._timer is None:
            self._start_timer()

    def on_message_complete(self) -> None:
        """Stop waiting: the request is here."""
        self._stop_timer()
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting: nothing comes any more."""
        self._stop_timer()
        super().connection_lost(exc)

    def _start_timer(self) -> None:
        self._timer = self.loop.call_later(settings.request_seconds, self._drop)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _drop(self) -> None:
        cycle: Any = self.cycle  # the last request whose headers have arrived
        is_answering = cycle is not None and not (cycle.more_body or cycle.response_complete)
        if self.pipeline or is_answering or self.flow.read_paused:  # the service is not done
            self._start_timer()
            return
        is_unanswered = cycle is None or (cycle.more_body and not cycle.response_started)
        if self.scope is not None and is_unanswered:
            self.transport.write(TOO_LATE)
        self.transport.close()
