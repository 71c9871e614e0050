"""Revisions that follow one another, each with a recipe that has to run as it is printed."""

from workflow.linting.revision import Revision

FURTHER = {
    "a primary key of another type": Revision(
        'op.alter_column("coded", "id", type_=sa.Integer())',
        'op.alter_column("coded", "id", type_=sa.BigInteger())',
    ),
    "an enum that the revision makes": Revision(
        """
op.execute("CREATE TYPE states AS ENUM ('new', 'old')")
op.execute("ALTER TABLE users ALTER state DROP DEFAULT,"
    " ALTER state TYPE states USING (CASE state WHEN 'new' THEN state ELSE 'old' END)::states,"
    " ALTER state SET DEFAULT 'new'")
""",
    ),
    "an enum without a value, which rows have": Revision(
        """
op.execute("ALTER TYPE mood RENAME TO mood_before; CREATE TYPE mood AS ENUM ('good')")
op.execute("ALTER TABLE coded ALTER mood TYPE mood USING"
    " (CASE mood::text WHEN 'bad' THEN 'good' ELSE mood::text END)::mood")
op.execute("DROP TYPE mood_before")
""",
    ),
    "a check that is not valid yet": Revision(
        'op.execute("ALTER TABLE posts ADD CONSTRAINT ck CHECK (user_id IS NOT NULL) NOT VALID")',
        'op.drop_constraint("ck", "posts")',
    ),
    "NOT NULL behind it": Revision(
        'op.alter_column("posts", "user_id", nullable=False)',
        'op.alter_column("posts", "user_id", nullable=True)',
    ),
    "a transaction in the text": Revision(
        'op.execute("BEGIN; ALTER TABLE users ADD name text; COMMIT")',
        'op.drop_column("users", "name")',
    ),
    "an index made again": Revision(
        """
op.drop_index("ix_posts_score")
op.create_index("ix_posts_score", "posts", ["score", "title"])
""",
    ),
    "rows copied under a lock": Revision(
        """
op.add_column("posts", sa.Column("copied", sa.Boolean()))
op.execute("CREATE TABLE copies AS SELECT id FROM posts")
op.execute("CREATE INDEX ix_copies ON copies (id)")
""",
        'op.drop_table("copies")\n    op.drop_column("posts", "copied")',
    ),
    "rows changed by a session": Revision(
        """
op.add_column("posts", sa.Column("kind", sa.Text()))
session = Session(bind=op.get_bind())
for post in session.query(Post):
    post.kind = "essay"
session.commit()
""",
        'op.drop_column("posts", "kind")',
        module="""
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

class Base(DeclarativeBase):
    pass

class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str | None]
""",
    ),
    "the application's models": Revision(
        """
bind = op.get_bind()
tables = Base.metadata.tables
op.get_bind().execute(sa.text("INSERT INTO tallies VALUES (7, :n)"), {"n": len(tables) or 5})
op.add_column("users", sa.Column("town", sa.Text()))
""",
        'op.drop_column("users", "town")\n    op.execute("DELETE FROM tallies WHERE post_id = 7")',
        module="from app.models import Base",
    ),
    "a key of other columns": Revision(
        """
op.execute("ALTER TABLE posts DROP CONSTRAINT uq_posts_slug,"
    " ADD CONSTRAINT uq_posts_slug UNIQUE (slug, title)")
""",
    ),
    "a column of which the index and a view are named after it": Revision(
        """
op.create_index("ix_posts_price", "posts", ["price"])
op.alter_column("posts", "price", new_column_name="fee")
""",
        'op.alter_column("posts", "fee", new_column_name="price")\n'
        '    op.drop_index("ix_posts_price")',
    ),
    "a type below a view": Revision(
        """
op.execute("DROP VIEW titles")
op.alter_column("posts", "title", type_=sa.Text(), postgresql_using="lower(title)")
op.execute("CREATE VIEW titles AS SELECT title FROM posts")
""",
    ),
    "a default by a function that the revision makes": Revision(
        """
op.execute("CREATE FUNCTION token() RETURNS text LANGUAGE sql AS 'SELECT random()::text'")
op.add_column("users", sa.Column("token", sa.Text(), server_default=sa.text("token()")))
""",
    ),
    "rows changed before they are required": Revision(
        """
op.execute("UPDATE posts SET score = 1 WHERE score IS NULL")
op.alter_column("posts", "score", nullable=False)
""",
    ),
    "a lock that waits": Revision('op.execute("SELECT pg_advisory_xact_lock(5)")', "pass"),
    "rows locked": Revision(
        """
op.get_bind().execute(sa.text("SELECT id FROM posts FOR UPDATE OF posts NOWAIT")).all()
""",
        "pass",
    ),
    "types of a new table that have better ones": Revision(
        """
op.create_table("visits", sa.Column("at", sa.TIMESTAMP), sa.Column("by", sa.JSON))
""",
        'op.drop_table("visits")',
    ),
    "VACUUM FULL of several": Revision(
        """
with op.get_context().autocommit_block():
    op.execute('VACUUM (FULL, ANALYZE) tallies, "Odd: 100%"')
""",
        "pass",
    ),
}
