"""`python -m scripts.template update [TAG]` and `check`: later versions of the template."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

CRUFT = "cruft>=2.16,<3"
RELEASE = re.compile(r"refs/tags/(v(\d+)\.(\d+)\.(\d+))")
LEFT_OUT = re.compile(r"^error: (.+): (?:already exists|does not exist|No such file)", re.M)
OUTDATED = "Project's cruft is out of date"
REJECTED = "Project directory may have *.rej files"
NEXT = """\
Look at it with `git diff HEAD`, and read "What to do" in the CHANGELOG of the template. Then:
  make lint
  make check                            whether models and revisions agree
  make revision m="update the schema"   if they do not
  make test
and commit everything, with .cruft.json."""


class TemplateError(Exception):
    """The project could not be compared or updated; the message says why and what to do."""


def update(release: str) -> None:
    """Bring the project to a release, by default the newest. Raises TemplateError."""
    link = read_link()
    require_clean_tree()
    # A project that was made after the newest release stays as it is, unless that is asked for.
    strictness = "--strict" if release else "--not-strict"
    release = release or newest_release(link["template"])
    output = run_cruft("update", release, "--skip-apply-ask", strictness)
    if read_link()["commit"] == link["commit"]:
        print("Nothing to do: the project has that version of its template, or a later one.")
        return
    if places := conflicts(output):
        raise TemplateError(
            "the template and the project changed the same places, which are yours to settle:\n  "
            + "\n  ".join(places)
            + f"\nSettle them and delete the .rej files. {NEXT}"
        )
    print(f"The project has {release or 'the newest commit'} of its template now. {NEXT}")


def check() -> None:
    """Print that the project has the newest release. Raises TemplateError if it has not."""
    release = newest_release(read_link()["template"])
    output = run_cruft("check", release, "--not-strict")
    if OUTDATED in output:
        raise TemplateError(
            f"the template has {release or 'a newer commit'}, which this project has not; "
            "`make template-update` brings it."
        )
    print("The project has the newest release of its template.")


def read_link() -> dict[str, str]:
    """Return where the template is and which commit the project has. Raises TemplateError."""
    path = Path(".cruft.json")
    if not path.is_file():
        raise TemplateError(
            "there is no .cruft.json, which says what the project was made from. "
            "docs/updating.md has the command that writes one."
        )
    link: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return link


def require_clean_tree() -> None:
    """Look whether git could undo an update. Raises TemplateError if not."""
    status = git("status", "--porcelain")
    if status.returncode:
        raise TemplateError(
            "this folder is not in a git repository, so that an update could not be undone; "
            "`git init`, and commit everything first."
        )
    if status.stdout:
        raise TemplateError(
            "there are changes that are not committed (`git status` names them); commit or "
            "stash them first, so that the update can be read and undone by itself."
        )


def newest_release(template: str) -> str:
    """Return the highest tag of the template, or "" if it has none. Raises TemplateError."""
    listed = git("ls-remote", "--tags", "--refs", template)
    if listed.returncode:
        reason = listed.stderr.strip().splitlines()[-1:]
        raise TemplateError(
            f"{template} cannot be reached ({' '.join(reason)}). Is `template` in .cruft.json "
            "still its address, and may you read it?"
        )
    found = [match.groups() for match in RELEASE.finditer(listed.stdout)]
    releases = {tuple(map(int, numbers)): tag for tag, *numbers in found}
    return releases[max(releases)] if releases else ""


def run_cruft(command: str, release: str, *options: str) -> str:
    """Run cruft and return what it printed. Raises TemplateError if it could not do its work."""
    uv = shutil.which("uv") or ".uv/bin/uv"
    # Its Python: with one that is older than 3.11, cruft ignores [tool.cruft] of pyproject.toml.
    tool = [uv, "tool", "run", "--quiet", "--python", sys.executable, "--from", CRUFT, "cruft"]
    checkout = ["--checkout", release] if release else []
    result = subprocess.run(
        [*tool, command, *options, *checkout],
        env=os.environ | {"LC_ALL": "C", "_TYPER_STANDARD_TRACEBACK": "1"},
        capture_output=True,
        encoding="utf-8",
    )
    output = result.stdout + result.stderr
    if result.returncode and OUTDATED not in output:
        reason = re.sub(r"^[\w.]+: ", "", output.strip().splitlines()[-1])
        raise TemplateError(f"cruft failed. {reason}")
    return output


def conflicts(output: str) -> list[str]:
    """Return the places where the template's change did not fit, and what was done with each."""
    names = git("ls-files", "--others", "--", "*.rej").stdout.splitlines()
    rejected = [f"{name.removesuffix('.rej')}: what did not fit is in {name}" for name in names]
    unmerged = git("diff", "--name-only", "--relative", "--diff-filter=U").stdout.splitlines()
    marked = [f"{name}: both versions are in it, between <<<<<<< and >>>>>>>" for name in unmerged]
    left_out = sorted(set(LEFT_OUT.findall(output))) if REJECTED in output else []
    kept = [f"{name}: yours was kept, and the template's left out" for name in left_out]
    found = [*rejected, *marked, *kept]
    return found or ([output.strip()] if REJECTED in output else [])


def git(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run git here, without a question for a password that nobody would see."""
    environment = os.environ | {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    return subprocess.run(
        ["git", "-c", "core.quotePath=false", *arguments],
        env=environment,
        capture_output=True,
        encoding="utf-8",
    )


def main() -> None:
    """Run the command line; exit with status 1 and the reason if something is left to do."""
    command, *rest = sys.argv[1:]
    try:
        check() if command == "check" else update(*rest)
    except TemplateError as error:
        sys.exit(f"template-{command}: {error}")


if __name__ == "__main__":
    main()
