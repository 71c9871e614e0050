"""Revisions for the linter, with what it is expected to find in them."""

from workflow.linting.hostile import HOSTILE
from workflow.linting.innocent import INNOCENT
from workflow.linting.others import OTHERS
from workflow.linting.revision import Revision
from workflow.linting.service import Linter

__all__ = ["HOSTILE", "INNOCENT", "OTHERS", "Linter", "Revision"]
