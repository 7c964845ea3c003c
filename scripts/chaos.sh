#!/usr/bin/env bash
# usage: scripts/chaos.sh [--schedules 20 | --full] [--seed 1] [--faults all] [--steps 21] [--storm 4] [--kills 40]
#                         [--longest 8] [--nap 35]
# Two and three daemons share one application on a real broker and a real PostgreSQL, and come, go, die and sleep by
# seeded random schedules while orders flow, flawed records among them, and clients hang up. Around them fail:
#   --faults   all, or some of instances,broker,database,network,disk: the broker is restarted, killed, paused; the
#              database restarted, shut down at once, killed, paused, out of connections, read-only, or ends sessions;
#              one daemon's way to the broker is cut, silent or slow; one daemon's disk is full
#   --steps    of a schedule; seven hold each kind of fault
#   --storm    every so many schedules one in which one or two daemons are killed every second, --kills in all; 0: none
#   --longest  seconds that a fault may last
#   --nap      some of those who are paused sleep so many seconds longer, beyond the 30 after which their unpublished
#              orders are taken from them
#   --full     as many schedules as it takes for 500 kills, 50 broker restarts, 50 database outages, 50 pauses
# Prints a line for each schedule, and their sum: duplicates, missing, stale rows and all that is wrong must be 0. A
# recovery is the time from the end of a cause to the first result and the first row. A storm takes about a minute, a
# schedule of 21 steps about three, --full an hour or two. Ends with 1 where something is wrong; what was found, the
# schedules and the daemons' logs are then in the file that it names. Needs what scripts/test.sh has built.
set -euo pipefail
cd "$(dirname "$0")/.."

export ORDERS_SCHEDULES=20 ORDERS_SEED=1 ORDERS_FAULTS=all ORDERS_STEPS=21 ORDERS_STORM=4 ORDERS_KILLS=40
export ORDERS_LONGEST=8 ORDERS_NAP=35 ORDERS_FULL=0
while (($#)); do
  case $1 in
    --full) ORDERS_FULL=1; shift ;;
    --schedules | --seed | --faults | --steps | --storm | --kills | --longest | --nap)
      (($# > 1)) || { echo "chaos.sh: $1 needs a value" >&2; exit 2; }
      name=${1#--}
      declare -x "ORDERS_${name^^}=$2"
      shift 2
      ;;
    *) sed -n '2,21s/^# \?//p' "$0" >&2; exit 2 ;;
  esac
done

program=build/dev/bin/system_instances
[[ -x $program ]] || { echo "chaos.sh: $program is missing: run scripts/test.sh first" >&2; exit 2; }
log=$(mktemp --tmpdir orders-chaos-XXXXXX.log)
status=0
"$program" --gtest_filter='Chaos.*' 2>&1 | tee "$log" | grep --line-buffered '^| ' || status=$?
if ((status)) || ! grep -q '^\[  PASSED  \] 1 test' "$log"; then
  echo "chaos.sh: something is wrong; see $log" >&2
  exit 1
fi
rm -f "$log"
