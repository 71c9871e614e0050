"""The pages that show the API's documentation, with scripts of our own instead of a CDN's."""

from functools import cache
from importlib.resources import files

from fastapi import FastAPI, Request, Response
from fastapi.openapi.docs import (
    get_redoc_html,
    get_swagger_ui_html,
    get_swagger_ui_oauth2_redirect_html,
)
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

ASSETS = "/docs/assets"
OPENAPI_URL = "/openapi.json"
OAUTH2_REDIRECT_URL = "/docs/oauth2-redirect"
# Nothing is loaded from elsewhere, so that no other host can run code in the page that has the
# token, or learns who reads it. What is tried out may be on another server, which `servers` names.
CONTENT_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; worker-src 'self' blob:; connect-src *; base-uri 'none'; "
    "frame-ancestors 'none'"
)
REDOC = "redoc.standalone.js"
REDOC_LOGO = b"https://cdn.redoc.ly/redoc/logo-mini.svg"
NO_IMAGE = b"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E"


@cache
def read_redoc() -> bytes:
    """Return Redoc's script without the logo that it would load from its maker's server."""
    script = files("fastapi_offline").joinpath("static", REDOC).read_bytes()
    return script.replace(REDOC_LOGO, NO_IMAGE)


def add_docs(app: FastAPI) -> None:
    """Serve `/docs` (Swagger UI) and `/redoc`; the application's `openapi_url` is OPENAPI_URL."""

    @app.get(f"{ASSETS}/{REDOC}", include_in_schema=False)
    async def redoc_script() -> Response:
        return Response(read_redoc(), media_type="text/javascript")

    app.mount(ASSETS, StaticFiles(packages=[("fastapi_offline", "static")]))

    @app.get("/docs", include_in_schema=False)
    async def swagger_ui(request: Request) -> HTMLResponse:
        root = request.scope.get("root_path", "")
        page = get_swagger_ui_html(
            title=app.title,
            openapi_url=f"{root}{OPENAPI_URL}",
            oauth2_redirect_url=f"{root}{OAUTH2_REDIRECT_URL}",
            swagger_js_url=f"{root}{ASSETS}/swagger-ui-bundle.js",
            swagger_css_url=f"{root}{ASSETS}/swagger-ui.css",
            swagger_favicon_url=f"{root}{ASSETS}/favicon.png",
        )
        page.headers["Content-Security-Policy"] = CONTENT_POLICY
        return page

    @app.get(OAUTH2_REDIRECT_URL, include_in_schema=False)
    async def oauth2_redirect() -> HTMLResponse:
        return get_swagger_ui_oauth2_redirect_html()

    @app.get("/redoc", include_in_schema=False)
    async def redoc(request: Request) -> HTMLResponse:
        root = request.scope.get("root_path", "")
        page = get_redoc_html(
            title=app.title,
            openapi_url=f"{root}{OPENAPI_URL}",
            redoc_js_url=f"{root}{ASSETS}/{REDOC}",
            redoc_favicon_url=f"{root}{ASSETS}/favicon.png",
            with_google_fonts=False,
        )
        page.headers["Content-Security-Policy"] = CONTENT_POLICY
        return page
