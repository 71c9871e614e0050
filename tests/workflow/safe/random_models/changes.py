"""Changes of random models, each of which rows survive."""

import random
from collections.abc import Callable
from dataclasses import replace

from workflow.safe.random_models.kinds import (
    AGAINST,
    COMMENTS,
    INTEGERS,
    KINDS,
    LABELS,
    NAMES,
    TEXTS,
)
from workflow.safe.random_models.parts import FORMS, part, quoted, string
from workflow.safe.random_models.tables import SCHEMAS, Col, Tab

OPTIONS = ("", ', ondelete="CASCADE"', ", deferrable=True", ', ondelete="SET NULL"')
BIG_KEY = "    id: Mapped[IdentityKey]"
SMALL_KEY = (
    "    id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(always=True), primary_key=True)"
)
NARROW = '    c: Mapped[int] = mapped_column("c", autoincrement=False)'
WIDE = NARROW.replace('"c", ', '"c", primary_key=True, ')


class Changes:
    """Changes tables in place; nothing is changed twice."""

    def __init__(self, source: random.Random, tables: list[Tab], enums: dict[str, list[str]]):
        """Take a source of random numbers, and what is to be changed."""
        self.random = source
        self.tables = tables
        self.enums = enums
        self.done: list[str] = []
        self.renames: list[str] = []
        self.touched: set[tuple[str, str]] = set()

    def some(self) -> None:
        """Change something, if what was chosen is still free."""
        changes: tuple[tuple[int, Callable[[Tab], str | None]], ...] = (
            (4, self.add_column),
            (2, self.drop_column),
            (2, self.require),
            (3, self.new_type),
            (2, self.new_default),
            (4, self.add_part),
            (1, self.drop_part),
            (2, self.change_part),
            (3, self.foreign_key),
            (1, self.new_labels),
            (1, self.new_table),
            (1, self.drop_table),
            (2, self.wider_key),
            (1, self.comment),
            (2, self.computed),
            (1, self.rename),
        )
        weights = [weight for weight, _ in changes]
        [(_, change)] = self.random.choices(changes, weights)
        table = self.random.choice(self.tables)
        if said := change(table):
            self.done.append(f"{table.sql}: {change.__name__} {said}")

    def column(self) -> Col:
        """Return a column of any kind."""
        usual = self.random.random() < 0.4
        kind = self.random.choice((*INTEGERS, *TEXTS) if usual else list(KINDS))
        default = self.random.choice(["", *KINDS[kind].defaults])
        comment = self.random.choice(["", "", "", *COMMENTS])
        return Col(kind, self.random.random() < 0.5, self.labelled(default), "", comment)

    def new_column(self) -> Col:
        """Return one of a type that the linter does not advise against."""
        column = self.column()
        return self.new_column() if column.kind in AGAINST else column

    def labelled(self, text: str) -> str:
        """Return a default with a label in its place."""
        for name, labels in self.enums.items():
            text = text.replace(f"{{{name}}}", string(labels[0]))
        return text

    def pick(self, table: Tab, *kinds: str) -> str:
        """Take a column that was not changed yet, of one of these kinds."""
        found = [
            name
            for name, each in table.columns.items()
            if (table.name, name) not in self.touched
            and (not kinds or each.kind in kinds)
            and not each.extra
        ]
        name = self.random.choice(found) if found else ""
        if name:
            self.touched.add((table.name, name))
        return name

    def first_time(self, table: str, name: str) -> bool:
        """Return whether nothing has been done to it, and that something is now."""
        is_first = (table, name) not in self.touched
        self.touched.add((table, name))
        return is_first

    def mentions(self, table: Tab, column: str) -> list[str]:
        """Return the names of the parts that mention the column."""
        return [key for key, each in table.parts.items() if column in each.columns]

    def add_column(self, table: Tab) -> str | None:
        """Add a column, with an index or a constraint at once."""
        name = self.random.choice(NAMES)
        if name in table.columns or not self.first_time(table.name, name):
            return None
        column = self.new_column()
        if self.random.random() < 0.15 and not table.is_partitioned:
            column = Col("sa.BigInteger", True, "", "sa.Identity()")
        table.columns[name] = column
        if self.random.random() < 0.3 and not column.required and not column.default:
            self.touched.discard((table.name, name))
            self.add_part(table)
            self.touched.add((table.name, name))
        return f"{name} {column}"

    def drop_column(self, table: Tab) -> str | None:
        """Drop a column with what mentions it."""
        if not (name := self.pick(table)):
            return None
        mentions = self.mentions(table, name)
        if any(len(table.parts[key].columns) > 1 for key in mentions):
            return None
        del table.columns[name]
        for key in mentions:
            del table.parts[key]
        return name

    def require(self, table: Tab) -> str | None:
        """Require a column, or do so no longer."""
        if not (name := self.pick(table)):
            return None
        column = table.columns[name]
        is_distinct = any(FORMS[k.rstrip("0123456789")].is_unique for k in self.keys(table, name))
        if not column.required and is_distinct:
            return None  # somebody has to say what its rows get
        table.columns[name] = replace(column, required=not column.required)
        return f"{name} {not column.required}"

    def keys(self, table: Tab, column: str) -> list[str]:
        """Return the forms of the parts that mention the column."""
        return [key.partition("_")[0] for key in self.mentions(table, column)]

    def new_type(self, table: Tab) -> str | None:
        """Give a column another type."""
        if not (name := self.pick(table)):
            return None
        column = table.columns[name]
        into = KINDS[column.kind].into
        for key in self.keys(table, name):
            kinds = FORMS[key.rstrip("0123456789")].kinds
            into = tuple(each for each in into if not kinds or each in kinds)
        into = tuple(each for each in into if each not in AGAINST)
        if not into or column.default:
            return None
        kind = self.random.choice(into)
        table.columns[name] = replace(column, kind=kind)
        return f"{name} {column.kind} -> {kind}"

    def new_default(self, table: Tab) -> str | None:
        """Give a column another default, or none."""
        if not (name := self.pick(table)):
            return None
        column = table.columns[name]
        default = self.labelled(self.random.choice(["", *KINDS[column.kind].defaults]))
        table.columns[name] = replace(column, default=default)
        return f"{name} {column.default} -> {default}"

    def comment(self, table: Tab) -> str | None:
        """Say something else of a table and a column."""
        if not (name := self.pick(table)):
            return None
        table.columns[name] = replace(table.columns[name], comment=self.random.choice(COMMENTS))
        table.options["comment"] = self.random.choice(COMMENTS)
        return name

    def computed(self, table: Tab) -> str | None:
        """Add a column that is computed from another one."""
        name = self.random.choice(NAMES)
        if name in table.columns or not self.first_time(table.name, name):
            return None
        if not (of := self.pick(table, *INTEGERS)):
            return None
        is_stored = self.random.random() < 0.5
        words = f"sa.Computed({quoted(of) + ' * 2'!r}, persisted={is_stored})"
        table.columns[name] = Col("sa.BigInteger", False, "", words)
        return f"{name} {words}"

    def rename(self, table: Tab) -> str | None:
        """Give a column another name."""
        new = f"new {self.random.choice(NAMES)}"
        name = self.pick(table)
        is_new = table.name.startswith("new_")
        if not name or self.mentions(table, name) or table.is_partitioned or is_new:
            return None
        table.columns = {new if k == name else k: v for k, v in table.columns.items()}
        self.touched.add((table.name, new))
        self.renames.append(f"{table.sql}.{quoted(name)}:{table.sql}.{quoted(new)}")
        return f"{name} -> {new}"

    def add_part(self, table: Tab) -> str | None:
        """Add a constraint or an index."""
        name = self.random.choice(list(FORMS))
        form = FORMS[name]
        key = f"{name}{self.random.randint(0, 99)}_{table.name}"
        if key in table.parts or (table.is_partitioned and not form.of_partitioned):
            return None
        if name == "fk" and ("doubles", "id") in self.touched:
            return None  # whose key is another one then
        kinds = form.kinds or tuple(k for k, each in KINDS.items() if each.is_distinct)
        columns = [each for _ in range(form.columns) if (each := self.pick(table, *kinds))]
        if len(columns) < form.columns:
            return None
        if form.is_unique and any(table.columns[each].default for each in columns):
            return None
        table.parts[key] = part(name, key, table, columns)
        return table.parts[key].source

    def drop_part(self, table: Tab) -> str | None:
        """Drop a constraint or an index."""
        free = [key for key in table.parts if self.first_time(table.name, key)]
        return f"{key} {table.parts.pop(key).source}" if (key := (free or [""])[0]) else None

    def change_part(self, table: Tab) -> str | None:
        """Give an index or a unique constraint another definition under its name."""
        for key, each in table.parts.items():
            name = key.partition("_")[0].rstrip("0123456789")
            others = ("ix", "where", "desc") if name in ("ix", "where", "desc") else ()
            if not others or not all(self.first_time(table.name, c) for c in (key, *each.columns)):
                continue
            new = part(self.random.choice(others), key, table, each.columns)
            table.parts[key] = new
            return f"{each.source} -> {new.source}"
        return None

    def foreign_key(self, table: Tab) -> str | None:
        """Let a column refer to any table, also to one that refers to this one."""
        name = self.pick(table, *INTEGERS)
        if not name or table.columns[name].default:
            return None
        targets = [each for each in self.tables if each.key[0] in (BIG_KEY, SMALL_KEY)]
        target, options = self.random.choice(targets), self.random.choice(OPTIONS)
        if "SET NULL" in options and table.columns[name].required:
            options = ""
        extra = f"sa.ForeignKey({target.path + '.id'!r}{options}, use_alter=True)"
        table.columns[name] = replace(table.columns[name], extra=extra)
        self.first_time("", target.name)
        return f"{name} {extra}"

    def new_labels(self, table: Tab) -> str | None:
        """Add or take away values, or give them another order; a new one may be used at once."""
        name = self.random.choice(list(self.enums))
        labels = self.enums[name]
        if not self.first_time("", name):
            return None
        left = [each for each in LABELS if each not in labels]
        change = self.random.choice(["add", "first", "within", "reverse", "remove", "rename"])
        if change == "remove":
            labels.pop()  # which no row has
        elif change == "reverse":
            labels.reverse()
        elif change == "rename":
            if not any(name in c.kind for each in self.tables for c in each.columns.values()):
                return None
            old, labels[1] = labels[1], left[0]
            prefix = f"{SCHEMAS[name]}." if SCHEMAS[name] else ""
            self.renames.append(f"{prefix}{name}.{quoted(old)}:{prefix}{name}.{quoted(left[0])}")
        else:
            labels.insert({"add": len(labels), "first": 0, "within": 1}[change], left[0])
            new = f"added_{name}"
            self.first_time(table.name, new)
            table.columns[new] = Col(name, True, string(left[0]))
        return f"{name} {change} {labels}"

    def new_table(self, table: Tab) -> str | None:
        """Add a table to which a new column refers."""
        key, new = f"ref_{table.name}", f"new_{table.name}"
        if not self.first_time(table.name, key) or not self.first_time(new, ""):
            return None
        self.tables.insert(0, Tab(new, table.schema, columns={"note": self.new_column()}))
        extra = f"sa.ForeignKey({self.tables[0].path + '.id'!r})"
        table.columns[key] = Col("sa.BigInteger", False, "", extra)
        return key

    def drop_table(self, table: Tab) -> str | None:
        """Drop a table to which no other refers."""
        is_old = table.key[0] in (BIG_KEY, SMALL_KEY) and not table.name.startswith("new_")
        if len(self.tables) < 4 or not is_old or not self.first_time("", table.name):
            return None
        self.tables.remove(table)
        return "all"

    def refers_to_doubles(self) -> bool:
        """Return whether a foreign key needs the key of two columns."""
        return any(key.startswith("fk") for each in self.tables for key in each.parts)

    def wider_key(self, table: Tab) -> str | None:
        """Give a key a longer type, or another column."""
        for each in self.tables:
            is_small = each.key == (SMALL_KEY,)
            is_narrow = each.key[-1] == NARROW and not self.refers_to_doubles()
            if (is_small or is_narrow) and self.first_time(each.name, "id"):
                each.key = (BIG_KEY,) if is_small else (*each.key[:-1], WIDE)
                self.first_time("", each.name)
                return str(each.key)
        return None
