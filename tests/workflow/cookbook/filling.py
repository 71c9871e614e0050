"""Rows for the tables of the service in which the cookbook is followed."""

from workflow.workbench import MAY_STOP, RUNS_ON, Workbench

FILL = """
INSERT INTO users (email, hashed_password)
SELECT 'user' || n || '@example.com', 'x' FROM generate_series(1, :rows / 20) AS n;
INSERT INTO posts (title, content, owner_id)
SELECT 'Post ' || n, 'Text of post ' || n, 1 + n % (:rows / 20) FROM generate_series(1, :rows) AS n;
INSERT INTO votes (post_id, user_id)
SELECT n, 1 + (n * 7) % (:rows / 20) FROM generate_series(1, :rows) AS n;
"""


def fill(project: Workbench, rows: int) -> None:
    """Put so many posts, each with a vote, into the tables of a service that does not stop."""
    settings = project.path / "alembic.ini"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace(MAY_STOP, RUNS_ON), encoding="utf-8")
    project.sql(FILL.replace(":rows", str(rows)), "VACUUM ANALYZE")
    project.keep()
