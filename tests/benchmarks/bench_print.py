"""The plan's PDF: seconds, pages and memory, beside WeasyPrint's bare time for the same HTML."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]

CHILD = """
import gc, json, resource, time
import weasyprint
from reports import pdf, plan
from tests.support import plan_document

document = plan_document.document()
edition = plan.Edition()
asked = []
whole = pdf.print_html
def keep(html, css, files=None):
    asked.append((html, css, files))
    return whole(html, css, files)
plan.print_html = keep
def bare():
    html, css, files = asked[-1]
    fonts = weasyprint.text.fonts.FontConfiguration()
    held = {pdf.font_name(face): (body, "font/ttf") for face, body in pdf.read_faces().items()}
    fetcher = pdf.Memory({**held, **(files or {})})
    gc.collect()
    begun = time.monotonic()
    sheet = weasyprint.CSS(string=pdf.font_rules() + css, font_config=fonts, url_fetcher=fetcher)
    weasyprint.HTML(string=html, url_fetcher=fetcher).write_pdf(
        stylesheets=[sheet], font_config=fonts, pdf_variant="pdf/ua-1", full_fonts=False)
    return time.monotonic() - begun
ours, theirs, busy = [], [], []
for _ in range(5):
    # What the round before left behind is collected here, not in the middle of the next measurement.
    gc.collect()
    begun, cpu = time.monotonic(), time.process_time()
    printed = plan.print_plan(document, edition, "en")
    ours.append(time.monotonic() - begun)
    busy.append(time.process_time() - cpu)
    theirs.append(bare())
print(json.dumps({
    "ours": min(ours), "cpu": min(busy), "bare": min(theirs), "pages": printed.pages,
    "layouts": len(asked) / 5,
    "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}))
"""


def test_the_plan(measured: Callable[..., None]) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", CHILD], check=True, cwd=ROOT, capture_output=True, text=True
    )
    found = json.loads(ended.stdout.splitlines()[-1])
    measured("plan's pages", found["pages"], "pages")
    measured("plan's PDF", found["ours"], "s")
    measured("plan's PDF, a page", found["ours"] / found["pages"], "s", 0.2)
    measured("plan's PDF, a page, processor alone", found["cpu"] / found["pages"], "s")
    measured("plan's PDF, layouts", found["layouts"], "layouts")
    measured("bare WeasyPrint, same HTML", found["bare"], "s")
    measured("plan's PDF in bare WeasyPrints", found["ours"] / found["bare"], "times", 1.3)
    measured("memory of printing", found["megabytes"], "MB")
