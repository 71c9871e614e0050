"""Installation by `make`, and its refusal on a machine that lacks something."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from baking import ROOT, Project, bake, copy_template
from running import clean_environment, make, succeed

REAL_PYTHON = ".venv/bin/python"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return bake(tmp_path, starter="blank")


@pytest.fixture(params=["generated project", "template"])
def makefile(request: pytest.FixtureRequest, project: Project, tmp_path: Path) -> Iterator[Path]:
    """Return a folder with a Makefile that installs: the project's, or the template's own."""
    if request.param == "generated project":
        yield project.path
        return
    copy = copy_template(tmp_path / "template")
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, copy)
    yield copy


def refused(folder: Path, **environment: str) -> str:
    """Return the one line that `make install` prints besides make's own and what it is doing."""
    given = clean_environment(**environment)
    if "UV_PYTHON" not in environment:
        del given["UV_PYTHON"]
    result = subprocess.run(
        ["make", "install"], cwd=folder, env=given, capture_output=True, encoding="utf-8"
    )
    assert result.returncode != 0
    assert not (folder / REAL_PYTHON).exists()
    [line, from_make] = result.stderr.splitlines()
    assert from_make.startswith("make: ***")
    assert line.startswith("install: ")
    return line


def without_uv(folder: Path) -> str:
    """Return a PATH on which there is no uv."""
    folder.mkdir()
    (folder / "python3").symlink_to(Path(sys.executable).resolve())
    for name in ("sh", "make", "sed", "cat", "touch", "test", "tail"):
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)
    return str(folder)


@pytest.mark.parametrize("character", list('$"`\\:\n'))
def test_a_path_that_initdb_or_python_cannot_take_is_refused_before_anything_is_made(
    project: Project, character: str
) -> None:
    unusable = project.path.with_name(f"a{character}b")
    project.path.rename(unusable)

    result = make(unusable, "db")

    assert result.returncode != 0
    assert "move or rename the folder" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (unusable / ".venv").exists()
    assert not (unusable / ".env").exists()


def test_a_machine_without_a_python_of_the_right_age_is_told_so(makefile: Path) -> None:
    pyproject = makefile / "pyproject.toml"
    text = pyproject.read_text().replace(",<3.15", ",<3.98")
    pyproject.write_text(text.replace(">=3.11,", ">=3.97,"))
    (makefile / ".python-version").write_text("3.97\n")

    assert "this machine has no Python >=3.97,<3.98; install one" in refused(makefile)


def test_uv_never_downloads_a_python(project: Project, tmp_path: Path) -> None:
    pythons = tmp_path / "pythons"
    free_threaded = "3.14t"  # which uv could have

    result = subprocess.run(
        ["uv", "sync"],
        cwd=project.path,
        env=clean_environment(UV_PYTHON=free_threaded, UV_PYTHON_INSTALL_DIR=str(pythons)),
        capture_output=True,
        encoding="utf-8",
    )

    assert result.returncode != 0
    assert "Python downloads are set to 'manual'" in result.stderr
    assert not pythons.exists()


def test_another_python_that_will_do_is_taken_where_the_pinned_one_is_missing(
    project: Project,
) -> None:
    (project.path / ".python-version").write_text("3.14.0a1\n")
    environment = clean_environment()
    del environment["UV_PYTHON"]

    subprocess.run(["make", "install"], cwd=project.path, env=environment, check=True)

    assert project.has_file(REAL_PYTHON)


def test_a_python_without_ensurepip_is_one_sentence(makefile: Path, tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    missing.mkdir()
    (missing / "ensurepip.py").write_text("raise ModuleNotFoundError('No module named ensurepip')")

    path = without_uv(tmp_path / "bin")

    assert "apt install python3-venv" in refused(makefile, PATH=path, PYTHONPATH=str(missing))


@pytest.mark.installs
def test_a_machine_that_cannot_reach_an_index_is_told_how_to_name_another(
    makefile: Path, tmp_path: Path
) -> None:
    nowhere = "http://127.0.0.1:9/simple"
    path = without_uv(tmp_path / "bin")

    line = refused(makefile, PATH=path, PIP_INDEX_URL=nowhere, PIP_RETRIES="0", PIP_FIND_LINKS="")

    assert "uv could not be installed" in line
    assert "PIP_INDEX_URL" in line


def test_packages_that_cannot_be_downloaded_are_reported_with_the_next_step(
    makefile: Path, tmp_path: Path
) -> None:
    result = make(
        makefile,
        "install",
        UV_DEFAULT_INDEX="http://127.0.0.1:9/simple",
        UV_CACHE_DIR=str(tmp_path / "cache"),
        UV_HTTP_RETRIES="0",
    )

    assert result.returncode != 0
    assert "name an index that can be reached in UV_DEFAULT_INDEX" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.installs
def test_an_environment_whose_interpreter_is_gone_is_made_again(makefile: Path) -> None:
    succeed(makefile, "install")
    python = makefile / REAL_PYTHON
    python.unlink()
    python.symlink_to(makefile / "gone")

    succeed(makefile, "install")

    version = subprocess.run([python, "--version"], capture_output=True, encoding="utf-8")
    assert version.stdout.startswith("Python 3.")


@pytest.mark.installs
def test_ci_installs_what_was_committed_and_nothing_else(project: Project) -> None:
    succeed(project.path, "install", CI="")
    pyproject = project.path / "pyproject.toml"
    pyproject.write_text(
        project.text("pyproject.toml").replace('"sqlalchemy>=', '"tomli>=2",\n"sqlalchemy>=')
    )

    refused = make(project.path, "install", CI="true")
    succeed(project.path, "install", CI="")
    succeed(project.path, "install", CI="true")

    assert refused.returncode != 0
    assert "uv.lock" in refused.stderr
    assert "the packages could not be installed, as uv says above" in refused.stderr
