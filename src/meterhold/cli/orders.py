"""What the commands that send orders have in common: writing one, sending it, waiting for its result."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from meterhold.cli.exits import Exit

if TYPE_CHECKING:
    from meterhold.cli.client import Client

OPEN = "open"
DONE = "done"
LOOK_EVERY_S = 0.5


def new_order(action: str, order_id: str | None, **fields: object) -> dict[str, Any]:
    """An order that is issued now; fields without a value are left out."""
    from meterhold.clock import machine_ids, machine_time

    order = {
        "schema_version": 1,
        "order_id": order_id or f"cli-{machine_ids().new()}",
        "action": action,
        "issued_at": machine_time().isoformat(),
    }
    return order | {name: value for name, value in fields.items() if value is not None}


def send(client: "Client", order: Mapping[str, Any], wait_s: float | None) -> dict[str, Any]:
    """Send an order and return its record, if wanted only once it has its result."""
    record: dict[str, Any] = client.call("POST", "/orders", body=order)
    if wait_s is None or record["result"] != OPEN:
        return record
    return wait_for(lambda: client.get(f"/orders/{order['order_id']}"), wait_s)


def wait_for(look: Callable[[], dict[str, Any]], wait_s: float) -> dict[str, Any]:
    """Look until an order has its result or the time is over, with a spinner on a terminal."""
    from meterhold.cli.console import err
    from meterhold.clock import SteadyClock, pause

    clock = SteadyClock()
    give_up_at = clock.monotonic() + wait_s
    with err().status("waiting for the result"):
        while True:
            record = look()
            if record["result"] != OPEN or clock.monotonic() >= give_up_at:
                return record
            pause(LOOK_EVERY_S)


def exit_of_result(record: Mapping[str, Any], *, waited: bool) -> Exit:
    """An order that is being carried out is no failure, unless somebody waited for its end."""
    match record["result"]:
        case "done":
            return Exit.DONE
        case "open":
            return Exit.UNFINISHED if waited else Exit.DONE
        case _:
            return Exit.FAILED
