"""The image, the compose file and the chart, read and compared with the code: no engine runs them here."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from apportion.cli import COMMANDS
from tenants import settings
from workers.kinds import WORKERS

DOCKER = Path(__file__).parents[1] / "docker"


def served(commands: list[list[str]]) -> set[str]:
    """Return the groups of queues that worker commands serve."""
    return {command[command.index("--group") + 1] for command in commands if command[0] == "worker"}


def test_compose_runs_every_process_and_serves_every_queue(tmp_path: Path) -> None:
    compose = yaml.safe_load((DOCKER / "compose.yaml").read_text(encoding="utf-8"))
    ours = {name: service for name, service in compose["services"].items() if service["image"] == "apportion"}
    commands = [service["command"] for service in ours.values()]
    assert {command[0] for command in commands} == {"migrate", "serve", "dispatcher", "worker"}
    assert {command[0] for command in commands} <= set(COMMANDS)
    assert served(commands) == set(WORKERS)
    for service in ours.values():
        given = {**service["environment"], "APPORTION_PRODUCTION": "1"}
        assert [name for name in given if name not in settings._NAMES] == []
        filled = {name: re.sub(r"\$\{\w+:-(\w*)\}", r"\1", value) for name, value in given.items()}
        filled = {name: re.sub(r"\$\{\w+:\?[^}]*\}", "5e" * 32, value) for name, value in filled.items()}
        filled["APPORTION_BASE_URL"] = "https://plan.example.org"
        read = settings.Settings.from_environment(filled | {"APPORTION_HOME": str(tmp_path)})
        assert read.production
        assert not list(tmp_path.iterdir()), "production makes no secret up"
    assert {"postgres", "redis"} <= set(compose["services"])
    wanted = set(re.findall(r"\$\{([A-Z_]+):\?", (DOCKER / "compose.yaml").read_text(encoding="utf-8")))
    example = (DOCKER / "example.env").read_text(encoding="utf-8")
    assert wanted <= {line.partition("=")[0] for line in example.splitlines()}


def test_the_image_is_a_wheel_without_rights_in_an_empty_folder() -> None:
    text = (DOCKER / "Dockerfile").read_text(encoding="utf-8")
    last = text.rpartition("\nFROM ")[2]
    assert "USER apportion" in last
    assert "WORKDIR /empty" in last
    assert "libpango" in last
    assert "COPY . ." not in last
    for name in re.findall(r"(APPORTION_[A-Z_]+)=", last):
        assert name in settings._NAMES
    for path in re.findall(r"-r (\S+\.txt)", text):
        assert (DOCKER.parent / path).is_file()


def test_the_chart_names_only_values_that_exist() -> None:
    chart = yaml.safe_load((DOCKER / "chart" / "Chart.yaml").read_text(encoding="utf-8"))
    values = yaml.safe_load((DOCKER / "chart" / "values.yaml").read_text(encoding="utf-8"))
    template = (DOCKER / "chart" / "templates" / "platform.yaml").read_text(encoding="utf-8")
    assert chart["apiVersion"] == "v2"
    for name in re.findall(r"\.Values\.(\w+)", template):
        assert name in values
    for group in WORKERS:
        assert f'"--group" "{group}"' in template
        assert group in values["replicas"]
