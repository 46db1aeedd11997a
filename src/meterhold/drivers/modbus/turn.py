"""A turn on a Modbus line: what went out, what came back, and what that means."""

import asyncio
from typing import TYPE_CHECKING, Protocol

from pymodbus.pdu import ModbusPDU

from meterhold.domain.errors import NeverSent, NoAnswer, OutcomeUnknown
from meterhold.domain.frame import Frame
from meterhold.domain.words import Because, Proof
from meterhold.drivers.modbus.connection import Connection, Gone, NoReply, Unconnected
from meterhold.drivers.modbus.exceptions import ExceptionCode, refused_question, refused_write
from meterhold.drivers.modbus.replies import DoesNotFit, check_echo, exception_code, read_values
from meterhold.drivers.modbus.requests import read_request, write_request
from meterhold.profiles.wire import Acknowledgement, ModbusRead, ModbusWrite, Question, Words, Write

if TYPE_CHECKING:
    from meterhold.usecases.ports import Clock


class Discipline(Protocol):
    """What a turn needs of its line."""

    name: str
    clock: "Clock"
    paced: bool
    strict_id: bool

    async def pace(self, connection: Connection) -> None:
        """Wait until the line has been silent for long enough; raise ``NeverSent`` where it never is."""

    def answered(self, connection: Connection, *, wrote: bool) -> None:
        """Note that a reply came that fits."""

    def out_of_step(self, connection: Connection) -> None:
        """Give the connection up: a reply may still be on its way, and nobody could tell it from the next one."""

    def unanswered(self, connection: Connection) -> None:
        """Note that no reply came."""


class ModbusTurn:
    """One uninterrupted use of a line, bound to one connection."""

    __slots__ = ("_connection", "_line")

    def __init__(self, line: Discipline, connection: Connection) -> None:
        """Bind the turn to the connection as it is now."""
        self._line = line
        self._connection: Connection | None = connection

    def end(self) -> None:
        """Give the line back: whoever still holds the turn can send nothing more."""
        self._connection = None

    async def ask(self, question: Question) -> Words:
        """Read registers or bits."""
        if not isinstance(question, ModbusRead):
            raise NeverSent(Because.NOT_CAPABLE, f"{self._line.name} is a Modbus line and carries no {question!r}")
        request = read_request(question)
        line = self._line
        connection = self._bound()
        if line.paced:
            await line.pace(connection)
        try:
            reply = await connection.exchange(request, strict_id=line.strict_id)
            code = exception_code(request, reply)
            values = read_values(question, request, reply) if code is None else ()
        except Unconnected as why:
            raise self._over(str(why)) from None
        except NoReply:
            line.unanswered(connection)
            raise NoAnswer(Because.COMM_TIMEOUT, f"{line.name}: unit {question.unit} stayed silent") from None
        except Gone as why:
            line.out_of_step(connection)
            raise NoAnswer(Because.DEVICE_OFFLINE, f"{line.name}: connection lost: {why}") from None
        except DoesNotFit as why:
            line.out_of_step(connection)
            raise NoAnswer(Because.COMM_TIMEOUT, f"{line.name}: unit {question.unit} answered with {why}") from None
        except asyncio.CancelledError:
            line.unanswered(connection)
            raise
        if line.paced or not connection.proven:
            line.answered(connection, wrote=False)
        if code is not None:
            raise refused_question(code)
        return Words(question, values, line.clock.now())

    async def write(self, write: Write) -> Acknowledgement:
        """Write once; nothing is ever repeated."""
        if not isinstance(write, ModbusWrite):
            raise NeverSent(Because.NOT_CAPABLE, f"{self._line.name} is a Modbus line and carries no {write!r}")
        request = write_request(write)
        line = self._line
        connection = self._bound()
        if line.paced:
            await line.pace(connection)
        try:
            reply = await connection.exchange(request, strict_id=line.strict_id)
            code = exception_code(request, reply)
            if code is None:
                check_echo(request, reply)
        except Unconnected as why:
            raise self._over(str(why)) from None
        except NoReply:
            line.unanswered(connection)
            raise self._lost(Because.COMM_TIMEOUT, connection, request, "no reply") from None
        except Gone as why:
            line.out_of_step(connection)
            raise self._lost(Because.OUTCOME_UNKNOWN, connection, request, f"connection lost: {why}") from None
        except DoesNotFit as why:
            line.out_of_step(connection)
            raise self._lost(Because.OUTCOME_UNKNOWN, connection, request, f"answered with {why}") from None
        except asyncio.CancelledError:
            line.out_of_step(connection)
            raise
        if line.paced or not connection.proven:
            line.answered(connection, wrote=True)
        level = Proof.ACKNOWLEDGED
        if code == ExceptionCode.ACKNOWLEDGE:
            level = Proof.SENT
        elif code is not None:
            raise refused_write(code, write.refusals, _frame(connection, request))
        return Acknowledgement(level, line.clock.now(), _frame(connection, request))

    def _bound(self) -> Connection:
        connection = self._connection
        if connection is None or connection.lost:
            raise self._over()
        return connection

    def _over(self, why: str = "") -> NeverSent:
        if self._connection is None:
            return NeverSent(Because.DEVICE_OFFLINE, f"{self._line.name}: the turn has ended")
        reason = f": {why}" if why else ""
        return NeverSent(Because.DEVICE_OFFLINE, f"{self._line.name}: the turn's connection was lost{reason}")

    def _lost(self, because: Because, connection: Connection, request: ModbusPDU, what: str) -> OutcomeUnknown:
        frame = _frame(connection, request)
        return OutcomeUnknown(because, f"{self._line.name}: write: {what} ({frame})", frame=frame)


def _frame(connection: Connection, request: ModbusPDU) -> Frame:
    return Frame(f"unit {request.dev_id}", connection.sent.hex(" "), connection.received.hex(" "))
