"""What plain Alembic lacks. Knows Alembic and PostgreSQL and nothing of the app.

env.py makes an `Environment` and calls `environment.run`, which hands each command on:

- upgrade, downgrade, stamp: `upgrades`, with `locks`, `patience` and `progress`.
- revision --autogenerate, check: `autogenerate`, on the history that `replay` (and `replay_cache`)
  applies to a database of `scratch`. `completion` tries what Alembic found (`trial`), and adds what
  is left when `catalog` compares the outcome with the models: `renames`, `enums`, `complements`.
- python -m alembic_workflow (`__main__`): `checks`, `history`, `targets`, `models`, `baseline`
  with `adoption`, and `lint` with what begins with lint, `squawk`, `statements` and `sql_text`.
- errors of all of them: `errors`, with `import_errors`.

Revisions import `backfill` and `indexes`.
"""
