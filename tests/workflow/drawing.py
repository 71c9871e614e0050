"""Diagrams as a browser shows them, drawn by Mermaid as GitHub does."""

import html
import json
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

PAGE = """<meta charset="utf-8"><body><script src="package/dist/mermaid.min.js"></script><script>
(async () => {
  mermaid.initialize({startOnLoad: false});
  const drawn = [];
  for (const [number, text] of Object.entries(DIAGRAMS)) {
    try {
      const holder = document.createElement("div");
      holder.innerHTML = (await mermaid.render("d" + number, text)).svg;
      document.body.append(holder);
      drawn.push(holder.innerText.split("\\n").map(each => each.trim()).filter(each => each));
    } catch (error) { drawn.push([String(error)]); }
  }
  document.body.textContent = JSON.stringify(drawn);
})()
</script>"""


def diagrams(text: str) -> list[str]:
    """Return the diagrams of a Markdown text."""
    return re.findall(r"```mermaid\n(.*?)```", text, re.DOTALL)


def mermaid(folder: Path) -> Path:
    """Return a folder with Mermaid, from npm; skip the test without npm or a browser."""
    for program in ("npm", "chromium"):
        if not shutil.which(program):
            pytest.skip(f"needs {program}")
    pack = ["npm", "pack", "--silent", "mermaid@11"]
    subprocess.run(pack, cwd=folder, check=True, capture_output=True)
    [archive] = folder.glob("mermaid-*.tgz")
    with tarfile.open(archive) as file:
        file.extract("package/dist/mermaid.min.js", folder, filter="data")
    return folder


def drawn(folder: Path, text: str) -> list[list[str]]:
    """Return what a browser shows of each diagram, line by line, or why it does not."""
    page = folder / "page.html"
    page.write_text(PAGE.replace("DIAGRAMS", json.dumps(diagrams(text)).replace("</", "<\\/")))
    result = subprocess.run(
        [
            *("chromium", "--headless", "--no-sandbox", "--disable-gpu"),
            *("--virtual-time-budget=60000", "--dump-dom", page.as_uri()),
        ],
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    shown: list[list[str]] = json.loads(html.unescape(re.sub(r"<[^>]*>", "", result.stdout)))
    return shown
