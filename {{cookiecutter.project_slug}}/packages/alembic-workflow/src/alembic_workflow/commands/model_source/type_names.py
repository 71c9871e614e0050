"""Names of types: PostgreSQL's, SQLAlchemy's and Python's."""

OTHER = '''class OtherType(UserDefinedType[Any]):
    """A type of PostgreSQL that SQLAlchemy does not know, by the name that it has there."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        """Take the name."""
        self.name = name

    def get_col_spec(self, **_: Any) -> str:
        """Return the name, as SQLAlchemy wants it in a statement."""
        return self.name.replace("%", "%%")
'''
SIMPLE = {
    "bigint": ("BigInteger", "int"),
    "boolean": ("Boolean", "bool"),
    "bytea": ("LargeBinary", "bytes"),
    "date": ("Date", "date"),
    "double precision": ("Double", "float"),
    "integer": ("Integer", "int"),
    "interval": ("Interval", "timedelta"),
    "real": ("REAL", "float"),
    "smallint": ("SmallInteger", "int"),
    "text": ("Text", "str"),
    "uuid": ("Uuid", "UUID"),
    "timestamp with time zone": ("DateTime(timezone=True)", "datetime"),
    "timestamp without time zone": ("DateTime", "datetime"),
    "time without time zone": ("Time", "time"),
    "numeric": ("Numeric", "Decimal"),
    "character varying": ("String", "str"),
}
POSTGRESQL_TYPES = {
    name.lower(): name
    for name in (
        *("JSON", "JSONB", "INET", "CIDR", "MACADDR", "MACADDR8", "MONEY", "OID", "TSVECTOR"),
        *("INT4RANGE", "INT8RANGE", "NUMRANGE", "DATERANGE", "TSRANGE", "TSTZRANGE"),
        *("INT4MULTIRANGE", "INT8MULTIRANGE", "NUMMULTIRANGE", "DATEMULTIRANGE", "TSMULTIRANGE"),
        *("TSTZMULTIRANGE",),
    )
}
WITH_ARGUMENTS = {
    "character varying": ("String", "str"),
    "character": ("CHAR", "str"),
    "numeric": ("Numeric", "Decimal"),
}
MODULES = {
    "date": "datetime",
    "datetime": "datetime",
    "time": "datetime",
    "timedelta": "datetime",
    "Decimal": "decimal",
    "UUID": "uuid",
    "Any": "typing",
}
