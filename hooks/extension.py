"""Functions that the questions of cookiecutter.json may call.

`cruft update` renders the old and the new template in one process, which imports this module once:
the names stay as they are.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

from cookiecutter.exceptions import FailedHookException
from jinja2 import Environment
from jinja2.ext import Extension

from hooks.advice import refusal_with_advice
from hooks.pre_gen_project import TEXTS, refusals_of

NOT_YET_GIVEN = dict.fromkeys(TEXTS, "") | {"project_name": "a", "project_slug": "a"}


class QuestionExtension(Extension):
    """Check answers between the questions, and tell the hooks where the template is."""

    def __init__(self, environment: Environment) -> None:
        """Make the functions available."""
        super().__init__(environment)
        environment.globals.update(check=check, template_folder=template_folder)


def check(answers: Mapping[str, str]) -> str:
    """Refuse the last answer while its question is on the screen; a script gets the hook's list."""
    slug = answers.get("project_slug", "a")
    if "/" in slug or "\\" in slug or not slug.strip("."):  # before cookiecutter makes that folder
        refusals = [
            "project_slug names one folder: it must not be empty, be dots or contain / or \\."
        ]
    else:
        refusals = refusals_of({**NOT_YET_GIVEN, **answers}) if sys.stdin.isatty() else []
    if refusals:
        raise FailedHookException(refusal_with_advice(refusals, answers))
    return ""


def template_folder() -> str:
    """Return where the template is: cookiecutter renders the hooks there."""
    return str(Path.cwd())
