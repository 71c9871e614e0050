"""The mappers of the models, which SQLAlchemy configures when they are first used."""

import os
import sys
from collections.abc import Iterator

from alembic.util import CommandError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import configure_mappers

from alembic_workflow.environment import Environment


def mapper_findings(environment: Environment) -> Iterator[str]:
    """Yield why SQLAlchemy cannot map the classes of the models to their tables, and where."""
    try:
        configure_mappers()
    except SQLAlchemyError as error:
        files = {os.path.relpath(each) for each in _files_of(environment.application, str(error))}
        yield ": ".join([*sorted(files), f"The models cannot be mapped: {error}"])


def reject_unmapped(environment: Environment) -> None:
    """Raise CommandError if the models cannot be mapped."""
    for finding in mapper_findings(environment):
        raise CommandError(f"{finding} Nothing was written.")


def _files_of(application: str, text: str) -> Iterator[str]:
    """Yield the files of the mappers that the text names, as in Mapper[Post(posts)]."""
    for name, module in list(sys.modules.items()):
        for each in vars(module).values() if name.partition(".")[0] == application else ():
            mapper = isinstance(each, type) and getattr(each, "__mapper__", None)
            if mapper and str(mapper) in text and each.__module__ == name and module.__file__:
                yield module.__file__
