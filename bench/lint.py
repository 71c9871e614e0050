"""Face-off of linters: dangers found in unsafe revisions, and alarms over safe ones.

Each of the others is installed into an environment of its own, below build/bench-lint. The
revisions are those of the tests; or, with a folder, its base.py, unsafe/*.py (in which
"# Says: pattern" is what a good message mentions) and safe/*.py.
Usage: python -P bench/lint.py [FOLDER [LINTER ...]]
"""

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from workflow.conftest import server
from workflow.linting import HOSTILE, INNOCENT, Linter, Revision
from workflow.workbench import Workbench, workbench

ENVIRONMENTS = ROOT / "build" / "bench-lint"
PROGRAMS = {
    "squawk-cli": "squawk",
    "zdm": "zdm",
    "alembic-guard": "alembic-guard",
    "lockcheck": "lockcheck",
    "alembic-migration-linter": "alembic-lint",
}
Check = Callable[[Workbench, Path, str], str]
"""Takes a service, a revision's file, and the id of the one before; returns what is found."""


class Case(NamedTuple):
    """A revision, and what a good message mentions if it is unsafe."""

    name: str
    source: str
    says: str | None


def cases(folder: Path | None) -> Iterator[Case]:
    """Yield the revisions of the folder, or those of the tests."""
    if folder is None:
        for says, revisions in ((".", HOSTILE), (None, INNOCENT)):
            for name, revision in revisions.items():
                yield Case(name, placed(revision), says)
        return
    for path in (*sorted(folder.glob("unsafe/*.py")), *sorted(folder.glob("safe/*.py"))):
        text = path.read_text(encoding="utf-8")
        match = re.search(r"^# Says: (.*)$", text, re.MULTILINE)
        yield Case(path.stem, text, match[1] if match else None)


def placed(revision: Revision) -> str:
    """Return the source of a revision after the tables."""
    return revision.source().replace('"before"', '"tables"', 1)


def own(bench: Workbench, path: Path, before: str) -> str:
    """Return what this package finds, without recipes."""
    # Its downgrade is looked at only where that is the danger.
    arguments = ["--downgrades"] if "downgrade" in path.stem else []
    _, output = bench.run("lint", "--since", before, "--format", "json", *arguments)
    return "\n".join(
        f"{each['code']}: {each['message']}" for each in json.loads(output) if not each["is_remark"]
    )


def squawk(bench: Workbench, path: Path, before: str) -> str:
    """Return what squawk finds in the SQL that Alembic prints."""
    identity = re.search(r'^revision = "(\w+)"', path.read_text(encoding="utf-8"), re.MULTILINE)
    assert identity is not None
    status, sql = bench.run("alembic", "upgrade", f"{before}:{identity[1]}", "--sql")
    lines = [line for line in sql.splitlines() if "alembic_version" not in line]
    kept = [line for line in lines if not re.match(r"INFO|WARNING|FAILED|Traceback", line)]
    if status:
        return ""
    style = (
        *("prefer-robust-stmts", "prefer-text-field", "prefer-bigint-over-int", "prefer-identity"),
        *("require-enum-value-ordering", "require-lock-timeout", "require-statement-timeout"),
        *("prefer-bigint-over-smallint", "ban-char-field", "ban-uncommitted-transaction"),
    )
    return run("squawk-cli", f"--exclude={','.join(style)}", input="\n".join(kept))


def of_file(package: str, *options: str) -> Check:
    """Return what lets a linter of files look at the revision."""

    def check(bench: Workbench, path: Path, before: str) -> str:
        also = ("--include-downgrade",) * (package == "alembic-guard" and "downgrade" in path.stem)
        project = plain_project(bench)
        return run(package, *options, *also, f"alembic/versions/{path.name}", cwd=project)

    return check


