"""A Modbus line: one connection, one turn at a time."""

import asyncio
from dataclasses import KW_ONLY, dataclass, field
from math import inf
from types import TracebackType
from typing import TYPE_CHECKING, Final

from meterhold.domain.errors import NeverSent
from meterhold.domain.words import Because
from meterhold.drivers.backoff import Backoff
from meterhold.drivers.modbus.allowance import Allowance
from meterhold.drivers.modbus.connection import Connection, Unconnected
from meterhold.drivers.modbus.peers import Peer
from meterhold.drivers.modbus.turn import ModbusTurn
from meterhold.profiles import Line

if TYPE_CHECKING:
    from meterhold.usecases.ports import Clock


_MOST_SILENCES: Final = 3
"""So many unanswered requests in a row, and a new connection is tried: this one may be dead without a word."""


_SHARP_S: Final = 0.0015
"""The loop's timers are late by up to so much. A serial port would pay it at each request: at its gaps the loop turns
without sleeping for the last of the wait."""


@dataclass(slots=True, eq=False)
class ModbusLine:
    """One line, or one TCP peer: it connects on demand, and turns on it exclude each other."""

    name: str
    _: KW_ONLY
    peer: Peer
    timeout_s: float
    """How long a reply may take."""
    clock: "Clock"
    gap_s: float = 0.0
    """Silence on the line before each request; never less than the peer's own."""
    turnaround_s: float = 0.0
    """Silence after a write, while the meter acts and listens to nobody."""
    connect_timeout_s: float = 3.0
    close_after_use: bool = False
    """For peers that serve few connections: close after each turn."""
    allowance: Allowance | None = None
    """The connections of the host, where it serves only so many."""
    echoes_transaction_id: bool = True
    """False for gateways that answer with another id than the request's; such a line is treated like RTU."""
    quiet_s: float | None = None
    """How late a reply may still come after its time-out; ``timeout_s`` if not said."""
    said: frozenset[str] = frozenset()
    """Which settings the configuration names; the needs of meters do not change those."""
    backoff: Backoff = field(default_factory=Backoff)
    paced: bool = field(init=False)
    strict_id: bool = field(init=False)
    up: bool = field(init=False, default=True)
    """Whether nothing is known against the line."""
    _unpaired: bool = field(init=False)
    _sharp_s: float = field(init=False)
    _stopped: bool = field(init=False, default=False)
    _lock: asyncio.Lock = field(init=False, default_factory=asyncio.Lock)
    _users: int = field(init=False, default=0)
    """Who has the line or waits for it."""
    _connection: Connection | None = field(init=False, default=None)
    _last_transaction_id: int = field(init=False, default=0)
    _free_at: float = field(init=False, default=0.0)
    _quiet_until: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        """Work out how this line is to be treated."""
        self._settle()

    def suit(self, needs: Line) -> list[str]:
        """Treat the line as a meter on it needs, unless the configuration says otherwise; return what stays unmet."""
        said = self.said
        if "gap_ms" not in said and not self.peer.pairs:
            self.gap_s = max(self.gap_s, needs.gap_ms / 1000)
        if "timeout_s" not in said:
            self.timeout_s = max(self.timeout_s, needs.timeout_ms / 1000)
        if "close_after_use" not in said:
            self.close_after_use |= needs.close_after_use
        if "echoes_transaction_id" not in said:
            self.echoes_transaction_id &= needs.echoes_transaction_id
        if self.allowance is not None and needs.max_connections is not None:
            self.allowance.lower(needs.max_connections)
        self._settle()
        return needs.unmet(
            # A gateway that speaks Modbus TCP paces the line behind it.
            gap_s=inf if self.peer.pairs else self.gap_s,
            timeout_s=self.timeout_s,
            connections=1 if self.allowance is None else self.allowance.most,
            close_after_use=self.close_after_use,
            echoes_transaction_id=self.strict_id,
        )

    def _settle(self) -> None:
        self.strict_id = self.peer.pairs and self.echoes_transaction_id
        self._unpaired = not self.strict_id
        self.gap_s = max(self.gap_s, self.peer.gap_s)
        self.paced = self.gap_s > 0 or self.turnaround_s > 0
        self._sharp_s = _SHARP_S if self.peer.gap_s > 0 else 0.0

    @property
    def width(self) -> int:
        """One: requests on a line never overlap."""
        return 1

    @property
    def idle(self) -> bool:
        """Whether nobody uses the line now."""
        return self._users == 0

    def turn(self) -> "LineTurn":
        """Take the line; entering raises ``NeverSent`` while it cannot be connected."""
        return LineTurn(self)

    async def start(self) -> None:
        """Let turns be taken; the line connects when it is first used."""
        self._stopped = False

    async def stop(self) -> None:
        """Close the connection: what is under way fails at once, and nothing more is sent."""
        self._stopped = True
        self._drop(self._connection)

    async def take(self) -> Connection:
        """Wait for the line and connect it where needed."""
        self._users += 1
        try:
            await self._lock.acquire()
        except BaseException:
            self._users -= 1
            raise
        try:
            connection = self._connection
            if connection is None or not connection.usable:
                connection = await self._connect()
            if self._quiet_until:
                await self._wait_out_late_replies(connection)
        except BaseException:
            if self._wanted:
                self._drop(self._connection)
                self._make_room()
            self._release()
            raise
        return connection

    async def give_back(self) -> None:
        """Let the next turn have the line, or another line the connection."""
        try:
            if self.close_after_use or self._wanted:
                await self._leave()
        finally:
            self._release()

    async def let_go(self) -> None:
        """Close the connection, so that another line to the same host may have one."""
        self._users += 1
        await self._lock.acquire()
        try:
            await self._leave()
        finally:
            self._release()

    async def pace(self, connection: Connection) -> None:
        """Wait until the line has been silent for the gap; what comes meanwhile is dropped by the next request.

        Raises ``NeverSent`` on a line that does not fall silent for as long as a reply may take.
        """
        limit = self.clock.monotonic() + self.gap_s + self.turnaround_s + self.timeout_s
        while (wait_s := self._free_at - (now := self.clock.monotonic())) > 0 or connection.stray:
            if now > limit:
                raise NeverSent(Because.BUS_BUSY, f"{self.name}: the line does not fall silent")
            if connection.stray:
                connection.stray = False
                wait_s = max(wait_s, self.gap_s)
            await asyncio.sleep(max(0.0, wait_s - self._sharp_s))

    def answered(self, connection: Connection, *, wrote: bool) -> None:
        """Note that a reply came that fits: the peer is well, and the line is busy until the gap has passed."""
        if not connection.proven:
            connection.proven = True
            connection.silences = 0
            self.up = True
            self.backoff.succeeded(self.clock.monotonic())
        if self.paced:
            pause_s = max(self.gap_s, self.turnaround_s) if wrote else self.gap_s
            self._free_at = self.clock.monotonic() + pause_s

    def unanswered(self, connection: Connection) -> None:
        """Note that no reply came: where nothing pairs a late reply with its request, the connection is given up.

        So it is where a part of something came: its rest would stand before the next reply.
        """
        connection.proven = False
        connection.silences += 1
        if self._unpaired or connection.received or connection.silences >= _MOST_SILENCES:
            self.out_of_step(connection)
        elif self.paced:
            self._free_at = self.clock.monotonic() + self.gap_s

    def out_of_step(self, connection: Connection) -> None:
        """Give the connection up: a reply may still be on its way, and nobody could tell it from the next one."""
        self._drop(connection)
        if self._unpaired:
            quiet_s = self.timeout_s if self.quiet_s is None else self.quiet_s
            self._quiet_until = self.clock.monotonic() + quiet_s

    def _drop(self, connection: Connection | None) -> None:
        if connection is None:
            return
        connection.abort()
        self._forget(connection)

    async def _leave(self) -> None:
        connection = self._connection
        if connection is not None:
            self._forget(connection)
            await connection.leave()
        self._make_room()

    @property
    def _wanted(self) -> bool:
        return self.allowance is not None and self.allowance.wanted

    def _make_room(self) -> None:
        if self.allowance is not None:
            self.allowance.give_back(self)

    def _release(self) -> None:
        self._users -= 1
        self._lock.release()

    def _forget(self, connection: Connection) -> None:
        self._last_transaction_id = connection.last_transaction_id
        if connection is self._connection:
            self._connection = None

    async def _connect(self) -> Connection:
        self._check_may_connect()
        if self._connection is not None:
            self._forget(self._connection)
        if self.allowance is not None:
            await self.allowance.take(self)
            self._check_may_connect()
        connection = Connection(self.peer, self.timeout_s, self._lost)
        try:
            await connection.open(within_s=self.connect_timeout_s, last_transaction_id=self._last_transaction_id)
        except Unconnected as why:
            self._failed()
            raise NeverSent(Because.DEVICE_OFFLINE, f"{self.name}: no connection to {self.peer}: {why}") from None
        except asyncio.CancelledError:
            connection.abort()
            raise
        if self._stopped:
            connection.abort()
            self._check_may_connect()
        self._connection = connection
        return connection

    def _check_may_connect(self) -> None:
        if self._stopped:
            raise NeverSent(Because.DEVICE_OFFLINE, f"{self.name} is stopped")
        wait_s = self.backoff.wait_s(self.clock.monotonic())
        if wait_s > 0:
            raise NeverSent(Because.DEVICE_OFFLINE, f"{self.name} failed; it is tried again in {wait_s:.1f} s")

    async def _wait_out_late_replies(self, connection: Connection) -> None:
        # A serial server may hand the late reply to the new connection. It is dropped there: the next request clears
        # what came before it.
        wait_s = self._quiet_until - self.clock.monotonic()
        if wait_s > 0:
            await asyncio.sleep(wait_s)
        self._quiet_until = 0.0
        connection.stray = False

    def _lost(self, connection: Connection, awaited: bool) -> None:  # noqa: FBT001 - a callback's only flag
        # A peer that accepts, answers nothing and closes is flapping; one that closes an idle connection is not.
        if not connection.proven:
            self._failed()
        elif awaited:
            self.up = False
            self.backoff.slipped(self.clock.monotonic())

    def _failed(self) -> None:
        self.up = False
        self.backoff.failed(self.clock.monotonic())
        if self._connection is None:
            self._make_room()


class LineTurn:
    """The line's turn as a context: entering takes the line, leaving gives it back."""

    __slots__ = ("_line", "_turn")

    def __init__(self, line: ModbusLine) -> None:
        """Take nothing yet."""
        self._line = line
        self._turn: ModbusTurn | None = None

    async def __aenter__(self) -> ModbusTurn:
        self._turn = turn = ModbusTurn(self._line, await self._line.take())
        return turn

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._turn is not None:
            self._turn.end()
            await self._line.give_back()
