"""Measurement of a service's waits while pages of the cookbook are followed, written into them.

So is what commands print and `make revision` plans, where that is not what a page shows.

Usage: python -P bench/cookbook.py [ROWS [PAGE ...]] (`make cookbook`). The server has its
files in memory.
"""

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from workflow.cookbook.filling import fill
from workflow.cookbook.following import Following
from workflow.cookbook.pages import PAGES, Page
from workflow.server import embedded_server, folder_in_memory
from workflow.workbench import workbench

ROWS = 100_000


def main(rows: int, names: list[str]) -> None:
    """Follow these pages, or all, with so many posts."""
    pages = [Page(path) for path in PAGES if not names or path.stem in names]
    with (
        tempfile.TemporaryDirectory(dir=folder_in_memory()) as folder,
        embedded_server(Path(folder)) as server,
        workbench(Path(folder), server) as project,
    ):
        fill(project, rows)
        for page in pages:
            following = Following(project, page, rows, is_collecting=True)
            measured = following.follow()
            page.write(following.findings.collected, measured)
            print(page.path.stem, *measured, sep="\n", flush=True)
            project.restore()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS, sys.argv[2:])
