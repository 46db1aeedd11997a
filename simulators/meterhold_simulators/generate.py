"""Many meters from a few lines: the `generate` section of a fleet file, written out as the rows it stands for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, model_validator

from meterhold_simulators.spec_base import Name, Port, Strict

MOST = 100_000
UNITS = 247
_LAST_PORT = 0xFFFF


class ListenersSpec(Strict):
    """The ports that generated Modbus meters share: as many as it takes, all of one kind."""

    name: Annotated[str, Field(min_length=1, max_length=48)]
    """With `{k}` for the number of the port, from 1."""
    units: Annotated[int, Field(ge=1, le=UNITS)] = UNITS
    """How many meters stand behind each port."""
    first_port: Port = 0
    """Of the first; the next ones follow. 0: free ports."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """What each listener has beside its port, as under `listeners`."""


class GenerateSpec(Strict):
    """Meters that differ only by number."""

    count: Annotated[int, Field(ge=1, le=MOST)]
    first: Annotated[int, Field(ge=0)] = 1
    """The number of the first one."""
    id: Annotated[str, Field(min_length=1, max_length=64)]
    """With `{n}` for the number; `{n:05}` and `{n:012X}` give it a width, `X` in hexadecimal."""
    meter: dict[str, Any]
    """A row of `meters` without its id; every text in it may hold `{n}`."""
    random: dict[Name, tuple[float, float]] = Field(default_factory=dict)
    """Numbers of the row that are drawn for each meter: from, to."""
    listeners: ListenersSpec | None = None
    """For Modbus models: ports and unit ids. The row then has neither."""

    @model_validator(mode="after")
    def _numbered(self) -> Self:
        numbered(self.id, 1)
        if self.listeners is not None:
            port = self.listeners.first_port
            last = port + (self.count - 1) // self.listeners.units
            if port and last > _LAST_PORT:
                raise ValueError(f"listeners: port {last} is beyond {_LAST_PORT}")
        return self


@dataclass(slots=True)
class Expanded:
    """A fleet document with all rows written out."""

    document: dict[Any, Any]
    faults: list[str] = field(default_factory=list)
    origins: list[int] = field(default_factory=list)
    """For each generated row, which entry of `generate` it is from."""
    own_rows: int = 0
    """How many rows stand in the file itself, before the generated ones."""

    def place(self, loc: tuple[int | str, ...]) -> tuple[int | str, ...]:
        """Where in the file a fault of a row stands."""
        match loc:
            case ("meters", int(row), *rest) if row >= self.own_rows:
                return ("generate", self.origins[row - self.own_rows], "meter", *rest)
            case _:
                return loc


def expand(document: Mapping[Any, Any], seed: int) -> Expanded:
    """Write the rows of `generate` out. The same seed gives the same meters."""
    rows = document.get("meters")
    expanded = Expanded({key: value for key, value in document.items() if key != "generate"})
    meters = list(rows) if isinstance(rows, Sequence) and not isinstance(rows, str) else []
    expanded.own_rows = len(meters)
    listeners = dict(document["listeners"]) if isinstance(document.get("listeners"), Mapping) else {}
    wanted = document["generate"]
    if not isinstance(wanted, Sequence) or isinstance(wanted, str):
        expanded.faults.append("generate: must be a list")
        return expanded
    for number, entry in enumerate(wanted):
        try:
            spec = GenerateSpec.model_validate(entry)
            made = list(_rows(spec, Random(f"{seed}/generate/{number}")))
            ports = dict(_ports(spec))
        except ValidationError as error:
            expanded.faults += [
                ".".join(str(part) for part in ("generate", number, *row["loc"])) + f": {row['msg']}"
                for row in error.errors()
            ]
        except ValueError as error:
            expanded.faults.append(f"generate.{number}: {error}")
        else:
            taken = sorted(listeners.keys() & ports.keys())
            expanded.faults += [f"generate.{number}.listeners: {name} is there already" for name in taken]
            listeners |= ports
            meters += made
            expanded.origins += [number] * len(made)
    expanded.document["meters"] = meters
    if listeners:
        expanded.document["listeners"] = listeners
    return expanded


def numbered(text: str, n: int) -> str:
    """A text with its number; ValueError where it asks for anything else."""
    try:
        return text.format(n=n)
    except (KeyError, IndexError, AttributeError, TypeError, ValueError) as error:
        raise ValueError(f"{text!r} may hold {{n}}, perhaps as {{n:05}} or {{n:012X}}, and nothing else") from error


def _rows(spec: GenerateSpec, dice: Random) -> Iterator[dict[str, Any]]:
    for index in range(spec.count):
        n = spec.first + index
        row = {key: _numbered(value, n) for key, value in spec.meter.items()}
        row["id"] = numbered(spec.id, n)
        for key, (least, most) in spec.random.items():
            row[key] = round(dice.uniform(least, most), 3)
        if spec.listeners is not None:
            row["listener"] = _listener(spec.listeners, index // spec.listeners.units)
            row["unit"] = index % spec.listeners.units + 1
        yield row


def _ports(spec: GenerateSpec) -> Iterator[tuple[str, dict[str, Any]]]:
    of = spec.listeners
    if of is None:
        return
    for k in range((spec.count - 1) // of.units + 1):
        yield _listener(of, k), {**of.settings, "port": of.first_port + k if of.first_port else 0}


def _listener(spec: ListenersSpec, k: int) -> str:
    try:
        return spec.name.format(k=k + 1)
    except (KeyError, IndexError, AttributeError, TypeError, ValueError) as error:
        raise ValueError(f"listeners.name: {spec.name!r} may hold {{k}} and nothing else") from error


def _numbered(value: Any, n: int) -> Any:  # noqa: ANN401 - a value of a row
    match value:
        case str():
            return numbered(value, n)
        case dict():
            return {key: _numbered(inner, n) for key, inner in value.items()}
        case list():
            return [_numbered(inner, n) for inner in value]
        case _:
            return value
