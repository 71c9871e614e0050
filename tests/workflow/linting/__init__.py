"""Revisions for the linter, with what it is expected to find in them."""

from workflow.linting.further import FURTHER
from workflow.linting.hostile import HOSTILE
from workflow.linting.innocent import INNOCENT
from workflow.linting.kinds import CHAIN
from workflow.linting.others import OTHERS
from workflow.linting.revision import Revision
from workflow.linting.service import Linter

__all__ = ["CHAIN", "FURTHER", "HOSTILE", "INNOCENT", "OTHERS", "Linter", "Revision"]
