"""The HTTP face: thin handlers that parse, run a use case and show the result."""

from meterhold.web.app import create_app
from meterhold.web.health import EngineState
from meterhold.web.metrics import Instruments
from meterhold.web.tokens import TokenReader

__all__ = ["EngineState", "Instruments", "TokenReader", "create_app"]
