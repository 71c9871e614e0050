"""Commands as messages name them."""

import pytest
from alembic.config import Config
from alembic_workflow.command_names import command, take_runner

from workflow.workbench import Workbench


@pytest.mark.parametrize(
    ("runner", "line"),
    [
        ("make", 'make revision m="..." rename=a.b:a.c'),
        ("", 'alembic -x rename=a.b:a.c revision --autogenerate -m "..."'),
    ],
)
def test_a_command_is_named_as_the_service_runs_it(runner: str, line: str) -> None:
    config = Config()
    config.set_main_option("command_runner", runner)
    take_runner(config)

    assert command("revision", rename="a.b:a.c") == line


@pytest.mark.parametrize(
    ("runner", "line"), [("command_runner = make\n", "make history"), ("", "alembic history")]
)
@pytest.mark.parametrize("program", [["alembic"], []])
def test_messages_of_every_command_line_name_them_so(
    project: Workbench, runner: str, line: str, program: list[str]
) -> None:
    ini = project.path / "alembic.ini"
    ini.write_text(ini.read_text().replace("command_runner = make\n", runner))

    _, output = project.run(*program, "upgrade", "nope")

    assert f"No revision is called 'nope' or begins so; {line} lists them." in output
