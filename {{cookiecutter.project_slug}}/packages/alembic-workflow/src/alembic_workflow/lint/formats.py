"""Findings for a person, for GitHub's annotations, and for programs."""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import quote

from alembic_workflow.lint.run import Finding

Format = Callable[[Sequence[Finding]], str]


def as_text(findings: Sequence[Finding]) -> str:
    """Return a paragraph for each: what is wrong where, and below it the safe form, once."""
    paragraphs = []
    lines: dict[tuple[Path, str], int] = {}
    for each in findings:
        line = lines.setdefault((each.path, each.recipe), each.line)
        recipe = each.recipe if line == each.line else f"# As for line {line}, above."
        remark = "remark: " if each.is_remark else ""
        paragraphs.append(
            f"{_shown(each.path)}:{each.line}: {remark}{each.code}: "
            + "\n    ".join([each.message, *recipe.splitlines()])
        )
    return "\n\n".join(paragraphs)


def as_github(findings: Sequence[Finding]) -> str:
    """Return commands that annotate the lines of a pull request.

    https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
    """
    return "\n".join(
        f"::{'notice' if each.is_remark else 'error'} file={_property(_shown(each.path))},"
        f"line={each.line},title={_property(each.code)}::"
        + _escaped("\n".join([each.message, *each.recipe.splitlines()]))
        for each in findings
    )


def as_json(findings: Sequence[Finding]) -> str:
    """Return a list of objects, one for each finding."""
    return json.dumps([asdict(each) | {"path": _shown(each.path)} for each in findings], indent=2)


def as_sarif(findings: Sequence[Finding]) -> str:
    """Return a log of SARIF, which code scanning reads.

    https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
    """
    codes = sorted({each.code for each in findings})
    driver = {"name": "alembic-workflow", "rules": [{"id": code} for code in codes]}
    run = {"tool": {"driver": driver}, "results": [_result(each) for each in findings]}
    schema = "https://json.schemastore.org/sarif-2.1.0.json"
    return json.dumps({"$schema": schema, "version": "2.1.0", "runs": [run]}, indent=2)


FORMATS: dict[str, Format] = {
    "text": as_text,
    "github": as_github,
    "json": as_json,
    "sarif": as_sarif,
}


def _result(finding: Finding) -> dict[str, Any]:
    region = {"startLine": finding.line}
    uri = quote(Path(_shown(finding.path)).as_posix())
    place = {"artifactLocation": {"uri": uri}, "region": region}
    return {
        "ruleId": finding.code,
        "level": "note" if finding.is_remark else "error",
        "message": {"text": f"{finding.message}\n{finding.recipe}".strip()},
        "locations": [{"physicalLocation": place}],
    }


def _shown(path: Path) -> str:
    below = os.path.relpath(path)
    return str(path) if below.startswith("..") else below


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
