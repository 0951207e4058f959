"""Pins the requirements with hashes. The files name no host, so that they hold for every mirror."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

FILES: Final = {
    "requirements.txt": ("what `sluice serve` and `sluice try` need", []),
    "requirements-dev.txt": ("what the tests and checks need as well", ["--extra", "dev"]),
}
OPTIONS: Final = [
    "--quiet", "--generate-hashes", "--no-strip-extras", "--allow-unsafe", "--no-header", "--no-annotate",
    "--no-emit-index-url", "--no-emit-find-links", "--no-emit-trusted-host", "--upgrade",
]  # fmt: skip


def main() -> None:
    """Writes both files."""
    for name, (what, extra) in FILES.items():
        command = [sys.executable, "-m", "piptools", "compile", *OPTIONS, *extra, "-o", name, "pyproject.toml"]
        subprocess.run(command, check=True)
        path = Path(name)
        path.write_text(f"# Pinned with hashes by `make lock`: {what}.\n{path.read_text()}")


if __name__ == "__main__":
    main()
