"""Databases of every kind, and the first models and revisions that say the same."""

import pytest

from workflow.cases.everything import EVERYTHING
from workflow.cases.walking import MODELS, adopted_by_force, agrees_at_once, both_ways, everything
from workflow.workbench import Workbench

ALIKE = {
    "lists of values on a varchar": """
CREATE DOMAIN grade AS varchar(2) CHECK (VALUE IN ('a', 'b'));
CREATE TABLE pupils (id int PRIMARY KEY, grade grade, house varchar(9) DEFAULT 'red',
  CHECK (house NOT IN ('x', 'y')));
CREATE UNIQUE INDEX pupils_house ON pupils (house) WHERE house IN ('red', 'blue');""",
    "percent signs": """
CREATE TABLE packs (id int PRIMARY KEY, "size %" int CHECK ("size %" % 6 = 0),
  part int GENERATED ALWAYS AS (id % 7) STORED, note text DEFAULT '%s %(x)s');
CREATE INDEX packs_part ON packs ((id % 5));
COMMENT ON TABLE packs IS '50% off';""",
    "functions in defaults and generated columns": """
CREATE FUNCTION one() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE FUNCTION more(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT n + public.one()';
CREATE TABLE steps (id int PRIMARY KEY, first int DEFAULT one() CHECK (more(first) > 1),
  next int GENERATED ALWAYS AS (more(id)) STORED);
CREATE FUNCTION alike(text, text) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1 ILIKE $2';
CREATE OPERATOR ~~~ (LEFTARG = text, RIGHTARG = text, FUNCTION = alike, COMMUTATOR = ~~~);
CREATE TYPE mood AS ENUM ('sad');
CREATE FUNCTION is_sad(mood) RETURNS bool LANGUAGE sql IMMUTABLE AS $$SELECT $1 = 'sad'$$;
CREATE TABLE people (name text PRIMARY KEY CHECK (name ~~~ 'a%'), mood mood CHECK (is_sad(mood)));
CREATE INDEX people_a ON people (name) WHERE name ~~~ 'b';""",
    "domains": """
CREATE DOMAIN share AS numeric(5, 2) NOT NULL DEFAULT 1 CHECK (VALUE >= 0) CHECK (VALUE < 100);
CREATE DOMAIN tag AS text COLLATE "C";
CREATE TABLE parts (id int PRIMARY KEY, share share, tags tag[], tag tag);
CREATE SCHEMA "S x";
CREATE TYPE "S x"."t %" AS ENUM ('y');
CREATE DOMAIN "S x".d AS "S x"."t %";
CREATE DOMAIN mail AS text NOT NULL CHECK (VALUE ~ '^[^@\\s]+:?%');
CREATE TYPE "time" AS ENUM ('a');
CREATE TABLE words (id int PRIMARY KEY, mail mail, d "S x".d DEFAULT 'y', t "S x"."t %"[],
  at public."time");""",
    "an extension": """
CREATE SCHEMA "Of %";
CREATE EXTENSION vector SCHEMA "Of %";
CREATE TABLE spots (id int PRIMARY KEY, at "Of %".vector(2), half "Of %".halfvec(2));
CREATE INDEX spots_at ON spots USING hnsw (at "Of %".vector_l2_ops) WITH (m = 8);""",
    "rules of many kinds": """
CREATE TABLE halls (id int, kind int, PRIMARY KEY (id) INCLUDE (kind), UNIQUE (kind, id),
  UNIQUE (kind) DEFERRABLE);
CREATE TABLE shows (id int PRIMARY KEY, hall_id int REFERENCES halls DEFERRABLE, during tsrange,
  old_id int, kind int,
  EXCLUDE USING gist (during WITH &&) WHERE (hall_id > 1) DEFERRABLE INITIALLY DEFERRED,
  FOREIGN KEY (kind, hall_id) REFERENCES halls (kind, id) MATCH FULL ON DELETE SET NULL (hall_id),
  CHECK (id > 0) NO INHERIT);
INSERT INTO shows (id, old_id) VALUES (1, -1);
ALTER TABLE shows ADD CONSTRAINT shows_old CHECK (old_id > 0) NOT VALID;
ALTER TABLE shows ADD CONSTRAINT shows_self FOREIGN KEY (old_id) REFERENCES shows NOT VALID;
COMMENT ON CONSTRAINT shows_old ON shows IS 'For ''old'' ones';
CREATE TABLE acts (id int PRIMARY KEY, show_id int);
ALTER TABLE acts ADD CONSTRAINT acts_show FOREIGN KEY (show_id) REFERENCES shows NOT VALID;
COMMENT ON CONSTRAINT acts_show ON acts IS 'To a table that comes later';
CREATE TABLE rooms (id int4range, at tsrange, PRIMARY KEY (id, at WITHOUT OVERLAPS));
CREATE TABLE bookings (id int PRIMARY KEY, room int4range, at tsrange, note text,
  FOREIGN KEY (room, PERIOD at) REFERENCES rooms (id, PERIOD at),
  FOREIGN KEY (id) REFERENCES acts NOT ENFORCED, CHECK (id > 7) NOT ENFORCED);
ALTER TABLE bookings ADD CONSTRAINT has_note NOT NULL note NOT VALID;
COMMENT ON CONSTRAINT has_note ON bookings IS 'From now on';""",
    "words of an index": """
CREATE TABLE words (id int PRIMARY KEY, word text, "Other Word" varchar(9));
CREATE INDEX words_a ON words (word COLLATE "POSIX" text_pattern_ops DESC NULLS LAST);
CREATE INDEX words_b ON words (lower(word) COLLATE "C", "Other Word" DESC) INCLUDE (id);
CREATE UNIQUE INDEX words_c ON words ((word || 'a, b)')) NULLS NOT DISTINCT WITH (fillfactor = 70);
CREATE INDEX words_d ON words USING hash (word);""",
    "keys to other tables": """
CREATE TABLE trees (id int PRIMARY KEY, parent_id int REFERENCES trees);
CREATE TABLE oaks (id int PRIMARY KEY REFERENCES trees, a int REFERENCES trees,
  b int REFERENCES oaks);
CREATE TABLE links (a int REFERENCES trees, b int REFERENCES trees, PRIMARY KEY (a, b));
ALTER TABLE trees ADD COLUMN oak_id int REFERENCES oaks;""",
    "names that mean something else": """
CREATE TYPE "Enum" AS ENUM ('a', 'A', '', 'it''s 5%', 'None');
CREATE TABLE "Index" (id int PRIMARY KEY, "UUID" uuid, other uuid, "Any" jsonb, float real, r real,
  date date, d date, "Mapped" text, "Enum" "Enum" DEFAULT 'A', text text, metadata text, class text,
  "list" int[], "é" int, __private int, "2" int, "a-b" int, a_b int, _sa_registry int, " " int,
  "None" int, "a""b'c" int CHECK ("a""b'c" > 0), "😀" int, "x(y)" int UNIQUE);
CREATE TABLE "None" (id int PRIMARY KEY, x int REFERENCES "Index" ("x(y)"));
CREATE TABLE "foo_Bar" (a int);
CREATE TABLE "Foobar" (a int);
CREATE TABLE "Foo-Bar" (id int PRIMARY KEY);
CREATE INDEX ON "Foobar" (a DESC);""",
    "types of many kinds": """
CREATE TYPE pair AS (a int, b text);
CREATE TYPE span AS RANGE (subtype = float8);
CREATE TABLE kinds (id int PRIMARY KEY, a pair, b span, c point, d xml, e "char", f name,
  g interval day to second (3), h time (2) with time zone, i timestamp (3), j bit varying (5),
  k numeric(4, 0), l char, m jsonb[], n int[][], o regclass, p txid_snapshot, q numeric[]);""",
    "sequences": """
CREATE SEQUENCE shared_ids AS int START 7 INCREMENT 2;
CREATE TABLE ones (id int PRIMARY KEY DEFAULT nextval('shared_ids'), number serial);
CREATE TABLE twos (id bigint PRIMARY KEY DEFAULT nextval('shared_ids'), "No" smallserial);
CREATE TABLE threes (id bigserial PRIMARY KEY, other int
  GENERATED BY DEFAULT AS IDENTITY (CYCLE));
CREATE SEQUENCE fours_id_seq START 100;
CREATE TABLE fours (id bigint PRIMARY KEY DEFAULT nextval('fours_id_seq'));
ALTER SEQUENCE fours_id_seq OWNED BY fours.id;
CREATE TABLE fives (id bigserial PRIMARY KEY, four_id int REFERENCES fours);
CREATE TABLE sixes (id int PRIMARY KEY DEFAULT nextval('fives_id_seq'), word text,
  code text DEFAULT 'N' || nextval('shared_ids'));
CREATE SEQUENCE sevens AS smallint INCREMENT -1 MAXVALUE -1;
ALTER SEQUENCE sevens OWNED BY sixes.word;""",
    "tables of many kinds": """
CREATE UNLOGGED TABLE quick (id int PRIMARY KEY) WITH (fillfactor = 70, autovacuum_enabled = off);
CREATE TABLE days (day date, kind varchar(5), PRIMARY KEY (day, kind)) PARTITION BY LIST (kind);
CREATE TABLE days_a PARTITION OF days FOR VALUES IN ('a');
CREATE INDEX days_day ON days (day);
CREATE TABLE heap (at timestamptz, "%" int);
CREATE TABLE "to days" (id int PRIMARY KEY, day date, kind varchar(5),
  FOREIGN KEY (day, kind) REFERENCES days);
CREATE TABLE wide (id int NOT NULL, word text DEFAULT 'a' CHECK (word <> ''));
CREATE TABLE a_wide (more int, PRIMARY KEY (id)) INHERITS (wide, heap);""",
}
FORCED = {
    "partitions": """
CREATE TABLE logs (id int, at date, kind text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE logs_1 PARTITION OF logs FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE logs_2 PARTITION OF logs DEFAULT PARTITION BY HASH (id);
CREATE TABLE logs_3 PARTITION OF logs_2 FOR VALUES WITH (modulus 1, remainder 0);
CREATE INDEX logs_kind ON logs (kind);
CREATE VIEW kinds AS SELECT kind FROM logs;""",
    "triggers, policies and rules": """
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TABLE notes (id int PRIMARY KEY, owner text, kind varchar(4));
CREATE TRIGGER notes_stamp BEFORE UPDATE ON notes FOR EACH ROW
  WHEN (NEW.kind IN ('a', 'b')) EXECUTE FUNCTION stamp();
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON notes AS RESTRICTIVE FOR UPDATE USING (owner = current_user)
  WITH CHECK (kind IN ('a', 'b'));
CREATE RULE keep AS ON DELETE TO notes WHERE old.kind IN ('a', 'c') DO INSTEAD NOTHING;""",
    "views and functions of tables": """
CREATE TABLE sales (id int PRIMARY KEY, state varchar(9));
CREATE VIEW later AS SELECT * FROM sales WHERE state IN ('a', 'b');
CREATE VIEW early AS SELECT id FROM later;
CREATE FUNCTION first_sale() RETURNS sales LANGUAGE sql AS 'SELECT * FROM sales LIMIT 1';
CREATE MATERIALIZED VIEW kept AS SELECT count(*) FROM early;""",
    "a key to a unique index": """
CREATE TABLE homes (id int PRIMARY KEY, town int NOT NULL);
CREATE UNIQUE INDEX homes_town ON homes (town);
CREATE TABLE trips (id int PRIMARY KEY, town int REFERENCES homes (town));
ALTER TABLE trips ADD CHECK (town > 0) NOT VALID;""",
}


