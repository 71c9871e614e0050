"""Rules whose dangers squawk finds: their reasons, and the operations that do the same safely.

https://squawkhq.com/docs/rules
"""

from alembic_workflow.lint.rule import Rule

_VALIDATE = 'op.execute("ALTER TABLE $table_sql VALIDATE CONSTRAINT $name_sql")'
_SET_NOT_NULL = """\
op.create_check_constraint(
    op.f($not_null), $table, $is_not_null$schema, postgresql_not_valid=True
)
# $second. A later revision:
$validate_not_null
op.alter_column($table, $column$schema, nullable=False)
op.drop_constraint(op.f($not_null), $table$schema, type_="check")"""
_BACKFILL = """\
from alembic_workflow import backfill
backfill($table, {$column: $value}$schema, where=$is_null)"""
_NEW_COLUMN = """\
# 1. Add a column beside it; deploy an application that writes both:
op.add_column($table, sa.Column($other, $type)$schema)
# 2. The next revision fills it:
from alembic_workflow import backfill
backfill($table, {$other: $copied}$schema, where=$differs)
# 3. Once nothing that runs uses the old one:
op.drop_column($table, $column$schema)
lint_ignore = {"ban-drop-column": "nothing that runs uses it any more"}"""
_IN_USE = """\
# Deploy an application that does without it. Then, in this revision, keep what you wrote and add:
lint_ignore = {$code: "nothing that runs relies on it any more"}"""
_NOT_VALID = (
    "# 1. This revision checks new rows only:\n$not_valid\n# 2. The next one:\n" + _VALIDATE
)

