#!/bin/sh
# Runs what needs more than wheels, Chromium and Pango, and says what ran and what did not.
set -eu
cd "$(dirname "$0")/.."
status=0
report=
note() { report="$report
  $1"; }

if [ -n "${TEST_DATABASE_URL:-}" ] && [ -n "${TEST_REDIS_URL:-}" ]; then
  .venv/bin/pytest -m external -n 2 && note "ran      data layer on TEST_DATABASE_URL and TEST_REDIS_URL" ||
    { status=1; note "FAILED   data layer on TEST_DATABASE_URL and TEST_REDIS_URL"; }
else
  note "not run  data layer on your own servers: set TEST_DATABASE_URL and TEST_REDIS_URL"
fi
if command -v docker >/dev/null 2>&1 && docker info >/dev/null 2>&1; then
  docker compose -f docker/compose.yaml config --quiet && docker build -q -f docker/Dockerfile -t apportion:test . >/dev/null &&
    note "ran      docker build and compose file" || { status=1; note "FAILED   docker build and compose file"; }
else
  note "not run  docker build and compose file: no Docker engine here"
fi
if command -v helm >/dev/null 2>&1; then
  helm lint docker/chart && note "ran      helm lint" || { status=1; note "FAILED   helm lint"; }
else
  note "not run  helm lint: no helm here"
fi
if command -v verapdf >/dev/null 2>&1; then
  if [ -n "${PLAN_PDF:-}" ]; then
    verapdf --flavour ua1 "$PLAN_PDF" && note "ran      veraPDF" || { status=1; note "FAILED   veraPDF"; }
  else
    note "not run  veraPDF: name a plan's PDF in PLAN_PDF"
  fi
else
  note "not run  veraPDF: not installed"
fi
if ! command -v soffice >/dev/null 2>&1 && command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  apt-get install -q -y --no-install-recommends libreoffice-calc >/dev/null || true
fi
if command -v soffice >/dev/null 2>&1; then
  TEST_LIBREOFFICE=1 .venv/bin/pytest -n 0 tests/reports/test_workbook.py -m external && note "ran      workbook recalculated by LibreOffice" ||
    { status=1; note "FAILED   workbook recalculated by LibreOffice"; }
else
  note "not run  workbook recalculated by LibreOffice: install the Debian package libreoffice-calc"
fi
printf '\nWhat ran and what did not:%s\n' "$report"
exit $status
