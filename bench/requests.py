"""Requests that the service answers in a second, beside other ways to write the same endpoints.

One worker each, on uvloop and httptools, on the same server and the same rows; the load comes from
another process. Every way has its turn in every round, and the median of the rounds is reported.
Usage: python -P bench/requests.py [CLIENTS ...] (-P, as it has the name of a library)
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from statistics import median
from urllib.error import URLError
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from baking import bake  # noqa: E402
from databases import database_url, rows  # noqa: E402
from running import clean_environment, free_port, make  # noqa: E402

SECONDS = 3
ROUNDS = 3
WAYS = ("ours", "plain", "idiom", "asyncpg", "floor")
PATHS = {"one row": "/items/7", "twenty rows": "/items"}
# The idiom of the tutorials stops answering with more clients.
MOST_CLIENTS = {"idiom": 32}
TABLE = """
CREATE TABLE bench_items (id int PRIMARY KEY, title text NOT NULL, content text NOT NULL,
  score int NOT NULL);
INSERT INTO bench_items SELECT i, 'Title ' || i, repeat('content ', 10), i
  FROM generate_series(1, 1000) AS i;
"""
Rates = dict[tuple[str, str, int], float]


def main(clients: list[int]) -> None:
    """Print a table, and the ratios."""
    folder = Path(tempfile.mkdtemp(prefix="bench-requests-"))
    folder.chmod(0o755)
    project = bake(folder, starter="blank", project_slug="bench", docker="no", ci="none")
    try:
        assert make(project.path, "db").returncode == 0
        others = ["asyncpg", "greenlet"]
        install = ["uv", "pip", "install", "--quiet", "--python", ".venv/bin/python", *others]
        subprocess.run(install, cwd=project.path, env=clean_environment(), check=True)
        rows(database_url(project), TABLE)
        for name in ("request_apps.py", "load.py"):
            shutil.copy(ROOT / "bench" / name, project.path)
        with serving(project.path, "app.main:app", "/health/live") as (_, seconds):
            print(f"\nfrom the start of the process to its first answer: {seconds:.2f} s\n")
        report(measure(project.path, clients), clients)
    finally:
        make(project.path, "clean")
        shutil.rmtree(folder, ignore_errors=True)


def measure(project: Path, clients: list[int]) -> Rates:
    """Return the rate for each way, path and number of clients."""
    rounds: dict[tuple[str, str, int], list[float]] = defaultdict(list)
    for _, way in product(range(ROUNDS), WAYS):
        with serving(project, f"request_apps:{way}", "/items/7") as (port, _):
            for (name, path), count in product(PATHS.items(), clients):
                if count <= MOST_CLIENTS.get(way, count):
                    rounds[way, name, count].append(rate(project, way, port, path, count))
    return {key: median(found) for key, found in rounds.items()}


def rate(project: Path, way: str, port: int, path: str, clients: int) -> float:
    """Return the answers per second; tell of each that is not 200."""
    command = [".venv/bin/python", "load.py", str(port), path, str(clients), str(SECONDS)]
    result = subprocess.run(
        command, cwd=project, env=clean_environment(), capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    totals = json.loads(result.stdout)
    seconds, answered = totals.pop("seconds"), totals.pop("200", 0)
    if totals:
        print(f"{way}, {path} with {clients} clients: {totals}")
    return float(answered / seconds)


def report(rates: Rates, clients: list[int]) -> None:
    """Print the rates and the ratios of ours to the others'."""
    print(f"{'answers per second':24}" + "".join(f"{count:>9}" for count in clients) + "  clients")
    for way in WAYS:
        for name in PATHS:
            found = [rates.get((way, name, count)) for count in clients]
            cells = "".join(f"{'-' if each is None else round(each):>9}" for each in found)
            print(f"{way + ', ' + name:24}{cells}")
    print(f"\n{'ours to':24}")
    for way, name in product(WAYS[1:], PATHS):
        ratios = (
            f"{rates['ours', name, count] / rates[way, name, count]:9.2f}"
            if (way, name, count) in rates
            else f"{'-':>9}"
            for count in clients
        )
        print(f"{way + ', ' + name:24}" + "".join(ratios))


@contextmanager
def serving(project: Path, application: str, path: str) -> Iterator[tuple[int, float]]:
    """Serve the application; yield its port, and the seconds until it first answered."""
    port = free_port()
    factory = [] if application.startswith("app.") else ["--factory"]
    command = [".venv/bin/python", "-m", "uvicorn", *factory, application, "--port", str(port)]
    command += ["--loop", "uvloop", "--http", "httptools"]
    quiet = ["--no-access-log", "--log-level", "warning"]
    environment = clean_environment(LOG_LEVEL="WARNING")
    started = time.perf_counter()
    process = subprocess.Popen([*command, *quiet], cwd=project, env=environment)
    try:
        while True:
            assert process.poll() is None
            try:
                urlopen(f"http://127.0.0.1:{port}{path}").close()
                break
            except URLError:
                time.sleep(0.01)
        yield port, time.perf_counter() - started
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main([int(count) for count in sys.argv[1:]] or [32, 64, 200, 1000])
