"""What applies one kind of event to a draft's rows."""

from collections.abc import Callable
from typing import Any

from meterhold.domain.draft import Draft

Apply = Callable[[Draft, Any], None]
"""Changes the rows as one kind of event says."""
