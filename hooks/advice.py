"""The way on from a refused answer, without typing the others again.

`--replay` is none: it would take the values that were derived from the refused answer, too.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

# What stays text inside of single quotes in every shell, and for cookiecutter.
SPECIAL = re.compile(r"[^\w .,:@/+-]")


def refusal_with_advice(refusals: list[str], answers: Mapping[str, Any]) -> str:
    """Return the refusals, each of which begins with its question, and how to go on."""
    refused = {refusal.split()[0] for refusal in refusals}
    given = {
        key: evaluated(value)
        for key, value in answers.items()
        if value and key not in refused and not key.startswith("_")
    }
    lines = [f"Refused: {refusal}" for refusal in refusals]
    if given:
        arguments = " ".join(f"{key}='{value}'" for key, value in given.items())
        if "_commit" in answers:  # set by cruft
            arguments = f"--extra-context '{json.dumps(given)}'"
        lines += [
            "Your other answers are not lost: run the command again, without --replay and with "
            f"this at its end, and each question offers its answer:\n  {arguments}"
        ]
    return "\n".join(lines)


def evaluated(text: str) -> str:
    """Write the text so that cookiecutter, which evaluates {{ }} in arguments, gets it back."""
    escaped = SPECIAL.sub(escape, text)
    return text if escaped == text else f'{{{{ "{escaped}" }}}}'


def escape(found: re.Match[str]) -> str:
    """Write the character as a string of Python or Jinja may have it."""
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 256 else f"\\U{code:08x}"
