"""Reasons of this package's own rules, and recipes to write instead."""

from alembic_workflow.lint.squawk_recipes import SQUAWK_RECIPES

RECIPES: dict[str, tuple[str, str]] = SQUAWK_RECIPES | {
    "refresh-without-concurrently": (
        "Nobody can read the view while it is computed.",
        "# In a revision of its own; the view needs a unique index:\n$concurrently",
    ),
    "backfill-with-ddl": (
        "The locks of the revision's other statements are held until all rows are done.",
        "# In a later revision of its own, in batches of one transaction each:\n$backfill",
    ),
    "json-column": (
        "json has no equality, so DISTINCT and GROUP BY fail, and no index; changing it later "
        "rewrites the table.",
        "# Instead of sa.JSON():\nfrom sqlalchemy.dialects import postgresql\n$jsonb",
    ),
    "lock-table": (
        "The lock is held until the revision ends, and everybody waits for it.",
        "# Leave it out: each statement takes the lock that it needs.",
    ),
    "vacuum-full": (
        "It rewrites the table; nobody can use it meanwhile.",
        "# In a revision of its own. It makes the space usable again without giving it back:\n"
        'with op.get_context().autocommit_block():\n    op.execute("VACUUM $table_sql")',
    ),
    "cluster": (
        "It rewrites the table; nobody can use it meanwhile.",
        "# Leave it out, or run pg_repack outside the migrations.",
    ),
    "transaction-control": (
        "Alembic begins and commits each revision's transaction.",
        "# Leave it out. What must run by itself goes into\n"
        "# `with op.get_context().autocommit_block():`.",
    ),
    "do-block": (
        "What a DO block runs is not checked.",
        "# Write its statements as operations; or, if you have checked them, add:\n"
        'lint_ignore = {"do-block": "checked: it locks nothing for long"}',
    ),
    "syntax-error": (
        "squawk cannot read the statement, so it is not checked.",
        '# If you have checked it, add:\nlint_ignore = {"syntax-error": "checked by hand"}',
    ),
    "unconfirmed-rename": (
        "$fragment: if it is a rename, drop and add lose the rows.",
        "# If it is one, delete this file and run: $revision\n# If not, delete the comment.",
    ),
    "write-by-hand": (
        "Not written yet: $fragment",
        "# Write it, then delete the comment.",
    ),
    "empty-downgrade": (
        "upgrade() does something and downgrade() does not undo it.",
        "# Undo it in reverse order; or, if that is impossible, say so:\n"
        'raise NotImplementedError("The rows are gone; restore a backup.")',
    ),
    "imports-models": (
        "It imports $fragment, which will change; what this revision does must not.",
        "# Describe in the revision what it needs, as it is now:\n"
        'posts = sa.table("posts", sa.column("id"), sa.column("title"))',
    ),
    "ignore-without-reason": (
        "lint_ignore needs a code and a reason for each thing to ignore, written out.",
        '# Say why it is safe here:\nlint_ignore = {"ban-drop-column": "nothing reads it"}',
    ),
    "unused-ignore": (
        "Nothing in this revision has the code $fragment.",
        "# Delete it from lint_ignore.",
    ),
}


def variant(code: str, fragment: str) -> str:
    """Return the recipe's key: one code can have several, depending on the clause."""
    words = fragment.upper()
    if code == "adding-field-with-default" and ("GENERATED " in words or words.endswith("SERIAL")):
        return f"{code}, computed"
    if code == "constraint-missing-not-valid" and words.startswith("VALIDATE"):
        return f"{code}, validated"
    if code == "constraint-missing-not-valid" and " EXCLUDE " in words:
        return f"{code}, exclusion"
    return code
