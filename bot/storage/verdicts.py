"""What can be wrong with a store. Each is raised, names the place and never the content."""


class WrongMasterKey(Exception):
    """The master key does not open this store."""


class OtherSchema(Exception):
    """The store was written by another version of the program, or is not a store."""


class Damaged(Exception):
    """Stored bytes were edited, swapped or removed: nothing may be built on them."""


class StoreFailed(OSError):
    """The database refused or failed; the transaction was rolled back."""
