#!/bin/sh
# Sets up everything that `make run` (runtime) or `make test` (development) needs. Repeating it costs nothing:
# what is in place is left alone. Usage: scripts/setup.sh runtime|development
set -eu
cd "$(dirname "$0")/.."
mode=${1:-runtime}
venv=.venv
. scripts/system.sh

# 1. Python 3.11 or newer, in a folder of its own.
usable() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
if ! { [ -x $venv/bin/python ] && usable $venv/bin/python; }; then
  python=
  for name in ${PYTHON:-} python3.13 python3.12 python3.11 python3; do
    if usable "$name"; then python=$name; break; fi
  done
  [ -n "$python" ] || stop "Apportion needs Python 3.11 or newer." "$(how_to_install python)"
  if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    # Debian and Ubuntu leave the venv module to a package of its own.
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    install_system venv "python$version-venv" || true
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
      stop "$python has no venv module, and it could not be installed." "$(how_to_install venv "python$version-venv")"
  fi
  say "Making $venv with $("$python" --version)."
  rm -rf $venv
  "$python" -m venv $venv
fi

# 2. Locked packages, and the product itself, editable.
digest=$(cat requirements/*.txt requirements/*.in pyproject.toml | cksum | tr ' ' '-')
stamp=$venv/.installed-$mode
# What development needs contains what running needs.
if [ "$(cat $stamp 2>/dev/null || cat $venv/.installed-development 2>/dev/null || true)" != "$digest" ]; then
  say "Installing Python packages ($mode)."
  $venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/$mode.txt
  $venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/build.txt
  $venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
  echo "$digest" > $stamp
fi

# 3. What wheels can't carry: Pango for the PDF, Redis or Valkey, and for the tests Chromium and pgbouncer.
has_pango() { $venv/bin/python -c 'import weasyprint' >/dev/null 2>&1; }
has_redis() { $venv/bin/python -c 'from apportion.servers import find_redis; find_redis()' >/dev/null 2>&1; }
has_chromium() { $venv/bin/python -c 'from tests.support.browser import find_chromium; find_chromium()' >/dev/null 2>&1; }
has_pgbouncer() { PATH=$PATH:/usr/sbin:/sbin command -v pgbouncer >/dev/null 2>&1; }
need() {
  what=$1
  "has_$what" && return
  install_system "$what" || true
  if [ "$what" = chromium ] && ! has_chromium; then
    say "Installing Playwright's Chromium."
    $venv/bin/python -m playwright install --with-deps chromium || $venv/bin/python -m playwright install chromium || true
  fi
  "has_$what" || stop "$(purpose "$what")" "$(how_to_install "$what")"
}
ready=$venv/.system-2-$mode
if [ ! -e $ready ] && [ ! -e $venv/.system-2-development ]; then
  need pango
  [ -n "${REDIS_URL:-}" ] || need redis
  [ "$mode" = runtime ] || need chromium
  [ "$mode" = runtime ] || need pgbouncer
  [ -n "${REDIS_URL:-}" ] || touch $ready
fi
