"""All kinds of things that a database consists of."""

from alembic_workflow.catalog.kind import Kind
from alembic_workflow.catalog.kinds.constraints import (
    CONSTRAINT,
    INDEX,
    POLICY,
    RULE,
    TRIGGER,
    VIEW_INDEX,
)
from alembic_workflow.catalog.kinds.database import (
    EVENT_TRIGGER,
    FOREIGN_DATA_WRAPPER,
    PUBLICATION,
    SERVER,
    TEXT_SEARCH_CONFIGURATION,
    TEXT_SEARCH_DICTIONARY,
)
from alembic_workflow.catalog.kinds.routines import (
    AGGREGATE,
    CAST,
    EXTENSION,
    FUNCTION,
    OPERATOR,
    VIEW,
)
from alembic_workflow.catalog.kinds.sequences import IDENTITY_SEQUENCE, SEQUENCE
from alembic_workflow.catalog.kinds.tables import (
    COLUMN,
    COMMENT_ON_COLUMN,
    COMMENT_ON_CONSTRAINT,
    COMMENT_ON_TABLE,
    STATISTICS,
    TABLE,
)
from alembic_workflow.catalog.kinds.types import COLLATION, DOMAIN, ENUM, TYPE

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
        VIEW_INDEX,
        TRIGGER,
        POLICY,
        RULE,
        COLLATION,
        SEQUENCE,
        IDENTITY_SEQUENCE,
        ENUM,
        DOMAIN,
        TYPE,
        EXTENSION,
        VIEW,
        FUNCTION,
        AGGREGATE,
        OPERATOR,
        CAST,
        PUBLICATION,
        EVENT_TRIGGER,
        FOREIGN_DATA_WRAPPER,
        SERVER,
        TEXT_SEARCH_DICTIONARY,
        TEXT_SEARCH_CONFIGURATION,
    )
}
