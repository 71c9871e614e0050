"""`python -m alembic_workflow`: Alembic's command line, and the commands that it lacks.

check, diagram, drift, lint, rebase, baseline and models are its own; the rest is as in Alembic,
except that the target of an upgrade may be a date.
"""

import argparse
import gc
import signal
import sys
from argparse import Namespace
from collections.abc import Collection
from functools import partial
from pathlib import Path

from alembic.config import CommandLine, Config
from alembic.util import CommandError, rev_id

from alembic_workflow.command_names import take_runner
from alembic_workflow.commands.running import (
    configuration,
    new_files_only_if_all_goes_well,
    run_task,
    scripts,
    silently,
)
from alembic_workflow.database.errors import explained
from alembic_workflow.database.interruption import ENDING, as_ctrl_c
from alembic_workflow.replay.revision_ids import family
from alembic_workflow.upgrade.targets import fixed, reject_range, resolved

OBJECTS_BETWEEN_COLLECTIONS = 100_000

# What these need is imported once one of them is run: no upgrade needs it.
OWN = {"baseline", "check", "diagram", "drift", "lint", "models", "rebase"}


class Alembic(CommandLine):
    """Alembic's own commands."""

    def run_cmd(self, config: Config, options: Namespace) -> None:
        """Run a command whose targets may be dates, and which tells what it has written."""
        name = options.cmd[0].__name__
        run = partial(super().run_cmd, config, options)
        if name in ("upgrade", "downgrade"):
            if not options.sql:
                reject_range(options.revision)
            options.revision = resolved(scripts(), options.revision)
        if name == "stamp":
            options.revisions = [fixed(scripts(), each) for each in options.revisions]
        if name == "merge":
            options.revisions = heads_to_join(options.revisions)
        if name in ("revision", "merge"):
            options.rev_id = options.rev_id or rev_id()
            with new_files_only_if_all_goes_well(family(options.rev_id)):
                silently(run)
        else:
            run()


def heads_to_join(named: list[str]) -> list[str]:
    """Return the heads that a merge joins: of "heads" all, also one on which another depends.

    Raises CommandError if there is but one.
    """
    heads = scripts().get_heads()
    if len(heads) < 2:
        raise CommandError("History has one head, so there is nothing to join.")
    return [head for each in named for head in (heads if each == "heads" else [each])]


def lint(options: Namespace) -> None:
    """Look for what would lock or break a live service."""
    from alembic_workflow.commands.lint import lint_history

    given = {"since": options.since, "form": options.format, "downgrades": options.downgrades}
    run_task(partial(lint_history, **given))


def rebase(options: Namespace) -> None:
    """Put my revisions after the other head."""
    from alembic_workflow.commands import rebase as rebasing

    run_task(partial(rebasing.rebase, mine=options.mine or None))


def write_models(options: Namespace) -> None:
    """Write first models for the tables of the database."""
    from alembic_workflow.commands import models

    tables = [table for table in options.tables.split(",") if table]
    run_task(partial(models.write_models, path=Path(options.to), base=options.base, tables=tables))


def parser() -> tuple[argparse.ArgumentParser, Collection[str]]:
    """Return the parser of the commands that Alembic lacks, and their names."""
    from alembic_workflow.commands.baseline import adopt
    from alembic_workflow.commands.check import check
    from alembic_workflow.commands.diagram.document import diagram
    from alembic_workflow.commands.drift import drift
    from alembic_workflow.lint.formats import FORMATS

    parser = argparse.ArgumentParser(prog="alembic_workflow")
    commands = parser.add_subparsers(required=True)
    for name, task in {
        "check": check,
        "diagram": diagram,
        "drift": drift,
    }.items():
        commands.add_parser(name).set_defaults(run=lambda options, task=task: run_task(task))
    lint_command = commands.add_parser("lint")
    lint_command.add_argument("--since", default="", help="a revision, a date, or base for all")
    lint_command.add_argument("--format", default="text", choices=FORMATS)
    lint_command.add_argument("--downgrades", action="store_true", help="look at both directions")
    lint_command.set_defaults(run=lint)
    baseline_command = commands.add_parser("baseline")
    baseline_command.add_argument("--force", action="store_true")
    baseline_command.set_defaults(run=lambda options: adopt(force=options.force))
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
    # The objects of a schema stay; to look for garbage among them took a quarter of the time.
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    take_runner(configuration())
    for number in ENDING:
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, as_ctrl_c)
    try:
        with explained():
            if arguments and arguments[0] in OWN:
                own, _ = parser()
                options = own.parse_args(arguments)
                options.run(options)
            else:
                Alembic("alembic_workflow").main(["--raiseerr", *arguments])
    except CommandError as error:
        sys.exit(str(error))
