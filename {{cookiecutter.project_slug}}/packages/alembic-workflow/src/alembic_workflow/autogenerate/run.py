"""`alembic revision --autogenerate` and `alembic check`, against the replayed history.

So the developer's database need not be up to date, and what else is in it does not matter. What
autogenerate makes is tried on the replayed history, and compared with what the models make.
"""

import logging
import warnings
from typing import Any

from alembic import context
from alembic.operations.ops import MigrationScript
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError

from alembic_workflow.alembic_internals import command_options
from alembic_workflow.autogenerate.comparison import found, server_defaults, types
from alembic_workflow.autogenerate.comparison.tables import DifferingTables
from alembic_workflow.autogenerate.convergence import Convergence, is_revision
from alembic_workflow.autogenerate.plans.released import Released
from alembic_workflow.autogenerate.renames.arguments import parse
from alembic_workflow.autogenerate.renames.rename import Rename
from alembic_workflow.autogenerate.rendering import render_item
from alembic_workflow.catalog.items import Catalog, tables_of
from alembic_workflow.environment import Environment
from alembic_workflow.replay.comparison import differences_from_models, disagreement
from alembic_workflow.replay.heads import reject_several_heads
from alembic_workflow.replay.history import history_and_models
from alembic_workflow.replay.mapping import reject_unmapped

_YES, _NO = ("yes", "true", "1", "on"), ("no", "false", "0", "off")
logger = logging.getLogger("alembic.workflow")
PLUGINS = [
    "alembic.autogenerate.*",
    "alembic.ext.checkconstraint_byname",
    server_defaults.PLUGIN,
    types.PLUGIN,
    found.PLUGIN,
]


def autogenerate(environment: Environment) -> None:
    """Compare the models with the replayed history, and let Alembic write the revision."""
    if command_options()["revision_context"].command_args["head"] in (None, "head"):
        reject_several_heads(context.script)
    reject_unmapped(environment)
    # What catalog_operations.py does about it.
    warnings.filterwarnings("ignore", message="Computed default on .* cannot be modified")
    # What ordering.py does about it.
    warnings.filterwarnings("ignore", message="Cannot correctly sort tables")
    warnings.filterwarnings("ignore", message="Did not recognize type")
    released = Released(environment) if writes_safe_forms() else None
    observe = [released.observe] if released else []
    with history_and_models(environment, *observe) as (connection, history, models):
        differences = differences_from_models(connection, models, history)
        if differences and not is_revision() and context.config.cmd_opts is not None:
            raise CommandError(disagreement(differences))
        default_schema = connection.dialect.default_schema_name or ""
        given = given_renames(models, history, default_schema)
        in_use = released.catalog(history) if released else None
        convergence = Convergence(environment, history, models, given, in_use)
        schemas = {schema for schema, _ in tables_of(history) | tables_of(models)}
        tables = DifferingTables(differences, history, schemas, default_schema)
        # Catalogs that are alike leave nothing to find, but for what libraries compare.
        plugins = PLUGINS if differences else ["alembic.autogenerate.schemas"]
        environment.configure(
            connection=connection,
            include_schemas=not schemas <= {default_schema},
            include_name=tables.include_name,
            include_object=tables.include_object,
            process_revision_directives=convergence if differences else skip_revision,
            models=models,
            history=history,
            found=[],
            compare_type=True,
            compare_server_default=True,
            render_item=render_item,
            autogenerate_plugins=plugins,
        )
        context.run_migrations()


def given_renames(models: Catalog, history: Catalog, default_schema: str) -> list[Rename]:
    """Return the renames that the command line gives; raises CommandError if one cannot be."""
    given = context.get_x_argument(as_dictionary=True).get("rename", "")
    return parse(str(given), models, history, default_schema)


def writes_safe_forms() -> bool:
    """Return whether changes are to be made while the service runs.

    `-x safe=0` says no for once, and `service_may_stop` in alembic.ini for ever. What an adopted
    database lacks is written as it is: that service ran without.
    """
    if "adopted" in context.config.attributes:
        return False
    may_stop = context.config.get_main_option("service_may_stop", "no")
    given = context.get_x_argument(as_dictionary=True).get("safe", "")
    return str(given or ("0" if may_stop in _YES else "1")) not in _NO


def skip_revision(
    migration_context: MigrationContext, revision: Any, directives: list[MigrationScript]
) -> None:
    """Write no file, unless a library's own comparison has found something.

    Takes what Alembic hands to `process_revision_directives`.
    """
    found = directives[0].upgrade_ops
    if is_revision() and (found is None or found.is_empty()):  # `alembic check` looks at them
        directives.clear()
        logger.info("Models and revisions agree: no revision was written.")
