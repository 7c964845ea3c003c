#!/usr/bin/env bash
# usage: scripts/bench.sh [OPTIONS]           for instance: scripts/bench.sh --quick --only throughput,latency
# Measures ordersd, Kafka Streams and a plain librdkafka loop side by side; --help lists the options, and
# docs/benchmarks.md says what is measured. Installs and builds what is missing. Wants the machine for itself.
# With --api as the first option: what bench/api.sh measures. With --size: what an order takes, for docs/size.md.
set -euo pipefail
cd "$(dirname "$0")/.."

program=bench/run.py
case "${1-}" in
  --api | --size)
    program=bench/${1#--}.py
    shift
    ;;
esac
# Only the figures of an earlier run: nothing to build.
case " $* " in *" --from"* | *" --help "* | *" -h "*) exec python3 -B $program "$@" ;; esac

scripts/setup.sh --bench
scripts/kafka.sh

cmake --preset release >&2
cmake --build build/release --target ordersd ordersctl bench_tools >&2
exec python3 -B $program "$@"
