"""Released revisions, and the names that they import, stay as they were."""

import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from baking import TEMPLATE
from released import UNCHANGED_SINCE, extract, versions

REVISIONS = TEMPLATE / "migrations" / "versions"
PACKAGE = TEMPLATE / "packages" / "alembic-workflow" / "src"
PRINT_FACADE = """
import inspect, json, alembic_workflow as package
print(json.dumps({n: str(inspect.signature(getattr(package, n))) for n in package.__all__}))
"""
HISTORY = versions(UNCHANGED_SINCE)


def digests(folder: Path) -> dict[str, str]:
    """Return the digest of each revision."""
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.py")}


def facade(source: Path) -> dict[str, str]:
    """Return the signature of each name that revisions may import from the package."""
    result = subprocess.run(
        [sys.executable, "-B", "-c", PRINT_FACADE],
        env=os.environ | {"PYTHONPATH": str(source)},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    signatures: dict[str, str] = json.loads(result.stdout)
    return signatures


@pytest.mark.skipif(not HISTORY, reason="needs the history of the template")
@pytest.mark.parametrize("version", HISTORY)
def test_a_released_revision_never_changes(version: str, tmp_path: Path) -> None:
    released = digests(extract(version, REVISIONS, tmp_path / "released"))
    now = digests(REVISIONS)

    assert released
    assert {name for name in released if released[name] != now.get(name)} == set()


@pytest.mark.skipif(not HISTORY, reason="needs the history of the template")
@pytest.mark.parametrize("version", HISTORY)
def test_what_released_revisions_import_never_changes(version: str, tmp_path: Path) -> None:
    released = facade(extract(version, PACKAGE, tmp_path / "released"))
    now = facade(PACKAGE)

    assert released
    assert {name: now.get(name) for name in released} == released


def test_another_text_or_signature_would_be_noticed(tmp_path: Path) -> None:
    revision = tmp_path / "2026_create.py"
    package = tmp_path / "alembic_workflow.py"
    seen = []
    for comment, parameters in (("", "table"), ("# Late.\n", "table, *, size=1")):
        revision.write_text(f"{comment}revision = 'a'\n")
        package.write_text(f"__all__ = ['fill']\ndef fill({parameters}): pass\n")
        seen.append((digests(tmp_path)[revision.name], facade(tmp_path)))

    (digest, before), (other, after) = seen
    assert digest != other
    assert (before, after) == ({"fill": "(table)"}, {"fill": "(table, *, size=1)"})
