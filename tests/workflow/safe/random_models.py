"""Random models in pairs, before and after some changes, and rows for those before."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

# A type of SQLAlchemy, the value of a row from its number, and the types that it may become.
TYPES = {
    "sa.SmallInteger": ("{n}", ("sa.Integer", "sa.BigInteger")),
    "sa.Integer": ("{n}", ("sa.BigInteger", "sa.Text", "sa.Numeric(12, 2)")),
    "sa.BigInteger": ("{n}", ("sa.Integer", "sa.Text")),
    "sa.Numeric(8, 2)": ("({n} + 0.5)", ("sa.Numeric(10, 2)", "sa.Numeric(10, 4)", "sa.Float")),
    "sa.Float": ("({n} + 0.5)", ("sa.Numeric(10, 4)",)),
    "sa.String(20)": ("'s' || {n}", ("sa.String(40)", "sa.Text", "sa.String(10)")),
    "sa.Text": ("'t' || {n}", ("sa.String(40)",)),
    "sa.Boolean": ("{n} % 2 = 0", ("sa.Text",)),
    "sa.Date": ("date '2026-01-01' + {n}", ("sa.DateTime(timezone=True)", "sa.Text")),
    "sa.DateTime(timezone=True)": (
        "timestamptz '2026-01-01' + {n} * interval '1 day'",
        ("sa.Date",),
    ),
    "sa.Uuid": ("md5({n}::text)::uuid", ("sa.Text",)),
    "postgresql.JSONB": ("jsonb_build_object('n', {n})", ("sa.Text",)),
    "sa.ARRAY(sa.Integer)": ("ARRAY[{n}]", ("sa.ARRAY(sa.BigInteger)",)),
    "sa.LargeBinary": ("'\\x01'::bytea", ()),
    "sa.Interval": ("{n} * interval '1 hour'", ()),
    "postgresql.INET": ("inet '10.0.0.1' + {n}", ("sa.Text",)),
}
NUMBERS = ("sa.SmallInteger", "sa.Integer", "sa.BigInteger")
DEFAULTS = {
    "sa.Integer": ("'7'", "'8'"),
    "sa.BigInteger": ("'7'",),
    "sa.Text": ("'it is 5%: x'", "sa.text('gen_random_uuid()::text')"),
    "sa.String(20)": ("'x'",),
    "sa.Boolean": ("sa.true()", "sa.false()"),
    "sa.Uuid": ("sa.text('gen_random_uuid()')",),
    "sa.DateTime(timezone=True)": ("sa.func.now()", "sa.func.clock_timestamp()"),
    "postgresql.JSONB": ("sa.text(\"'{}'\")",),
}
NAMES = ("amount", "title", "Odd name", "100%", "state_of", "order", "a:b", "kind")
LABELS = ("low", "high", "50%", "it's", "mid")


@dataclass(frozen=True)
class Col:
    """A column."""

    kind: str
    required: bool = False
    default: str = ""
    extra: str = ""
    """What else its definition has, such as a foreign key."""


@dataclass
class Tab:
    """A table."""

    name: str
    schema: str = ""
    columns: dict[str, Col] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)
    """Its constraints and indexes, as arguments of the table."""

    def copy(self) -> "Tab":
        return replace(self, columns=dict(self.columns), parts=dict(self.parts))


@dataclass
class Pair:
    """Models before and after, the rows of those before, and what was changed."""

    before: str
    after: str
    rows: list[str]
    changes: list[str]


class Maker:
    """Makes a pair from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.changes: list[str] = []
        self.enums: dict[str, list[str]] = {}
        self.touched: set[tuple[str, str]] = set()

    def pair(self) -> Pair:
        self.enums = {"level": list(self.random.sample(LABELS, 3))}
        tables = [self.table(f"t{n}", "" if n else "other") for n in range(3)]
        before, enums = (
            [each.copy() for each in tables],
            {k: list(v) for k, v in self.enums.items()},
        )
        rows = [self.rows(each) for each in before]
        for _ in range(self.random.randint(1, 5)):
            self.change(tables)
        return Pair(source(before, enums), source(tables, self.enums), rows, self.changes)

    def table(self, name: str, schema: str) -> Tab:
        table = Tab(name, schema)
        for column in self.random.sample(NAMES, self.random.randint(3, 5)):
            table.columns[column] = self.column()
        for _ in range(self.random.randint(0, 3)):
            self.add_part(table)
        self.touched = set()
        self.changes = []
        return table

    def column(self) -> Col:
        kind = self.random.choice([*TYPES, "level"])
        default = self.random.choice(["", *DEFAULTS.get(kind, ())])
        return Col(kind, self.random.random() < 0.5, default)

    def change(self, tables: list[Tab]) -> None:
        table = self.random.choice(tables)
        changes = (
            self.add_column,
            self.add_column,
            self.drop_column,
            self.required,
            self.new_type,
            self.new_default,
            self.add_part,
            self.add_part,
            self.drop_part,
            self.change_part,
            self.foreign_key,
            self.new_labels,
            self.new_table,
            self.composite,
        )
        self.random.choice(changes)(table)

    def free(self, table: Tab, *kinds: str) -> list[str]:
        """Return the columns that were not changed yet and are of these kinds."""
        return [
            name
            for name, each in table.columns.items()
            if (table.name, name) not in self.touched and (not kinds or each.kind in kinds)
        ]

    def pick(self, table: Tab, *kinds: str) -> str:
        found = self.free(table, *kinds)
        if not found:
            return ""
        name = self.random.choice(found)
        self.touched.add((table.name, name))
        return name

    def mentioned(self, table: Tab, column: str) -> bool:
        return any(repr(column) in part or f'"{column}"' in part for part in table.parts.values())

    def add_column(self, table: Tab) -> None:
        left = [name for name in NAMES if name not in table.columns]
        if not left:
            return
        name = self.random.choice(left)
        if (table.name, name) in self.touched:
            return
        column = self.column()
        if self.random.random() < 0.1:
            column = Col("sa.BigInteger", True, "", "sa.Identity()")
        table.columns[name] = column
        self.touched.add((table.name, name))
        self.changes.append(f"add {table.name}.{name} {column}")

    def drop_column(self, table: Tab) -> None:
        if name := self.pick(table):
            if any(f'"{name}"' in each for key, each in table.parts.items() if "," in key):
                return
            del table.columns[name]
            table.parts = {k: v for k, v in table.parts.items() if f'"{name}"' not in v}
            self.changes.append(f"drop {table.name}.{name}")

    def required(self, table: Tab) -> None:
        if name := self.pick(table):
            column = table.columns[name]
            if column.extra:
                return
            table.columns[name] = replace(column, required=not column.required)
            self.changes.append(f"required {table.name}.{name} {not column.required}")

    def new_type(self, table: Tab) -> None:
        if name := self.pick(table):
            column = table.columns[name]
            into = TYPES.get(column.kind, ("", ()))[1]
            if not into or column.default or column.extra:
                return
            kind = self.random.choice(into)
            compared = any(f'"{name}"' in part and " > " in part for part in table.parts.values())
            if compared and kind not in NUMBERS:
                return
            if any(f'"{name}"' in part and "gin" in part for part in table.parts.values()):
                return
            table.columns[name] = replace(column, kind=kind)
            self.changes.append(f"type {table.name}.{name} {column.kind} -> {kind}")

    def new_default(self, table: Tab) -> None:
        if name := self.pick(table, *DEFAULTS):
            column = table.columns[name]
            default = self.random.choice(["", *DEFAULTS[column.kind]])
            if column.extra or default == column.default:
                return
            table.columns[name] = replace(column, default=default)
            self.changes.append(f"default {table.name}.{name} {column.default} -> {default}")

    def add_part(self, table: Tab) -> None:
        name = self.random.choice(["ix", "uq", "ck", "expression", "gin", "partial", "covering"])
        number = len(table.parts) + self.random.randint(0, 99)
        key = f"{name}{number}_{table.name}"
        kinds = {"ck": NUMBERS, "gin": ("postgresql.JSONB",), "expression": ("sa.Text",)}.get(
            name, ()
        )
        free = [
            each
            for each in self.free(table, *kinds)
            if name not in ("uq", "covering")
            or (
                table.columns[each].kind not in ("sa.Boolean", "level", "sa.LargeBinary")
                and not table.columns[each].default
            )
        ]
        if not free or key in table.parts:
            return
        column = self.random.choice(free)
        self.touched.add((table.name, column))
        table.parts[key] = self.part(name, key, column)
        self.changes.append(f"part {table.name} {table.parts[key]}")

    def part(self, name: str, key: str, column: str) -> str:
        quoted, plain = f'\\"{column}\\"', f'"{column}"'
        pick = self.random.choice
        return {
            "ix": f'sa.Index("{key}", {plain})',
            "uq": f'sa.UniqueConstraint({plain}, name="{key}"'
            + pick(
                [
                    "",
                    ", deferrable=True",
                    ', deferrable=True, initially="DEFERRED"',
                    ", postgresql_nulls_not_distinct=False",
                ]
            )
            + ")",
            "ck": f'sa.CheckConstraint("{quoted} > {pick([0, -1])}", name="{key}")  # {plain}',
            "expression": f'sa.Index("{key}", sa.text("lower({quoted})"))  # {plain}',
            "gin": f'sa.Index("{key}", {plain}, postgresql_using="gin")',
            "partial": f'sa.Index("{key}", {plain}, '
            f"postgresql_where=sa.text(\"{quoted} IS NOT NULL AND '100%:x' <> ''\"))",
            "covering": f'sa.Index("{key}", {plain}, unique=True, postgresql_include=["id"])',
        }[name].replace(f"  # {plain}", "")

    def drop_part(self, table: Tab) -> None:
        if table.parts:
            key = self.random.choice(list(table.parts))
            if (table.name, key) in self.touched:
                return
            self.touched.add((table.name, key))
            self.changes.append(f"drop part {table.name} {table.parts.pop(key)}")

    def change_part(self, table: Tab) -> None:
        """Give a part another definition under its name."""
        changed = {"sa.Index(": ("ix", "partial"), "sa.UniqueConstraint(": ("uq",)}
        for key, part in list(table.parts.items()):
            for column in self.free(table):
                for beginning, kinds in changed.items():
                    if not part.startswith(beginning) or f'"{column}"' not in part:
                        continue
                    new = self.part(self.random.choice(kinds), key, column)
                    if new != part and (table.name, key) not in self.touched:
                        table.parts[key] = new
                        self.touched |= {(table.name, key), (table.name, column)}
                        self.changes.append(f"change part {table.name} {part} -> {new}")
                        return

    def composite(self, table: Tab) -> None:
        """Add a key of two columns."""
        free = [n for n in self.free(table) if table.columns[n].kind in NUMBERS]
        if len(free) > 1:
            a, b = free[:2]
            key = f"uq2_{table.name},"
            table.parts[key] = f'sa.UniqueConstraint("{a}", "{b}", name="uq2_{table.name}")'
            self.touched |= {(table.name, a), (table.name, b)}
            self.changes.append(f"part {table.name} {table.parts[key]}")

    def foreign_key(self, table: Tab) -> None:
        kinds = self.random.choice([("sa.BigInteger",), NUMBERS])
        name = self.pick(table, *kinds)
        if not name or table.columns[name].default or table.columns[name].extra:
            return
        options = self.random.choice(["", ', ondelete="CASCADE"', ", deferrable=True"])
        target = self.random.choice(["t1.id", "t2.id", "other.t0.id"])
        table.columns[name] = replace(
            table.columns[name], extra=f'sa.ForeignKey("{target}"{options})'
        )
        self.changes.append(f"foreign key {table.name}.{name} {target}{options}")

    def new_labels(self, table: Tab) -> None:
        labels = self.enums["level"]
        if ("", "level") in self.touched:
            return
        self.touched.add(("", "level"))
        left = [each for each in LABELS if each not in labels]
        change = self.random.choice(["add", "first", "shuffle", "remove"])
        if change == "add":
            labels.append(left[0])
        elif change == "first":
            labels.insert(0, left[0])
        elif change == "remove":
            labels.pop()  # which no row has
        else:
            labels.reverse()
        self.changes.append(f"labels {labels}")

    def new_table(self, table: Tab) -> None:
        key = f"ref_{table.name}"
        if key not in NAMES and key not in table.columns:
            self.touched.add((table.name, key))
            column = Col("sa.BigInteger", False, "", f'sa.ForeignKey("new_{table.name}.id")')
            table.columns[key] = column
            self.changes.append(f"new table new_{table.name}")

    def rows(self, table: Tab) -> str:
        columns = [(name, each) for name, each in table.columns.items()]
        values = []
        for name, each in columns:
            value = TYPES[each.kind][0] if each.kind in TYPES else f"'{self.label()}'::level"
            value = value.replace("{n}", "n")
            is_null = not each.required and not self.mentioned(table, name)
            values.append(f"CASE WHEN n % 3 > 0 THEN {value} END" if is_null else value)
        names = ", ".join(f'"{name}"' for name, _ in columns)
        target = f"{table.schema}.{table.name}" if table.schema else table.name
        return (
            f"INSERT INTO {target} ({names}) SELECT {', '.join(values)} "
            "FROM generate_series(1, 20) AS n"
        )

    def label(self) -> str:
        return self.enums["level"][0].replace("'", "''")


