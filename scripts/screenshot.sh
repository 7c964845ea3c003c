#!/usr/bin/env bash
# usage: scripts/screenshot.sh [BIN [FILE]]
# Takes docs/status-page.png anew: starts `ordersd --dev` of BIN (build/release/bin) with orders coming in and answers
# that are now and then too late, waits for SECONDS_OF_TRAFFIC (120), so that there is something to see, and has Chromium
# load the page.
# Needs what scripts/setup.sh --test installs. Leaves nothing but FILE.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$(realpath "${1:-build/release/bin}")
file=$(realpath "${2:-docs/status-page.png}")
port=${PORT:-18080}
seconds=${SECONDS_OF_TRAFFIC:-120}

# Everything that the programs write goes below here.
folder=$(mktemp -d)
unset "${!ORDERS_@}"
export TMPDIR=$folder XDG_RUNTIME_DIR=$folder HOME=$folder ORDERS_CONFIG=$folder/ordersd-dev.yaml
cd "$folder"
started=()
finish() {
  code=$?
  trap - EXIT
  for ((i = ${#started[@]} - 1; i >= 0; --i)); do  # the daemon, which is the broker, last
    kill "${started[i]}" 2>/dev/null || :
    wait "${started[i]}" || :
  done
  [ "$code" = 0 ] || cat "$folder"/*.log >&2
  cd /
  rm -rf "$folder"
  exit "$code"
}
trap finish EXIT
trap 'exit 130' INT TERM

(umask 077 && echo 0123456789abcdef >token)
"$bin/ordersd" --dev --set api.listen=127.0.0.1:"$port" --set api.token_file="$folder/token" \
  --set application_id=orders --set instance_id=shop-1 --set join.window=PT2S >ordersd.log 2>&1 &
started+=($!)
until "$bin/ordersctl" --output json status 2>/dev/null | grep -q '"state": *"running"'; do
  kill -0 "${started[0]}" || exit 1
  sleep 0.2
done
"$bin/ordersctl" -q simulate --make 1000000 --rate 150 --payment-reject 8 --stock-reject 5 --delay 5ms..2015ms \
  >simulate.log 2>&1 &
started+=($!)
sleep "$seconds"

# Its first poll is shown; rates and charts are the daemon's own.
timeout 60 chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
  --disable-component-update --disable-sync --user-data-dir="$folder/chromium" --hide-scrollbars \
  --window-size=1280,1720 --screenshot="$folder/page.png" \
  "http://anybody:$(cat token)@127.0.0.1:$port/" >chromium.log 2>&1
cp page.png "$file"
