"""The mappers of the models, which SQLAlchemy configures when they are first used."""

import os
import sys
from collections.abc import Iterator

from alembic.util import CommandError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import configure_mappers
from sqlalchemy.schema import CreateTable

from alembic_workflow.database.import_errors import in_words
from alembic_workflow.environment import Environment
from alembic_workflow.sql.identifiers import DIALECT


def mapper_findings(environment: Environment) -> Iterator[str]:
    """Yield why SQLAlchemy cannot map the classes of the models to their tables, and where."""
    try:
        configure_mappers()
    except SQLAlchemyError as error:
        yield f"{_files_of(environment, str(error))}The models cannot be mapped: {error}"


def reject_unmapped(environment: Environment) -> None:
    """Raise CommandError if the models cannot be mapped."""
    for finding in mapper_findings(environment):
        raise CommandError(f"{finding} Nothing was written.")


def table_refusal(environment: Environment, error: SQLAlchemyError) -> str:
    """Return why SQLAlchemy cannot write the tables as SQL, and the file of the first such one."""
    for table in (table for part in environment.metadata for table in part.tables.values()):
        try:
            for key in table.foreign_keys:
                _ = key.column
            CreateTable(table).compile(dialect=DIALECT)
        except SQLAlchemyError as own:
            reason = ": ".join(in_words(own)).rstrip(".")
            file = _files_of(environment, f"({table.name})]")
            return f"{file}The table {table.name} cannot be written as SQL: {reason}. Correct it."
    return f"The models cannot be written as SQL: {': '.join(in_words(error))}. Correct them."


def _files_of(environment: Environment, text: str) -> str:
    """Return the files, and a colon, of the mappers that the text names as in Post(posts)]."""
    found: set[str] = set()
    for name, module in list(sys.modules.items()):
        for each in vars(module).values() if _belongs_to(environment.application, name) else ():
            mapper = isinstance(each, type) and getattr(each, "__mapper__", None)
            if mapper and each.__module__ == name and module.__file__ and _names(text, mapper):
                found.add(os.path.relpath(module.__file__))
    return "".join(f"{each}: " for each in sorted(found))


def _belongs_to(application: str, module: str) -> bool:
    return module.partition(".")[0] == application


def _names(text: str, mapper: object) -> bool:
    """Return whether the text has a mapper, or the end of its name, which has the table's."""
    return str(mapper) in text or str(mapper).endswith(text)
