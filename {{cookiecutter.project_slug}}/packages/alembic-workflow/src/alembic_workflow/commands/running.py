"""Runs Alembic and `env.py` for the commands, and looks after the files that are written."""

import io
import logging
import os
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from functools import partial
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory

from alembic_workflow.environment import Environment


def configuration() -> Config:
    """Return Alembic's configuration, from where its own command line takes it."""
    return Config(os.environ.get("ALEMBIC_CONFIG", "alembic.ini"))


def scripts() -> ScriptDirectory:
    """Return the revisions that there are now."""
    return ScriptDirectory.from_config(configuration())


def run_task(task: Callable[[Environment], None], **attributes: object) -> None:
    """Call the function with what `env.py` hands over; takes attributes of the configuration."""
    config = configuration()
    config.attributes.update(attributes, task=task)
    script = ScriptDirectory.from_config(config)
    with EnvironmentContext(config, script):
        script.run_env()


def autogenerate(message: str, revision: str, **attributes: object) -> None:
    """Write a revision of this id from the models; takes attributes of the configuration."""
    config = configuration()
    config.attributes.update(attributes)
    config.cmd_opts = Namespace(autogenerate=True, x=None, quiet=True)
    logging.disable(logging.INFO)  # each table that is detected
    silently(partial(command.revision, config, message, autogenerate=True, rev_id=revision))
    logging.disable(logging.NOTSET)


def silently(write: Callable[[], object]) -> None:
    """Call what writes revisions, without the progress of each formatter."""
    with redirect_stdout(io.StringIO()):
        write()


def files_of(*revisions: str) -> set[Path]:
    """Return the files of the revisions with these ids."""
    versions = Path(scripts().versions)
    return {path for each in revisions for path in versions.glob(f"*{each}*.py")}


@contextmanager
def new_files_only_if_all_goes_well(*revisions: str) -> Iterator[None]:
    """Print in the end which of the revisions were written; delete them after an error.

    One that the error names stays, to be corrected.
    """
    before = files_of(*revisions)
    try:
        yield
    except BaseException as error:
        for path in files_of(*revisions) - before:
            if path.name in str(error):
                print(f"Wrote {os.path.relpath(path)}")
            else:
                path.unlink()
        raise
    for path in sorted(files_of(*revisions) - before):
        print(f"Wrote {os.path.relpath(path)}")
