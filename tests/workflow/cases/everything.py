"""A database with one of each thing that a first revision makes."""

EVERYTHING = """
CREATE SCHEMA empty;
COMMENT ON SCHEMA empty IS 'Nothing';
CREATE SCHEMA parts;
CREATE TYPE pair AS ("Left %" int, b text COLLATE "C");
CREATE TYPE span AS RANGE (SUBTYPE = float8, SUBTYPE_DIFF = float8mi, MULTIRANGE_TYPE_NAME = spans);
CREATE TABLE items (
  id int GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME counter) PRIMARY KEY WITH (fillfactor = 50),
  word text CONSTRAINT has_word NOT NULL, pair pair, number int NOT NULL NO INHERIT UNIQUE);
ALTER TABLE items ADD CONSTRAINT has_pair NOT NULL pair NOT VALID;
COMMENT ON CONSTRAINT has_word ON items IS 'It has a word';
ALTER TABLE items ALTER word SET STORAGE EXTERNAL, ALTER word SET STATISTICS 300,
  ALTER word SET COMPRESSION pglz, ALTER word SET (n_distinct = 5),
  SET (fillfactor = 70, toast.autovacuum_enabled = off);
ALTER TABLE items REPLICA IDENTITY USING INDEX items_number_key;
CREATE INDEX items_lower ON items (lower(word), number);
COMMENT ON INDEX items_lower IS 'To search';
ALTER INDEX items_lower ALTER COLUMN 1 SET STATISTICS 500;
ALTER TABLE items CLUSTER ON items_lower;
CREATE STATISTICS items_both ON word, number FROM items;
ALTER STATISTICS items_both SET STATISTICS 100;
CREATE TABLE pairs OF pair (PRIMARY KEY ("Left %"));
CREATE UNLOGGED SEQUENCE quick;
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
COMMENT ON FUNCTION stamp() IS 'It''s 5%';
CREATE TRIGGER off BEFORE UPDATE ON items FOR EACH ROW EXECUTE FUNCTION stamp('a:b %');
CREATE TRIGGER always BEFORE UPDATE ON items FOR EACH ROW EXECUTE FUNCTION stamp();
ALTER TABLE items DISABLE TRIGGER off, ENABLE ALWAYS TRIGGER always;
COMMENT ON TRIGGER off ON items IS 'Later';
CREATE RULE quiet AS ON DELETE TO items DO ALSO SELECT 1;
ALTER TABLE items DISABLE RULE quiet;
CREATE VIEW words AS SELECT id, word FROM items;
COMMENT ON COLUMN words.word IS 'The word';
ALTER VIEW words ALTER COLUMN word SET DEFAULT 'none';
CREATE FUNCTION alike(pair, pair) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1.b = $2.b';
CREATE OPERATOR === (LEFTARG = pair, RIGHTARG = pair, FUNCTION = alike, COMMUTATOR = ===);
CREATE FUNCTION pair_text(pair) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1.b';
CREATE CAST (pair AS text) WITH FUNCTION pair_text(pair) AS ASSIGNMENT;
CREATE AGGREGATE highest (int) (SFUNC = int4larger, STYPE = int, SORTOP = >, PARALLEL = SAFE);
CREATE FUNCTION one_more(int) RETURNS int LANGUAGE sql AS 'SELECT $1 + 1';
CREATE AGGREGATE counted (*) (SFUNC = one_more, STYPE = int, INITCOND = '0');
CREATE AGGREGATE middle (float8 ORDER BY anyelement) (SFUNC = ordered_set_transition,
  STYPE = internal, FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA);
CREATE TABLE days (day date, kind text, code int, PRIMARY KEY (day, kind)) PARTITION BY RANGE (day);
CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
CREATE TABLE parts.days_2 PARTITION OF days (kind DEFAULT 'x', CHECK (code > 0)) DEFAULT
  PARTITION BY LIST (kind);
CREATE TABLE parts.days_3 PARTITION OF parts.days_2 FOR VALUES IN ('a:b', '5%');
CREATE INDEX days_1_code ON days_1 (code);
CREATE TRIGGER days_1_stamp BEFORE INSERT ON days_1 FOR EACH ROW EXECUTE FUNCTION stamp();
COMMENT ON TABLE days_1 IS 'The first';
CREATE FOREIGN DATA WRAPPER away;
CREATE SERVER far FOREIGN DATA WRAPPER away OPTIONS (password 'secret');
CREATE FOREIGN TABLE "f %" (id int NOT NULL DEFAULT 3, word text) SERVER far OPTIONS (name 'x%');
COMMENT ON FOREIGN TABLE "f %" IS 'Elsewhere';
CREATE PUBLICATION news FOR TABLE items (id, number) WHERE (id > 5);
CREATE PUBLICATION parts FOR TABLE items, TABLES IN SCHEMA parts WITH (publish = 'insert');
CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER watching ON ddl_command_end EXECUTE FUNCTION watch();
ALTER EVENT TRIGGER watching DISABLE;
GRANT SELECT ON items TO PUBLIC;"""
