"""The dispatch desk of the demo: it talks to the gateway as any other system would, over HTTP."""

import json
from collections.abc import Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import httpx

from meterhold.cli.client import API, headers_of, said_no, timeouts, unreachable


class Desk:
    """A client of one gateway; an asynchronous context manager."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url
        self._http = httpx.AsyncClient(base_url=url + API, headers=headers_of(key), timeout=timeouts(), trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def file(self, orders: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Send orders as one batch; an answer for each."""
        content = "\n".join(json.dumps(order) for order in orders)
        response = await self._send(
            "POST", "/orders/batch", content=content, headers={"content-type": "application/x-ndjson"}
        )
        return [json.loads(line) for line in response.text.splitlines()]

    async def order(self, action: str, order_id: str, hold_id: str, now: datetime) -> dict[str, Any]:
        """Send an order for a hold."""
        order = {
            "schema_version": 1,
            "order_id": order_id,
            "action": action,
            "issued_at": now.isoformat(),
            "hold_id": hold_id,
            "comment": "asked for by telephone",
        }
        answer: dict[str, Any] = (await self._send("POST", "/orders", json=order)).json()
        return answer

    async def holds(self) -> list[dict[str, Any]]:
        """Every hold, oldest first."""
        page = (await self._send("GET", "/holds", params={"limit": 500})).json()
        return list(reversed(page["items"]))

    async def statement(self, hold_id: str) -> dict[str, Any]:
        """A hold's statement."""
        answer: dict[str, Any] = (await self._send("GET", f"/holds/{hold_id}/statement")).json()
        return answer

    async def statement_text(self, hold_id: str) -> str:
        """The same for people."""
        return (await self._send("GET", f"/holds/{hold_id}/statement.txt")).text

    async def verify(self, meter_id: str) -> dict[str, Any]:
        """Rehearse at a meter and commission it."""
        answer: dict[str, Any] = (
            await self._send("POST", f"/meters/{meter_id}/verify", json={"commission": True})
        ).json()
        return answer

    async def _send(self, method: str, path: str, **content: Any) -> httpx.Response:  # noqa: ANN401 - httpx takes these
        try:
            response = await self._http.request(method, path, **content)
        except httpx.TransportError as error:
            raise unreachable(self._url, error) from error
        if not response.is_success:
            raise said_no(response)
        return response
