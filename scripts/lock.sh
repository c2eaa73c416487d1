#!/bin/sh
# Locks exact versions with hashes for every platform and Python from 3.11 on; no registry's address is written.
set -eu
cd "$(dirname "$0")/.."
lock() {
  .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
    "$@"
}
lock requirements/development.in -o requirements/development.txt
lock -c requirements/development.txt requirements/runtime.in -o requirements/runtime.txt
lock -c requirements/development.txt requirements/build.in -o requirements/build.txt