@pytest.mark.parametrize("kind", ALIKE)
def test_models_agree_with_the_database_at_once(project: Workbench, kind: str) -> None:
    agrees_at_once(project, ALIKE[kind])


@pytest.mark.parametrize("kind", FORCED)
def test_a_database_loses_nothing_when_it_is_adopted_by_force(
    project: Workbench, kind: str
) -> None:
    adopted_by_force(project, FORCED[kind])


def test_a_new_database_gets_all_that_the_adopted_one_has(project: Workbench) -> None:
    said = adopted_by_force(project, EVERYTHING)

    for named in ("options of server far", "privileges (GRANT) on 1 objects"):
        assert f"Left out of the first revision, which cannot make it: {named}." in said
    assert "secret" not in "".join(each.read_text() for each in project.versions.glob("*.py"))
    with project.database("fresh") as url:
        project.succeed("upgrade", "head", DATABASE_URL=url)
        assert everything(project.url.set(database="fresh")) == everything(project.url)
        project.succeed("downgrade", "base", DATABASE_URL=url)
        project.succeed("drift", DATABASE_URL=url)


def test_the_file_of_models_lists_what_no_model_can_say(project: Workbench) -> None:
    project.sql(FORCED["triggers, policies and rules"])
    project.succeed("models", "--base", "app.models.base", "--to", "app/models/existing.py")

    text = (project.path / "app/models/existing.py").read_text()

    assert "# - trigger notes.notes_stamp" in text
    assert "# - policy notes.own" in text
    assert "# - row level security or replica identity of table notes" in text


