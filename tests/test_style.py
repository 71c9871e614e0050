"""The style and types of the template's own Python."""

import subprocess
import sys
from pathlib import Path

import pytest
from baking import ROOT, TEMPLATE


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "hooks", "tests", "bench", "tools"],
        ["ruff", "format", "--check", "hooks", "tests", "bench", "tools"],
        ["mypy"],
    ],
)
def test_hooks_and_tests_are_clean(command: list[str]) -> None:
    result = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, encoding="utf-8"
    )

    assert result.returncode == 0, result.stdout + result.stderr


def test_the_package_imports_one_way() -> None:
    config = TEMPLATE / "packages" / "alembic-workflow" / "pyproject.toml"
    program = Path(sys.executable).with_name("lint-imports")

    result = subprocess.run(
        [program, "--no-cache", "--config", config], capture_output=True, encoding="utf-8"
    )

    assert result.returncode == 0, result.stdout + result.stderr
