"""Types of columns with a value for each row, and the names that random models use."""

from typing import NamedTuple


class Kind(NamedTuple):
    """A type of columns, with values for its rows."""

    value: str
    """SQL for the row with the number n."""
    into: tuple[str, ...] = ()
    """The types that a column of it may get."""
    defaults: tuple[str, ...] = ()
    """In SQL."""
    is_distinct: bool = True
    """Whether each row has another value, and an index can sort by it."""


KINDS = {
    "sa.SmallInteger": Kind("{n}", ("sa.Integer", "sa.BigInteger"), ("3",)),
    "sa.Integer": Kind(
        "{n}", ("sa.BigInteger", "sa.Text", "sa.Numeric(12, 2)", "sa.SmallInteger"), ("7", "8")
    ),
    "sa.BigInteger": Kind("{n}", ("sa.Integer", "sa.Text"), ("7", "40 + 2")),
    "sa.Numeric(8, 2)": Kind(
        "({n} + 0.5)",
        ("sa.Numeric(10, 2)", "sa.Numeric(10, 4)", "sa.Float", "sa.Numeric(6, 1)"),
        ("0.5",),
    ),
    "sa.Float": Kind("({n} + 0.5)", ("sa.Numeric(10, 4)", "sa.REAL"), ("random()",)),
    "sa.REAL": Kind("({n} + 0.5)", ("sa.Float",)),
    "sa.String(20)": Kind(
        "'s' || {n}", ("sa.String(40)", "sa.Text", "sa.String(10)", "sa.CHAR(20)"), ("'x'",)
    ),
    "sa.CHAR(5)": Kind("'c' || {n}", ("sa.CHAR(8)", "sa.Text"), ("'it''s'",)),
    "sa.Text": Kind(
        "'t' || {n}",
        ("sa.String(40)", "sa.Text(collation='C')"),
        ("'it is 5%: x'", "gen_random_uuid()::text", "current_user"),
    ),
    "sa.Text(collation='C')": Kind("'t' || {n}", ("sa.Text",), ("''",)),
    "sa.Boolean": Kind("{n} % 2 = 0", ("sa.Text",), ("true", "false"), False),
    "sa.Date": Kind(
        "date '2026-01-01' + {n}",
        ("sa.DateTime(timezone=True)", "sa.DateTime", "sa.Text"),
        ("CURRENT_DATE",),
    ),
    "sa.Time": Kind("time '01:00' + {n} * interval '1 minute'", ("postgresql.TIME(precision=0)",)),
    "sa.DateTime": Kind("timestamp '2026-01-01' + {n} * interval '1 day'", ("sa.Date",)),
    "sa.DateTime(timezone=True)": Kind(
        "timestamptz '2026-01-01' + {n} * interval '1 day'",
        ("sa.Date", "sa.DateTime", "postgresql.TIMESTAMP(timezone=True, precision=0)"),
        ("now()", "clock_timestamp()"),
    ),
    "sa.Interval": Kind("{n} * interval '1 hour'", ("sa.Text",), ("'1 day'",)),
    "sa.Uuid": Kind("md5({n}::text)::uuid", ("sa.Text",), ("gen_random_uuid()",)),
    "postgresql.JSONB": Kind(
        "jsonb_build_object('n', {n})",
        ("sa.Text", "sa.JSON"),
        ("'{}'", """'{"a%": ["it''s", 5]}'"""),
        False,
    ),
    "sa.JSON": Kind("json_build_object('n', {n})", ("postgresql.JSONB",), (), False),
    "sa.ARRAY(sa.Integer)": Kind(
        "ARRAY[{n}]", ("sa.ARRAY(sa.BigInteger)", "sa.ARRAY(sa.Text)"), ("'{1,2}'",)
    ),
    "sa.ARRAY(sa.Text)": Kind("ARRAY['a%', {n}::text]", (), ("ARRAY['x:y']",), False),
    "sa.LargeBinary": Kind("'\\x01'::bytea", (), (), False),
    "postgresql.INET": Kind("inet '10.0.0.1' + {n}", ("sa.Text",)),
    "postgresql.MACADDR": Kind("'08:00:2b:01:02:03'::macaddr", (), (), False),
    "postgresql.BIT(3)": Kind("B'101'", ("postgresql.BIT(3, varying=True)",), (), False),
    "postgresql.INT4RANGE": Kind("int4range({n}, {n} + 1)"),
    "postgresql.TSTZRANGE": Kind(
        "tstzrange(timestamptz '2026-01-01' + {n} * interval '1 day',"
        " timestamptz '2026-01-02' + {n} * interval '1 day')"
    ),
    "postgresql.TSVECTOR": Kind("to_tsvector('simple', 'a b' || {n})", (), (), False),
    "level": Kind("{level}", ("sa.Text", "sa.String(20)"), ("{level}",), False),
    "sa.ARRAY(level)": Kind("ARRAY[{level}]", (), ("'{}'",), False),
    "mood": Kind("{mood}", ("sa.Text",), ("{mood}",), False),
}
AGAINST = ("sa.JSON", "sa.DateTime")
"""Those that the linter advises against."""
INTEGERS = ("sa.SmallInteger", "sa.Integer", "sa.BigInteger")
TEXTS = ("sa.String(20)", "sa.Text")
RANGES = ("postgresql.INT4RANGE", "postgresql.TSTZRANGE")
NAMES = (
    *("amount", "title", "Odd name", "100%", "state_of", "order", "a:b", "kind"),
    *('say "hi"', "begin_at", "ünïcode", "user"),
)
LABELS = ("low", "high", "50%", "it's", "mid", "a b", "x:y")
COMMENTS = ("plain", "50% of 'it'", 'with "quotes": and\\n a line')
