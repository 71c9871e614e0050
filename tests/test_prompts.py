"""Answers to the prompts: refused, or arriving unchanged."""

import json
import os
import pty
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from baking import ROOT, Bakery, Project, bake, bake_on_the_command_line, write_config
from markdown_it import MarkdownIt
from parsing import parse
from running import stop_postgres, succeed

REFUSED = [
    ({"project_slug": "My-API"}, "project_slug 'My-API' must consist of a-z, 0-9, - and _"),
    ({"project_slug": "3d-api"}, "project_slug '3d-api' must consist of a-z, 0-9, - and _"),
    ({"project_slug": "my api"}, "project_slug 'my api' must consist of a-z, 0-9, - and _"),
    ({"project_slug": "my.api"}, "project_slug 'my.api' must consist of a-z, 0-9, - and _"),
    ({"project_slug": "mý-api"}, r"project_slug 'm\xfd-api' must consist of a-z, 0-9, - and _"),
    ({"project_slug": "my-api-"}, "start with a letter and end with a letter or digit"),
    ({"project_slug": "my-api\n"}, r"project_slug 'my-api\n' must consist of a-z, 0-9, - and _"),
    ({"project_slug": "a" * 41}, "project_slug is 41 characters long; use at most 40"),
    ({"project_slug": "postgres"}, "'postgres' is a database of PostgreSQL's own"),
    ({"project_slug": "template1"}, "'template1' is a database of PostgreSQL's own"),
    (
        {"project_name": "日本", "project_slug": "-"},
        "project_slug '-' must consist of a-z, 0-9, - and _",
    ),
    ({"project_name": ""}, "project_name is empty"),
    ({"project_name": "two\nlines"}, "project_name contains the character U+000A"),
    ({"project_name": "My API "}, "project_name starts or ends with a space"),
    ({"project_description": "separated\u2028lines"}, "contains the character U+2028"),
    ({"project_description": "reversed \u202etxt"}, "contains the character U+202E"),
    ({"project_description": "isolated \u2066txt"}, "contains the character U+2066"),
    ({"project_description": "half of a pair: \udcff"}, "contains the character U+DCFF"),
    ({"project_description": "a" * 201}, "project_description is 201 characters long"),
    ({"author_name": "bell\a"}, "author_name contains the character U+0007"),
    ({"author_email": "nobody"}, "author_email 'nobody' is not an address"),
    ({"author_email": "a@example.com, b@example.com"}, "is not an address"),
]

# Each is typed as name, description and author.
UNUSUAL_TEXTS = [
    'He said "hi"',
    "It's",
    'It\'s "both" \'here\' and "there"',
    "back\\slash at the end\\",
    "''' \"\"\" \\''' \\\"\"\"",
    "{{ cookiecutter.project_slug }} {% if x %} {# note #}",
    "${{ secrets.TOKEN }} $(id) `id` ${HOME} $$ %s %(here)s %%",
    "</script> ]]> */ --> <b>bold</b> &amp; &#65;",
    "*a* _b_ **c** ~~d~~ `e` [f](g) ![h](i) <https://example.com> | j | $k$",
    "- x",
    "1. x",
    "# x #",
    "[bold]x[/bold] # no: comment, {a: b}",
    "Émile\u2019s 日本語 😀 👩\u200d💻",
    "a text that as a line of code is just short enough to be put into parentheses, ok?",
    "a text that is as long as it may be " + "and " * 39 + "and end",
]


def given(answers: dict[str, str]) -> list[str]:
    """Return the answers as arguments of the command line."""
    return [f"{key}={value}" for key, value in answers.items()]


def typed(**answers: str) -> str:
    """Return the lines that a user types; an empty one takes the default."""
    prompts = json.loads((ROOT / "cookiecutter.json").read_text(encoding="utf-8"))
    return "".join(answers.get(key, "") + "\n" for key in prompts if not key.startswith("_"))


def rendered_texts(markdown: str) -> list[str]:
    """Return what a reader sees of each line of text; anything but text shows as its kind."""
    parser = MarkdownIt("gfm-like", {"linkify": False})
    return [
        "".join(part.content if part.type == "text" else f"<{part.type}>" for part in parts)
        for token in parser.parse(markdown)
        if (parts := token.children)
    ]


