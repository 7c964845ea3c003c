#!/usr/bin/env bash
# usage: tests/shards.sh COUNT PROGRAM [ARGUMENTS]
# Runs a GoogleTest program whose tests wait most of their time as COUNT processes at once, each with its share of them.
set -uo pipefail
count=$1
shift

export GTEST_TOTAL_SHARDS=$count
shards=()
for ((shard = 0; shard < count; ++shard)); do
  (GTEST_SHARD_INDEX=$shard "$@" 2>&1 | sed -u "s/^/$shard: /") &
  shards+=($!)
done
code=0
for shard in "${shards[@]}"; do wait "$shard" || code=1; done
exit $code
