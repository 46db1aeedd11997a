"""The command line's HTTP client: what it sends, and what it makes of each answer."""

import json
from collections.abc import Callable

import httpx
import pytest

from meterhold.cli.client import Client
from meterhold.cli.exits import Exit, GatewaySaidNo, GatewayUnreachable, exit_of, told

URL = "http://gateway.example:8480"


def client(answer: Callable[[httpx.Request], httpx.Response], key: str | None = "mh_1_secret") -> Client:
    """A client of a gateway that answers like this."""
    return Client(URL, key, httpx.MockTransport(answer))


def problem(status: int, **fields: object) -> Callable[[httpx.Request], httpx.Response]:
    """A gateway that answers everything with a problem."""
    return lambda _: httpx.Response(status, json=fields, headers={"content-type": "application/problem+json"})


def test_it_presents_its_key_and_asks_below_the_api() -> None:
    """Absent parameters are not sent."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"hold_id": "h"})

    with client(answer) as gateway:
        assert gateway.get("/holds/h", status="suspended", meter_id=None) == {"hold_id": "h"}
    (request,) = seen
    assert str(request.url) == f"{URL}/api/v1/holds/h?status=suspended"
    assert request.headers["authorization"] == "Bearer mh_1_secret"


def test_it_reads_lists_to_their_end() -> None:
    """Page by page, by the cursor that each page gives."""
    pages = {None: {"items": [1, 2], "next": "b"}, "b": {"items": [3], "next": None}}
    with client(lambda request: httpx.Response(200, json=pages[request.url.params.get("after")])) as gateway:
        assert list(gateway.pages("/holds", limit=2)) == [1, 2, 3]


def test_a_batch_is_answered_line_by_line() -> None:
    """Each line of the answer is a document."""
    body = "\n".join(json.dumps({"line": n}) for n in (1, 2)) + "\n"
    with client(lambda _: httpx.Response(200, text=body)) as gateway:
        assert list(gateway.lines("/orders/batch", b"{}", "application/x-ndjson")) == [{"line": 1}, {"line": 2}]


def test_an_empty_answer_is_nothing() -> None:
    """204 carries no document."""
    with client(lambda _: httpx.Response(204)) as gateway:
        assert gateway.call("DELETE", "/keys/1") is None


@pytest.mark.parametrize(
    ("status", "fields", "expected"),
    [
        (422, {"code": "MALFORMED", "detail": "order", "faults": [{"field": "a", "rule": "is odd"}]}, Exit.MALFORMED),
        (400, {"code": "MALFORMED", "detail": "not JSON"}, Exit.MALFORMED),
        (401, {"code": "UNAUTHENTICATED", "detail": "send a key"}, Exit.FAILED),
        (403, {"code": "FORBIDDEN", "detail": "a dispatcher may"}, Exit.FAILED),
        (404, {"code": "UNKNOWN_ORDER", "detail": "no such order"}, Exit.FAILED),
        (409, {"code": "DUPLICATE_ORDER", "detail": "other content"}, Exit.FAILED),
        (500, {"code": None, "detail": "a defect"}, Exit.FAILED),
        (502, {"code": "DEVICE_OFFLINE", "detail": "link down"}, Exit.UNREACHABLE),
        (503, {"code": "STORE_UNAVAILABLE", "detail": "disk full"}, Exit.UNREACHABLE),
        (504, {"code": "COMM_TIMEOUT", "detail": "no answer"}, Exit.UNREACHABLE),
    ],
)
def test_each_problem_has_its_exit_code(status: int, fields: dict[str, object], expected: Exit) -> None:
    """A caller's script can tell a document to correct from a wish that was refused and a network to wait for."""
    with client(problem(status, **fields)) as gateway, pytest.raises(GatewaySaidNo) as caught:
        gateway.get("/x")
    assert exit_of(caught.value) is expected
    assert str(fields["detail"]) in "\n".join(told(caught.value))


def test_faults_are_told_one_a_line_with_place_and_rule() -> None:
    """As the user's file would be corrected."""
    faults = [{"field": "starts_at", "rule": "must carry an offset", "line": 3}, {"field": "", "rule": "is odd"}]
    with (
        client(problem(422, code="MALFORMED", detail="batch", faults=faults)) as gateway,
        pytest.raises(GatewaySaidNo) as caught,
    ):
        gateway.get("/x")
    assert list(told(caught.value)) == [
        "refused: MALFORMED: batch",
        "  line 3, starts_at: must carry an offset",
        "  is odd",
    ]


def test_without_a_key_the_user_is_told_where_to_put_one() -> None:
    """The gateway's sentence, and the variable."""
    unknown = problem(401, code="UNAUTHENTICATED", detail="send a key")
    with client(unknown, None) as gateway, pytest.raises(GatewaySaidNo, match="METERHOLD_API_KEY"):
        gateway.get("/x")


def test_an_answer_that_is_no_problem_document_is_told_by_its_status() -> None:
    """A proxy's HTML page does not break the command."""
    with (
        client(lambda _: httpx.Response(502, text="<html>Bad Gateway</html>")) as gateway,
        pytest.raises(GatewaySaidNo, match="HTTP status 502") as caught,
    ):
        gateway.get("/x")
    assert exit_of(caught.value) is Exit.UNREACHABLE


def test_no_gateway_at_all_is_said_with_its_address() -> None:
    """And how to name another."""

    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("Connection refused")

    with client(refuse) as gateway:
        for ask in (lambda: gateway.get("/x"), lambda: list(gateway.lines("/orders/batch", b"", "text/csv"))):
            with pytest.raises(GatewayUnreachable, match=rf"{URL} \(METERHOLD_URL\): Connection refused") as caught:
                ask()
            assert exit_of(caught.value) is Exit.UNREACHABLE


def test_no_error_repeats_the_key() -> None:
    """Whatever the gateway says."""
    with client(problem(403, code="FORBIDDEN", detail="no")) as gateway, pytest.raises(GatewaySaidNo) as caught:
        gateway.get("/x")
    assert "secret" not in "\n".join(told(caught.value))
