"""Recipes that are printed for some of the revisions, below the reasons."""

RECIPES = {
    "an index": """
# In a revision of its own:
from alembic_workflow import create_index_concurrently
create_index_concurrently(op.f("ix_posts_title"), "posts", ["title"], unique=True)""",
    "a required column": """
# 1. This revision; then deploy an application that writes it:
op.add_column("posts", sa.Column("b", sa.BigInteger()))
# 2. The next one, with your value:
from alembic_workflow import backfill
backfill("posts", {"b": "0"}, where="b IS NULL")
# 3. After it:
op.create_check_constraint(
    op.f("ck_posts_b_not_null"), "posts", "b IS NOT NULL", postgresql_not_valid=True
)
# 4. A later revision:
op.execute("ALTER TABLE posts VALIDATE CONSTRAINT ck_posts_b_not_null")
op.alter_column("posts", "b", nullable=False)
op.drop_constraint(op.f("ck_posts_b_not_null"), "posts", type_="check")""",
    "a computed column": """
# 1. A plain column; the application, or a trigger, writes it:
op.add_column("posts", sa.Column("twice", sa.BigInteger()))
# 2. The next revision, with your value:
from alembic_workflow import backfill
backfill("posts", {"twice": "0"}, where="twice IS NULL")""",
    "validated in the revision that adds it": """
# In a later revision:
op.execute("ALTER TABLE posts VALIDATE CONSTRAINT ck_posts_body")""",
    "a foreign key": """
# 1. This revision checks new rows only:
op.create_foreign_key(op.f("fk_posts_user_id_users"), "posts", "users", ["user_id"], ["id"], """
    """ondelete="CASCADE", postgresql_not_valid=True)
# 2. The next one:
op.execute("ALTER TABLE posts VALIDATE CONSTRAINT fk_posts_user_id_users")""",
    "a backfill among the schema's changes": """
# In a later revision of its own, in batches of one transaction each:
from alembic_workflow import backfill
backfill("posts", {"slug": "title"}, where="(score > 1) AND slug IS DISTINCT FROM title")""",
}
