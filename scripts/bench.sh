#!/usr/bin/env bash
# usage: scripts/bench.sh [OPTIONS]           for instance: scripts/bench.sh --quick --only throughput,latency
# Measures ordersd, Kafka Streams and a plain librdkafka loop side by side; --help lists the options, and
# docs/benchmarks.md says what is measured. Installs and builds what is missing. Wants the machine for itself.
# With --api as the first option: what bench/api.sh measures.
set -euo pipefail
cd "$(dirname "$0")/.."

program=bench/run.py
if [ "${1-}" = --api ]; then
  program=bench/api.py
  shift
fi
# Only the figures of an earlier run: nothing to build.
case " $* " in *" --from"* | *" --help "* | *" -h "*) exec python3 -B $program "$@" ;; esac

scripts/setup.sh --bench

# fetch POM FOLDER GOALS...: what a POM describes, anew.
fetch() {
  local pom=$1 folder=$2
  shift 2
  echo "bench.sh: making $folder, with jars from Maven Central" >&2
  rm -rf "$folder"
  mvn -q -B -Dstyle.color=never -f "$pom" "$@" >&2
  cp "$pom" "$folder/pom.xml"
}
cmp -s tests/kafka/pom.xml build/kafka/pom.xml ||  # the broker: the same as that of the tests
  fetch tests/kafka/pom.xml build/kafka dependency:copy-dependencies -DincludeScope=runtime \
    -DoutputDirectory="$PWD/build/kafka/libs"
peer=build/kafka_streams
peer_is_new() {
  [ -e $peer/pom.xml ] && [ -z "$(find bench/kafka_streams -type f -newer $peer/pom.xml -print -quit)" ]
}
if [ $program = bench/run.py ] && ! peer_is_new; then
  fetch bench/kafka_streams/pom.xml $peer compile dependency:copy-dependencies
fi

cmake --preset release >&2
cmake --build build/release --target ordersd ordersctl bench_tools >&2
exec python3 -B $program "$@"
