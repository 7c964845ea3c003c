#!/usr/bin/env bash
# usage: scripts/chaos.sh [--schedules 20] [--seed 1] [--steps 12] [--nap 35]
# Two and three daemons share one application on a real broker and a real PostgreSQL, and come, go, die and sleep by
# seeded random schedules while orders flow; some sleep for --nap seconds, beyond the 30 after which their unpublished
# orders are taken from them. Prints a line for each schedule: duplicates, missing, stale rows and all
# that is wrong must be 0. Ends with 1 where it is not; what was found, the schedules and the daemons' logs are then in
# the file that it names. Needs what scripts/test.sh has built.
set -euo pipefail
cd "$(dirname "$0")/.."

schedules=20 seed=1 steps=12 nap=35
while (($#)); do
  case $1 in
    --schedules) schedules=$2; shift 2 ;;
    --seed) seed=$2; shift 2 ;;
    --steps) steps=$2; shift 2 ;;
    --nap) nap=$2; shift 2 ;;
    *) sed -n '2,7s/^# //p' "$0" >&2; exit 2 ;;
  esac
done

program=build/dev/bin/system_instances
[[ -x $program ]] || { echo "chaos.sh: $program is missing: run scripts/test.sh first" >&2; exit 2; }
log=$(mktemp --tmpdir orders-chaos-XXXXXX.log)
status=0
ORDERS_SCHEDULES=$schedules ORDERS_SEED=$seed ORDERS_STEPS=$steps ORDERS_NAP=$nap \
  "$program" --gtest_filter='Instances.ComeAndGo*' 2>&1 | tee "$log" | grep --line-buffered '^| ' || status=$?
if ((status)) || ! grep -q '^\[  PASSED  \] 1 test' "$log"; then
  echo "chaos.sh: something is wrong; see $log" >&2
  exit 1
fi
rm -f "$log"
