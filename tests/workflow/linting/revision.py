"""A revision to write, and where findings are expected in it."""

from typing import NamedTuple

HEADER = '''"""Try."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from alembic_workflow import backfill
from alembic_workflow import create_index_concurrently, drop_index_concurrently
'''


class Revision(NamedTuple):
    """A revision to write; a line is expected to be a finding if it ends in `# <- code`."""

    upgrade: str = "pass"
    downgrade: str = 'raise NotImplementedError("one way")'
    module: str = ""
    after: str = '"before"'
    ends: str = "def downgrade():"

    def source(self) -> str:
        """Return what to write into the file."""
        body = self.upgrade.strip("\n").replace("\n", "\n    ")
        return (
            f'{HEADER}\nrevision = "now"\ndown_revision = {self.after}\n{self.module}\n\n\n'
            f"def upgrade():\n    {body}\n\n\n{self.ends}\n    {self.downgrade}\n"
        )

    def expected(self) -> list[tuple[int, str]]:
        """Return the lines and codes of the findings."""
        return sorted(
            (number, code)
            for number, line in enumerate(self.source().splitlines(), 1)
            if "# <- " in line
            for code in line.partition("# <- ")[2].rstrip('\\"').split()
        )
