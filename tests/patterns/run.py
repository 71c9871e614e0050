"""Calls all patterns, and prints what they return as JSON.

Usage: PYTHONPATH=. python run.py plain|session|service, in a blog with one user.
"""

import json
import logging
import sys
import warnings
from importlib import import_module
from pathlib import Path

from app.database import SessionFactory, engine
from sqlalchemy import text
from variants import PATTERNS

RESET = "DELETE FROM users WHERE email = 'task@example.com'; UPDATE users SET email = 'a@b.example'"


def main() -> None:
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    for module in sorted(Path(__file__).parent.glob("patterns_*.py")):
        import_module(module.stem)
    answers = {}
    for call in PATTERNS:
        name = call.__name__
        with SessionFactory.begin() as session:
            session.execute(text(RESET))
        try:
            answers[name] = call()
        except BaseException as error:
            while isinstance(error, BaseExceptionGroup):
                error = error.exceptions[0]
            # Not where it was raised, which a validation error goes on to tell.
            message = str(error).partition("\n\n")[0]
            answers[name] = f"{type(error).__name__}: {message}"
        if engine.pool.checkedout():
            answers[name] += " and a connection is lost"
            engine.dispose()
    json.dump(answers, sys.stdout)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