def alembic_linter(bench: Workbench, path: Path, before: str) -> str:
    """Return what alembic-migration-linter finds, which runs what can be run without a database."""
    arguments = ("--dialect", "postgresql", "--since-revision", before, "--warnings-as-errors")
    project = plain_project(bench)
    output = run("alembic-migration-linter", *arguments, "--no-cache", "-q", cwd=project)
    return output.replace("_", " ")  # its codes are all that it says


def plain_project(bench: Workbench) -> Path:
    """Return a folder with the revisions alone where those linters look for them."""
    folder = bench.path.parent / "plain"
    versions = folder / "alembic" / "versions"
    shutil.rmtree(folder, ignore_errors=True)
    versions.mkdir(parents=True)
    for path in bench.versions.glob("*.py"):
        shutil.copy(path, versions)
    (folder / "alembic.ini").write_text("[alembic]\nscript_location = alembic\n", encoding="utf-8")
    return folder


def run(package: str, *arguments: str, **options: object) -> str:
    """Return what the program prints if it finds something."""
    program = ENVIRONMENTS / package / "bin" / PROGRAMS[package]
    result = subprocess.run(  # type: ignore[call-overload]  # mypy cannot tell the options
        [program, *arguments], capture_output=True, encoding="utf-8", **options
    )
    has_findings = result.returncode and "Traceback" not in result.stderr
    return f"{result.stdout}{result.stderr}" if has_findings else ""


CHECKS: dict[str, Check] = {
    "alembic-workflow": own,
    "squawk-cli": squawk,
    "zdm": of_file("zdm", "--warnings-as-errors"),
    "alembic-guard": of_file("alembic-guard", "--strict"),
    "lockcheck": of_file("lockcheck"),
    "alembic-migration-linter": alembic_linter,
}


def install() -> None:
    """Install each of the others, unless it is there."""
    uv = str(ROOT / ".uv" / "bin" / "uv")
    for package in PROGRAMS:
        folder = ENVIRONMENTS / package
        if not folder.exists():
            subprocess.run([uv, "venv", "--quiet", folder, "--python", sys.executable], check=True)
            python = str(folder / "bin" / "python")
            subprocess.run(
                [uv, "pip", "install", "-q", "--compile-bytecode", "--python", python, package],
                check=True,
            )


def face_off(bench: Workbench, folder: Path | None, chosen: Sequence[str]) -> None:
    """Print a table, and what each linter missed or was alarmed by."""
    if folder is None:
        before = "tables"
        Linter(bench).prepare()
    else:
        before = "base0000"
        bench.empty()
        shutil.copy(folder / "base.py", bench.versions / "base.py")
    given = list(cases(folder))
    print(f"{'':26}{'found':>8}{'named':>8}{'alarms':>8}{'seconds':>9}")
    for linter in chosen or list(CHECKS):
        check = CHECKS[linter]
        started = time.monotonic()
        found = named = alarms = 0
        wrong = []
        for case in given:
            name = "downgrade_" if "downgrade" in case.name else ""
            path = bench.versions / f"{name}case.py"
            path.write_text(case.source, encoding="utf-8")
            output = check(bench, path, before)
            path.unlink()
            found += bool(output and case.says)
            alarms += bool(output and case.says is None)
            is_named = bool(output and case.says and re.search(case.says, output, re.IGNORECASE))
            named += is_named
            if is_named != (case.says is not None) or (output and case.says is None):
                wrong.append(case.name)
        seconds = time.monotonic() - started
        print(f"{linter:26}{found:8}{named:8}{alarms:8}{seconds:9.1f}", flush=True)
        print(f"  {', '.join(wrong)}\n" if len(wrong) < 12 else "", end="")
    unsafe = sum(case.says is not None for case in given)
    print(f"of {unsafe} unsafe and {len(given) - unsafe} safe revisions")


def main() -> None:
    """Compare the linters."""
    install()
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    servers = server.__wrapped__()
    with TemporaryDirectory() as place, workbench(Path(place), next(servers)) as bench:
        face_off(bench, folder, sys.argv[2:])
    next(servers, None)


if __name__ == "__main__":
    main()
