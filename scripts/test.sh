#!/usr/bin/env bash
# usage: scripts/test.sh [CTEST OPTIONS]      for instance: scripts/test.sh -L unit
# Installs what is missing, fetches the Kafka broker of the system tests, builds, runs every test.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh --test

# One broker's jars for all runs; a change of the pom fetches anew.
jars=build/kafka
if ! cmp -s tests/kafka/pom.xml $jars/pom.xml; then
  echo "test.sh: fetching the Kafka broker from Maven Central" >&2
  rm -rf $jars
  mvn -q -B -Dstyle.color=never -f tests/kafka/pom.xml dependency:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$PWD/$jars/libs"
  cp tests/kafka/pom.xml $jars/pom.xml
fi

cmake --preset dev
cmake --build build/dev
# System tests share the machine one at a time (RESOURCE_LOCK); unit tests run beside them.
exec ctest --test-dir build/dev --output-on-failure --no-tests=error --parallel 2 "$@"
