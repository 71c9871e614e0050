"""Fills in a recipe, from the statement and from the operation that sent it."""

import ast
import copy
import re
from collections.abc import Callable

from alembic_workflow.command_names import command
from alembic_workflow.lint.names import Names, bare, executed, literal
from alembic_workflow.sql.identifiers import name

_ALONE = "with op.get_context().autocommit_block():\n    "
_INDEXES = "from alembic_workflow import "


class Blanks(dict[str, str]):
    """The values of the names with a dollar sign in a recipe."""

    def __init__(self, code: str, sql: str, fragment: str, operation: ast.Call | None) -> None:
        """Take the code, the statement, its clause and the operation, where there are such."""
        names = Names(sql, fragment)
        column, new, table = names.column, names.new, bare(names.table)
        check = f"ck_{table}_{bare(column)}_not_null"
        constraint = names.constraint or name(f"uq_{table}_{'_'.join(names.key)}")
        old, _, current = fragment.partition(" -> ")
        self._sql, self._call = sql.strip().rstrip(";"), operation
        super().__init__(
            code=literal(code),
            fragment=fragment,
            table=literal(table),
            table_sql=names.qualified.replace('"', '\\"'),
            schema=f", schema={literal(bare(names.schema))}" if names.schema else "",
            column=literal(bare(column)),
            other=literal(bare(new)),
            value=literal(names.value),
            default=literal(fragment),
            name_sql=constraint.replace('"', '\\"'),
            not_null=literal(check),
            is_not_null=literal(f"{column} IS NOT NULL"),
            is_null=literal(f"{column} IS NULL"),
            copied=literal(column),
            differs=literal(f"{new} IS DISTINCT FROM {column}"),
            validate_not_null=executed(
                f"ALTER TABLE {names.qualified} VALIDATE CONSTRAINT {name(check)}"
            ),
            view=executed(f"CREATE VIEW {names.qualified} AS SELECT * FROM {new}"),
            revision=command("revision", rename=f"{old}:{current.rpartition('.')[2]}"),
            type=self._keyword("type_", "existing_type") or "sa.Text()",
            backfill=self._backfill(names),
            jsonb=self._with(
                r"\b(?:sa|postgresql)\.JSON\(", "postgresql.JSONB(", r"(?<=\s)json\b", "jsonb"
            ),
            with_time_zone=self._with(
                r"\bDateTime\(\)",
                "DateTime(timezone=True)",
                r"\btimestamp( without time zone)?",
                "timestamptz",
            ),
            operation=self._changed() or executed(self._sql),
            nullable=self._changed("add_column", column=_nullable)
            or f"op.add_column({literal(table)}, sa.Column({literal(bare(column))}, sa.Text()))",
            not_valid=self._changed(
                "create_foreign_key|create_check_constraint", postgresql_not_valid="True"
            )
            or executed(f"{self._sql} NOT VALID"),
            index=self._index("create_index", "INDEX"),
            drop_index=self._index("drop_index", "INDEX"),
            unique_index=f"{_INDEXES}create_index_concurrently\ncreate_index_concurrently("
            f"{literal(bare(constraint))}, {literal(table)}, [{', '.join(map(literal, names.key))}]"
            f"{f', schema={literal(bare(names.schema))}' if names.schema else ''}, unique=True)",
            concurrently=_ALONE
            + executed(
                re.sub(
                    r"(REINDEX\s+(?:\([^)]*\)\s*)?\w+|MATERIALIZED\s+VIEW|DETACH\s+PARTITION\s+\S+)",
                    r"\1 CONCURRENTLY",
                    self._sql,
                    flags=re.IGNORECASE,
                )
            ),
            restricted=executed(re.sub(r"\s+CASCADE\b", "", self._sql, flags=re.IGNORECASE)),
        )

    def _index(self, name: str, words: str) -> str:
        function = f"{name}_concurrently"
        if changed := self._changed(name):
            return f"{_INDEXES}{function}\n{changed.replace(f'op.{name}', function, 1)}"
        concurrent = re.sub(r"\bINDEX\b", "INDEX CONCURRENTLY", self._sql, count=1, flags=re.I)
        return _ALONE + executed(concurrent)

    def _backfill(self, names: Names) -> str:
        if names.update is None:
            return self._changed() or executed(self._sql)
        column, value, condition = names.update
        todo = f"{column} IS DISTINCT FROM {value}"
        where = f"({condition}) AND {todo}" if condition else todo
        schema = f", schema={literal(bare(names.schema))}" if names.schema else ""
        return (
            "from alembic_workflow import backfill\n"
            f"backfill({literal(bare(names.table))}, "
            + "{"
            + f"{literal(bare(column))}: {literal(value)}"
            + "}"
            f"{schema}, where={literal(where)})"
        )

    def _with(self, python: str, replacement: str, sql: str, sql_replacement: str) -> str:
        source = self._changed()
        if source and re.search(python, source):
            return re.sub(python, replacement, source)
        return executed(re.sub(sql, sql_replacement, self._sql, flags=re.IGNORECASE))

    def _keyword(self, *names: str) -> str:
        given = {each.arg: each.value for each in self._call.keywords} if self._call else {}
        return next((ast.unparse(given[name]) for name in names if name in given), "")

    def _changed(
        self, name: str = "", column: Callable[[ast.Call], None] | None = None, **keywords: str
    ) -> str:
        """Return the operation's source with these changes, or nothing if it is another one."""
        if self._call is None or not isinstance(self._call.func, ast.Attribute):
            return ""
        if name and not re.fullmatch(name, self._call.func.attr):
            return ""
        call = copy.deepcopy(self._call)
        for node in ast.walk(call):
            if column and isinstance(node, ast.Call) and ast.unparse(node.func) == "sa.Column":
                column(node)
        for keyword, value in keywords.items():
            call.keywords = [each for each in call.keywords if each.arg != keyword]
            call.keywords.append(ast.keyword(keyword, ast.parse(value, mode="eval").body))
        source = ast.unparse(call)
        return source if '"' in source else source.replace("'", '"')


def _nullable(column: ast.Call) -> None:
    """Leave the name and the type."""
    column.args, column.keywords = column.args[:2], []
