"""All kinds of things that a database consists of."""

from alembic_workflow.catalog.constraints import CONSTRAINT, INDEX, POLICY, RULE, TRIGGER
from alembic_workflow.catalog.kind import Kind
from alembic_workflow.catalog.routines import EXTENSION, FUNCTION, VIEW
from alembic_workflow.catalog.sequences import IDENTITY_SEQUENCE, SEQUENCE
from alembic_workflow.catalog.tables import (
    COLUMN,
    COMMENT_ON_COLUMN,
    COMMENT_ON_CONSTRAINT,
    COMMENT_ON_TABLE,
    STATISTICS,
    TABLE,
)
from alembic_workflow.catalog.types import DOMAIN, ENUM, TYPE

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        TABLE,
        COLUMN,
        COMMENT_ON_TABLE,
        COMMENT_ON_COLUMN,
        COMMENT_ON_CONSTRAINT,
        STATISTICS,
        CONSTRAINT,
        INDEX,
        TRIGGER,
        POLICY,
        RULE,
        SEQUENCE,
        IDENTITY_SEQUENCE,
        ENUM,
        DOMAIN,
        TYPE,
        EXTENSION,
        VIEW,
        FUNCTION,
    )
}