@pytest.mark.parametrize(("answers", "reason"), REFUSED)
def test_a_bad_answer_is_refused_with_its_reason_and_leaves_nothing(
    tmp_path: Path, answers: dict[str, str], reason: str
) -> None:
    result = bake_on_the_command_line(tmp_path, *given(answers))

    assert result.returncode == 1
    refusals = [line for line in result.stderr.splitlines() if line.startswith("Refused: ")]
    assert len(refusals) == (2 if answers == {"project_name": ""} else 1)
    assert reason in refusals[0] + refusals[-1]
    assert list((tmp_path / "out").iterdir()) == []


def test_every_bad_answer_gets_a_line(tmp_path: Path) -> None:
    result = bake_on_the_command_line(
        tmp_path, "project_slug=UP", "project_name= x", "author_email=nobody"
    )

    refused = re.findall(r"^Refused: (\w+)", result.stderr, re.MULTILINE)
    assert refused == ["project_slug", "project_name", "author_email"]


@pytest.mark.parametrize("slug", ["a/b", "../b", "/b", "a\\b", ".", "..", "..."])
def test_a_slug_that_is_a_path_is_refused_before_anything_is_touched(
    tmp_path: Path, slug: str
) -> None:
    (tmp_path / "precious").write_text("do not delete")

    result = bake_on_the_command_line(tmp_path, f"project_slug={slug}")

    assert result.returncode == 1
    assert "project_slug names one folder: it must not" in result.stdout
    assert "Traceback" not in result.stdout + result.stderr
    assert not (tmp_path / "out").exists()
    assert (tmp_path / "precious").exists()


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({"project_name": "a" * 201}, "project_name is 201 characters long"),
        ({"project_slug": "UP"}, "project_slug 'UP' must consist of a-z"),
        ({"project_slug": "a" * 41}, "project_slug is 41 characters long"),
        ({"project_slug": "template0"}, "'template0' is a database of PostgreSQL's own"),
        ({"project_slug": "a/b"}, "project_slug names one folder"),
        ({"project_description": "a" * 201}, "project_description is 201 characters long"),
        ({"author_name": "\u202e"}, "author_name contains the character U+202E"),
        ({"author_email": "nobody"}, "author_email 'nobody' is not an address"),
    ],
)
def test_at_a_terminal_a_bad_answer_is_refused_before_the_next_question(
    tmp_path: Path, answers: dict[str, str], reason: str
) -> None:
    questions = json.loads((ROOT / "cookiecutter.json").read_text(encoding="utf-8"))
    number = [key for key in questions if not key.startswith("_")].index(next(iter(answers)))

    result = bake_at_a_terminal(tmp_path, typed(**answers))

    assert result.returncode == 1
    assert re.findall(r"\[(\d+)/10\]", result.stdout)[-1] == str(number + 1)
    assert re.search(rf"Refused: .*{re.escape(reason)}", result.stdout)
    assert "Traceback" not in result.stdout + result.stderr
    assert "Context" not in result.stdout
    assert not (tmp_path / "out").exists()


def bake_at_a_terminal(folder: Path, lines: str) -> subprocess.CompletedProcess[str]:
    """Run cookiecutter with a terminal at which the lines are typed."""
    keyboard, terminal = pty.openpty()
    try:
        os.write(keyboard, lines.encode())
        return bake_on_the_command_line(folder, terminal=terminal)
    finally:
        os.close(keyboard)
        os.close(terminal)


def test_good_answers_at_a_terminal_make_a_project(tmp_path: Path) -> None:
    result = bake_at_a_terminal(tmp_path, typed(project_name="Mine", author_email="a@b.example"))

    assert result.returncode == 0, result.stdout
    assert Project(tmp_path / "out/mine").has_file("pyproject.toml")


@pytest.mark.parametrize("shell", ["sh", "bash", "dash", "zsh", "fish"])
def test_the_other_answers_of_a_refusal_can_be_pasted_into_a_shell(
    tmp_path: Path, shell: str
) -> None:
    if not shutil.which(shell):
        pytest.skip(f"needs {shell}")
    hostile = "'; touch pwned; ' $(touch pwned) `touch pwned` \\' ! ${{ x }} {% y %} \"é 😀"
    lines = typed(project_name=hostile, project_slug="UP", author_name=hostile)
    refused = bake_on_the_command_line(tmp_path, typed=lines)
    assert "Refused: project_slug 'UP' must" in refused.stderr
    [advice] = re.findall(r"^  (author_name=.*)", refused.stderr, re.MULTILINE)
    options = f"--output-dir out --config-file {write_config(tmp_path)}"
    command = f"{sys.executable} -m cookiecutter {ROOT} {options} {advice}"

    result = subprocess.run(
        [shell, "-c", command],
        cwd=tmp_path,
        input=typed(project_slug="corrected"),
        capture_output=True,
        encoding="utf-8",
    )

    assert result.returncode == 0, result.stderr
    assert not (tmp_path / "pwned").exists()
    project = Project(tmp_path / "out/corrected")
    package = runpy.run_path(str(project.path / "app/__init__.py"))
    assert package["__title__"] == hostile
    metadata = tomllib.loads(project.text("pyproject.toml"))["project"]
    assert metadata["authors"] == [{"name": hostile}]


