"""Requests that the service answers in a second, beside other ways to write the same endpoints.

One worker each, on uvloop and httptools, on the same server and the same rows; the load comes from
another process. Every way has its turn in every round.
Usage: python -P bench/requests.py [--one-cpu] [CLIENTS ...] (-P, as it has the name of a library)
With --one-cpu each keeps to one CPU, as in a container that has one.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from statistics import median
from typing import NamedTuple
from urllib.error import URLError
from urllib.request import urlopen

import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from baking import bake
from databases import database_url, rows
from running import clean_environment, free_port, make

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


class Rate(NamedTuple):
    """Answers per second, the median of the rounds; microseconds of CPU for one, the least."""

    answers: float
    cpu: float


class Server(NamedTuple):
    """A server that answers, and the seconds that took from its start."""

    port: int
    process: psutil.Process
    seconds: float


Rates = dict[tuple[str, str, int], Rate]


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
        with serving(project.path, "app.main:app", "/health/live") as server:
            print(f"from the start of the process to its first answer: {server.seconds:.2f} s")
        report(measure(project.path, clients), clients)
    finally:
        make(project.path, "clean")
        shutil.rmtree(folder, ignore_errors=True)


def measure(project: Path, clients: list[int]) -> Rates:
    """Return what each way does for each path and number of clients."""
    rounds: dict[tuple[str, str, int], list[Rate]] = defaultdict(list)
    for _, way in product(range(ROUNDS), WAYS):
        with serving(project, f"request_apps:{way}", "/items/7") as server:
            for (name, path), count in product(PATHS.items(), clients):
                if count <= MOST_CLIENTS.get(way, count):
                    rounds[way, name, count].append(rate(project, way, server, path, count))
    return {
        key: Rate(median(each.answers for each in found), min(each.cpu for each in found))
        for key, found in rounds.items()
    }


def rate(project: Path, way: str, server: Server, path: str, clients: int) -> Rate:
    """Return how many requests are answered, and at what cost; tell of answers that are not 200."""
    command = [".venv/bin/python", "load.py", str(server.port), path, str(clients), str(SECONDS)]
    before = server.process.cpu_times()
    result = subprocess.run(
        command, cwd=project, env=clean_environment(), capture_output=True, text=True
    )
    after = server.process.cpu_times()
    assert result.returncode == 0, result.stderr
    totals = json.loads(result.stdout)
    seconds, answered = totals.pop("seconds"), totals.pop("200", 0)
    if totals:
        print(f"{way}, {path} with {clients} clients: {totals}")
    used = after.user + after.system - before.user - before.system
    return Rate(answered / seconds, 1_000_000 * used / max(answered, 1))


def report(rates: Rates, clients: list[int]) -> None:
    """Print the rates, and the ratios of ours to the others'."""

    def table(title: str, ways: Sequence[str], cell: Callable[[str, str, int], str]) -> None:
        print(f"\n{title:24}" + "".join(f"{count:>9}" for count in clients) + "  clients")
        for way, name in product(ways, PATHS):
            cells = (
                cell(way, name, count) if (way, name, count) in rates else "-" for count in clients
            )
            print(f"{way + ', ' + name:24}" + "".join(f"{each:>9}" for each in cells))

    table("answers per second", WAYS, lambda *key: f"{rates[key].answers:.0f}")
    table("server CPU, us", WAYS, lambda *key: f"{rates[key].cpu:.0f}")
    others = WAYS[1:]
    ours = {key[1:]: found for key, found in rates.items() if key[0] == "ours"}
    table("answers, ours to", others, lambda *k: f"{ours[k[1:]].answers / rates[k].answers:.2f}")
    table("CPU, of ours", others, lambda *k: f"{rates[k].cpu / ours[k[1:]].cpu:.2f}")


@contextmanager
def serving(project: Path, application: str, path: str) -> Iterator[Server]:
    """Serve the application."""
    port = free_port()
    factory = [] if application.startswith("app.") else ["--factory"]
    command = [".venv/bin/python", "-m", "uvicorn", *factory, application, "--port", str(port)]
    command += ["--loop", "uvloop", "--http", "httptools"]
    quiet = ["--no-access-log", "--log-level", "warning"]
    environment = clean_environment(LOG_LEVEL="WARNING")
    started = time.perf_counter()
    process = subprocess.Popen([*command, *quiet], cwd=project, env=environment)
    if "--one-cpu" in sys.argv:
        psutil.Process(process.pid).cpu_affinity(psutil.Process().cpu_affinity()[-1:])
    try:
        while True:
            assert process.poll() is None
            try:
                urlopen(f"http://127.0.0.1:{port}{path}").close()
                break
            except URLError:
                time.sleep(0.01)
        seconds = time.perf_counter() - started
        yield Server(port, psutil.Process(process.pid), seconds)
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main([int(count) for count in sys.argv[1:] if count.isdigit()] or [32, 64, 200, 1000])
