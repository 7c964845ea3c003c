#!/usr/bin/env bash
# usage: scripts/test.sh [CTEST OPTIONS]      for instance: scripts/test.sh -L unit
# Installs what is missing, fetches the Kafka broker and the Kafka Streams application of the system tests, builds, runs
# every test.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh --test
scripts/kafka.sh
cmake --preset dev
cmake --build build/dev
# System tests share the machine one at a time (RESOURCE_LOCK); unit tests run beside them.
exec ctest --test-dir build/dev --output-on-failure --no-tests=error --parallel 2 "$@"
