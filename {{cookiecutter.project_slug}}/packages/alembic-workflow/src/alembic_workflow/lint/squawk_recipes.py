"""Reasons of squawk's rules, and the operations that do the same safely.

A number begins what belongs in one revision's `upgrade`; `lint_ignore` belongs on the level of the
module. `lint_blanks.py` fills in what begins with a dollar sign.
"""

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

SQUAWK_RECIPES: dict[str, tuple[str, str]] = {
    "adding-required-field": (
        "A column without a default cannot be NOT NULL: rows that exist have no value, and the "
        "running application writes none.",
        "# 1. This revision; then deploy an application that writes it:\n$nullable\n"
        f"# 2. The next one, with your value:\n{_BACKFILL}\n# 3. After it:\n"
        + _SET_NOT_NULL.replace("$second", "4"),
    ),
    "adding-field-with-default": (
        "A default that is computed for each row rewrites the table; nobody can read it meanwhile.",
        "# 1. The default then holds for new rows only:\n$nullable\n"
        "op.alter_column($table, $column$schema, server_default=sa.text($default))\n"
        f"# 2. The next revision:\n{_BACKFILL}",
    ),
    "adding-not-nullable-field": (
        "SET NOT NULL reads the whole table; nobody can use it meanwhile.",
        "# 1. Once no row has NULL, this revision checks new rows only:\n"
        + _SET_NOT_NULL.replace("$second", "2"),
    ),
    "adding-foreign-key-constraint": (
        "A foreign key checks every row; nobody can write to either table meanwhile.",
        _NOT_VALID,
    ),
    "constraint-missing-not-valid": (
        "A constraint checks every row; nobody can write meanwhile. Validate it in a later "
        "revision than the one that adds it, which keeps its lock until the end.",
        _NOT_VALID,
    ),
    "disallowed-unique-constraint": (
        "A unique constraint builds its index while nobody can use the table.",
        "# 1. The index, in a revision of its own:\n$unique_index\n# 2. The next one:\n"
        'op.execute("ALTER TABLE $table_sql ADD CONSTRAINT $name_sql UNIQUE '
        'USING INDEX $name_sql")',
    ),
    "adding-serial-primary-key-field": (
        "A primary key builds its index while nobody can use the table.",
        "# Its columns must be NOT NULL already.\n"
        "# 1. The index, in a revision of its own:\n$unique_index\n# 2. The next one:\n"
        'op.execute("ALTER TABLE $table_sql ADD CONSTRAINT $name_sql PRIMARY KEY '
        'USING INDEX $name_sql")',
    ),
    "require-concurrent-index-creation": (
        "Nobody can write to the table while the index is built.",
        "# In a revision of its own:\n$index",
    ),
    "require-concurrent-index-deletion": (
        "The statement waits until nobody uses the table, and everybody else waits behind it.",
        "# In a revision of its own:\n$drop_index",
    ),
    "require-concurrent-reindex": (
        "Nobody can write, and most cannot read, while the index is rebuilt.",
        "# In a revision of its own:\n$concurrently",
    ),
    "require-concurrent-partition-detach": (
        "Nobody can use the table while it waits to detach the partition.",
        "# In a revision of its own:\n$concurrently",
    ),
    "changing-column-type": (
        "A new type rewrites the table, unless it is only a longer varchar or text; nobody can "
        "read it meanwhile, and the running application expects the old type.",
        _NEW_COLUMN + "\n# Or, if varchar becomes longer or text, keep it and add:\n"
        'lint_ignore = {"changing-column-type": "only longer, so nothing is rewritten"}',
    ),
    "renaming-column": ("The running application uses the old name.", _NEW_COLUMN),
    "renaming-table": (
        "The running application uses the old name.",
        "# Add a view that has the old name, so that both names work:\n$operation\n"
        "$view\n"
        'lint_ignore = {"renaming-table": "a view has the old name"}',
    ),
    "prefer-timestamp-tz": (
        "A timestamp without a time zone does not say which moment it is; changing it later "
        "rewrites the table.",
        "# Instead of sa.DateTime():\n$with_time_zone",
    ),
    "ban-truncate-cascade": (
        "It also empties every table that refers to this one.",
        "# Name the tables:\n$restricted",
    ),
    "adding-field-with-default, computed": (
        "A column that is computed or numbered rewrites the table; nobody can read it meanwhile.",
        "# 1. A plain column; the application, or a trigger, writes it:\n$nullable\n"
        f"# 2. The next revision, with your value:\n{_BACKFILL}",
    ),
    "constraint-missing-not-valid, validated": (
        "The revision that adds a constraint keeps its lock; nobody can use the table while this "
        "reads it.",
        "# In a later revision:\n$operation",
    ),
    "constraint-missing-not-valid, exclusion": (
        "An exclusion constraint builds its index while nobody can use the table, and it has no "
        "other way.",
        "# If the table is small, or nobody uses it at that time, add:\n"
        'lint_ignore = {$code: "the table is small"}',
    ),
} | {
    code: (f"{reason} The running application may still rely on it.", _IN_USE)
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
}