def test_the_advice_of_a_refusal_names_choices_and_not_what_was_refused(tmp_path: Path) -> None:
    given = ("starter=users", "ci=none", "author_email=nobody", "project_slug=UP")

    result = bake_on_the_command_line(tmp_path, *given)

    [advice] = re.findall(r"^  (ci=.*)", result.stderr, re.MULTILINE)
    assert "ci='none'" in advice
    assert "starter='users'" in advice
    assert "author_email" not in advice
    assert "project_slug" not in advice


def test_a_choice_that_is_not_offered_is_refused(tmp_path: Path) -> None:
    result = bake_on_the_command_line(tmp_path, "starter=shop")

    assert result.returncode == 1
    assert "shop provided for choice variable starter" in result.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.installs
@pytest.mark.parametrize("slug", ["fastapi", "email-validator", "alembic-workflow"])
def test_a_project_may_have_the_name_of_a_package_that_it_depends_on(
    tmp_path: Path, slug: str
) -> None:
    project = bake(tmp_path, project_slug=slug)

    succeed(project.path, "install")
    try:
        succeed(project.path, "upgrade")
    finally:
        stop_postgres(project)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("My API", "my-api"),
        ("Café \u2013 Ünïcode", "cafe-unicode"),
        ("snake_case", "snake-case"),
        (f"{'a' * 39} b", "a" * 39),
    ],
)
def test_the_slug_follows_from_the_name(baked: Bakery, name: str, slug: str) -> None:
    assert baked(project_name=name).path.name == slug


@pytest.mark.parametrize("slug", ["a", "a" * 40, "my_api-2", "null", "yes"])
def test_the_slug_names_folder_and_database(baked: Bakery, slug: str) -> None:
    project = baked(project_slug=slug)

    assert project.path.name == slug
    assert f'SERVICE_NAME = "{slug}"' in project.text("app/__init__.py")
    assert f'DATABASE_NAME: "{slug}"' in project.text("compose.yaml")


@pytest.mark.parametrize("text", UNUSUAL_TEXTS)
def test_text_that_is_typed_arrives_unchanged_everywhere(tmp_path: Path, text: str) -> None:
    lines = typed(
        project_name=text,
        project_slug="my-api",
        project_description=text,
        author_name=text,
        author_email="o'brien+api@example.com",
    )

    result = bake_on_the_command_line(tmp_path, typed=lines)

    assert result.returncode == 0, result.stderr
    project = Project(tmp_path / "out" / "my-api")
    for name in project.files():
        parse(project.path / name)
    package = runpy.run_path(str(project.path / "app" / "__init__.py"))
    assert (package["__title__"], package["__description__"]) == (text, text)
    metadata = tomllib.loads(project.text("pyproject.toml"))["project"]
    assert metadata["description"] == text
    assert metadata["authors"] == [{"name": text, "email": "o'brien+api@example.com"}]
    assert f"Copyright (c) {text}\n" in project.text("LICENSE")
    assert rendered_texts(project.text("README.md")).count(text) == 2
    for check in (["check"], ["format", "--check"]):
        style = project.run(sys.executable, "-m", "ruff", *check, "--no-cache")
        assert style.returncode == 0, style.stdout


def test_author_and_address_may_stay_empty(baked: Bakery) -> None:
    project = baked()

    assert "authors" not in tomllib.loads(project.text("pyproject.toml"))["project"]
    assert "Copyright (c) My API\n" in project.text("LICENSE")


def test_every_prompt_and_choice_has_a_human_wording() -> None:
    prompts = json.loads((ROOT / "cookiecutter.json").read_text(encoding="utf-8"))
    wordings = prompts.pop("__prompts__")
    asked = {key: default for key, default in prompts.items() if not key.startswith("_")}

    assert list(wordings) == list(asked)
    for key, default in asked.items():
        if isinstance(default, list):
            assert wordings[key].keys() - {"__prompt__"} <= set(default)
            assert wordings[key]["__prompt__"]
        else:
            assert wordings[key]
