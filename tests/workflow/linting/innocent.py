"""Revisions in which nothing is to be found."""

from workflow.linting.revision import Revision

INNOCENT = {
    "a nullable column": Revision('op.add_column("posts", sa.Column("a", sa.Integer()))'),
    "a constant default": Revision("""
op.add_column("posts", sa.Column("a", sa.Boolean(), server_default=sa.false(), nullable=False))
"""),
    "a table with all that belongs to it": Revision("""
op.create_table("tags", sa.Column("id", sa.Integer()), sa.Column("post_id", sa.BigInteger()))
op.create_index("ix_tags_post_id", "tags", ["post_id"])
op.create_unique_constraint("uq_tags_id", "tags", ["post_id"])
op.create_foreign_key("fk", "tags", "tags", ["post_id"], ["post_id"])
op.alter_column("tags", "post_id", nullable=False)
op.execute("INSERT INTO tags SELECT 1, id FROM posts")
op.execute("UPDATE tags SET id = 2")
op.execute("LOCK TABLE ONLY public.tags, \\"tags\\"")
op.drop_column("tags", "id")
"""),
    "rows found by an index": Revision("""
op.execute("UPDATE posts SET title = 'x' WHERE id = 1")
op.execute("DELETE FROM users WHERE id IN (1, 2)")
"""),
    "only rows, and no downgrade": Revision(
        """
with op.get_context().autocommit_block():
    batch = sa.text("UPDATE posts SET score = 1 WHERE id IN "
                    "(SELECT id FROM posts WHERE score IS NULL LIMIT 9)")
    while op.get_bind().execute(batch).rowcount:
        pass
""",
        "pass",
    ),
    "validated and no downgrade": Revision(
        """
op.execute("ALTER TABLE posts VALIDATE CONSTRAINT ck_posts_slug")
""",
        "pass",
    ),
    "a longer varchar, a wider numeric, text": Revision("""
op.alter_column("posts", "summary", type_=sa.String(40))
op.alter_column("posts", "price", type_=sa.Numeric(12, 2))
op.alter_column("posts", "summary", type_=sa.Text())
"""),
    "NOT NULL behind a valid check": Revision("""
op.alter_column("posts", "slug", nullable=False)
op.drop_constraint("ck_posts_slug", "posts")
"""),
    "a new table renamed": Revision("""
op.create_table("tags", sa.Column("id", sa.Integer()))
op.rename_table("tags", "labels")
op.create_index("ix_labels_id", "labels", ["id"])
"""),
    "a table renamed, with a view in its place": Revision("""
op.rename_table("tallies", "counts")
op.execute("CREATE VIEW tallies AS SELECT * FROM counts")
"""),
    "a loop over two rows, and what is only printed": Revision("""
for number in (1, 2):
    op.execute(f"UPDATE posts SET body = title WHERE id = {number}")
if op.get_context().as_sql:
    op.execute("SELECT 1")
"""),
    "a few rows among the schema's changes": Revision("""
op.add_column("users", sa.Column("name", sa.Text()))
op.bulk_insert(sa.table("users", sa.column("id")), [{"id": 5}, {"id": 6}])
op.execute("INSERT INTO users (id, email) VALUES (7, 'SELECT')")
"""),
    "a backfill in its own transactions": Revision("""
op.add_column("posts", sa.Column("rank", sa.Integer()))
backfill("posts", {"rank": "0"}, where="rank IS NULL")
"""),
    "indexes that do not block": Revision("""
create_index_concurrently("ix_posts_slug", "posts", ["slug"])
drop_index_concurrently("ix_posts_score", "posts")
"""),
    "an index in an autocommit block": Revision("""
with op.get_context().autocommit_block():
    op.create_index("ix_posts_slug", "posts", ["slug"], postgresql_concurrently=True)
"""),
    "validated in another transaction": Revision("""
op.create_check_constraint(op.f("ck"), "posts", "body <> ''", postgresql_not_valid=True)
with op.get_context().autocommit_block():
    op.execute("ALTER TABLE posts VALIDATE CONSTRAINT ck")
"""),
    "words in strings, comments and names": Revision('''
op.execute("COMMENT ON TABLE posts IS 'DROP TABLE posts; UPDATE posts'")
op.execute("SELECT 1 /* LOCK TABLE posts; */ -- CLUSTER posts;\\n")
op.execute("SELECT $a$ ; VACUUM FULL posts; $a$, E'\\\\'; DROP TABLE posts'")
op.execute("""CREATE TABLE "a; DROP TABLE posts" (json jsonb, "LOCK" text DEFAULT 'a json, b')""")
op.execute("WITH a AS (SELECT 'UPDATE posts SET title' /* DELETE FROM posts */) SELECT * FROM a")
'''),
    "percent signs, colons and parameters": Revision("""
op.execute("COMMENT ON TABLE posts IS '100% \\\\:name :: %s %(x)s'")
op.get_bind().exec_driver_sql("SELECT %s, '100%%'", ("DROP TABLE posts; '",))
op.get_bind().execute(sa.text("SELECT :a"), {"a": "it's; DROP TABLE posts"})
"""),
    "functions": Revision('''
op.execute("""
    CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $body$
    BEGIN
      UPDATE posts SET title = ''; LOCK TABLE posts; DROP TABLE users;
      RETURN NEW;
    END $body$
""")
op.execute("""
    CREATE FUNCTION clean() RETURNS void LANGUAGE sql
    BEGIN ATOMIC; UPDATE posts SET title = ''; DELETE FROM posts; END
""")
'''),
    "a DO block that only creates": Revision("""
op.execute("DO $$ BEGIN CREATE TYPE size AS ENUM ('s'); EXCEPTION WHEN others THEN NULL; END $$")
"""),
    "a constraint renamed": Revision("""
op.execute("ALTER TABLE posts RENAME CONSTRAINT ck_posts_score TO ck_posts_rank")
op.execute("ALTER INDEX ix_posts_score RENAME TO ix_posts_rank")
"""),
    "json that is no type": Revision("""
op.execute("ALTER TABLE posts ADD COLUMN json jsonb DEFAULT CAST('{}' AS json)")
op.execute("ALTER TABLE posts ADD a jsonb DEFAULT '{}'::json, ADD CHECK (a IS NOT NULL) NOT VALID")
"""),
    "nothing at all": Revision(downgrade="pass"),
    "text that looks like a comment": Revision("""
op.execute("SELECT '# Write by hand: x'")
x = '''
# Unconfirmed rename: posts.title -> posts.headline
'''
"""),
    "an ignore with a reason": Revision(
        'op.drop_column("posts", "slug")',
        module='lint_ignore = {"ban-drop-column": "nothing reads it"}',
    ),
    "an annotated ignore": Revision(
        """op.execute("COMMENT ON TABLE posts IS 'x'")""",
        "pass",
        module='lint_ignore: dict[str, str] = {"empty-downgrade": "nothing to undo"}',
    ),
}
