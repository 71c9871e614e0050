"""Projects that earlier versions made, and that went on, get what is in the template now."""

import json
import re
from pathlib import Path

import pytest
from baking import Project
from released import UPDATED_FROM, repository_with_history, versions
from running import stop_postgres, succeed
from updating import commit_all, create, cruft, git

pytestmark = pytest.mark.installs

STARTERS = ("blog", "users", "blank")
HISTORY = versions(UPDATED_FROM)
MODEL = '''"""Comments on whatever the service is about."""

from datetime import datetime

from sqlalchemy import DateTime, Identity, String, func
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class Comment(Base):
    """A comment."""

    __tablename__ = "comments"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    content: Mapped[str] = mapped_column(String(2000), index=True)
    created_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
'''
ROUTER = '''"""Comments."""

from collections.abc import Sequence

from fastapi import APIRouter
from sqlalchemy import select

from app.database import SessionDep
from app.models.comment import Comment
from app.routing import SessionRoute

router = APIRouter(prefix="/comments", tags=["comments"], route_class=SessionRoute)


@router.get("", response_model=list[str])
def list_comments(session: SessionDep) -> Sequence[str]:
    """Return the newest comments."""
    return session.scalars(select(Comment.content).order_by(Comment.id.desc()).limit(20)).all()
'''
REVISION = '''"""Create comments."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
IMPORT
revision: str = "0c0ffee0c0ff"
down_revision: str | Sequence[str] | None = PARENT
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "comments",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("content", sa.String(length=2000), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
    )
    create_index_concurrently("ix_comments_content", "comments", ["content"])


def downgrade() -> None:
    drop_index_concurrently("ix_comments_content", "comments")
    op.drop_table("comments")
'''
TEST = '''"""Tests of the comments."""

from fastapi.testclient import TestClient


def test_there_is_no_comment_yet(client: TestClient) -> None:
    assert client.get("/comments").json() == []
'''
OWN_REVISION = "migrations/versions/2026_06_01_0900-0c0ffee0c0ff_create_comments.py"
MODULE = "from alembic_workflow import"
OLD_IMPORT = """
from migrations.workflow.indexes import create_index_concurrently, drop_index_concurrently
"""
NEW_IMPORT = "from alembic_workflow import create_index_concurrently, drop_index_concurrently\n"


def write(project: Project, name: str, text: str) -> None:
    """Write a file of the project."""
    (project.path / name).write_text(text, encoding="utf-8")


def insert(project: Project, name: str, before: str, text: str) -> None:
    """Insert lines before one that is in the file."""
    old = project.text(name)
    assert old.count(before) == 1
    write(project, name, old.replace(before, text + before))


def go_on_with(project: Project) -> None:
    """Add a resource, a setting, a dependency, a target and a chapter, as an owner does."""
    files = sorted((project.path / "migrations/versions").glob("*.py"))
    heads = re.findall(r"-([0-9a-f]{12})_", files[-1].name) if files else []
    had_tooling = (project.path / "migrations/workflow").is_dir()
    revision = REVISION.replace("IMPORT", OLD_IMPORT if had_tooling else NEW_IMPORT)
    write(project, OWN_REVISION, revision.replace("PARENT", f'"{heads[0]}"' if heads else "None"))
    write(project, "app/models/comment.py", MODEL)
    write(project, "app/routers/comments.py", ROUTER)
    write(project, "tests/test_comments.py", TEST)
    insert(project, "app/config.py", "    log_level:", "    comments_per_page: int = 20\n")
    insert(project, ".env.example", "# DEBUG, INFO,", "# COMMENTS_PER_PAGE=20\n\n")
    insert(project, "pyproject.toml", '    "pydantic-settings>=', '    "pydantic>=2",\n')
    insert(project, "Makefile", "##@ Set up", "hello: ## Say hello\n\t@echo hello\n\n")
    insert(project, "README.md", "## Run it\n", "Acme answers questions.\n\n")
    (project.path / ".pre-commit-config.yaml").unlink()
    commit_all(project.path)


def do_what_the_changelog_says_before(project: Project) -> None:
    """Keep cruft away from revisions."""
    if "[tool.cruft]" not in project.text("pyproject.toml"):
        link = json.loads(project.text(".cruft.json"))
        write(project, ".cruft.json", json.dumps(link | {"skip": ["migrations/versions"]}))
        commit_all(project.path)


def do_what_the_changelog_says_after(project: Project) -> None:
    """Import from where things are now."""
    for path in (project.path / "migrations/versions").glob("*.py"):
        path.write_text(
            re.sub(r"from migrations\.workflow\.\w+ import", MODULE, path.read_text("utf-8")),
            encoding="utf-8",
        )
    router = project.text("app/routers/comments.py")
    moved = router.replace("from app.routing import", "from app.database import")
    write(project, "app/routers/comments.py", moved)
    succeed(project.path, "format")


@pytest.mark.skipif(not HISTORY, reason="needs the history of the template")
@pytest.mark.parametrize("starter", STARTERS)
@pytest.mark.parametrize("version", HISTORY)
def test_a_project_that_went_on_can_be_updated(version: str, starter: str, tmp_path: Path) -> None:
    template = repository_with_history(tmp_path / "template")
    project = create(template, tmp_path, "--checkout", version, starter=starter)
    go_on_with(project)
    do_what_the_changelog_says_before(project)
    revisions = texts(project)

    update = cruft("update", "--skip-apply-ask", "--project-dir", str(project.path))

    assert update.returncode == 0, update.stderr
    assert git(project.path, "ls-files", "--others", "--unmerged") == "", update.stderr
    assert texts(project) == revisions
    do_what_the_changelog_says_after(project)
    try:
        succeed(project.path, "lint")
        succeed(project.path, "check")
        if starter == STARTERS[0]:
            succeed(project.path, "test", "args=-n 2")
    finally:
        stop_postgres(project)


def texts(project: Project) -> dict[str, str]:
    """Return what each revision says."""
    names = [name for name in project.files() if name.startswith("migrations/versions/")]
    return {name: project.text(name) for name in names}
