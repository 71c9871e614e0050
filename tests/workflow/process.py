"""A command of a service, in a process that was forked for it and imports as little as it can."""

import gc
import io
import logging
import os
import signal
import sys
import warnings
from collections.abc import Collection, Mapping
from importlib import import_module
from pathlib import Path

import alembic.config
from alembic_workflow.commands.main import main
from sqlalchemy.orm import configure_mappers


def enter_service(folder: Path, output: Path, environment: Mapping[str, str]) -> None:
    """Make this process one that was started in the service's folder, and prints to the file."""
    gc.freeze()  # a collection would copy each page of what the forked process has imported
    os.chdir(folder)
    os.environ.update(environment)
    sys.path.insert(0, str(folder))
    with output.open("wb", buffering=0) as file, Path(os.devnull).open() as nothing:
        os.dup2(nothing.fileno(), 0)
        for number in (1, 2):
            os.dup2(file.fileno(), number)
    sys.stdin = io.TextIOWrapper(io.FileIO(0), encoding="utf-8")
    # The same objects, as Alembic has taken hold of them when it was imported.
    for stream in (sys.stdout, sys.stderr):
        assert isinstance(stream, io.TextIOWrapper)
        stream.reconfigure(encoding="utf-8", line_buffering=True)
    warnings.resetwarnings()
    logging.getLogger().handlers.clear()
    if "SHOWS_PROGRESS" not in environment:
        # How many lines tell how far a replay is depends on the machine.
        logging.getLogger("alembic.replay").addFilter(lambda record: False)


def run_command(
    folder: Path, output: Path, arguments: tuple[str, ...], environment: Mapping[str, str]
) -> None:
    """Run the command in this process, as its only one."""
    enter_service(folder, output, environment)
    if arguments[0] == "alembic":
        alembic.config.main(list(arguments[1:]))
    else:
        main(list(arguments))


def run_command_ignoring(
    signals: Collection[signal.Signals],
    folder: Path,
    output: Path,
    arguments: tuple[str, ...],
    environment: Mapping[str, str],
) -> None:
    """Run the command in this process, which ignores these signals from its start."""
    for number in signals:
        signal.signal(number, signal.SIG_IGN)
    run_command(folder, output, arguments, environment)


def check_models(folder: Path, output: Path, environment: Mapping[str, str]) -> None:
    """Import the service's models, and configure the mappers, with warnings as errors."""
    enter_service(folder, output, environment)
    warnings.simplefilter("error")
    import_module("app.models")
    configure_mappers()
