"""`python -m scripts.preflight PORT`: what `make run` looks at before it changes anything."""

import re
import socket
import sys
from errno import EACCES, EADDRINUSE
from importlib import import_module

from alembic_workflow.database.import_errors import explain_import_error

from scripts.server_socket import is_socket_folder

HOST = "127.0.0.1"
LARGEST_PORT = 65535
ANOTHER_PORT = 8001
REASONS = {EADDRINUSE: "is in use", EACCES: "needs more rights than you have"}


class PreflightError(Exception):
    """The service could not run; the message says why and what to do."""


def check_port(text: str) -> None:
    """Bind the port as uvicorn will. Raises PreflightError if it is none or cannot be bound."""
    if not re.fullmatch("[0-9]{1,5}", text) or not 1 <= int(text) <= LARGEST_PORT:
        raise PreflightError(
            f"{text!r} is no port, which is a number from 1 to {LARGEST_PORT}: "
            f"make run port={ANOTHER_PORT}"
        )
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, int(text)))
        except OSError as error:
            reason = REASONS.get(error.errno or 0, f"cannot be bound ({error.strerror})")
            another = ANOTHER_PORT + (int(text) == ANOTHER_PORT)
            raise PreflightError(
                f"Port {text} {reason}; take another: make run port={another}"
            ) from None


def check_application() -> None:
    """Import the application. Raises PreflightError if one of its modules fails."""
    try:
        _import_application()
    except Exception as error:
        explanation = explain_import_error(error)
        if explanation is None:
            raise
        raise PreflightError(explanation) from None


def _import_application() -> None:
    from app.routers import MissingRouterError

    try:
        import_module("app.main")
    except MissingRouterError as error:
        raise PreflightError(str(error)) from None


def tell_what_ctrl_c_leaves() -> None:
    """Say that PostgreSQL goes on without the service, if it is the embedded one."""
    from app.config import settings

    if is_socket_folder(str(settings.database_url.query.get("host", ""))):
        message = "Ctrl-C ends the service; PostgreSQL goes on until 'make db-stop'."
        print(message, file=sys.stderr)


def main() -> None:
    """Run the command line; exit with status 1 and one line if the service could not run."""
    try:
        check_port(sys.argv[1])
        check_application()
    except PreflightError as error:
        sys.exit(str(error))
    tell_what_ctrl_c_leaves()


if __name__ == "__main__":
    main()
