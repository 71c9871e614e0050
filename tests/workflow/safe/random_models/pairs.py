"""Random models in pairs, before and after some changes, and rows for those before."""

import random
from dataclasses import dataclass

from workflow.safe.random_models.changes import NARROW, SMALL_KEY, Changes
from workflow.safe.random_models.kinds import KINDS, LABELS, NAMES
from workflow.safe.random_models.parts import string
from workflow.safe.random_models.tables import Tab, source

PARTITIONED = (
    "    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)",
    "    day: Mapped[date] = mapped_column(primary_key=True)",
)
COMPOSITE = (
    "    a: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)",
    "    b: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)",
)
PARTITIONS = (
    "CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM ('2026-01-01') TO ('2026-01-10')",
    "CREATE TABLE days_2 PARTITION OF days FOR VALUES FROM ('2026-01-10') TO ('2027-01-01')"
    " PARTITION BY RANGE (day)",
    "CREATE TABLE days_2_1 PARTITION OF days_2 DEFAULT",
)


@dataclass
class Pair:
    """Models after some changes."""

    after: str
    changes: list[str]
    renames: list[str]


class Maker:
    """Makes models and their rows from a seed, and changes of them from another one."""

    def __init__(self, seed: int) -> None:
        """Make tables: two of the usual kind, one elsewhere, one partitioned, one of a long key."""
        self._random = random.Random(seed)
        labels = [self._random.sample(LABELS, 3) for _ in range(2)]
        self._enums = dict(zip(("level", "mood"), labels, strict=True))
        self._tables = [
            Tab("t0", "other"),
            Tab("T 1: 5%"),
            Tab("t2", key=(SMALL_KEY,)),
            Tab("days", key=PARTITIONED, options={"postgresql_partition_by": "RANGE (day)"}),
            Tab("doubles", key=(*COMPOSITE, NARROW)),
        ]
        for table in self._tables:
            self._fill(table)

    @property
    def before(self) -> str:
        """The models."""
        return source(self._tables, self._enums)

    def rows(self) -> list[str]:
        """Return the statements that put rows in."""
        inserts = [self._insert(each) for each in self._tables]
        return ["SET session_replication_role = replica", *PARTITIONS, *inserts]

    def pair(self, seed: int) -> Pair:
        """Return the models after changes."""
        tables = [each.copy() for each in self._tables]
        enums = {name: list(labels) for name, labels in self._enums.items()}
        changes = Changes(random.Random(seed), tables, enums)
        for _ in range(changes.random.randint(3, 9)):
            changes.some()
        return Pair(source(tables, enums), changes.done, changes.renames)

    def _fill(self, table: Tab) -> None:
        """Give a table columns, and indexes and constraints."""
        changes = Changes(self._random, [table], self._enums)
        for column in self._random.sample(NAMES, self._random.randint(3, 5)):
            table.columns[column] = changes.column()
        for _ in range(self._random.randint(0, 5)):
            changes.add_part(table)

    def _insert(self, table: Tab) -> str:
        values = {name: self._value(table, name) for name in table.columns}
        if table.is_partitioned:
            values["day"] = "date '2026-01-01' + n"
        if table.key[0] == COMPOSITE[0]:
            values |= dict.fromkeys("abc", "n")
        names = ", ".join('"' + name.replace('"', '""') + '"' for name in values)
        return (
            f"INSERT INTO {table.sql} ({names}) SELECT {', '.join(values.values())} "
            "FROM generate_series(1, 20) AS n"
        )

    def _value(self, table: Tab, name: str) -> str:
        column = table.columns[name]
        value = KINDS[column.kind].value.replace("{n}", "n")
        for enum, labels in self._enums.items():
            prefix = "other." if enum == "mood" else ""
            value = value.replace(f"{{{enum}}}", f"{string(labels[0])}::{prefix}{enum}")
        is_mentioned = any(name in part.columns for part in table.parts.values())
        can_be_null = not column.required and not is_mentioned
        return f"CASE WHEN n % 3 > 0 THEN {value} END" if can_be_null else value