def source(tables: list[Tab], enums: dict[str, list[str]]) -> str:
    """Return the module of the models."""
    lines = [f"level = sa.Enum(*{enums['level']!r}, name='level', schema=None)"]
    new = {f"new_{t.name}" for t in tables for c in t.columns if c == f"ref_{t.name}"}
    for name in sorted(new):
        lines += [f"class {name.title().replace('_', '')}(Base):", f"    __tablename__ = {name!r}"]
        lines += ["    id: Mapped[IdentityKey]", "    note: Mapped[str]", ""]
    for table in tables:
        lines += [f"class {table.name.title()}(Base):", f"    __tablename__ = {table.name!r}"]
        options = f"{{'schema': {table.schema!r}}}" if table.schema else "{}"
        lines.append(
            f"    __table_args__ = ({''.join(p + ', ' for p in table.parts.values())}{options})"
        )
        lines.append("    id: Mapped[IdentityKey]")
        lines += list(_columns(table))
        lines.append("")
    return "\n".join(lines)


def _columns(table: Tab) -> Iterator[str]:
    for number, (name, each) in enumerate(table.columns.items()):
        default = f", server_default={each.default}" if each.default else ""
        extra = f", {each.extra}" if each.extra else ""
        yield (
            f"    c{number}: Mapped[Any] = mapped_column({name!r}, {each.kind}{extra}, "
            f"nullable={not each.required}{default})"
        )
