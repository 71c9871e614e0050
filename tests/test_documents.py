"""Documents are followed word by word, and a wrong word is found."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from documents.blocks import DocumentError
from documents.execution import Execution, Report

Follow = Callable[..., Report]


@pytest.fixture
def follow(tmp_path: Path) -> Follow:
    """Call it with the text of a document, to follow that in an empty folder."""
    project = tmp_path / "blog"
    project.mkdir()

    def follow(text: str, *, rewrite: bool = False) -> Report:
        document = tmp_path / "page.md"
        document.write_text(text, encoding="utf-8")
        execution = Execution(project, rewrite=rewrite)
        execution.run(document)
        return execution.report

    return follow


def console(text: str, options: str = "") -> str:
    """Return a block of commands."""
    return f"```console{options}\n{text}\n```\n"


def rewritten(tmp_path: Path) -> str:
    """Return what the document says now."""
    return (tmp_path / "page.md").read_text(encoding="utf-8")


def test_the_commands_of_a_document_are_run_and_their_outputs_compared(follow: Follow) -> None:
    report = follow(console("$ echo one\none\n$ true\n$ echo two >&2\ntwo"))

    assert (report.commands, report.outputs, report.differences) == (3, 2, [])


@pytest.mark.parametrize("shown", ["one", "one\ntwo\nthree", "two\none", "one\nTwo", ""])
def test_an_output_that_is_not_the_one_shown_is_a_difference(follow: Follow, shown: str) -> None:
    report = follow(console(f"$ printf 'one\\ntwo\\n'\n{shown}".rstrip()))

    [difference] = report.differences
    assert difference.startswith("page.md:2: shown:")
    assert "printed:\n    one\n    two" in difference


@pytest.mark.parametrize(
    "shown", ["...", "...\nfour", "one\n...\nthree\n...", "...\ntwo\n...\nfour"]
)
def test_three_dots_stand_for_any_lines(follow: Follow, shown: str) -> None:
    assert follow(console(f"$ printf 'one\\ntwo\\nthree\\nfour\\n'\n{shown}")).differences == []


@pytest.mark.parametrize(
    "shown", ["...\nthree", "two\n...", "...\nfour\n...\none", "...\nfive\n..."]
)
def test_three_dots_stand_for_no_other_lines(follow: Follow, shown: str) -> None:
    assert follow(console(f"$ printf 'one\\ntwo\\nthree\\nfour\\n'\n{shown}")).differences


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        ("2020-01-01 10:00:00.123+00:00", "2026-11-26 09:59:59.000001+00:00"),
        ("2020_01_01_1000-x.py", "2026_11_26_0959-x.py"),
        ("took 0.3 s", "took 12 s"),
        ("Makefile:1: x", "Makefile:200: x"),
        ("process [12] started", "process [3456] started"),
    ],
)
def test_times_and_durations_may_differ(follow: Follow, shown: str, printed: str) -> None:
    assert follow(console(f"$ echo '{printed}'\n{shown}")).differences == []


def test_the_projects_folder_has_another_name_in_the_document(follow: Follow) -> None:
    assert follow(console("$ pwd\n/home/you/blog")).differences == []


SHOWN_ID, REAL_ID, OTHER_ID = "aaaaaaaaaaa1", "bbbbbbbbbbb2", "ccccccccccc3"


def test_a_shown_id_stands_for_the_one_of_the_run_from_its_first_output_on(follow: Follow) -> None:
    report = follow(
        console(
            f"$ echo at-bbbbbb''bbbbb2_x\nat-{SHOWN_ID}_x\n$ echo {SHOWN_ID} | tr -d c\n{SHOWN_ID}"
        )
        + f'```text title="{SHOWN_ID}.txt"\nid {SHOWN_ID}\n```\n'
        + console(f"$ cat *.txt\nid {SHOWN_ID}\n$ grep -c {REAL_ID} *.txt\n1")
    )

    assert report.differences == []


def test_an_id_that_is_another_than_before_is_a_difference(follow: Follow) -> None:
    first = f"$ echo {REAL_ID}\n{SHOWN_ID}"
    report = follow(console(f"{first}\n$ echo cccccc''ccccc3\n{SHOWN_ID}"))

    assert len(report.differences) == 1


def test_a_status_that_the_document_does_not_show_stops_it(follow: Follow) -> None:
    with pytest.raises(DocumentError, match=r"page\.md:2: false\nended with status 1, not 0"):
        follow(console("$ false"))
    with pytest.raises(DocumentError, match="ended with status 0, not 1"):
        follow(console("$ true", ' status="1"'))
    assert follow(console("$ true\n$ false", ' status="1"')).commands == 2


def test_a_terminal_keeps_its_folder_and_its_variables_and_another_has_its_own(
    follow: Follow,
) -> None:
    report = follow(
        console("$ mkdir a; cd a; greeting=hello")
        + console("$ echo $greeting; pwd\n\n/home/you/blog", ' title="Terminal 2"')
        + console("$ echo $greeting; pwd\nhello\n/home/you/blog/a")
    )

    assert report.differences == []


def test_a_command_in_the_background_runs_on_once_its_output_is_there(follow: Follow) -> None:
    report = follow(
        console("$ (echo waits; until [ -e go ]; do sleep 0.1; done; echo goes) &\nwaits")
        + console("$ touch go", ' title="Terminal 2"')
        + console("$ wait\ngoes")
    )

    assert (report.commands, report.differences) == (3, [])


def test_what_is_still_in_the_background_ends_with_the_document(
    follow: Follow, tmp_path: Path
) -> None:
    follow(console("$ (trap 'touch ended; exit' INT; echo on; while :; do sleep 0.1; done) &\non"))

    assert (tmp_path / "blog" / "ended").exists()


def test_a_file_is_written_and_changed(follow: Follow) -> None:
    report = follow(
        '```python title="app/a.py"\nx = 1\n\n\ny = 2\n```\n'
        '```diff title="app/*.py"\n@@\n x = 1\n \n+# here\n \n-y = 2\n+y = 3\n```\n'
        '```python shows="app/a.py"\nx = 1\n\n# here\n\ny = 3\n```\n'
    )

    assert (report.edits, report.outputs, report.differences) == (2, 1, [])


@pytest.mark.parametrize("old", ["z = 2", "x = 1"])
def test_a_change_that_does_not_fit_at_one_place_stops_the_document(
    follow: Follow, old: str
) -> None:
    source = '```python title="a.py"\nx = 1\ny = 2\nx = 1\n```\n'

    with pytest.raises(DocumentError, match=r"page\.md:6: this is not there once"):
        follow(f'{source}```diff title="a.py"\n@@\n-{old}\n+z = 3\n```\n')


@pytest.mark.parametrize("names", ["", "2026-b.py 2027-b.py"])
def test_a_star_stands_for_one_file(follow: Follow, names: str) -> None:
    create = console(f"$ touch c.py {names}")

    with pytest.raises(DocumentError, match=re.escape("*-b.py is ")):
        follow(f'{create}```python shows="*-b.py"\n```\n')


def test_outputs_are_rewritten_and_what_only_its_time_differs_stays(
    follow: Follow, tmp_path: Path
) -> None:
    wrong = console(f"$ printf 'took 5 s\\n{REAL_ID} new\\n'\ntook 1 s\n{SHOWN_ID} old\n$ echo x")
    shown = '```text shows="a"\nold\n```\n'
    text = f'```text title="a"\nnew\n```\n{wrong}\nText.\n\n{shown}'

    assert follow(text, rewrite=True).differences == []

    right = console(
        f"$ printf 'took 5 s\\n{REAL_ID} new\\n'\ntook 1 s\n{SHOWN_ID} new\n$ echo x\nx"
    )
    assert rewritten(tmp_path) == text.replace(wrong, right).replace("old\n```", "new\n```")
    assert follow(rewritten(tmp_path)).differences == []


@pytest.mark.parametrize(
    "block", ["```console\nNo prompt\n```\n", '```python title="a" of="b"\n```\n']
)
def test_a_block_that_is_none_is_refused(follow: Follow, block: str) -> None:
    with pytest.raises(DocumentError, match=r"page\.md:1: "):
        follow(block)
