"""Refuse answers that the generated project could not live with, one sentence for each.

Then look after the files that are in the template and in the project already.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Filled in by cookiecutter; tojson writes ' as \u0027, so that no answer can end this string.
ANSWERS = r'''{{ cookiecutter | tojson }}'''  # fmt: skip
TEMPLATE = r'''{{ template_folder() | tojson }}'''  # fmt: skip

Answers = dict[str, Any]

TEXTS = ("project_name", "project_description", "author_name", "author_email")
LONGEST_TEXT = 200
LONGEST_SLUG = 40
SLUG = re.compile(r"[a-z]([a-z0-9_-]*[a-z0-9])?")
EMAIL = re.compile(r'[^\s@<>,;:"()\\]+@[\w-]+(\.[\w-]+)+')
# What breaks a line, cannot be written to a file, or makes text read differently than it is.
UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
POSTGRES_DATABASES = {"postgres", "template0", "template1"}


def slug_is_well_formed(answers: Answers) -> Iterator[str]:
    """Folder, distribution and database name: what all three accept unquoted."""
    slug = answers["project_slug"]
    if not SLUG.fullmatch(slug):
        yield (
            f"project_slug {slug!a} must consist of a-z, 0-9, - and _, start with a letter "
            "and end with a letter or digit, for example my-api."
        )


def slug_is_short(answers: Answers) -> Iterator[str]:
    """PostgreSQL cuts names off, and test databases put a suffix on this one."""
    length = len(answers["project_slug"])
    if length > LONGEST_SLUG:
        yield f"project_slug is {length} characters long; use at most {LONGEST_SLUG}."


def slug_is_not_a_postgres_database(answers: Answers) -> Iterator[str]:
    """The slug becomes a database's name."""
    slug = answers["project_slug"]
    if slug in POSTGRES_DATABASES:
        yield f"project_slug {slug!a} is a database of PostgreSQL's own; choose another name."


def name_is_given(answers: Answers) -> Iterator[str]:
    """The name is the title of the README and of the API's documentation."""
    if not answers["project_name"].strip():
        yield "project_name is empty; give the service a name."


def texts_are_printable(answers: Answers) -> Iterator[str]:
    """Text goes into Python, TOML, YAML and Markdown, one line each."""
    for key in TEXTS:
        if found := UNSAFE.search(answers[key]):
            yield (
                f"{key} contains the character U+{ord(found[0]):04X}; leave out line breaks, "
                "control characters and marks that change the direction of text."
            )


def texts_are_trimmed(answers: Answers) -> Iterator[str]:
    """Markdown reads leading spaces as code."""
    for key in TEXTS:
        if answers[key] != answers[key].strip():
            yield f"{key} starts or ends with a space; leave it out."


def texts_are_short(answers: Answers) -> Iterator[str]:
    """One line, not a page."""
    for key in TEXTS:
        if len(answers[key]) > LONGEST_TEXT:
            yield f"{key} is {len(answers[key])} characters long; use at most {LONGEST_TEXT}."


def email_is_an_address(answers: Answers) -> Iterator[str]:
    """Empty is fine: the address is metadata."""
    email = answers["author_email"]
    if email and not EMAIL.fullmatch(email):
        yield f"author_email {email!a} is not an address; write name@example.com, or nothing."


VALIDATORS = (
    slug_is_well_formed,
    slug_is_short,
    slug_is_not_a_postgres_database,
    name_is_given,
    texts_are_printable,
    texts_are_trimmed,
    texts_are_short,
    email_is_an_address,
)


def refusals_of(answers: Answers) -> list[str]:
    """Return a sentence for each thing that is wrong with the answers."""
    return [refusal for validator in VALIDATORS for refusal in validator(answers)]


def main() -> int:
    """Print what is wrong and how to go on, or else prepare the folder; return the exit status."""
    answers, template = json.loads(ANSWERS), Path(json.loads(TEMPLATE))
    sys.path.insert(0, str(template))
    from hooks.advice import refusal_with_advice
    from hooks.leftovers import leftovers, refuse_a_project
    from hooks.own_files import refuse_files_for_folders, set_aside
    from hooks.post_gen_project import unwanted

    if refusals := refusals_of(answers):
        print(refusal_with_advice(refusals, answers), file=sys.stderr)
        return 1
    if refusals := [*refuse_a_project(template), *refuse_files_for_folders(template)]:
        print(*(f"Refused: {refusal}" for refusal in refusals), sep="\n", file=sys.stderr)
        return 1
    set_aside([*unwanted(answers), *leftovers(template, answers["_copy_without_render"])])
    return 0


if __name__ == "__main__":
    sys.exit(main())
