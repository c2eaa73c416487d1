"""The house: rooms, packaging, locks, and what a wheel carries."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import pytest

from workers import kinds, registry

ROOT = Path(__file__).parents[1]
PACKAGES = ("apportion", "workers", "reports", "tenants", "migrations")
REGISTRY_HOSTS = ("pypi" + ".org", "pythonhosted" + ".org", "registry.npmjs" + ".org", "npmjs" + ".com")


def tracked() -> list[str]:
    """Return the paths that git tracks; a copy without git is looked at as it lies."""
    if not (ROOT / ".git").exists():
        skip = {".venv", "node_modules", "__pycache__", "built"}
        return [
            str(path.relative_to(ROOT))
            for path in ROOT.rglob("*")
            if path.is_file() and not skip & set(path.parts)
        ]
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [path for path in listed.stdout.split("\0") if path and (ROOT / path).is_file()]


def test_platform_is_the_standard_librarys() -> None:
    found = subprocess.run(
        [sys.executable, "-c", "import platform; print(platform.__file__, platform.system())"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    ).stdout
    assert str(ROOT) not in found
    assert not (ROOT / "platform" / "__init__.py").exists()


def test_all_packages_come_from_one_root() -> None:
    origins = {}
    for name in PACKAGES:
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        origins[name] = Path(spec.origin).parent.parent
    assert origins.pop("apportion") == ROOT / "platform"
    assert set(origins.values()) == {ROOT}


def test_no_package_below_tests() -> None:
    assert not list((ROOT / "tests").rglob("__init__.py"))


def test_every_package_at_the_root_is_watched() -> None:
    configuration = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} | {"apportion"}
    assert set(configuration["tool"]["importlinter"]["root_packages"]) == packages
    assert {
        Path(path).name for path in configuration["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    } == (packages)
    assert set(configuration["tool"]["mypy"]["packages"]) == packages


def test_rooms_stand_on_one_another() -> None:
    # In a process of its own: it silences every logger that exists by then.
    lint = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    assert subprocess.run([sys.executable, "-c", lint], cwd=ROOT, check=False).returncode == 0


def test_no_registry_is_named() -> None:
    found = []
    for path in tracked():
        content = (ROOT / path).read_bytes()
        found += [f"{path}: {host}" for host in REGISTRY_HOSTS if host.encode() in content]
    assert not found


def test_nothing_is_left_open() -> None:
    words = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|raise NotImplemented" + r"Error)\b")
    found = []
    for path in tracked():
        if Path(path).suffix in {".py", ".html", ".ts", ".js", ".mjs", ".css", ".sh", ".sql", ".md", ".po"}:
            text = (ROOT / path).read_text(encoding="utf-8")
            found += [f"{path}: {match.group()}" for match in words.finditer(text)]
    assert not found


@pytest.mark.parametrize("name", ["runtime", "development", "build"])
def test_locks_have_hashes(name: str) -> None:
    lines = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    pinned = [number for number, line in enumerate(lines) if re.match(r"[a-z0-9]", line)]
    assert pinned
    for number in pinned:
        assert "==" in lines[number]
        assert "--hash=sha256:" in lines[number + 1], lines[number]


def test_package_lock_has_digests_and_no_addresses() -> None:
    path = ROOT / "platform" / "apportion" / "assets" / "package-lock.json"
    packages = json.loads(path.read_text(encoding="utf-8"))["packages"]
    for name, package in packages.items():
        assert "resolved" not in package, name
        assert name == "" or "integrity" in package or package.get("bundled") or package.get("inBundle"), name


def test_every_queue_has_a_worker() -> None:
    served = {queue for queues in kinds.WORKERS.values() for queue in queues}
    known = registry.load()
    assert known
    for kind in known.values():
        assert kind.queue in served, kind.name
        assert kind.limit_seconds > 0
        assert kind.attempts > 0


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--no-deps",
            "--no-build-isolation",
            "-w",
            folder,
            ROOT,
        ],
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("apportion-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into an environment of its own; its dependencies come from the tests' one."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    packages = Path(
        subprocess.run(
            [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
    )
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "--python",
            python,
            "install",
            "--quiet",
            "--no-deps",
            "--no-index",
            wheel,
        ],
        check=True,
        capture_output=True,
    )
    # A plain path line adds the folder and does not read its .pth files, so the checkout stays out of sight.
    (packages / "dependencies.pth").write_text(
        "".join(f"{path}\n" for path in sys.path if path.endswith("site-packages")), encoding="utf-8"
    )
    return folder


def run_installed(installed: Path, folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a program of the installation in an empty folder."""
    environment = {
        key: value for key, value in os.environ.items() if key not in {"PYTHONPATH", "VIRTUAL_ENV"}
    }
    return subprocess.run(
        [str(installed / "bin" / command[0]), *command[1:]],
        cwd=folder,
        env=environment | {"APPORTION_HOME": str(folder / "home")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_wheel_runs_outside_the_repository(installed: Path, tmp_path: Path) -> None:
    helped = run_installed(installed, tmp_path, "apportion", "--help")
    assert helped.returncode == 0, helped.stderr
    for command in ("run", "serve", "worker", "dispatcher", "migrate", "ledger", "tour", "demo"):
        assert command in helped.stdout
    script = "\n".join(
        [
            "import importlib, pathlib",
            f"modules = [importlib.import_module(name) for name in {PACKAGES!r}]",
            "print(*{pathlib.Path(module.__file__).parent.parent for module in modules})",
        ]
    )
    said = run_installed(installed, tmp_path, "python", "-c", script)
    assert said.returncode == 0, said.stderr
    (root,) = said.stdout.split()
    assert Path(root).is_relative_to(installed)
    for needed in (
        "migrations/env.py",
        "migrations/versions/0001_first_tables.py",
        "migrations/statements/0001/policies.sql",
        "apportion/templates/frame.html",
        "apportion/static/built/manifest.json",
        "tenants/translations/es/frame.po",
        "reports/print/print.css",
    ):
        assert (Path(root) / needed).is_file(), needed
    assert list((Path(root) / "workers" / "finance" / "rates").glob("*.json"))
    assert list((Path(root) / "reports" / "fonts").glob("*"))


def test_the_wheel_holds_nothing_of_the_workshop(wheel: Path, tmp_path: Path) -> None:
    shutil.unpack_archive(wheel, tmp_path / "content", "zip")
    names = {path.name for path in (tmp_path / "content").iterdir()}
    assert {name for name in names if not name.endswith(".dist-info")} == set(PACKAGES)
    assert not list((tmp_path / "content").rglob("node_modules"))
