"""Read a Dockerfile."""

import re


def instructions(text: str) -> list[tuple[str, str]]:
    """Return the name and the arguments of each instruction, without comments."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    parts = (line.split(maxsplit=1) for line in joined.splitlines() if line.strip())
    return [(name, argument) for name, argument in parts]
