"""Commands, as messages name them to a person."""

import shlex
from contextvars import ContextVar

from alembic.config import Config

_PLAIN = {
    "history": "alembic history",
    "heads": "alembic heads",
    "upgrade": "alembic upgrade {to}",
    "downgrade": "alembic downgrade {to}",
    "stamp": "alembic stamp {to}",
    "merge": "alembic merge heads -m {m}",
    "revision": "alembic{rename} revision --autogenerate -m {m}",
    "rebase": "python -m alembic_workflow rebase{mine}",
    "lint-migrations": "python -m alembic_workflow lint",
    "diagram": "python -m alembic_workflow diagram",
    "drift": "python -m alembic_workflow drift",
    "models": "python -m alembic_workflow models{tables}",
    "baseline": "python -m alembic_workflow baseline{force}",
}
_OPTIONS = {"rename": " -x rename={}", "tables": " --tables {}", "mine": " {}", "force": " --force"}
_DEFAULTS = {"to": "head", **dict.fromkeys(_OPTIONS, "")}
_runner = ContextVar("runner", default="")


def take_runner(config: Config) -> None:
    """Take the program by which this service runs its commands: `command_runner` in alembic.ini.

    Such a program takes a command's name, and arguments as NAME=VALUE, as make does.
    """
    _runner.set(config.get_main_option("command_runner", ""))


def command(name: str, **arguments: str) -> str:
    """Return the line that runs a command.

    Takes its name and arguments: `command("downgrade", to="base")`; a message is left to fill in.
    It is for the service's own runner if that is known, else for Alembic's or this package's
    command line.
    """
    arguments = {key: shlex.quote(value) for key, value in arguments.items()}
    if name in ("merge", "revision"):
        arguments = {"m": '"..."', **arguments}
    if runner := _runner.get():
        return " ".join([runner, name, *(f"{key}={value}" for key, value in arguments.items())])
    options = {key: _OPTIONS.get(key, "{}").format(value) for key, value in arguments.items()}
    return _PLAIN[name].format(**_DEFAULTS | options)
