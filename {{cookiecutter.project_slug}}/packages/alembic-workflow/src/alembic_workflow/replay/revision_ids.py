"""Ids of revisions that are written together."""


def numbered(revision: str, number: int) -> str:
    """Return the id of one of several revisions, which begins as that of the first."""
    return f"{family(revision)}{number:02x}"


def family(revision: str) -> str:
    """Return what the ids of a plan's revisions begin with, of the id that the first would have."""
    return revision[:-2] if len(revision) == len("1975ea83b712") else revision
