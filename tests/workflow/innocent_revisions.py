"""Revisions that rows in the tables do not hinder: names, and what they do and undo."""

PRODUCTS = (
    'op.create_table("products", sa.Column("code", sa.Text(), nullable=False), '
    'sa.CheckConstraint("code ~ \'^[A-Z]{3}-[0-9]$\'", name=op.f("ck_products_code")))'
)
INNOCENT = [
    ("products", PRODUCTS, 'op.drop_table("products")'),
    (
        "checks",
        'op.execute("""CREATE TABLE rated (stars int NOT NULL CHECK (stars BETWEEN 3 AND 5), '
        "state text NOT NULL CHECK (state IN ('new', 'old')), first date NOT NULL, "
        "last date NOT NULL, CHECK (first <= last), post_id bigint REFERENCES posts, "
        "user_id bigint REFERENCES users, CHECK (num_nonnulls(post_id, user_id) = 1), "
        "during tstzrange NOT NULL, EXCLUDE USING gist (during WITH &&), "
        "part numeric(2, 2) NOT NULL, short char(2) NOT NULL UNIQUE, "
        'one int PRIMARY KEY DEFAULT 1 CHECK (one = 1))""")',
        'op.drop_table("rated")',
    ),
    (
        "types",
        "op.execute(\"CREATE TYPE mood AS ENUM ('good', 'it''s', 'a \\\"b\\\"'); "
        "CREATE DOMAIN percent AS int CHECK (VALUE BETWEEN 10 AND 20); "
        "CREATE DOMAIN shares AS percent[] NOT NULL; CREATE TYPE pair AS (a int, b int); "
        "CREATE TABLE typed (mood mood NOT NULL, moods mood[] NOT NULL, share percent NOT NULL, "
        "id uuid NOT NULL UNIQUE, data jsonb NOT NULL, raw bytea NOT NULL, host inet NOT NULL, "
        "net cidr NOT NULL, span interval NOT NULL, at time NOT NULL, days daterange NOT NULL, "
        "many text[] NOT NULL, bits bit(4) NOT NULL, price money NOT NULL, "
        "words tsvector NOT NULL, mac macaddr NOT NULL, "
        "place point, pair pair, small smallint NOT NULL, x real NOT NULL, "
        'twice int GENERATED ALWAYS AS (small * 2) STORED, n serial)")',
        'op.execute("DROP TABLE typed; DROP TYPE pair; DROP DOMAIN shares, percent; '
        'DROP TYPE mood")',
    ),
    (
        "keys",
        'op.execute("CREATE TABLE tenants (id int PRIMARY KEY); '
        "CREATE TABLE orders (tenant_id int REFERENCES tenants, id text, "
        "PRIMARY KEY (tenant_id, id)); "
        "CREATE TABLE lines (tenant_id int NOT NULL REFERENCES tenants, order_id text NOT NULL, "
        "n int, PRIMARY KEY (tenant_id, order_id, n), "
        "FOREIGN KEY (tenant_id, order_id) REFERENCES orders); "
        "CREATE TABLE people (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
        "boss_id int REFERENCES people, mentor_id int NOT NULL REFERENCES people); "
        "CREATE TABLE hens (id int PRIMARY KEY, egg_id int); "
        "CREATE TABLE eggs (id int PRIMARY KEY, hen_id int NOT NULL REFERENCES hens); "
        'ALTER TABLE hens ADD FOREIGN KEY (egg_id) REFERENCES eggs")',
        'op.execute("ALTER TABLE hens DROP COLUMN egg_id; '
        'DROP TABLE eggs, hens, people, lines, orders, tenants")',
    ),
    (
        "partitions",
        'op.execute("CREATE TABLE events (at timestamptz NOT NULL, kind text NOT NULL) '
        "PARTITION BY RANGE (at); CREATE TABLE events_2024 PARTITION OF events "
        "FOR VALUES FROM ('2024-01-01') TO ('2025-01-01'); "
        'CREATE TABLE none_yet (id int NOT NULL) PARTITION BY LIST (id)")',
        'op.execute("DROP TABLE events, none_yet")',
    ),
    (
        "names",
        'op.execute("CREATE SCHEMA \\"the bills\\"; CREATE TABLE \\"the bills\\".\\"Über 100%%\\" '
        '(\\"a \\"\\"b\\"\\"\\" int NOT NULL, \\"50%%\\" text NOT NULL UNIQUE)")',
        'op.execute("DROP SCHEMA \\"the bills\\" CASCADE")',
    ),
    (
        "slugs",
        'op.add_column("posts", sa.Column("slug", sa.Text()))\n'
        'backfill("posts", {"slug": "title"}, where="slug IS NULL")\n'
        'op.alter_column("posts", "slug", nullable=False)\n'
        "with op.get_context().autocommit_block():\n"
        '    op.create_index("ix_posts_slug", "posts", ["slug"], postgresql_concurrently=True)',
        'op.drop_index("ix_posts_slug", "posts")\nop.drop_column("posts", "slug")',
    ),
]
