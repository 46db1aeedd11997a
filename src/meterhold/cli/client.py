"""The command line as a client of a running gateway."""

import json
import ssl
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Self

import httpx

from meterhold.cli.exits import GatewaySaidNo, GatewayUnreachable

CONNECT_WITHIN_S = 5.0
ANSWER_WITHIN_S = 60.0
API = "/api/v1"


class Client:
    """Talks to one gateway; a context manager."""

    def __init__(
        self,
        url: str,
        key: str | None,
        transport: httpx.BaseTransport | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._url = url
        self._http = httpx.Client(
            base_url=url,
            headers=headers_of(key),
            timeout=timeouts(),
            transport=transport,
            trust_env=False,
            verify=True if trust is None else trust,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def get(self, path: str, **params: object) -> Any:  # noqa: ANN401 - what the API answers
        """Read a resource."""
        return self.call("GET", path, params=params)

    def call(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,  # noqa: ANN401 - a JSON body
        params: Mapping[str, object] | None = None,
    ) -> Any:  # noqa: ANN401 - what the API answers
        """Send a request and return the document that answers it, or raise what the gateway said instead."""
        response = self._send(method, path, body, params, "application/json")
        return response.json() if response.content else None

    def text(self, path: str, **params: object) -> str:
        """Read a resource as text."""
        return self._send("GET", path, None, params, "*/*").text

    def pages(self, path: str, **params: object) -> Iterator[Any]:
        """Every item of a list, page by page."""
        cursor: object = None
        while True:
            page = self.get(path, **params, after=cursor)
            yield from page["items"]
            cursor = page.get("next")
            if not cursor:
                return

    def lines(self, path: str, content: bytes, content_type: str) -> Iterator[Any]:
        """Post a batch and return each line's answer as it comes."""
        try:
            with self._http.stream(
                "POST", API + path, content=content, headers={"content-type": content_type}
            ) as response:
                if not response.is_success:
                    response.read()
                    raise said_no(response)
                for line in response.iter_lines():
                    if line.strip():
                        yield json.loads(line)
        except httpx.TransportError as error:
            raise unreachable(self._url, error) from error

    def _send(
        self,
        method: str,
        path: str,
        body: Any,  # noqa: ANN401 - a JSON body
        params: Mapping[str, object] | None,
        accept: str,
    ) -> httpx.Response:
        wanted = {name: str(value) for name, value in (params or {}).items() if value is not None}
        try:
            response = self._http.request(
                method, API + path, json=body, params=wanted, headers={"accept": f"{accept}, application/problem+json"}
            )
        except httpx.TransportError as error:
            raise unreachable(self._url, error) from error
        if not response.is_success:
            raise said_no(response)
        return response


def connect() -> Client:
    """The gateway that the environment names."""
    from meterhold.cli.trust import trust_of
    from meterhold.settings import read_settings

    settings = read_settings()
    return Client(settings.url, settings.key(), trust=trust_of(settings))


def headers_of(key: str | None) -> dict[str, str]:
    """How a key is presented."""
    return {} if key is None else {"authorization": f"Bearer {key}"}


def timeouts() -> httpx.Timeout:
    """A live read waits for a meter; nothing waits for ever."""
    return httpx.Timeout(ANSWER_WITHIN_S, connect=CONNECT_WITHIN_S)


def said_no(response: httpx.Response) -> GatewaySaidNo:
    """What the gateway answered instead of doing what was asked."""
    try:
        problem = response.json()
    except ValueError:
        problem = {}
    if not isinstance(problem, dict):
        problem = {}
    if response.status_code == httpx.codes.UNAUTHORIZED:
        problem = {**problem, "detail": f"{problem.get('detail', 'who are you?')} (set METERHOLD_API_KEY)"}
    return GatewaySaidNo(response.status_code, problem)


def unreachable(url: str, error: httpx.TransportError) -> GatewayUnreachable:
    """Say where no gateway answers, and how to name another place."""
    reason = str(error) or type(error).__name__
    return GatewayUnreachable(f"no gateway answers at {url} (METERHOLD_URL): {reason}")
