"""Revisions that lock or break a live service, each with a recipe that can be run."""

from workflow.linting.revision import Revision

HOSTILE = {
    "a required column": Revision("""
op.add_column(
    "posts", sa.Column("a", sa.Integer()))
op.add_column(  # <- adding-required-field
    "posts",
    sa.Column("b", sa.BigInteger(), nullable=False),
)
"""),
    "a required column of text in a table with an odd name": Revision("""
op.add_column("Odd: 100%", sa.Column("c d", sa.Text(), nullable=False))  # <- adding-required-field
"""),
    "a volatile default": Revision("""
now = sa.text("clock_timestamp()")
op.add_column(  # <- adding-field-with-default
    "posts", sa.Column("at", sa.DateTime(timezone=True), server_default=now, nullable=False))
"""),
    "a computed column": Revision("""
op.add_column(  # <- adding-field-with-default
    "posts", sa.Column("twice", sa.BigInteger(), sa.Computed("score * 2", persisted=True)))
"""),
    "NOT NULL": Revision("""
op.alter_column("posts", "score", nullable=False)  # <- adding-not-nullable-field
"""),
    "NOT NULL in raw SQL with odd names": Revision("""
op.execute(  # <- adding-not-nullable-field
    'ALTER TABLE public."Odd\\\\: 100%" ALTER COLUMN "a b" SET NOT NULL')
"""),
    "a foreign key": Revision("""
op.create_foreign_key(  # <- adding-foreign-key-constraint
    op.f("fk_posts_user_id_users"), "posts", "users", ["user_id"], ["id"], ondelete="CASCADE")
"""),
    "a foreign key in raw SQL": Revision("""
op.execute(  # <- adding-foreign-key-constraint
    "ALTER TABLE posts ADD CONSTRAINT fk FOREIGN KEY (user_id) REFERENCES users (id)")
"""),
    "a check": Revision("""
op.create_check_constraint(  # <- constraint-missing-not-valid
    op.f("ck_posts_body"), "posts", "body <> '100%'")
"""),
    "a unique constraint": Revision("""
op.create_unique_constraint(  # <- disallowed-unique-constraint
    op.f("uq_posts_slug_title"), "posts", ["slug", "title"])
"""),
    "an index": Revision("""
op.create_index(  # <- require-concurrent-index-creation
    op.f("ix_posts_title"), "posts", ["title"], unique=True)
"""),
    "an index in raw SQL": Revision("""
op.execute("CREATE INDEX ix_posts_title ON posts (title)")  # <- require-concurrent-index-creation
"""),
    "an index in raw SQL with a colon": Revision("""
op.execute(  # <- require-concurrent-index-creation
    "CREATE INDEX ix ON posts (title) WHERE title <> ' \\\\:x 5%'")
"""),
    "an index dropped": Revision("""
op.drop_index("ix_posts_score", table_name="posts")  # <- require-concurrent-index-deletion
"""),
    "REINDEX": Revision("""
op.execute("REINDEX TABLE posts")  # <- require-concurrent-reindex
"""),
    "a materialized view refreshed": Revision("""
op.execute("REFRESH MATERIALIZED VIEW scores")  # <- refresh-without-concurrently
"""),
    "a partition detached": Revision("""
op.execute("ALTER TABLE logs DETACH PARTITION logs_old")  # <- require-concurrent-partition-detach
"""),
    "another type": Revision("""
op.alter_column("posts", "user_id", type_=sa.Numeric())  # <- changing-column-type
"""),
    "a column renamed": Revision("""
op.alter_column("posts", "slug", new_column_name="path")  # <- renaming-column
"""),
    "a table renamed": Revision("""
op.rename_table("posts", "articles")  # <- renaming-table
"""),
    "a column dropped": Revision('op.drop_column("posts", "user_id")  # <- ban-drop-column'),
    "a table dropped": Revision('op.drop_table("users")  # <- ban-drop-table'),
    "a view dropped": Revision('op.execute("DROP VIEW titles")  # <- ban-drop-view'),
    "an enum value renamed": Revision("""
op.execute("ALTER TYPE mood RENAME VALUE 'bad' TO 'worse'")  # <- enum-value-gone
"""),
    "a constraint dropped": Revision("""
op.drop_constraint("uq_posts_slug", "posts")  # <- ban-drop-constraint
"""),
    "a backfill among the schema's changes": Revision("""
op.add_column("posts", sa.Column("rank", sa.Integer()))
op.execute("UPDATE posts SET slug = title WHERE score > 1")  # <- backfill-with-ddl
"""),
    "DELETE among the schema's changes": Revision("""
op.execute("DELETE FROM posts WHERE score = 2")  # <- backfill-with-ddl
op.add_column("posts", sa.Column("rank", sa.Integer()))
"""),
    "INSERT SELECT among the schema's changes": Revision("""
op.add_column("posts", sa.Column("rank", sa.Integer()))
op.execute(  # <- backfill-with-ddl
    "INSERT INTO users (id) SELECT id + 10 FROM posts ON CONFLICT DO NOTHING")
"""),
    "WITH among the schema's changes": Revision("""
op.add_column("posts", sa.Column("rank", sa.Integer()))
op.execute(  # <- backfill-with-ddl
    "WITH t AS (SELECT 1 AS id) UPDATE posts SET score = 1 FROM t WHERE t.id = posts.id")
"""),
    "json": Revision("""
op.add_column("posts", sa.Column("data", sa.JSON()))  # <- json-column
"""),
    "timestamp": Revision("""
op.create_table(  # <- prefer-timestamp-tz
    "things", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("at", sa.DateTime()))
"""),
    "LOCK": Revision("""
op.execute("LOCK TABLE posts IN EXCLUSIVE MODE")  # <- lock-table
"""),
    "VACUUM FULL": Revision("""
with op.get_context().autocommit_block():
    op.execute("VACUUM (ANALYZE, FULL) posts")  # <- vacuum-full
"""),
    "TRUNCATE CASCADE": Revision("""
op.execute("TRUNCATE posts")  # <- truncate
"""),
    "a DO block": Revision('''
op.execute("""DO $$ BEGIN UPDATE posts SET score = 3; END $$""")  # <- backfill-at-once
'''),
    "a default that rows rely on dropped": Revision("""
op.alter_column("users", "state", server_default=None)  # <- ban-drop-default
"""),
    "a numeric of another scale": Revision("""
op.alter_column("posts", "price", type_=sa.Numeric(10, 4))  # <- changing-column-type
"""),
    "a type with USING": Revision("""
op.execute(  # <- changing-column-type
    "ALTER TABLE posts ALTER user_id TYPE text USING (user_id * 2)::text,"
    " ALTER body SET DEFAULT ''")
"""),
    "a primary key of a column that can be NULL": Revision("""
op.create_primary_key("pk_tallies", "tallies", ["post_id"])  # <- adding-primary-key
"""),
    "an exclusion constraint": Revision("""
op.execute(  # <- constraint-missing-not-valid
    "ALTER TABLE posts ADD CONSTRAINT ex EXCLUDE USING btree (title WITH =)")
"""),
    "a constraint of a domain": Revision("""
op.execute(  # <- domain-constraint
    "ALTER DOMAIN code ADD CONSTRAINT short CHECK (length(VALUE) < 40)")
"""),
    "an identity column": Revision("""
op.add_column(  # <- adding-field-with-default
    "posts", sa.Column("number", sa.BigInteger(), sa.Identity(), nullable=False))
"""),
    "a unique index dropped": Revision("""
with op.get_context().autocommit_block():
    op.execute("DROP INDEX CONCURRENTLY ix_posts_score_id")  # <- ban-drop-constraint
"""),
    "a partition attached": Revision(
        """
op.execute(  # <- partition-attached
    "ALTER TABLE logs ATTACH PARTITION logs_new FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')")
""",
        'op.execute("ALTER TABLE logs DETACH PARTITION logs_new")',
    ),
    "an UPDATE of all rows": Revision("""
op.execute(  # <- backfill-at-once
    "UPDATE posts AS p SET title = trim(p.title), slug = lower(p.slug)")
"""),
    "an UPDATE of all rows outside the transaction": Revision("""
with op.get_context().autocommit_block():
    op.execute("UPDATE tallies SET clicks = 0")  # <- backfill-at-once
"""),
    "a function that updates all rows": Revision("""
op.execute("SELECT publish()")  # <- backfill-at-once
"""),
    "DELETE of all rows": Revision("""
op.execute(sa.delete(sa.table("tallies")))  # <- backfill-at-once
"""),
    "rows counted under a lock": Revision(
        """
op.execute("ALTER TABLE users ADD COLUMN name text")
op.execute("SELECT count(*) FROM posts")  # <- reads-under-lock
""",
        'op.drop_column("users", "name")',
    ),
    "a new table with a foreign key filled from the old one": Revision(
        """
op.execute("CREATE TABLE tags (post_id bigint PRIMARY KEY REFERENCES posts)")
op.execute("INSERT INTO tags SELECT id FROM posts")  # <- reads-under-lock
""",
        'op.drop_table("tags")',
    ),
    "CONCURRENTLY in the transaction": Revision(
        """
op.create_index("ix", "posts", ["title"], postgresql_concurrently=True)  # <- runs-alone
""",
        'op.drop_index("ix")',
    ),
    "lock_timeout switched off": Revision(
        """
op.execute("SET lock_timeout = 0")
op.add_column("posts", sa.Column("a", sa.Integer()))  # <- lock-timeout-off
""",
        'op.drop_column("posts", "a")',
    ),
    "a long lock_timeout": Revision(
        """
op.execute(  # <- lock-timeout-off
    "SET LOCAL lock_timeout = '5min'; ALTER TABLE posts ADD COLUMN a text")
""",
        'op.drop_column("posts", "a")',
    ),
    "sleep": Revision(
        """
op.add_column("posts", sa.Column("a", sa.Integer()))
op.execute("SELECT pg_sleep(0.01)")  # <- sleep
""",
        'op.drop_column("posts", "a")',
    ),
    "COMMIT": Revision(
        """
op.add_column("posts", sa.Column("a", sa.Integer()))
op.execute("COMMIT")  # <- transaction-control
""",
        'op.drop_column("posts", "a")',
    ),
    "row level security off": Revision(
        """
op.execute("ALTER TABLE secrets DISABLE ROW LEVEL SECURITY")  # <- row-security
""",
        'op.execute("ALTER TABLE secrets ENABLE ROW LEVEL SECURITY")',
    ),
    "row level security on": Revision(
        """
op.execute("ALTER TABLE users ENABLE ROW LEVEL SECURITY")  # <- row-security
""",
        'op.execute("ALTER TABLE users DISABLE ROW LEVEL SECURITY")',
    ),
    "a trigger off": Revision(
        """
op.execute("ALTER TABLE posts DISABLE TRIGGER ALL")  # <- trigger-off
""",
        'op.execute("ALTER TABLE posts ENABLE TRIGGER ALL")',
    ),
    "triggers off for the session": Revision("""
op.execute("SET LOCAL session_replication_role = replica")  # <- triggers-off
op.execute("INSERT INTO users (id) VALUES (70)")
"""),
    "a right revoked": Revision(
        """
op.execute("REVOKE INSERT ON posts FROM PUBLIC")  # <- revoke
""",
        'op.execute("GRANT INSERT ON posts TO PUBLIC")',
    ),
    "a sequence restarted": Revision("""
op.execute("ALTER SEQUENCE numbers RESTART WITH 1")  # <- sequence-restarted
"""),
    "a type renamed": Revision(
        """
op.execute("ALTER TYPE mood RENAME TO temper")  # <- ban-drop-type
""",
        'op.execute("ALTER TYPE temper RENAME TO mood")',
    ),
    "a table in another schema": Revision(
        """
op.execute("CREATE SCHEMA archive")
op.execute("ALTER TABLE tallies SET SCHEMA archive")  # <- renaming-table
""",
        'op.execute("ALTER TABLE archive.tallies SET SCHEMA public; DROP SCHEMA archive")',
    ),
    "a column that a view no longer has": Revision("""
op.execute("DROP VIEW titles; CREATE VIEW titles AS SELECT slug FROM posts")  # <- ban-drop-column
"""),
    "a table unlogged": Revision(
        """
op.execute("ALTER TABLE tallies SET UNLOGGED")  # <- table-changed table-rewrite
""",
        'op.execute("ALTER TABLE tallies SET LOGGED")',
    ),
}
