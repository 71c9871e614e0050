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
ANNOTATIONS = {
    "BigInteger": "int",
    "Boolean": "bool",
    "LargeBinary": "bytes",
    "Date": "date",
    "Double": "float",
    "Integer": "int",
    "Interval": "timedelta",
    "REAL": "float",
    "SmallInteger": "int",
    "Text": "str",
    "Uuid": "UUID",
    "DateTime": "datetime",
    "Time": "time",
    "Numeric": "Decimal",
    "String": "str",
    "CHAR": "str",
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
MODULES = {
    "date": "datetime",
    "datetime": "datetime",
    "time": "datetime",
    "timedelta": "datetime",
    "Decimal": "decimal",
    "UUID": "uuid",
    "Any": "typing",
}
