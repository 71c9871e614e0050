"""Changes, recognised by the catalogs before and after."""

from alembic_workflow.safe_forms.recognition.changes import Recognition

__all__ = ["Recognition"]
