"""The style and types of the template's own Python."""

import subprocess
import sys

import pytest
from baking import ROOT


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "hooks", "tests", "bench"],
        ["ruff", "format", "--check", "hooks", "tests", "bench"],
        ["mypy"],
    ],
)
def test_hooks_and_tests_are_clean(command: list[str]) -> None:
    result = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, encoding="utf-8"
    )

    assert result.returncode == 0, result.stdout + result.stderr
