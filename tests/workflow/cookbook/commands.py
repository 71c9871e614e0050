"""Commands of a page, run in the service in which it is followed."""

import shlex
import subprocess

from workflow.workbench import Result, Workbench

COMMANDS = {
    "revision": ["revision", "--autogenerate"],
    "upgrade": ["upgrade", "head"],
    "downgrade": ["downgrade", "-1"],
    "lint-migrations": ["lint"],
}


def target(text: str) -> str:
    """Return the target, if make is called with one."""
    make, name, *_ = shlex.split(text)
    return name if make == "make" else ""


def run(project: Workbench, text: str) -> Result:
    """Run make's target without make, and anything else in a shell."""
    return _target(project, *shlex.split(text)[1:]) if target(text) else _shell(project, text)


def _target(project: Workbench, name: str, *arguments: str) -> Result:
    given = dict(argument.split("=", 1) for argument in arguments)
    renames = ["-x", f"rename={given['rename']}"] if "rename" in given else []
    command = COMMANDS.get(name, [name])
    if "to" in given or "empty" in given:
        command = command[:1]
    to = [given["to"]] if "to" in given else []
    message = ["-m", given["m"]] if "m" in given else []
    return project.run(*renames, *command, *to, *message)


def _shell(project: Workbench, text: str) -> Result:
    result = subprocess.run(
        ["bash", "-c", text],
        cwd=project.path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    return Result(result.returncode, result.stdout)
