"""Additions to FastAPI's description of the API: errors, optional authentication, the author."""

from collections.abc import Iterator, Mapping
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.security.base import SecurityBase
from starlette.routing import BaseRoute

from app.http.errors import MEDIA_TYPE, PROBLEM_REFERENCE, Problem

SCHEMAS = "#/components/schemas/"


def operation_id(route: APIRoute) -> str:
    """Return `listPosts` for `list_posts`: what generated clients name their functions."""
    first, *others = route.name.split("_")
    return first + "".join(word.capitalize() for word in others)


def complete(
    description: dict[str, Any], routes: list[BaseRoute], author: Mapping[str, str]
) -> None:
    """Add to the description of these routes its author, the errors, and what needs no token.

    A model of the service that is called Problem, or as another schema of the errors, keeps its
    name, and that of the errors gets another one.
    """
    # Not as FastAPI's `contact`, which wants addresses that the public internet has.
    if contact := {key: value for key, value in author.items() if value}:
        description["info"]["contact"] = contact
    _add_errors(description)
    for context in iter_route_contexts(routes):
        route: Any = context
        if isinstance(context.original_route, APIRoute) and route.include_in_schema:
            schemes = list(_security_schemes(route.dependant))
            is_optional = schemes and not any(scheme.auto_error for scheme in schemes)
            for method in route.methods:
                operation = description["paths"][route.path_format][method.lower()]
                security = operation.setdefault("security", [])
                if is_optional:
                    security.insert(0, {})


def _security_schemes(dependant: Dependant) -> Iterator[Any]:
    for each in dependant.dependencies:
        if isinstance(each.call, SecurityBase):
            yield each.call
        yield from _security_schemes(each)


def _add_errors(description: dict[str, Any]) -> None:
    schema = Problem.model_json_schema(ref_template=SCHEMAS + "{model}")
    ours = {**schema.pop("$defs", {}), Problem.__name__: schema}
    schemas = description.setdefault("components", {}).setdefault("schemas", {})
    names = {name: _free_name(name, ours[name], schemas) for name in ours}
    references = {SCHEMAS + name: SCHEMAS + free for name, free in names.items()}
    for name, free in names.items():
        schemas[free] = _with_references(ours[name], references)
    references = {PROBLEM_REFERENCE: references[SCHEMAS + Problem.__name__]}
    for path in description["paths"].values():
        for operation in path.values():
            for response in operation["responses"].values():
                content = response.get("content", {})
                if MEDIA_TYPE in content:
                    content[MEDIA_TYPE] = _with_references(content[MEDIA_TYPE], references)


def _free_name(name: str, schema: Mapping[str, Any], taken: Mapping[str, Any]) -> str:
    while taken.get(name, schema) != schema:
        name = f"Service{name}"
    return name


def _with_references(value: Any, references: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {
            key: references.get(each, each) if key == "$ref" else _with_references(each, references)
            for key, each in value.items()
        }
    if isinstance(value, list):
        return [_with_references(each, references) for each in value]
    return value
