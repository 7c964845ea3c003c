#!/usr/bin/env bash
# usage: scripts/test.sh [CTEST OPTIONS]      for instance: scripts/test.sh -L unit
# Installs what is missing, fetches the Kafka broker, the Kafka Streams application and the API tester of the system
# tests, builds, runs every test.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh --test
scripts/kafka.sh

# What asks the API at random, in a Python environment of its own; other versions install anew.
tester=build/schemathesis
if ! cmp -s tests/system/api/requirements.txt $tester/requirements.txt; then
  echo "test.sh: fetching schemathesis from PyPI" >&2
  rm -rf $tester
  python3 -m venv $tester
  $tester/bin/pip install -q --disable-pip-version-check -r tests/system/api/requirements.txt
  cp tests/system/api/requirements.txt $tester/requirements.txt
fi

cmake --preset dev
cmake --build build/dev
# System tests share the machine as tests/system/CMakeLists.txt says; unit tests run beside them.
ctest --test-dir build/dev --output-on-failure --no-tests=error --parallel 2 "$@"
# In CI the unit tests once more under the sanitizers. By hand: scripts/sanitize.sh.
if [ "${CI:-}" = true ] && (($# == 0)); then scripts/sanitize.sh; fi
