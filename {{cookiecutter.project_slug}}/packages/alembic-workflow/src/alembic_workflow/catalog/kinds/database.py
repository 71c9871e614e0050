"""Kinds of a database as a whole: publications, event triggers, servers, text search."""

from alembic_workflow.catalog.kind import SCHEMAS, Kind, is_own

PUBLICATION = Kind(
    name="publication",
    query="""
SELECT '', '', p.pubname, concat_ws(' ', CASE WHEN p.puballtables THEN 'FOR ALL TABLES' ELSE
    'FOR ' || nullif(concat_ws(', ', 'TABLE ' || (SELECT string_agg(concat_ws(' ',
        r.prrelid::regclass, '(' || (SELECT string_agg(quote_ident(a.attname), ', '
          ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = r.prrelid
          AND a.attnum = ANY (r.prattrs)) || ')',
        'WHERE (' || pg_get_expr(r.prqual, r.prrelid) || ')'), ', '
        ORDER BY r.prrelid::regclass::text) FROM pg_publication_rel r WHERE r.prpubid = p.oid),
      'TABLES IN SCHEMA ' || (SELECT string_agg(s.pnnspid::regnamespace::text, ', '
        ORDER BY s.pnnspid::regnamespace::text) FROM pg_publication_namespace s
        WHERE s.pnpubid = p.oid)), '') END,
  'WITH (publish = ' || quote_literal(concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END,
    CASE WHEN p.pubupdate THEN 'update' END, CASE WHEN p.pubdelete THEN 'delete' END,
    CASE WHEN p.pubtruncate THEN 'truncate' END))
    || CASE WHEN p.pubviaroot THEN ', publish_via_partition_root' ELSE '' END || ')')
  FROM pg_publication p""",
    create="CREATE PUBLICATION {name} {definition}",
    drop="DROP PUBLICATION {name}",
    in_models=False,
    order=96,
)
EVENT_TRIGGER = Kind(
    name="event trigger",
    query=f"""
SELECT '', '', t.evtname, concat_ws(' ', 'ON', t.evtevent, 'WHEN TAG IN (' || (
    SELECT string_agg(quote_literal(tag), ', ') FROM unnest(t.evttags) tag) || ')',
  'EXECUTE FUNCTION', t.evtfoid::regproc || '()') FROM pg_event_trigger t
  WHERE {is_own("pg_event_trigger", "t.oid")}""",
    create="CREATE EVENT TRIGGER {name} {definition}",
    drop="DROP EVENT TRIGGER {name}",
    in_models=False,
    order=97,
)
FOREIGN_DATA_WRAPPER = Kind(
    name="foreign data wrapper",
    query=f"""
SELECT '', '', w.fdwname, concat_ws(' ', 'HANDLER ' || nullif(w.fdwhandler, 0)::regproc,
  'VALIDATOR ' || nullif(w.fdwvalidator, 0)::regproc) FROM pg_foreign_data_wrapper w
  WHERE {is_own("pg_foreign_data_wrapper", "w.oid")}""",
    create="CREATE FOREIGN DATA WRAPPER {name} {definition}",
    drop="DROP FOREIGN DATA WRAPPER {name}",
    in_models=False,
    order=55,
)
# Without its options, in which passwords are.
SERVER = Kind(
    name="server",
    query="""
SELECT '', '', s.srvname, concat_ws(' ', 'TYPE ' || quote_literal(s.srvtype),
  'VERSION ' || quote_literal(s.srvversion), 'FOREIGN DATA WRAPPER', quote_ident(w.fdwname))
  FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw""",
    create="CREATE SERVER {name} {definition}",
    drop="DROP SERVER {name}",
    in_models=False,
    order=56,
)
TEXT_SEARCH_DICTIONARY = Kind(
    name="text search dictionary",
    query=f"""
SELECT n.nspname, '', d.dictname, '(' || concat_ws(', ', 'TEMPLATE = ' || quote_ident(m.nspname)
  || '.' || quote_ident(t.tmplname), d.dictinitoption) || ')'
  FROM pg_ts_dict d JOIN pg_namespace n ON n.oid = d.dictnamespace AND {SCHEMAS}
  JOIN pg_ts_template t ON t.oid = d.dicttemplate JOIN pg_namespace m ON m.oid = t.tmplnamespace
  WHERE {is_own("pg_ts_dict", "d.oid")}""",
    create="CREATE TEXT SEARCH DICTIONARY {qualified} {definition}",
    drop="DROP TEXT SEARCH DICTIONARY {qualified}",
    before_tables=True,
    in_models=False,
    order=16,
)
TEXT_SEARCH_CONFIGURATION = Kind(
    name="text search configuration",
    query=f"""
SELECT n.nspname, '', c.cfgname, concat('(PARSER = ', quote_ident(o.nspname), '.',
    quote_ident(p.prsname), ')', (
  SELECT string_agg(format('; ALTER TEXT SEARCH CONFIGURATION %%I.%%I ADD MAPPING FOR %%I WITH %%s',
    n.nspname, c.cfgname, k.alias, k.dictionaries), '' ORDER BY k.tokid)
  FROM (SELECT t.tokid, t.alias, string_agg(m.mapdict::regdictionary::text, ', '
      ORDER BY m.mapseqno) dictionaries
    FROM ts_token_type(c.cfgparser) t
    JOIN pg_ts_config_map m ON m.mapcfg = c.oid AND m.maptokentype = t.tokid
    GROUP BY t.tokid, t.alias) k))
  FROM pg_ts_config c JOIN pg_namespace n ON n.oid = c.cfgnamespace AND {SCHEMAS}
  JOIN pg_ts_parser p ON p.oid = c.cfgparser JOIN pg_namespace o ON o.oid = p.prsnamespace
  WHERE {is_own("pg_ts_config", "c.oid")}""",
    create="CREATE TEXT SEARCH CONFIGURATION {qualified} {definition}",
    drop="DROP TEXT SEARCH CONFIGURATION {qualified}",
    before_tables=True,
    in_models=False,
    order=17,
)
