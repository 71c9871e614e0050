"""`python -m alembic_workflow`."""

import sys

from alembic_workflow.commands.main import main

if __name__ == "__main__":
    main(sys.argv[1:])
