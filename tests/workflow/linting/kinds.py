"""Further kinds of dangers, each beside what is like it and safe, as one history.

Each is one line or two, in the order in which they run; `# <- code` is what is to be found there.
"""

from workflow.linting.revision import Revision

_BODIES = {
    "a join that reads all of the other table": """
op.execute(  # <- backfill-at-once
    "UPDATE users SET email = '' FROM posts WHERE posts.user_id = users.id")
""",
    "MERGE": """
op.execute("MERGE INTO users u USING posts p ON u.id = p.user_id"  # <- backfill-at-once
    " WHEN MATCHED THEN UPDATE SET email = '' WHEN NOT MATCHED THEN DO NOTHING")
""",
    "DELETE of what a subselect finds": """
op.execute(  # <- backfill-at-once
    "DELETE FROM coded WHERE id IN (SELECT post_id FROM tallies)")
""",
    "WITH and UPDATE": """
op.execute("WITH t AS (SELECT user_id FROM posts) "  # <- backfill-at-once
    "UPDATE users SET email = '' FROM t WHERE t.user_id = users.id")
""",
    "one row, with a value from a table that is read": """
op.execute("UPDATE posts SET body = (SELECT max(email) FROM users) WHERE id = 1")
""",
    "a loop over all rows": """
for (number,) in op.get_bind().execute(sa.text("SELECT id FROM posts")).all():
    op.execute(f"UPDATE posts SET body = title WHERE id = {number}")  # <- backfill-at-once
""",
    "rows changed in Python": """
things = sa.table("coded", sa.column("id"), sa.column("code"))
for row in op.get_bind().execute(sa.select(things)).all():
    update = things.update().where(things.c.id == row.id)
    op.get_bind().execute(update, {"code": "x"})  # <- backfill-at-once
""",
    "a loop over rows in transactions of their own": """
with op.get_context().autocommit_block():
    for (number,) in op.get_bind().execute(sa.text("SELECT id FROM posts")).all():
        op.execute(f"UPDATE posts SET body = title WHERE id = {number}")
""",
    "another condition under the old name": """
op.execute("ALTER TABLE posts DROP CONSTRAINT ck_posts_score,"  # <- constraint-missing-not-valid
    " ADD CONSTRAINT ck_posts_score CHECK (score >= 0)")
""",
    "the same as NOT VALID": """
op.execute("ALTER TABLE posts DROP CONSTRAINT ck_posts_score,"
    " ADD CONSTRAINT ck_posts_score CHECK (score > -1) NOT VALID")
""",
    "a check in other words, since a column is renamed": """
op.execute("ALTER TABLE posts RENAME score TO points")  # <- renaming-column
""",
    "and back": """
op.execute("ALTER TABLE posts RENAME points TO score")  # <- renaming-column
""",
    "a foreign key that is not valid": """
op.create_foreign_key("fk", "posts", "users", ["user_id"], ["id"], postgresql_not_valid=True)
""",
    "triggers and foreign keys switched off": """
op.execute("ALTER TABLE posts DISABLE TRIGGER ALL")  # <- trigger-off trigger-off
""",
    "and on": """
op.execute("ALTER TABLE posts ENABLE TRIGGER ALL")
""",
    "a rule": """
op.execute("CREATE RULE quiet AS ON DELETE TO users DO INSTEAD NOTHING")  # <- rewrite-rule
""",
    "a rule gone": """
op.execute("DROP RULE quiet ON users")  # <- renaming-object
""",
    "a policy that says something else": """
op.execute("ALTER POLICY own ON secrets USING (true)")  # <- row-security
""",
    "rows of the owner, too": """
op.execute("ALTER TABLE secrets FORCE ROW LEVEL SECURITY")  # <- row-security
""",
    "no replica identity": """
op.execute("ALTER TABLE posts REPLICA IDENTITY NOTHING")  # <- table-changed
""",
    "a publication": """
op.execute("CREATE PUBLICATION feed FOR TABLE posts, users")  # <- published-without-key
""",
    "a publication of less": """
op.execute("ALTER PUBLICATION feed DROP TABLE users")  # <- table-changed
""",
    "a sequence that counts otherwise": """
op.execute("ALTER SEQUENCE numbers INCREMENT 5")  # <- sequence-changed
""",
    "a sequence with a cache": """
op.execute("ALTER SEQUENCE numbers CACHE 50")
""",
    "a number set": """
op.execute("SELECT setval('numbers', 1)")  # <- sequence-restarted
""",
    "a number set to what is beyond all": """
op.execute("SELECT setval('numbers', (SELECT coalesce(max(id), 1) FROM posts))")
""",
    "a setting for others": """
op.execute("DO $$ BEGIN EXECUTE format("  # <- outside-the-schema
    "'ALTER DATABASE %I SET work_mem = ''8MB''', current_database()); END $$")
""",
    "triggers off and on for the session": """
op.execute("SET session_replication_role = replica")  # <- triggers-off
op.execute("SET session_replication_role = DEFAULT")
""",
    "rights for more": """
op.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC")
""",
    "rights for fewer": """
op.execute("REVOKE SELECT ON users FROM PUBLIC")  # <- revoke
""",
    "what the planner and the storage are told": """
op.execute("ALTER TABLE posts ALTER title SET STATISTICS 500, SET (fillfactor = 80)")
op.execute("ALTER TABLE posts ALTER body SET STORAGE EXTERNAL")
op.execute("CREATE STATISTICS s ON id, score FROM posts")
""",
    "a function and a trigger replaced": """
op.execute("CREATE OR REPLACE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql"
    " AS 'BEGIN RETURN OLD; END'")
op.execute("CREATE OR REPLACE TRIGGER touch BEFORE UPDATE OF title ON posts"
    " FOR EACH ROW EXECUTE FUNCTION stamp()")
""",
    "a view with a column more": """
op.execute("CREATE OR REPLACE VIEW titles AS SELECT title, id FROM posts")
""",
    "a savepoint that is rolled back": """
nested = op.get_bind().begin_nested()
op.execute("CREATE INDEX ix_gone ON posts (title)")  # <- require-concurrent-index-creation
nested.rollback()
""",
    "VACUUM FULL of several": """
with op.get_context().autocommit_block():
    op.execute('VACUUM (FULL) tallies, "Odd: 100%"')  # <- vacuum-full vacuum-full
""",
    "a default that rows need not have": """
op.execute("ALTER TABLE secrets ALTER owner SET DEFAULT 'me'")
""",
    "and no default any more": """
op.execute("ALTER TABLE secrets ALTER owner DROP DEFAULT")  # <- nullable-default-gone
""",
    "locks of rows, and of one row": """
op.execute("SELECT id FROM posts FOR UPDATE")  # <- rows-locked
op.execute("DO $$ BEGIN PERFORM 1 FROM users FOR SHARE; END $$")  # <- rows-locked
op.execute("SELECT id FROM posts WHERE id = 1 FOR UPDATE")
op.execute("SELECT id FROM posts LIMIT 9 FOR UPDATE SKIP LOCKED")
""",
    "an advisory lock, and one that does not wait": """
op.get_bind().execute(sa.select(sa.func.pg_advisory_xact_lock(7)))  # <- advisory-lock
op.execute("SELECT pg_try_advisory_xact_lock(7)")
""",
    "words in strings": """
op.execute("COMMENT ON TABLE posts IS 'setval(1, 1), session_replication_role = local'")
op.execute("DO $$ BEGIN RAISE NOTICE 'pg_advisory_lock(1) FOR UPDATE'; END $$")
""",
    "a role that sees all rows": """
op.execute("ALTER ROLE CURRENT_USER BYPASSRLS")  # <- outside-the-schema
""",
    "another tablespace of an index, and of all tables": """
op.execute("ALTER INDEX ix_posts_score SET TABLESPACE pg_default")  # <- set-tablespace
op.execute(  # <- set-tablespace
    "ALTER TABLE ALL IN TABLESPACE pg_default SET TABLESPACE pg_default")
""",
    "a join that finds nothing before it comes to the table": """
op.execute("UPDATE coded SET code = u.email FROM users u "  # <- backfill-at-once
    "JOIN secrets s ON s.id = -1 WHERE u.id = coded.id")
""",
    "a trigger of replicas only": """
op.execute("ALTER TABLE posts ENABLE REPLICA TRIGGER touch")  # <- trigger-off
""",
    "a policy beside others": """
op.execute("CREATE POLICY everybody ON secrets USING (true)")  # <- row-security
""",
    "a policy of a table that has no row level security": """
op.execute("CREATE POLICY later ON users USING (true)")
""",
    "a publication of tables without what names their rows": """
op.execute(  # <- published-without-key published-without-key
    "CREATE PUBLICATION more FOR TABLE posts, tallies, users")
""",
    "a name for a required column": """
op.execute("ALTER TABLE secrets ALTER owner SET NOT NULL")  # <- adding-not-nullable-field
op.execute("ALTER TABLE secrets RENAME owner TO keeper")  # <- renaming-column
""",
    "a key of other columns under the old name": """
op.execute(  # <- adding-primary-key ban-drop-constraint
    "ALTER TABLE coded ALTER code SET NOT NULL, DROP CONSTRAINT coded_pkey,"
    " ADD CONSTRAINT coded_pkey PRIMARY KEY (id, code)")
""",
    "a default partition, and one that takes from it": """
op.execute("CREATE TABLE logs_rest PARTITION OF logs DEFAULT")
""",
    "a partition beside the default one": """
op.execute("CREATE TABLE logs_2030 PARTITION OF logs"  # <- partition-attached
    " FOR VALUES FROM ('2030-01-01') TO ('2031-01-01')")
""",
    "no expression any more": """
op.execute("ALTER TABLE tallies"  # <- adding-field-with-default
    " ADD twice int GENERATED ALWAYS AS (clicks * 2) STORED")
""",
    "and the values are not computed": """
op.execute("ALTER TABLE tallies ALTER twice DROP EXPRESSION")  # <- ban-drop-default
""",
    "a timestamp": """
op.execute("ALTER TABLE coded ADD at timestamp")  # <- prefer-timestamp-tz
""",
    "a name for a table that has one": """
op.execute("ALTER TABLE coded RENAME TO codes")  # <- renaming-table
""",
    "a stable default, and a default that others rely on less": """
op.add_column("posts", sa.Column("made", sa.DateTime(timezone=True), server_default=sa.func.now()))
op.alter_column("posts", "made", server_default=None)
""",
}

CHAIN = {name: Revision(body) for name, body in _BODIES.items()}
