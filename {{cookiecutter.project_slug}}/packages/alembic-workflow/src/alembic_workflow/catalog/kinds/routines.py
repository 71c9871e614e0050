"""Extensions, views and functions."""

from alembic_workflow.catalog.kind import SCHEMAS, Kind, is_own

EXTENSION = Kind(
    name="extension",
    query="SELECT '', '', extname, 'EXTENSION' FROM pg_extension WHERE extname <> 'plpgsql'",
    create="CREATE EXTENSION {name}",
    drop="DROP EXTENSION {name}",
    before_tables=True,
    in_models=False,
    order=10,
)
VIEW = Kind(
    name="view",
    query=f"""
SELECT n.nspname, '', c.relname, CASE c.relkind WHEN 'm' THEN 'MATERIALIZED ' ELSE '' END || 'VIEW '
  || coalesce('WITH (' || array_to_string(c.reloptions, ', ') || ') ', '')
  || pg_get_viewdef(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    AND {SCHEMAS} WHERE c.relkind IN ('v', 'm') AND {is_own("pg_class", "c.oid")}""",
    create="CREATE {kind} {qualified} {rest}",
    drop="DROP {kind} {qualified}",
    has_expressions=True,
    in_models=False,
    order=90,
)
# A range type brings functions of its own.
FUNCTION = Kind(
    name="function",
    query=f"""
SELECT n.nspname, '', quote_ident(p.proname) || '(' || pg_get_function_identity_arguments(p.oid)
  || ')', pg_get_functiondef(p.oid) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    AND {SCHEMAS} WHERE p.prokind IN ('f', 'p') AND {is_own("pg_proc", "p.oid")}
    AND NOT EXISTS (SELECT FROM pg_depend i WHERE i.deptype = 'i' AND i.objid = p.oid
      AND i.classid = 'pg_proc'::regclass)""",
    create="{definition}",
    drop="DROP ROUTINE {routine}",
    before_tables=True,
    has_expressions=True,
    in_models=False,
    order=50,
)
AGGREGATE = Kind(
    name="aggregate",
    query=f"""
SELECT n.nspname, '', quote_ident(p.proname) || '(' || pg_get_function_identity_arguments(p.oid)
  || ')', '(' || concat_ws(', ', 'SFUNC = ' || a.aggtransfn, 'STYPE = '
  || format_type(a.aggtranstype, NULL), 'FINALFUNC = ' || nullif(a.aggfinalfn::oid, 0)::regproc,
  'COMBINEFUNC = ' || nullif(a.aggcombinefn::oid, 0)::regproc,
  'INITCOND = ' || quote_literal(a.agginitval), 'SSPACE = ' || nullif(a.aggtransspace, 0),
  'SERIALFUNC = ' || nullif(a.aggserialfn::oid, 0)::regproc,
  'DESERIALFUNC = ' || nullif(a.aggdeserialfn::oid, 0)::regproc, 'PARALLEL = '
  || CASE p.proparallel WHEN 's' THEN 'SAFE' WHEN 'r' THEN 'RESTRICTED' END) || ')'
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace AND {SCHEMAS}
  JOIN pg_aggregate a ON a.aggfnoid = p.oid WHERE {is_own("pg_proc", "p.oid")}""",
    create="CREATE AGGREGATE {routine} {definition}",
    drop="DROP AGGREGATE {routine}",
    in_models=False,
    order=52,
)
