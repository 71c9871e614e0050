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
op.execute("ALTER TYPE mood RENAME VALUE 'bad' TO 'worse'")  # <- renaming-object
"""),
    "a constraint dropped": Revision("""
op.drop_constraint("ck_posts_score", "posts")  # <- ban-drop-constraint
"""),
    "NULL allowed": Revision("""
op.alter_column("posts", "body", nullable=True)  # <- ban-drop-not-null
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
op.execute("INSERT INTO users (id) SELECT id + 10 FROM posts")  # <- backfill-with-ddl
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
op.execute("TRUNCATE posts CASCADE")  # <- ban-truncate-cascade
"""),
    "a DO block": Revision('''
op.execute("""DO $$ BEGIN UPDATE posts SET score = 3; END $$""")  # <- do-block
'''),
}
