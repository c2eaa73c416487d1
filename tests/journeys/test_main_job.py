"""The main job from the ledger to the adopted version, as the tour tells it, at a real browser.

The ledger is the invented one of the demonstration, so that the journey runs on every machine; with the
public filings beside the repository the tour runs on a real district's too.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pikepdf
import pytest

from apportion.demonstration.districts import DISTRICTS
from apportion.demonstration.ledgers import ledger_files
from apportion.tour import story
from tests.support.browser import DESKTOP, PHONE, Browser
from tests.support.browsing import BrowsingVisitor
from tests.support.live import LivePlatform

SMALL = next(district for district in DISTRICTS if district.key == "cedar-flat")
WINDOWS: dict[str, dict[str, object]] = {
    "desktop": {"viewport": DESKTOP, "locale": "en-US"},
    "phone": {"viewport": PHONE, "locale": "en-US", "has_touch": True, "device_scale_factor": 2},
}


def invented(folder: Path, code: str) -> tuple[Path, ...]:
    """Write an invented district's closed year, as filed by the district of a code."""
    name, content = next(iter(ledger_files(SMALL).items()))
    path = folder / name
    path.write_bytes(content.replace(SMALL.cds_code.encode(), code.encode()))
    return (path,)


def check_results(out: Path) -> None:
    report = json.loads((out / "tour.json").read_text(encoding="utf-8"))
    assert report["passed"]
    assert len(report["steps"]) > 15
    assert all(step["checked"] for step in report["steps"])
    plan = json.loads((out / "plan.json").read_text(encoding="utf-8"))
    assert plan["state"] == "published"
    assert json.loads((out / "comments.json").read_text(encoding="utf-8"))["threads"]
    with pikepdf.open(out / "plan.pdf") as printed:
        assert len(printed.pages) > 5


@pytest.mark.browser
@pytest.mark.timeout(600)
@pytest.mark.parametrize("window", sorted(WINDOWS))
def test_the_main_job_in_a_browser(
    window: str, live_platform: LivePlatform, chromium: Browser, tmp_path: Path
) -> None:
    people: list[BrowsingVisitor] = []

    def make(base_url: str, name: str) -> BrowsingVisitor:
        people.append(BrowsingVisitor(base_url, name, browser=chromium, window=WINDOWS[window]))
        return people[-1]

    code = {"desktop": "99123450000000", "phone": "99123460000000"}[window]
    order = story.Order(
        ledgers=invented(tmp_path, code), district=f"Juniper {window.title()} Unified", ada={}, out=tmp_path
    )
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("APPORTION_", "DATABASE_"))
    }
    try:
        story.tell(
            order,
            live_platform.base_url,
            environment | live_platform.settings.to_environment(),
            print,
            make,
        )
    finally:
        for person in people:
            person.close()
    assert [fault for person in people for fault in person.faults] == []
    check_results(tmp_path)


@pytest.mark.real_data
@pytest.mark.timeout(600)
def test_the_tour_of_a_real_district(real_data: Path, tmp_path: Path) -> None:
    said = subprocess.run(
        [
            *(sys.executable, "-m", "apportion", "tour"),
            *("--ledger", str(real_data / "san-francisco-unified" / "actuals-2022-23.dat")),
            *("--district", "San Francisco Unified"),
            *("--out", str(tmp_path)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stdout + said.stderr
    check_results(tmp_path)


def test_the_tour_says_what_it_lacks(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from apportion.cli import main  # noqa: PLC0415 - the command line, as a person types it

    monkeypatch.chdir(tmp_path)
    assert main(["tour", "--ledger", "nowhere.dat", "--district", "X", "--out", "out"]) == 2
    assert "no file nowhere.dat" in capfd.readouterr().err
    with pytest.raises(SystemExit) as usage:
        main(["tour", "--ledger", __file__, "--district", "X", "--out", "out", "--ada", "many"])
    assert usage.value.code == 2
    assert "is no attendance" in capfd.readouterr().err
