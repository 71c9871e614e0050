"""Read a generated file the way its consumer does."""

import ast
import configparser
import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import yaml


def _parse_ini(text: str) -> None:
    parser = configparser.ConfigParser()
    parser.read_string(text)
    parser.items("alembic")  # expands %(...)s; the formats in the logging sections stay as they are


PARSERS: dict[str, Callable[[str], object]] = {
    ".ini": _parse_ini,
    ".json": json.loads,
    ".py": ast.parse,
    ".toml": tomllib.loads,
    ".yaml": yaml.safe_load,
    ".yml": yaml.safe_load,
}


def parse(path: Path) -> None:
    """Raise if the file is of a known kind and not well formed."""
    if parser := PARSERS.get(path.suffix):
        parser(path.read_text(encoding="utf-8"))
