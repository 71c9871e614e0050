"""A bake over a project that is there keeps what its user wrote."""

from collections.abc import Callable
from pathlib import Path

import pytest
from baking import ROOT, TEMPLATE, Project, bake_on_the_command_line, copy_template

Bake = Callable[..., Project]
SET_ASIDE = ".cookiecutter-set-aside"
OWN = "app/models/post.py"


def bake_again(folder: Path, *answers: str, template: Path = ROOT) -> str:
    """Bake over the project, and return what was printed."""
    result = bake_on_the_command_line(folder, "--overwrite-if-exists", *answers, template=template)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_a_file_of_the_users_own_is_kept_where_the_options_have_none(
    tmp_path: Path, bake: Bake
) -> None:
    project = bake(starter="blank", docker="no")
    own = [OWN, "licenses/MIT", "app/dependencies/users.py", "Dockerfile", ".gitlab-ci.yml"]
    for name in own:
        (project.path / name).parent.mkdir(exist_ok=True)
        (project.path / name).write_text(f"mine: {name}")
    before = {name: project.text(name) for name in project.files()}

    output = bake_again(tmp_path, "starter=blank", "docker=no")

    assert {name: project.text(name) for name in project.files()} == before
    [kept] = [line for line in output.splitlines() if line.startswith("Kept")]
    assert all(name in kept for name in own)
    assert "Delete what you do not want." in kept


def test_another_starter_keeps_what_was_edited_and_deletes_the_rest(
    tmp_path: Path, bake: Bake
) -> None:
    project = bake(starter="blog")
    edited = project.path / "app/routers/posts.py"
    edited.write_text(edited.read_text() + "# mine\n")
    blank = Project(bake_elsewhere(tmp_path, "starter=blank"))

    output = bake_again(tmp_path, "starter=blank")

    assert project.files() == blank.files() | {"app/routers/posts.py"}
    assert edited.read_text().endswith("# mine\n")
    assert "Kept app/routers/posts.py: " in output
    assert not (project.path / "app/dependencies").exists()


def bake_elsewhere(folder: Path, *answers: str) -> Path:
    """Return a project to compare with."""
    other = folder / "other"
    other.mkdir()
    assert bake_on_the_command_line(other, *answers).returncode == 0
    return other / "out/my-api"


def test_nothing_is_said_and_left_when_nothing_was_written(tmp_path: Path, bake: Bake) -> None:
    project = bake(starter="blank")
    before = project.files()

    assert "Kept" not in bake_again(tmp_path, "starter=blank")
    assert project.files() == before
    assert not (project.path / SET_ASIDE).exists()


def test_links_folders_and_empty_folders_of_a_user_stay(tmp_path: Path, bake: Bake) -> None:
    project = bake(starter="blank", docker="no")
    outside = tmp_path / "outside"
    (outside / "factories").mkdir(parents=True)
    (outside / "post.py").write_text("mine, elsewhere")
    (project.path / OWN).symlink_to(outside / "post.py")
    (project.path / "compose.yaml").symlink_to("missing")
    (project.path / "tests/factories").symlink_to(outside / "factories")
    (outside / "factories/posts.py").write_text("mine, too")
    (project.path / "Dockerfile").mkdir()
    (project.path / "Dockerfile/service").write_text("mine as well")
    (project.path / "app/dependencies").mkdir()
    (project.path / "licenses").mkdir()

    bake_again(tmp_path, "starter=blank", "docker=no")

    assert (project.path / OWN).readlink() == outside / "post.py"
    assert (outside / "post.py").read_text() == "mine, elsewhere"
    assert (project.path / "compose.yaml").readlink() == Path("missing")
    assert (project.path / "tests/factories").readlink() == outside / "factories"
    assert [path.name for path in (outside / "factories").iterdir()] == ["posts.py"]
    assert (outside / "factories/posts.py").read_text() == "mine, too"
    assert project.text("Dockerfile/service") == "mine as well"
    assert list((project.path / "app/dependencies").iterdir()) == []
    assert list((project.path / "licenses").iterdir()) == []
    assert not (project.path / SET_ASIDE).exists()


def test_a_file_in_the_place_of_a_folder_is_refused_before_anything_changes(
    tmp_path: Path, bake: Bake
) -> None:
    project = bake(starter="blank")
    (project.path / "licenses").write_text("mine")
    (project.path / "README.md").write_text("mine")

    result = bake_on_the_command_line(tmp_path, "--overwrite-if-exists", "starter=blank")

    assert result.returncode == 1
    assert "Refused: 'licenses' is a file here, and a folder in the template" in result.stderr
    assert (project.text("licenses"), project.text("README.md")) == ("mine", "mine")


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A template whose last file cannot be rendered."""
    template = copy_template(tmp_path / "broken")
    (template / TEMPLATE.name / "tests/zzz.txt").write_text("{{ cookiecutter.missing }}")
    return template


def fail_half_way(folder: Path, broken: Path) -> None:
    """Bake over the project, and stop between the two hooks."""
    result = bake_on_the_command_line(
        folder, "--overwrite-if-exists", "starter=blank", template=broken
    )
    assert result.returncode == 1
    assert "Unable to create file" in result.stdout


def test_what_a_bake_that_failed_has_set_aside_comes_back_with_the_next(
    tmp_path: Path, bake: Bake, broken: Path
) -> None:
    project = bake(starter="blank")
    (project.path / OWN).write_text("mine")
    for _ in range(2):
        fail_half_way(tmp_path, broken)
    assert project.text(OWN) != "mine"

    output = bake_again(tmp_path, "starter=blank")

    assert project.text(OWN) == "mine"
    assert f"Kept {OWN}: " in output
    assert not (project.path / SET_ASIDE).exists()


def test_what_was_written_after_a_bake_that_failed_is_kept_beside_the_older(
    tmp_path: Path, bake: Bake, broken: Path
) -> None:
    project = bake(starter="blank")
    (project.path / OWN).write_text("older")
    fail_half_way(tmp_path, broken)
    (project.path / OWN).write_text("newer")

    outputs = [bake_again(tmp_path, "starter=blank") for _ in range(2)]

    assert project.text(OWN) == "older"
    kept = {path.read_text() for path in (project.path / SET_ASIDE).rglob("*.py")}
    assert kept == {"newer"}
    assert all(f"{SET_ASIDE}/ holds files of yours" in output for output in outputs)


def test_what_was_set_aside_is_not_lost_if_the_next_bake_chooses_otherwise(
    tmp_path: Path, bake: Bake, broken: Path
) -> None:
    project = bake(starter="blank")
    (project.path / OWN).write_text("mine")
    fail_half_way(tmp_path, broken)

    output = bake_again(tmp_path, "starter=blog")

    assert "class Post" in project.text(OWN)
    assert {path.read_text() for path in (project.path / SET_ASIDE).rglob("*.py")} == {"mine"}
    assert f"{SET_ASIDE}/ holds files of yours" in output
