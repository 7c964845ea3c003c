#!/usr/bin/env bash
# usage: scripts/quickstart.sh
# Sees the whole saga at work with nothing but Debian 12: installs what the build needs, builds, starts `ordersd --dev`,
# creates orders, answers them, shows what became of them, checks every one. Leaves nothing but the build folder.
set -euo pipefail
cd "$(dirname "$0")/.."
orders=24

scripts/setup.sh
bin=$PWD/build/release/bin
echo "== building (the first time takes some minutes)"
cmake --preset release >/dev/null
cmake --build build/release --target ordersd ordersctl

# Everything that the programs write goes below here: state, socket, and the configuration by which ordersctl finds the
# daemon. Named, so that neither a file in /etc nor someone's environment leads to another one.
folder=$(mktemp -d)
daemon=
unset "${!ORDERS_@}"
export TMPDIR=$folder XDG_RUNTIME_DIR=$folder ORDERS_CONFIG=$folder/ordersd-dev.yaml
cd "$folder"

finish() {
  code=$?
  trap - EXIT
  [ -z "$daemon" ] || { kill "$daemon" 2>/dev/null || :; wait "$daemon" || code=1; }
  [ "$code" = 0 ] || { echo "== the daemon's log" >&2; cat "$folder/ordersd.log" >&2 || :; }
  cd /
  rm -rf "$folder"
  exit "$code"
}
trap finish EXIT
trap 'exit 130' INT TERM

show() { printf '\n$ ordersctl %s\n' "$*"; "$bin/ordersctl" "$@"; }
ask() { "$bin/ordersctl" --quiet "$@" 2>>"$folder/asked.log"; }
# until_true SECONDS COMMAND...: asks again until it holds; fails when the daemon has ended or the time is over.
until_true() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    kill -0 "$daemon" 2>/dev/null || { echo "quickstart.sh: ordersd has ended" >&2; return 1; }
    [ $SECONDS -lt $deadline ] || { echo "quickstart.sh: not in time: $*" >&2; return 1; }
    sleep 0.1
  done
}
running() { [ -e "$ORDERS_CONFIG" ] && ask --output json status | grep -q '"state": *"running"'; }
all_final() {
  ask --output ndjson order list --limit 1000 >rows.ndjson &&
    [ "$(wc -l <rows.ndjson)" = $orders ] && ! grep -q '"status": *"NEW"' rows.ndjson
}
table_complete() { [ "$(ask state count)" = $orders ]; }

echo "== starting ordersd --dev"
"$bin/ordersd" --dev >"$folder/ordersd.log" 2>&1 &
daemon=$!
until_true 20 running

echo "== creating $orders orders"
show order create --customer 1 --item mug:2@12.50 --item plate:1@7.95
for ((i = 2; i <= orders; ++i)); do
  printf '{"customerId":%d,"items":[{"productId":"mug","quantity":%d,"productPrice":12.50}]}\n' $i $((i % 3 + 1))
done >batch.ndjson
show order create --batch batch.ndjson

echo
echo "== payment and inventory answer; each rejects one order in four"
ask --output ndjson simulate --count $orders --payment-reject 25 --stock-reject 25 >answers.ndjson
until_true 30 all_final
until_true 30 table_complete

show order list
show state list --limit 5
show state count
show order count

# The rule once more, apart from the programs' own: what each order's two answers demand.
echo
awk -v orders=$orders '
  function member(name,  at) {
    if (!match($0, "\"" name "\": *(\"[^\"]*\"|[^,}]*)")) return ""
    at = substr($0, RSTART, RLENGTH)
    sub("^[^:]*: *", "", at)
    gsub("\"", "", at)
    return at
  }
  FNR == NR {
    payment = member("payment"); stock = member("stock"); id = member("orderId")
    ++answered
    if (payment == "ACCEPT" && stock == "ACCEPT") demanded[id] = "CONFIRMED null"
    else if (payment == "REJECT" && stock == "REJECT") demanded[id] = "REJECTED INVENTORY"
    else if (payment == "REJECT") demanded[id] = "ROLLBACK PAYMENT"
    else demanded[id] = "ROLLBACK INVENTORY"
    next
  }
  {
    id = member("orderId"); is = member("status") " " member("source")
    ++rows
    if (is != demanded[id]) { print "order " id " is " is ", but should be " demanded[id]; bad = 1 }
  }
  END {
    if (answered != orders || rows != orders) { print answered " answered, " rows " rows, not " orders; bad = 1 }
    if (!bad) print "Each of the " orders " orders reached the status that its two answers demand."
    exit bad
  }' answers.ndjson rows.ndjson