def test_what_no_model_and_no_revision_makes_is_named(project: Workbench) -> None:
    project.sql(
        "CREATE TABLE notes (id int PRIMARY KEY, word text)", "GRANT ALL ON notes TO PUBLIC"
    )
    project.sql("COMMENT ON INDEX notes_pkey IS 'key'", "ALTER TABLE notes CLUSTER ON notes_pkey")

    project.succeed(*MODELS)
    said = project.succeed("baseline")

    head = (project.path / "app/models/existing.py").read_text().partition("import")[0]
    for label in ("comment on index notes_pkey", "clustered index of notes"):
        assert f"# - {label}\n" in head
        assert label in said
    assert "nothing here makes" in head
    assert "# - privileges (GRANT) on 1 objects\n" in head


@pytest.mark.parametrize("where", ["database", "role", "url"])
def test_another_search_path_is_honoured(project: Workbench, where: str) -> None:
    project.sql("CREATE SCHEMA app", "CREATE TABLE app.tools (id int PRIMARY KEY, word varchar(9))")
    url, setting = project.url, "SET search_path = app, public"
    if where == "url":
        project.url = url.update_query_dict({"options": "-csearch_path=app,public"})
    elif where == "database":
        project.sql(f'ALTER DATABASE "my-api" {setting}')
    else:
        project.sql("CREATE ROLE searching LOGIN SUPERUSER")
        project.url = url.set(username="searching")
        project.sql("ALTER ROLE searching SET search_path = public")
        project.sql(f'ALTER ROLE searching IN DATABASE "my-api" {setting}')

    try:
        models = agrees_at_once(project)
        assert "schema" not in models
        path = project.path / "app/models/existing.py"
        path.write_text(models.replace("9)", "99)"))
        both_ways(project)
    finally:
        project.url = url
        if where == "role":
            project.sql("DROP OWNED BY searching CASCADE", "DROP ROLE searching")


def test_what_no_model_mentions_stays(project: Workbench) -> None:
    adopted_by_force(
        project,
        """
CREATE TYPE unused AS ENUM ('a');
CREATE DOMAIN alone AS int CHECK (VALUE > 0);
CREATE SEQUENCE tickets START 7;
CREATE TABLE notes (id int PRIMARY KEY, word text);
CREATE FUNCTION lines(n unused) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  RETURN 'one
    two "three"\\n';
END $$;""",
    )


def test_what_the_revisions_do_not_make_is_named(project: Workbench) -> None:
    project.sql("CREATE TABLE notes (id int PRIMARY KEY)", "CREATE VIEW all_notes AS TABLE notes")
    project.succeed("models", "--base", "app.models.base", "--to", "app/models/existing.py")

    assert "no model says: view all_notes." in project.succeed("baseline")
