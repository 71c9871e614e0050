"""Every page of the cookbook can be followed while a service goes on, and back again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from documents.blocks import DocumentError

from workflow.cookbook.filling import fill
from workflow.cookbook.following import Following
from workflow.cookbook.measures import without_durations
from workflow.cookbook.pages import PAGES, Page
from workflow.workbench import Workbench

ROWS = 2000


@pytest.fixture(scope="module")
def bench(bench: Workbench) -> Workbench:
    """The service, whose tables have rows."""
    fill(bench, ROWS)
    return bench


@pytest.fixture(autouse=True)
def _no_copy_is_left(bench: Workbench) -> Iterator[None]:
    yield
    bench.sql('DROP DATABASE IF EXISTS "otherwise" WITH (FORCE)', database="postgres")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_the_service_goes_on_while_a_page_is_followed_and_undone(
    project: Workbench, path: Path
) -> None:
    page = Page(path)

    measured = Following(project, page, ROWS).follow()

    assert without_durations(measured) == without_durations(page.measures), "\n".join(measured)


WRONG = """
```sql
-- service 1
SELECT title FROM posts WHERE id = 1;
```

```python
# migrations/versions/*_first.py
{first}
```

{later}
"""
NOTHING = "def upgrade() -> None:\n    pass\n\n\ndef downgrade() -> None:\n    pass\n"
DROP = """
def upgrade() -> None:
    op.drop_column("posts", "title")


def downgrade() -> None:
    op.add_column("posts", sa.Column("title", sa.Text()))
"""
NO_WAY_BACK = """
def upgrade() -> None:
    op.execute("CREATE TABLE left_behind ()")


def downgrade() -> None:
    op.execute("SELECT 1")
"""
BY_HAND = """```sql
-- service 2
UPDATE posts SET title = 'Other' WHERE id = 1;
```

```sql
-- before version {version} comes back
UPDATE posts SET title = NULL WHERE id = 1;
```
"""
SECOND_VERSION = "```sql\n-- service 2\nSELECT headline FROM posts WHERE id = 1;\n```"


@pytest.mark.parametrize(
    ("first", "later", "reason"),
    [
        (DROP, "", 'page.md:7: while first is applied: column "title" does not exist'),
        (NOTHING, SECOND_VERSION, 'version 2 is deployed: column "headline" does not exist'),
        (NOTHING, BY_HAND.format(version=7), "page.md:22: version 7 does not come back"),
        (NOTHING, BY_HAND.format(version=1), "page.md:2: before version 1: null value in column"),
        (NO_WAY_BACK, "", "page.md: going back leaves another schema"),
    ],
)
def test_a_page_whose_steps_break_the_service_or_cannot_be_undone_is_refused(
    project: Workbench, tmp_path: Path, first: str, later: str, reason: str
) -> None:
    path = tmp_path / "page.md"
    path.write_text(WRONG.format(first=first.strip(), later=later), encoding="utf-8")

    with pytest.raises(DocumentError) as error:
        Following(project, Page(path), ROWS).follow()

    assert reason in str(error.value)
