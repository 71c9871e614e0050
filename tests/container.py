"""The image without Docker: built by buildah on debootstrap's Debian, run as a container is."""

import json
import os
import re
import shlex
import shutil
import socket
import socketserver
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

from baking import ROOT, Project

PROGRAMS = ("buildah", "debootstrap", "unshare", "setpriv", "tar")
BASE = Path(sys.base_prefix)
AUTHORITIES = os.environ.get("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt")
# What tools of this machine are told about indexes and proxies, the image's are told, too.
PASSED_ON = re.compile(r"(UV|PIP)_(\w+_)?(INDEX|TRUSTED)\w*|(https?|no)_proxy", re.IGNORECASE)
AS_A_CONTAINER = """
set -eu
PATH=$PATH:/usr/sbin:/sbin
root=$1 user=$2 folder=$3
shift 3
mount --make-rprivate /
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount -t tmpfs tmpfs "$root/tmp"
mount --rbind /dev "$root/dev"
exec chroot "$root" setpriv --reuid "$user" --regid "$user" --clear-groups --bounding-set=-all \\
  --inh-caps=-all --no-new-privs env --ignore-environment --chdir "$folder" "$@"
"""


def why_not() -> str:
    """Return what this machine lacks to build and run an image, or nothing."""
    path = os.environ["PATH"] + os.pathsep + "/usr/sbin"
    missing = [program for program in PROGRAMS if not shutil.which(program, path=path)]
    if missing or os.geteuid() != 0:
        return "needs root, " + ", ".join(missing or PROGRAMS)
    if Path("/usr") == BASE or not Path("/etc/debian_version").exists():
        return "needs a Debian and a Python beside its own"
    return ""


def run(*command: str | Path, folder: Path | None = None) -> str:
    """Run a command that has to succeed, and return what it printed."""
    environment = os.environ | {"PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"}
    result = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, encoding="utf-8"
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def debian() -> Path:
    """Return an archive of this machine's Debian in its smallest form, made once a checkout."""
    release = Path("/etc/os-release").read_text(encoding="utf-8")
    [name] = re.findall(r"^VERSION_CODENAME=(\w+)$", release, re.MULTILINE)
    archive = ROOT / "build" / f"{name}.tar"
    if not archive.exists():
        folder = ROOT / "build" / f"{name}-{os.getpid()}"
        folder.mkdir(parents=True)
        run("debootstrap", "--variant=minbase", name, folder)
        run("tar", "--create", f"--file={folder}.tar", "--exclude=./dev/*", "-C", folder, ".")
        Path(f"{folder}.tar").rename(archive)
        shutil.rmtree(folder)
    return archive


@dataclass(frozen=True)
class Storage:
    """A folder in which buildah keeps its images."""

    folder: Path

    def buildah(self, *arguments: str | Path, folder: Path | None = None) -> str:
        """Run buildah."""
        place = ("--root", self.folder / "images", "--runroot", self.folder / "running")
        return run("buildah", *place, *arguments, folder=folder).strip()

    def make_base(self, name: str) -> None:
        """Make an image of Debian and the Python that runs the tests."""
        container = self.buildah("from", "scratch")
        self.buildah("add", container, debian(), "/")
        root = Path(self.buildah("mount", container))
        local = root / "usr" / "local"
        ignored = shutil.ignore_patterns("site-packages", "test", "*.a", "__pycache__")
        shutil.copytree(
            BASE / "lib", local / "lib", symlinks=True, ignore=ignored, dirs_exist_ok=True
        )
        for program in (BASE / "bin").glob("python3*"):
            shutil.copy(program, local / "bin", follow_symlinks=False)
        (local / "bin" / "python").symlink_to("python3")
        copy_libraries(root)
        run("chroot", root, "ldconfig")
        run("chroot", root, "/usr/local/bin/python", "-m", "ensurepip", "--default-pip")
        self.buildah(
            "config", "--env", "PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", container
        )
        self.buildah("commit", "--quiet", "--format", "docker", container, name)
        self.buildah("rm", container)

    def build(self, project: Project, name: str) -> "Image":
        """Build the project's image, with what its tools are told as secrets."""
        given = {key: value for key, value in os.environ.items() if PASSED_ON.fullmatch(key)}
        given |= {"PIP_CERT": "/run/secrets/ca", "SSL_CERT_FILE": "/run/secrets/ca"}
        secret = self.folder / "environment"
        secret.write_text("".join(f"{k}={shlex.quote(v)}\n" for k, v in given.items()))
        self.buildah(
            *("bud", "--format", "docker", "--isolation", "chroot", "--pull-never"),
            *("--network", "host", "--tag", name, "--secret", f"id=environment,src={secret}"),
            *("--secret", f"id=ca,src={AUTHORITIES}", "."),
            folder=project.path,
        )
        container = self.buildah("from", "--pull-never", name)
        root = Path(self.buildah("mount", container))
        inspected = json.loads(self.buildah("inspect", "--type", "image", name))
        return Image(root, inspected["Docker"]["config"])

    def clear(self) -> None:
        """Unmount and delete everything."""
        self.buildah("rm", "--all")
        self.buildah("rmi", "--all", "--force")


def copy_libraries(root: Path) -> None:
    """Copy what the Python's extension modules are linked to and the smallest Debian lacks."""
    for module in root.glob("usr/local/lib/python3*/lib-dynload/*.so"):
        for library in re.findall(r"=> (/\S+)", run("ldd", module)):
            target = root / library.lstrip("/")
            if not target.exists() and not Path(library).is_relative_to(BASE):
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(library, target)


@dataclass(frozen=True)
class Image:
    """The image's files, mounted, and its configuration."""

    root: Path
    config: dict[str, Any]

    def start(self, command: list[str], environment: Mapping[str, str]) -> subprocess.Popen[str]:
        """Run a command on a read-only root, as the image's user and with no capability."""
        variables = [*self.config["Env"], *(f"{k}={v}" for k, v in environment.items())]
        user, folder = self.config["User"], self.config["WorkingDir"]
        return subprocess.Popen(
            [
                *("unshare", "--mount", "sh", "-c", AS_A_CONTAINER, "sh"),
                *(str(self.root), user, folder, *variables, *command),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, command: list[str], environment: Mapping[str, str]) -> tuple[int, str]:
        """Run a command to its end, and return its status and what it printed."""
        process = self.start(command, environment)
        output, _ = process.communicate(timeout=60)
        return process.returncode, output


class _Forward(socketserver.BaseRequestHandler):
    target = ""

    def handle(self) -> None:
        with socket.socket(socket.AF_UNIX) as other:
            other.connect(self.target)
            thread = Thread(target=copy_bytes, args=(other, self.request))
            thread.start()
            copy_bytes(self.request, other)
            thread.join()


def copy_bytes(source: socket.socket, target: socket.socket) -> None:
    """Send on what arrives, until there is no more."""
    while data := source.recv(65536):
        target.sendall(data)
    target.shutdown(socket.SHUT_WR)


@contextmanager
def forwarded(path: str) -> Iterator[int]:
    """Yield a port of the loopback interface that leads to a socket in the file system."""
    handler = type("Forward", (_Forward,), {"target": path})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
