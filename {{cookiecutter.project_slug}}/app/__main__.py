"""`python -m app`: serve, with the options of `uvicorn`; ends with status 0 after SIGTERM."""

import signal
import sys

from uvicorn.main import main

if __name__ == "__main__":  # pragma: no branch (worker processes import this, no test does)
    # uvicorn finishes the requests in flight, and then sends itself the signal again.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    main(["app.main:app", *sys.argv[1:]])
