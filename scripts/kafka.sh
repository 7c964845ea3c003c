#!/usr/bin/env bash
# usage: scripts/kafka.sh
# The Kafka broker of the system tests and benchmarks, from Maven Central into build/kafka, and the order saga on Kafka
# Streams, compiled into build/kafka_streams: what is missing or has changed.
set -euo pipefail
cd "$(dirname "$0")/.."

# fetch POM FOLDER GOALS...: what a POM describes, anew. Its copy in the folder says that it is whole.
fetch() {
  local pom=$1 folder=$2
  shift 2
  echo "kafka.sh: making $folder, with jars from Maven Central" >&2
  rm -rf "$folder"
  mvn -q -B -Dstyle.color=never -f "$pom" "$@" >&2
  cp "$pom" "$folder/pom.xml"
}

cmp -s tests/kafka/pom.xml build/kafka/pom.xml ||
  fetch tests/kafka/pom.xml build/kafka dependency:copy-dependencies -DincludeScope=runtime \
    -DoutputDirectory="$PWD/build/kafka/libs"
peer=build/kafka_streams
if [ ! -e $peer/pom.xml ] || [ -n "$(find bench/kafka_streams -type f -newer $peer/pom.xml -print -quit)" ]; then
  fetch bench/kafka_streams/pom.xml $peer compile dependency:copy-dependencies
fi
