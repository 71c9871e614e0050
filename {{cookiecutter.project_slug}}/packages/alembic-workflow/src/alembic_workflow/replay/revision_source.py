"""Reads a revision's file without running it."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

Function = ast.FunctionDef | ast.AsyncFunctionDef
_BRANCHES = (ast.If, ast.For, ast.While, ast.IfExp, ast.Try)
_SENDS = re.compile(
    r"(?:op\.(?:execute|bulk_insert|(?:create|drop|rename|add|alter)_\w+)|(?:\w+\.)+execute"
    r"|backfill|(?:create|drop)_index_concurrently)\("
)
_OFFLINE = re.compile(r"\bis_offline_mode\b|\bas_sql\b")


class Source:
    """A revision's file."""

    def __init__(self, path: Path) -> None:
        """Read the file; raises SyntaxError or OSError if that is not possible."""
        with tokenize.open(path) as file:
            self._text = file.read()
        self._tree = ast.parse(self._text, str(path))

    @cached_property
    def comments(self) -> list[tuple[int, str]]:
        """The line and the text of each comment."""
        tokens = tokenize.generate_tokens(io.StringIO(self._text).readline)
        return [
            (token.start[0], token.string.lstrip("#").strip())
            for token in tokens
            if token.type == tokenize.COMMENT
        ]

    @property
    def unwritten(self) -> list[str]:
        """The parts that the file says are still to be written by hand."""
        mark = "Write by hand:"
        return [
            text.removeprefix(mark).strip() for _, text in self.comments if text.startswith(mark)
        ]

    @cached_property
    def imports(self) -> list[tuple[int, str]]:
        """The line and the name of each module that is imported, wherever."""
        found: list[tuple[int, str]] = []
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Import):
                found += [(node.lineno, alias.name) for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.append((node.lineno, node.module))
        return found

    @property
    def definitions(self) -> Iterator[tuple[set[str], str]]:
        """The names and the source of what the module imports, and defines but for revisions."""
        for node in self._tree.body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = {(one.asname or one.name).split(".")[0] for one in node.names}
            elif isinstance(node, Function | ast.ClassDef):
                names = {node.name} - {"upgrade", "downgrade"}
            else:
                stored = (one for one in ast.walk(node) if isinstance(one, ast.Name))
                names = {one.id for one in stored if isinstance(one.ctx, ast.Store)}
            yield names, ast.unparse(node)

    @property
    def is_first(self) -> bool:
        """Whether no revision comes before."""
        value = self.value("down_revision")
        return isinstance(value, ast.Constant) and value.value is None

    def value(self, name: str) -> ast.expr | None:
        """Return the expression that the module assigns to the name, if it does."""
        for node in self._tree.body:
            if isinstance(node, ast.Assign):
                targets: list[ast.expr] = node.targets
            elif isinstance(node, ast.AnnAssign):
                targets = [node.target]
            else:
                continue
            if any(isinstance(target, ast.Name) and target.id == name for target in targets):
                return node.value
        return None

    def dictionary(self, name: str) -> Iterator[tuple[int, object, object]]:
        """Yield the line, the key and the value of each entry of the dictionary of this name.

        What is not written out as a literal is None; so are both if it is not a dictionary.
        """
        value = self.value(name)
        if isinstance(value, ast.Dict):
            for key, entry in zip(value.keys, value.values, strict=True):
                yield (key or entry).lineno, _literal(key), _literal(entry)
        elif value is not None:
            yield value.lineno, None, None

    def is_empty(self, name: str) -> bool:
        """Return whether the function does nothing, or is not there."""
        function = self._function(name)
        return function is None or all(_does_nothing(node) for node in function.body)

    def line_of(self, name: str) -> int:
        """Return the line at which the function begins, or 1."""
        function = self._function(name)
        return function.lineno if function else 1

    def body(self, name: str) -> list[tuple[range, str]]:
        """Return the lines and the source of each statement of the function."""
        function = self._function(name)
        return [
            (range(node.lineno, (node.end_lineno or node.lineno) + 1), ast.unparse(node))
            for node in (function.body if function else ())
        ]

    def calls(self, name: str) -> Iterator[int]:
        """Yield the line of each call of a function of this name, of whatever module."""
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == name:
                yield node.lineno

    def conditional_operations(self, name: str) -> Iterator[tuple[int, int, str]]:
        """Yield first line, last line and source of what the function sends only if or while.

        What depends on whether SQL is only printed is left out.
        """
        function = self._function(name)
        seen: set[int] = set()
        for branch in ast.walk(function) if function else ():
            if not isinstance(branch, _BRANCHES) or (
                isinstance(branch, ast.If) and _OFFLINE.search(ast.unparse(branch.test))
            ):
                continue
            for node in ast.walk(branch):
                if not isinstance(node, ast.Call) or node.lineno in seen:
                    continue
                source = ast.unparse(node)
                if _SENDS.match(source):
                    seen.add(node.lineno)
                    yield node.lineno, node.end_lineno or node.lineno, source

    def _function(self, name: str) -> Function | None:
        functions = (node for node in self._tree.body if isinstance(node, Function))
        return next((each for each in functions if each.name == name), None)


def _literal(node: ast.expr | None) -> object:
    try:
        return None if node is None else ast.literal_eval(node)
    except ValueError:
        return None


def _does_nothing(node: ast.stmt) -> bool:
    if isinstance(node, ast.Return):
        return node.value is None or isinstance(node.value, ast.Constant)
    return isinstance(node, ast.Pass) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    )
