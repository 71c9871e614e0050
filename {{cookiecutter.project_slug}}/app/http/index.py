"""The answer at `/`: the service's name and version, and where its documentation is."""

from fastapi import FastAPI, Request
from starlette.routing import Match

PATH = "/"


def add_index(app: FastAPI) -> None:
    """Answer `/`, unless a route of the application does; so call this after they are added."""
    if _is_answered(app):
        return

    @app.api_route(PATH, methods=["GET", "HEAD"], include_in_schema=False)
    async def index(request: Request) -> dict[str, str]:
        pointer = {"name": app.title, "version": app.version}
        if app.openapi_url is not None:
            pointer["docs"] = f"{request.scope.get('root_path', '')}/docs"
        return pointer


def _is_answered(app: FastAPI) -> bool:
    scope = {"type": "http", "method": "GET", "path": PATH, "headers": []}
    return any(route.matches(scope)[0] is Match.FULL for route in app.routes)