SQUAWK_RULES = (
    Rule(
        "adding-field-with-default",
        clause=r"GENERATED |SERIAL$",
        reason=(
            "A column that is computed or numbered rewrites the table; nobody can "
            "read it meanwhile."
        ),
        recipe=(
            "# 1. A plain column; the application, or a trigger, writes it:\n$nullable\n"
            f"# 2. The next revision, with your value:\n{_BACKFILL}"
        ),
    ),
    Rule(
        "constraint-missing-not-valid",
        clause=r"^VALIDATE",
        reason=(
            "The revision that adds a constraint keeps its lock; nobody can use the table while "
            "this reads it."
        ),
        recipe="# In a later revision:\n$operation",
    ),
    Rule(
        "constraint-missing-not-valid",
        clause=r" EXCLUDE ",
        reason=(
            "An exclusion constraint builds its index while nobody can use the table, and it has "
            "no other way."
        ),
        recipe=(
            "# If the table is small, or nobody uses it at that time, add:\n"
            'lint_ignore = {$code: "the table is small"}'
        ),
    ),
    Rule(
        "adding-required-field",
        reason=(
            "A column without a default cannot be NOT NULL: rows that exist have no value, and the "
            "running application writes none."
        ),
        recipe=(
            "# 1. This revision; then deploy an application that writes it:\n$nullable\n"
            f"# 2. The next one, with your value:\n{_BACKFILL}\n# 3. After it:\n"
            + _SET_NOT_NULL.replace("$second", "4")
        ),
    ),
    Rule(
        "adding-field-with-default",
        reason=(
            "A default that is computed for each row rewrites the table; nobody "
            "can read it meanwhile."
        ),
        recipe=(
            "# 1. The default then holds for new rows only:\n$nullable\n"
            "op.alter_column($table, $column$schema, server_default=sa.text($default))\n"
            f"# 2. The next revision:\n{_BACKFILL}"
        ),
    ),
    Rule(
        "adding-not-nullable-field",
        reason="SET NOT NULL reads the whole table; nobody can use it meanwhile.",
        recipe=(
            "# 1. Once no row has NULL, this revision checks new rows only:\n"
            + _SET_NOT_NULL.replace("$second", "2")
        ),
    ),
    Rule(
        "adding-foreign-key-constraint",
        reason="A foreign key checks every row; nobody can write to either table meanwhile.",
        recipe=_NOT_VALID,
    ),
    Rule(
        "constraint-missing-not-valid",
        reason=(
            "A constraint checks every row; nobody can write meanwhile. Validate it in a later "
            "revision than the one that adds it, which keeps its lock until the end."
        ),
        recipe=_NOT_VALID,
    ),
    Rule(
        "disallowed-unique-constraint",
        reason="A unique constraint builds its index while nobody can use the table.",
        recipe=(
            "# 1. The index, in a revision of its own:\n$unique_index\n# 2. The next one:\n"
            'op.execute("ALTER TABLE $table_sql ADD CONSTRAINT $name_sql UNIQUE '
            'USING INDEX $name_sql")'
        ),
    ),
    Rule(
        "adding-serial-primary-key-field",
        reason="A primary key builds its index while nobody can use the table.",
        recipe=(
            "# Its columns must be NOT NULL already.\n"
            "# 1. The index, in a revision of its own:\n$unique_index\n# 2. The next one:\n"
            'op.execute("ALTER TABLE $table_sql ADD CONSTRAINT $name_sql PRIMARY KEY '
            'USING INDEX $name_sql")'
        ),
    ),
    Rule(
        "require-concurrent-index-creation",
        reason="Nobody can write to the table while the index is built.",
        recipe="# In a revision of its own:\n$index",
    ),
    Rule(
        "require-concurrent-index-deletion",
        reason=(
            "The statement waits until nobody uses the table, and everybody else waits behind it."
        ),
        recipe="# In a revision of its own:\n$drop_index",
    ),
    Rule(
        "require-concurrent-reindex",
        reason="Nobody can write, and most cannot read, while the index is rebuilt.",
        recipe="# In a revision of its own:\n$concurrently",
    ),
    Rule(
        "require-concurrent-partition-detach",
        reason="Nobody can use the table while it waits to detach the partition.",
        recipe="# In a revision of its own:\n$concurrently",
    ),
    Rule(
        "changing-column-type",
        reason=(
            "A new type rewrites the table, unless it is only a longer varchar or text; nobody can "
            "read it meanwhile, and the running application expects the old type."
        ),
        recipe=(
            _NEW_COLUMN + "\n# Or, if varchar becomes longer or text, keep it and add:\n"
            'lint_ignore = {"changing-column-type": "only longer, so nothing is rewritten"}'
        ),
    ),
    Rule(
        "renaming-column",
        reason="The running application uses the old name.",
        recipe=_NEW_COLUMN,
    ),
    Rule(
        "renaming-table",
        reason="The running application uses the old name.",
        recipe=(
            "# Add a view that has the old name, so that both names work:\n$operation\n"
            "$view\n"
            'lint_ignore = {"renaming-table": "a view has the old name"}'
        ),
    ),
    Rule(
        "prefer-timestamp-tz",
        reason=(
            "A timestamp without a time zone does not say which moment it is; changing it later "
            "rewrites the table."
        ),
        recipe="# Instead of sa.DateTime():\n$with_time_zone",
    ),
    Rule(
        "ban-truncate-cascade",
        reason="It also empties every table that refers to this one.",
        recipe="# Name the tables:\n$restricted",
    ),
    *(
        Rule(code, reason=f"{reason} The running application may still rely on it.", recipe=_IN_USE)
        for code, reason in {
            "ban-drop-column": "The column goes, with its values.",
            "ban-drop-table": "The table goes, with its rows.",
            "ban-drop-view": "The view goes.",
            "ban-drop-type": "The type goes.",
            "ban-drop-schema": "The schema goes, with all that is in it.",
            "ban-drop-not-null": "The column can then be NULL.",
            "ban-drop-constraint": "The constraint goes.",
            "ban-set-schema": "The name changes.",
            "renaming-object": "The name changes.",
        }.items()
    ),
)
