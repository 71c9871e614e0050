"""`python -m alembic_workflow`: Alembic's command line, and the commands that it lacks.

check, drift, lint, rebase, baseline and models are explained by `make`; the rest is as in
Alembic, except that the target of an upgrade may be a date.
"""

import argparse
import io
import logging
import os
import signal
import sys
from argparse import Namespace
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, redirect_stdout
from functools import partial
from pathlib import Path

from alembic import command
from alembic.config import CommandLine, Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError, rev_id

from alembic_workflow.commands import baseline, models, targets
from alembic_workflow.commands import rebase as rebasing
from alembic_workflow.commands.check import check
from alembic_workflow.commands.drift import drift
from alembic_workflow.commands.lint import lint_history
from alembic_workflow.database.errors import explained
from alembic_workflow.database.interruption import ENDING, as_ctrl_c
from alembic_workflow.env import reject_duplicate_revisions
from alembic_workflow.environment import Environment
from alembic_workflow.replay.heads import reject_several_heads


def configuration() -> Config:
    """Return Alembic's configuration, from where its own command line takes it."""
    return Config(os.environ.get("ALEMBIC_CONFIG", "alembic.ini"))


def scripts() -> ScriptDirectory:
    """Return the revisions that there are now."""
    return ScriptDirectory.from_config(configuration())


def run_task(task: Callable[[Environment], None]) -> None:
    """Call the function with what `env.py` hands over."""
    config = configuration()
    config.attributes["task"] = task
    script = ScriptDirectory.from_config(config)
    with EnvironmentContext(config, script):
        script.run_env()


class Alembic(CommandLine):
    """Alembic's own commands."""

    def run_cmd(self, config: Config, options: Namespace) -> None:
        """Run a command whose targets may be dates, and which tells what it has written."""
        name = options.cmd[0].__name__
        run = partial(super().run_cmd, config, options)
        if name in ("upgrade", "downgrade"):
            options.revision = targets.resolved(scripts(), options.revision)
        if name == "stamp":
            options.revisions = [targets.resolved(scripts(), each) for each in options.revisions]
        if name in ("revision", "merge"):
            options.rev_id = options.rev_id or rev_id()
            with new_files_only_if_all_goes_well(options.rev_id):
                silently(run)
        else:
            run()


def silently(write: Callable[[], object]) -> None:
    """Call what writes revisions, without the progress of each formatter."""
    with redirect_stdout(io.StringIO()):
        write()


@contextmanager
def new_files_only_if_all_goes_well(*revisions: str) -> Iterator[None]:
    """Print in the end which of the revisions were written; delete them after an error."""
    versions = Path(scripts().versions)
    before = set(versions.glob("*.py"))

    def files() -> set[Path]:
        return {path for each in revisions for path in versions.glob(f"*{each}*.py")} - before

    try:
        yield
    except BaseException:
        for path in files():
            path.unlink()
        raise
    for path in files():
        print(f"Wrote {os.path.relpath(path)}")


def adopt(options: Namespace) -> None:
    """Stamp a database that has tables, if they are what the revisions make."""
    comparison = baseline.Comparison()
    reject_several_heads(scripts())
    run_task(baseline.reject_adopted)
    first, second = rev_id(), rev_id()
    with new_files_only_if_all_goes_well(first, second):
        if not scripts().get_heads():
            autogenerate("existing schema", first)
        head = scripts().get_current_head()
        if head is None:
            raise CommandError(
                "There are no models and no revisions, so there is nothing to adopt it with. "
                "make models writes first models of its tables."
            )
        run_task(comparison)
        if comparison.differences and not options.force:
            raise CommandError(comparison.report())
        if comparison.differences:
            autogenerate("reconcile with the existing schema", second, adopted=comparison.live)
        differs = bool(comparison.differences)
        run_task(partial(baseline.remember, revision=head, differs=differs))
        command.stamp(configuration(), head)
    print(f"The database is adopted, at {head}.")
    if comparison.differences:
        print("Next: read the newest revision, then make upgrade.")


def autogenerate(message: str, revision: str, **attributes: object) -> None:
    """Write a revision of this id from the models; takes what `env.py` is to know of it."""
    config = configuration()
    config.attributes.update(attributes)
    config.cmd_opts = Namespace(autogenerate=True, x=None, quiet=True)
    logging.disable(logging.INFO)  # each table that is detected
    silently(partial(command.revision, config, message, autogenerate=True, rev_id=revision))
    logging.disable(logging.NOTSET)


def rebase(options: Namespace) -> None:
    """Put my revisions after the other head."""
    run_task(partial(rebasing.rebase, mine=options.mine or None))


def write_models(options: Namespace) -> None:
    """Write first models for the tables of the database."""
    tables = [table for table in options.tables.split(",") if table]
    run_task(partial(models.write_models, path=Path(options.to), base=options.base, tables=tables))


def parser() -> tuple[argparse.ArgumentParser, Collection[str]]:
    """Return the parser of the commands that Alembic lacks, and their names."""
    parser = argparse.ArgumentParser(prog="alembic_workflow")
    commands = parser.add_subparsers(required=True)
    for name, task in {
        "check": check,
        "drift": drift,
        "lint": lint_history,
    }.items():
        commands.add_parser(name).set_defaults(run=lambda options, task=task: run_task(task))
    baseline_command = commands.add_parser("baseline")
    baseline_command.add_argument("--force", action="store_true")
    baseline_command.set_defaults(run=adopt)
    rebase_command = commands.add_parser("rebase")
    rebase_command.add_argument("mine", nargs="?")
    rebase_command.set_defaults(run=rebase)
    models_command = commands.add_parser("models")
    models_command.add_argument("--base", required=True, help="the module that defines Base")
    models_command.add_argument("--to", required=True, help="the file to write")
    models_command.add_argument("--tables", default="", help="a,b,other.c; all if left out")
    models_command.set_defaults(run=write_models)
    return parser, commands.choices


def main(arguments: list[str]) -> None:
    """Run the command line; a mistake ends with a message and status 1."""
    reject_duplicate_revisions()
    for number in ENDING:
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, as_ctrl_c)
    try:
        with explained():
            own, names = parser()
            if arguments and arguments[0] in names:
                options = own.parse_args(arguments)
                options.run(options)
            else:
                Alembic("alembic_workflow").main(["--raiseerr", *arguments])
    except CommandError as error:
        sys.exit(str(error))
