"""Extensions, views, functions, and operators and casts that use them."""

from alembic_workflow.catalog.kind import SCHEMAS, Kind, is_own

EXTENSION = Kind(
    name="extension",
    query="""
SELECT CASE WHEN n.nspname !~ '^pg_' THEN n.nspname ELSE '' END, '', extname, 'EXTENSION'
  FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE extname <> 'plpgsql'""",
    create="CREATE EXTENSION {name}{in_schema}",
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
# A range type brings functions and a cast of its own.
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
SELECT n.nspname, '', quote_ident(p.proname) || '(' || coalesce(nullif(
    pg_get_function_identity_arguments(p.oid), ''), '*') || ')', '(' || concat_ws(', ',
  'SFUNC = ' || a.aggtransfn, 'STYPE = ' || format_type(a.aggtranstype, NULL),
  'FINALFUNC = ' || nullif(a.aggfinalfn::oid, 0)::regproc,
  CASE WHEN a.aggfinalextra THEN 'FINALFUNC_EXTRA' END,
  'COMBINEFUNC = ' || nullif(a.aggcombinefn::oid, 0)::regproc,
  'SERIALFUNC = ' || nullif(a.aggserialfn::oid, 0)::regproc,
  'DESERIALFUNC = ' || nullif(a.aggdeserialfn::oid, 0)::regproc,
  'INITCOND = ' || quote_literal(a.agginitval),
  'MSFUNC = ' || nullif(a.aggmtransfn::oid, 0)::regproc,
  'MINVFUNC = ' || nullif(a.aggminvtransfn::oid, 0)::regproc,
  'MSTYPE = ' || format_type(nullif(a.aggmtranstype, 0), NULL),
  'MFINALFUNC = ' || nullif(a.aggmfinalfn::oid, 0)::regproc,
  'MINITCOND = ' || quote_literal(a.aggminitval),
  (SELECT 'SORTOP = OPERATOR(' || quote_ident(m.nspname) || '.' || o.oprname || ')'
    FROM pg_operator o JOIN pg_namespace m ON m.oid = o.oprnamespace WHERE o.oid = a.aggsortop),
  CASE p.proparallel WHEN 's' THEN 'PARALLEL = SAFE' WHEN 'r' THEN 'PARALLEL = RESTRICTED' END,
  CASE a.aggkind WHEN 'h' THEN 'HYPOTHETICAL' END) || ')'
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace AND {SCHEMAS}
  JOIN pg_aggregate a ON a.aggfnoid = p.oid WHERE {is_own("pg_proc", "p.oid")}""",
    create="CREATE AGGREGATE {routine} {definition}",
    drop="DROP AGGREGATE {routine}",
    in_models=False,
    order=52,
)
# The other operators that one names come with it, as shells, until they are made themselves.
OPERATOR = Kind(
    name="operator",
    query=f"""
SELECT n.nspname, '', concat(o.oprname, ' (', coalesce(format_type(nullif(o.oprleft, 0), NULL),
    'NONE'), ', ', format_type(o.oprright, NULL), ')'), 'OPERATOR ' || quote_ident(n.nspname) || '.'
    || o.oprname || ' (' || concat_ws(', ', 'FUNCTION = ' || o.oprcode,
  'LEFTARG = ' || format_type(nullif(o.oprleft, 0), NULL),
  'RIGHTARG = ' || format_type(o.oprright, NULL),
  (SELECT 'COMMUTATOR = OPERATOR(' || quote_ident(m.nspname) || '.' || q.oprname || ')'
    FROM pg_operator q JOIN pg_namespace m ON m.oid = q.oprnamespace WHERE q.oid = o.oprcom),
  (SELECT 'NEGATOR = OPERATOR(' || quote_ident(m.nspname) || '.' || q.oprname || ')'
    FROM pg_operator q JOIN pg_namespace m ON m.oid = q.oprnamespace WHERE q.oid = o.oprnegate),
  'RESTRICT = ' || nullif(o.oprrest::oid, 0)::regproc,
  'JOIN = ' || nullif(o.oprjoin::oid, 0)::regproc,
  CASE WHEN o.oprcanhash THEN 'HASHES' END, CASE WHEN o.oprcanmerge THEN 'MERGES' END) || ')'
  FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace AND {SCHEMAS}
  WHERE o.oprcode <> 0 AND {is_own("pg_operator", "o.oid")}""",
    create="CREATE {definition}",
    drop="DROP OPERATOR {routine}",
    before_tables=True,
    in_models=False,
    order=53,
)
CAST = Kind(
    name="cast",
    query=f"""
SELECT '', '', concat('(', format_type(k.castsource, NULL), ' AS ', format_type(k.casttarget, NULL),
    ')'), concat(CASE k.castmethod WHEN 'i' THEN 'WITH INOUT' WHEN 'b' THEN 'WITHOUT FUNCTION'
    ELSE 'WITH FUNCTION ' || k.castfunc::regprocedure END,
  CASE k.castcontext WHEN 'a' THEN ' AS ASSIGNMENT' WHEN 'i' THEN ' AS IMPLICIT' END)
  FROM pg_cast k WHERE k.oid >= 16384 AND {is_own("pg_cast", "k.oid")}
    AND NOT EXISTS (SELECT FROM pg_depend i WHERE i.deptype = 'i' AND i.objid = k.oid
      AND i.classid = 'pg_cast'::regclass)""",
    create="CREATE CAST {routine} {definition}",
    drop="DROP CAST {routine}",
    before_tables=True,
    in_models=False,
    order=54,
)
