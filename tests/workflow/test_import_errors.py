"""Errors at import are told of the service's modules, and of no others."""

from pathlib import Path

import alembic_workflow
import pytest
from alembic_workflow.database.import_errors import explain_import_error
from baking import TEMPLATE

PACKAGE = Path(alembic_workflow.__file__).parent


def explanation(file: Path) -> str | None:
    """Return what is said of a module with an error in its second line."""
    with pytest.raises(ValueError, match="no") as caught:
        exec(compile("\nraise ValueError('no')", file, "exec"), {})
    return explain_import_error(caught.value)


@pytest.fixture(autouse=True)
def _in_a_folder_that_has_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(TEMPLATE)
    assert PACKAGE.is_relative_to(TEMPLATE)


def test_a_module_of_the_service_is_named() -> None:
    says = explanation(TEMPLATE / "app" / "models" / "post.py")

    assert says is not None
    assert says.startswith("app/models/post.py, line 2: ValueError: no. ")


@pytest.mark.parametrize("room", ["", "commands", "database"])
def test_an_error_of_the_package_itself_is_left_as_it_is(room: str) -> None:
    assert explanation(PACKAGE / room / "new.py") is None


def test_a_library_is_not_named() -> None:
    assert explanation(TEMPLATE / ".venv/lib/python3/site-packages/library.py") is None
