"""A kind of thing that a database consists of, and parts of the queries that read them."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Kind:
    """All that is to be known of a kind: to add one, add it to a module and the table in `kinds/`.

    The templates have {table}, {qualified} (schema and name), {name}, {definition}, {routine} (a
    name with schema and arguments), and for renames {old} and {new}.
    """

    name: str
    query: str
    """Returns schema, table or '', name, and definition in PostgreSQL's words."""
    create: str = ""
    """The statement that makes one, if it is one statement."""
    drop: str = ""
    rename: str = ""
    before_tables: bool = False
    """Whether a table may need it, and it needs no table."""
    has_expressions: bool = False
    """Whether PostgreSQL may print a definition otherwise once it has read it again."""
    in_models: bool = True
    """Whether a model can say it; what only the history has is right otherwise."""
    order: int | None = None
    """When it is made where a database is rebuilt; None if it is not, or with its table."""
    advice: str = ""
    """The way to write by hand what cannot be generated."""

    @property
    def is_one_statement(self) -> bool:
        """Whether one statement makes it, and one drops it."""
        return bool(self.create and self.drop)


SCHEMAS = "n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'"


def is_own(catalog: str, oid: str) -> str:
    """Return the condition that a thing is not part of an extension."""
    return (
        f"NOT EXISTS (SELECT FROM pg_depend e WHERE e.deptype = 'e' AND e.objid = {oid} "
        f"AND e.classid = '{catalog}'::regclass)"
    )


# A partition is a part of its table, and often made while the service runs.
TABLES = f"""
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND {SCHEMAS}
    AND c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition AND {is_own("pg_class", "c.oid")}"""
SEQUENCE_OPTIONS = """
  CASE WHEN s.seqstart <> 1 THEN 'START ' || s.seqstart END,
  CASE WHEN s.seqincrement <> 1 THEN 'INCREMENT ' || s.seqincrement END,
  CASE WHEN s.seqmin <> 1 THEN 'MINVALUE ' || s.seqmin END,
  CASE WHEN s.seqmax <> (2::numeric ^ (CASE s.seqtypid WHEN 'int2'::regtype THEN 15
    WHEN 'int4'::regtype THEN 31 ELSE 63 END)) - 1 THEN 'MAXVALUE ' || s.seqmax END,
  CASE WHEN s.seqcache <> 1 THEN 'CACHE ' || s.seqcache END,
  CASE WHEN s.seqcycle THEN 'CYCLE' END"""
