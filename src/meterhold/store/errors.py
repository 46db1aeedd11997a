"""What can be wrong with a store before it is open. All are ``StoreUnavailable``: nothing may be switched."""

from meterhold.domain.errors import StoreUnavailable


class StoreInUse(StoreUnavailable):
    """Another process writes this store."""


class StoreMissing(StoreUnavailable):
    """There is no store at this address, and none was to be created."""


class SchemaTooOld(StoreUnavailable):
    """The store was written by an older meterhold: it must be upgraded first."""


class SchemaTooNew(StoreUnavailable):
    """The store was written by a newer meterhold than this one."""


class DamagedRow(StoreUnavailable):
    """A row in the store cannot be read back: whoever needs it fails, the others do not."""
