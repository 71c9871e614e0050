"""Delete what was not chosen, put the licence in its place and start the git history."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

# Filled in by cookiecutter; tojson writes ' as \u0027, so that no answer can end this string.
ANSWERS = r'''{{ cookiecutter | tojson }}'''  # fmt: skip
TEMPLATE = r'''{{ template_folder() | tojson }}'''  # fmt: skip

POSTS = """
    app/dependencies/posts.py app/models/post.py app/models/vote.py app/queries/__init__.py
    app/queries/pagination.py app/queries/posts.py app/routers/posts.py app/routers/votes.py
    app/schemas/post.py
    migrations/versions/2026_01_06_0900-8d3f2b6a9c04_create_posts.py
    migrations/versions/2026_01_07_0900-b2e94c7f1d58_add_an_owner_to_posts.py
    migrations/versions/2026_01_07_0910-4f7a19c2d8e3_fill_the_owner_of_posts.py
    migrations/versions/2026_01_07_0920-d06b5e83a1f7_require_the_owner_of_posts.py
    migrations/versions/2026_01_08_0900-c6071ad85e39_add_published_to_posts.py
    migrations/versions/2026_01_09_0900-e95d30f8b7a6_create_votes.py
    tests/factories/posts.py tests/test_post_lists.py tests/test_posts.py tests/test_votes.py
"""
USERS = """
    app/auth/__init__.py app/auth/login.py app/auth/login_limits.py app/auth/passwords.py
    app/auth/tokens.py app/config/auth.py app/dependencies/__init__.py app/dependencies/client.py
    app/dependencies/users.py app/models/login_attempt.py app/models/user.py app/routers/login.py
    app/routers/users.py app/schemas/token.py app/schemas/user.py
    migrations/versions/2026_01_05_0900-5a1c0e7d4b21_create_users.py
    migrations/versions/2026_01_05_0910-7e90b1d4c2a8_count_attempts_to_log_in.py
    tests/factories/__init__.py tests/factories/users.py tests/queries.py tests/test_login.py
    tests/test_login_limits.py tests/test_security.py tests/test_users.py
"""
GITHUB = """
    .github/dependabot.yml .github/workflows/ci.yml .github/workflows/image.yml
    .github/workflows/template.yml
"""
GITLAB = ".gitlab-ci.yml renovate.json"
DOCKER = """
    .devcontainer/devcontainer.json .dockerignore .github/workflows/image.yml Dockerfile
    compose.yaml docs/image.md
"""
UNWANTED = {
    ("starter", "users"): POSTS,
    ("starter", "blank"): POSTS + USERS,
    ("ci", "github"): GITLAB,
    ("ci", "gitlab"): GITHUB,
    ("ci", "none"): GITHUB + GITLAB,
    ("docker", "no"): DOCKER,
}
LICENSES = ("MIT", "Apache-2.0", "BSD-3-Clause", "Proprietary")


def unwanted(answers: dict[str, str]) -> list[Path]:
    """Return the files that the options do without, and the licences, which become LICENSE."""
    rows = [row.split() for (key, value), row in UNWANTED.items() if answers[key] == value]
    names = dict.fromkeys(name for row in rows for name in row)  # two rows may have one
    return [Path(name) for name in names] + [Path("licenses", name) for name in LICENSES]


def remove(path: Path) -> None:
    """Delete it, and the folders around it once they are empty; raise when there is nothing."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    folder = path.parent
    while not folder.is_symlink() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def git(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run git here, without hooks or signatures."""
    options = ("-c", f"core.hooksPath={os.devnull}", "-c", "commit.gpgSign=false")
    return subprocess.run(
        ["git", *options, *arguments], capture_output=True, encoding="utf-8", errors="replace"
    )


def start_history(answers: dict[str, str]) -> str:
    """Commit the project to a new repository where that is possible; say what was done."""
    if "_commit" in answers:  # set by cruft, which compares folders and adds .cruft.json later
        return "No git repository was made: commit .cruft.json together with the project."
    if not shutil.which("git"):
        return "No git repository was made: git is not installed."
    for variable in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        os.environ.pop(variable, None)  # inside a git hook they name another repository
    if git("rev-parse", "--is-inside-work-tree").stdout.strip() == "true":
        return "No git repository was made: this folder is inside one already."
    committer = {
        "user.name": answers["author_name"] or answers["project_name"],
        "user.email": answers["author_email"] or "nobody@localhost",
    }
    unset = [key for key in committer if git("config", key).returncode]
    identity = [option for key in unset for option in ("-c", f"{key}={committer[key]}")]
    message = "Create the project from cookiecutter-fastapi-alembic"
    for command in (
        ["-c", "init.defaultBranch=main", "init"],
        ["add", "--all"],
        [*identity, "commit", "--message", message],
    ):
        if (result := git(*command)).returncode:
            return f"No commit was made: {(result.stderr or result.stdout).strip()}"
    return "The project is the first commit of a new git repository."


def main() -> None:
    """Turn the rendered files into the project that was asked for."""
    answers, template = json.loads(ANSWERS), json.loads(TEMPLATE)
    sys.path.insert(0, template)
    from hooks.leftovers import leftovers
    from hooks.own_files import forget_the_unchanged, put_back, report

    paths = unwanted(answers)
    for path in leftovers(Path(template), answers["_copy_without_render"]):
        remove(path)
    if not Path("LICENSE").is_dir():
        shutil.copyfile(Path("licenses", answers["license"]), "LICENSE")
    forget_the_unchanged()
    for path in paths:
        remove(path)
    report([path for path in put_back() if path in paths])
    print(f"\n{start_history(answers)}\n\nNext:")
    print(f"  cd {answers['project_slug']}\n  make run\n  make test")


if __name__ == "__main__":
    main()
