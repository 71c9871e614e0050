"""`python -m app`: serve, with the options of `uvicorn`; ends with status 0 after SIGTERM."""

import os
import signal
import sys

from uvicorn.config import LOGGING_CONFIG
from uvicorn.main import main

from app.config import settings
from app.http.logging import configure_logging

PROTOCOL = "app.http.protocol:TimedProtocol"

# Here, as worker processes import this: uvicorn logs some lines before it imports the application.
configure_logging(settings.log_level)
LOGGING_CONFIG["loggers"] = {}

if __name__ == "__main__":  # pragma: no branch (worker processes import this, no test does)
    # uvicorn finishes the requests in flight, and then sends itself the signal again.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    # Otherwise uvicorn believes what any program on this machine says of where a request is from.
    os.environ.setdefault("FORWARDED_ALLOW_IPS", "")
    main(["app.main:app", "--http", PROTOCOL, *sys.argv[1:]])
