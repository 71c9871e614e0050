"""Revisions with advice in words, or advice that depends on what is meant."""

from workflow.linting.revision import Revision

OTHERS = {
    "validated in the revision that adds it": Revision("""
op.create_check_constraint(op.f("ck_posts_body"), "posts", "body <> ''", postgresql_not_valid=True)
op.execute("ALTER TABLE posts VALIDATE CONSTRAINT ck_posts_body")  # <- constraint-missing-not-valid
"""),
    "a table made again": Revision("""
op.execute("DROP TABLE users; CREATE TABLE users (id bigint)")  # <- ban-drop-table
"""),
    "a table of the same name in another schema": Revision("""
op.execute("CREATE SCHEMA archive; CREATE TABLE archive.users (email text)")
op.execute("ALTER TABLE users DROP COLUMN email")  # <- ban-drop-column
"""),
    "several tables at once": Revision("""
op.execute("CREATE TABLE tags (id bigint)")
op.execute("DROP TABLE tags, public.users")  # <- ban-drop-table
"""),
    "CLUSTER": Revision("""
op.execute("CLUSTER posts USING posts_pkey")  # <- cluster
"""),
    "a comment says that a rename is unconfirmed": Revision("""
# Unconfirmed rename: posts.title -> posts.headline  # <- unconfirmed-rename
# If it is one, delete this file
pass
"""),
    "a comment says what is missing": Revision(
        "# Write by hand: trigger t  # <- write-by-hand\npass"
    ),
    "NULL allowed": Revision("""
op.alter_column("posts", "body", nullable=True)  # <- ban-drop-not-null
"""),
    "a check dropped": Revision("""
op.drop_constraint("ck_posts_score", "posts")  # <- drop-check
"""),
    "several tables locked": Revision("""
op.add_column("posts", sa.Column("a", sa.Integer()))
op.add_column("users", sa.Column("a", sa.Integer()))  # <- several-tables
"""),
    "several tables locked one after the other": Revision("""
op.add_column("posts", sa.Column("a", sa.Integer()))
op.add_column("users", sa.Column("a", sa.Integer()))  # <- several-tables
op.add_column("coded", sa.Column("a", sa.Integer()))
"""),
    "a table that goes after its index": Revision("""
op.drop_index("ix_posts_score", table_name="posts")
op.execute("DROP TABLE posts CASCADE")  # <- ban-drop-table ban-drop-view ban-drop-view
"""),
    "a column that goes after its constraint and before its type": Revision("""
op.drop_constraint("uq_posts_slug", "posts")
op.drop_column("posts", "slug")  # <- ban-drop-column
op.drop_column("coded", "mood")  # <- ban-drop-column several-tables
op.execute("DROP TYPE mood")
"""),
    "a constraint that goes from a column that has another name": Revision("""
op.alter_column("posts", "slug", new_column_name="path")  # <- renaming-column
op.drop_constraint("uq_posts_slug", "posts")  # <- ban-drop-constraint
"""),
    "a long wait that several statements have": Revision("""
op.execute("SET lock_timeout = 0")
op.add_column("posts", sa.Column("a", sa.Integer()))  # <- lock-timeout-off
op.add_column("posts", sa.Column("b", sa.Integer()))
"""),
    "a branch with several operations that did not run": Revision("""
if op.get_bind().scalar(sa.text("SELECT count(*) FROM posts")) > 1000:
    op.execute("TRUNCATE posts")  # <- not-run
    op.execute("TRUNCATE users")
"""),
    "a branch that did not run": Revision("""
if op.get_bind().scalar(sa.text("SELECT count(*) FROM posts")) > 1000:
    op.execute(sa.text("TRUNCATE posts"))  # <- not-run
"""),
    "a branch that runs only for rows": Revision("""
if op.get_bind().scalar(sa.text("SELECT count(*) FROM posts")):
    op.execute("TRUNCATE posts")  # <- truncate
"""),
    "refused with rows and without": Revision("""
op.execute("SELECT 1 / 0")  # <- refused
"""),
    "several in one text": Revision('''
op.execute(  # <- ban-drop-column ban-drop-table ban-drop-view
    """
    ALTER TABLE posts DROP COLUMN title CASCADE; -- DROP VIEW titles;
    /* DROP SCHEMA; */ DROP TABLE users;
    COMMENT ON TABLE posts IS 'ALTER TABLE posts RENAME TO x;'
    """
)
'''),
    "a function of the revision's own": Revision("""
def remove(name):
    op.drop_column("posts", name)  # <- ban-drop-column

remove("slug")
"""),
    "after other letters": Revision("""
op.execute(  # <- ban-drop-table
    "SELECT 'ééééééééééé\\néééééééééééé'; DROP TABLE users; CREATE TABLE t (id bigint)")
"""),
    "the application's models": Revision(
        module="from app.models import Base  # <- imports-models\nimport json"
    ),
    "the application within a function": Revision("import app.config  # <- imports-models"),
    "an empty downgrade": Revision(
        """op.execute("COMMENT ON TABLE posts IS 'x'")""",
        '"""Nothing."""',
        ends="def downgrade():  # <- empty-downgrade",
    ),
    "an ignore without a reason": Revision(
        'op.drop_column("posts", "slug")  # <- ban-drop-column',
        module="""lint_ignore = {
    "ban-drop-column": " ",  # <- ignore-without-reason
    "renaming-table": 1,  # <- ignore-without-reason
}""",
    ),
    "an ignore that is computed": Revision(
        module="lint_ignore = dict(a=1 / 1)  # <- ignore-without-reason"
    ),
    "an ignore that ignores nothing": Revision(
        'op.drop_column("posts", "slug")',
        module="""lint_ignore = {
    "ban-drop-column": "nothing reads it",
    "renaming-table": "why not",  # <- unused-ignore
}""",
    ),
    "an ignore of another code": Revision(
        'op.drop_column("posts", "slug")  # <- ban-drop-column',
        module='lint_ignore = {"ban-drop-table": "x"}  # <- unused-ignore',
    ),
}
