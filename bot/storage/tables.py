"""The tables. A disk image without the master key shows only sizes, counts and due times.

Column names say what a value is: `*_digest` is a keyed digest of a name, `sealed`,
`skeleton`, `content` and `wrapped` are ciphertext. Instants are microseconds since 1970.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

METADATA = MetaData()
# SQLite counts rows only in a column of exactly the type INTEGER.
Number = BigInteger().with_variant(Integer, "sqlite")

META = Table(
    "meta",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

CASES = Table(
    "cases",
    METADATA,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("case_digest", LargeBinary, nullable=False, unique=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)

COMPARTMENTS = Table(
    "compartments",
    METADATA,
    Column("compartment_digest", LargeBinary, primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

# `entry` is the leaf (128 bytes) that the record becomes; `places` says where, once it is one.
RECORDS = Table(
    "records",
    METADATA,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("case_number", Number, ForeignKey("cases.number"), nullable=False),
    Column("seq", Number, nullable=False),
    Column("record_digest", LargeBinary, nullable=False, unique=True),
    Column("jwt", LargeBinary, nullable=False),
    Column("skeleton", LargeBinary, nullable=False),
    Column("entry", LargeBinary, nullable=False),
    UniqueConstraint("case_number", "seq"),
    sqlite_autoincrement=True,
)

# Apart from the records, so that a backup of the journal can leave them out.
CONTENTS = Table(
    "contents",
    METADATA,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("content", LargeBinary, nullable=False),
)

RECORD_KEYS = Table(
    "record_keys",
    METADATA,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("wrapped", LargeBinary, nullable=False),
)

# What was sent with a record: sealed under its key, and gone with it.
FILES = Table(
    "files",
    METADATA,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("sealed", LargeBinary, nullable=False),
)

ADDED = (FILES,)
"""Tables that came later: a store without one is given it when it is opened."""

PLACES = Table(
    "places",
    METADATA,
    Column("leaf", Number, primary_key=True, autoincrement=False),
    Column("number", Number, nullable=False, unique=True),
)

# One row for each signed tree: the leaf hashes (32 bytes each) that it has beyond the last one,
# and for each leaf a tie (16 bytes) that proves what it stands for: a record that was removed
# leaves a leaf without its tie.
BATCHES = Table(
    "batches",
    METADATA,
    Column("size", Number, primary_key=True, autoincrement=False),
    Column("made_at", Number, nullable=False),
    Column("note", Text, nullable=False),
    Column("leaves", LargeBinary, nullable=False),
    Column("ties", LargeBinary, nullable=False),
)

COSIGNATURES = Table(
    "cosignatures",
    METADATA,
    Column("size", Number, primary_key=True, autoincrement=False),
    Column("line", Text, primary_key=True),
    sqlite_with_rowid=False,
)

STAMPS = Table(
    "stamps",
    METADATA,
    Column("size", Number, primary_key=True, autoincrement=False),
    Column("token", LargeBinary, nullable=False),
)

HANDLED = Table(
    "handled",
    METADATA,
    Column("event_digest", LargeBinary, primary_key=True),
    sqlite_with_rowid=False,
)

# `state`: 0 pending, 1 done, 2 waiting for a room key.
INBOX = Table(
    "inbox",
    METADATA,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("key_digest", LargeBinary, nullable=False, unique=True),
    Column("state", Number, nullable=False),
    Column("session_digest", LargeBinary),
    Column("since", Number),
    Column("told", Number, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)
Index("inbox_pending", INBOX.c.number, sqlite_where=INBOX.c.state == 0)
Index("inbox_waiting", INBOX.c.session_digest, sqlite_where=INBOX.c.state == 2)

REPLAY = Table(
    "replay",
    METADATA,
    Column("use_digest", LargeBinary, primary_key=True),
    Column("event_digest", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

# `state`: 0 waiting, 1 sent, 2 parked.
OUTBOX = Table(
    "outbox",
    METADATA,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("row_digest", LargeBinary, nullable=False, unique=True),
    Column("room_digest", LargeBinary, nullable=False),
    Column("urgent", Number, nullable=False),
    Column("state", Number, nullable=False),
    Column("event_digest", LargeBinary),
    Column("sealed", LargeBinary, nullable=False),
    Column("why", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)
Index("outbox_waiting", OUTBOX.c.urgent, OUTBOX.c.number, sqlite_where=OUTBOX.c.state == 0)
Index("outbox_parked", OUTBOX.c.room_digest, sqlite_where=OUTBOX.c.state == 2)
Index("outbox_sent", OUTBOX.c.event_digest)

# `at` is empty once the key has fired: the row stays so that it never fires again.
DUE = Table(
    "due",
    METADATA,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("key_digest", LargeBinary, nullable=False, unique=True),
    Column("case_digest", LargeBinary, nullable=False),
    Column("at", Number),
    Column("sealed", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)
Index("due_at", DUE.c.at)
Index("due_case", DUE.c.case_digest)

VAULT = Table(
    "vault",
    METADATA,
    Column("name_digest", LargeBinary, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
