#!/usr/bin/env bash
# usage: scripts/fuzz.sh [--minutes 20] [--jobs 1] [TARGET...]      for instance: scripts/fuzz.sh --minutes 1 order
# Throws hostile input at every parser of tests/fuzz, or at those that are named, for so long each, --jobs of them at
# once. Installs and builds what is missing. Prints a line for each: executions, coverage, findings. Inputs that end in
# a finding are kept in build/fuzz/findings, those that reach new code in build/fuzz/corpus. Ends with 1 if there are
# findings.
set -euo pipefail
cd "$(dirname "$0")/.."

minutes=20 jobs=1 targets=()
while (($#)); do
  case $1 in
    --minutes) minutes=${2:?}; shift 2 ;;
    --jobs) jobs=${2:?}; shift 2 ;;
    -*) sed -n '2,6s/^# //p' "$0" >&2; exit 2 ;;
    *) targets+=("$1"); shift ;;
  esac
done
((${#targets[@]})) || for source in tests/fuzz/*_fuzz.cc; do targets+=("$(basename "$source" _fuzz.cc)"); done
for target in "${targets[@]}"; do
  [ -e "tests/fuzz/${target}_fuzz.cc" ] || { echo "fuzz.sh: there is no target $target" >&2; exit 2; }
done

scripts/setup.sh --fuzz
cmake --preset fuzz >/dev/null
nice -n 19 cmake --build build/fuzz --parallel "$jobs" --target "${targets[@]/#/fuzz_}" >&2

found=build/fuzz/findings
mkdir -p $found build/fuzz/log
findings_of() { find $found -type f -regex ".*/$1-\(crash\|leak\|oom\|timeout\)-[^/]*"; }

fuzz() {
  local target=$1 corpus=build/fuzz/corpus/$1 log=build/fuzz/log/$1.log options=() executions coverage
  mkdir -p "$corpus"
  # What was found before is tried first, and found again unless it is mended.
  findings_of "$target" | xargs -r mv -t "$corpus"
  [ ! -e "tests/fuzz/$target.dict" ] || options+=("-dict=tests/fuzz/$target.dict")
  UBSAN_OPTIONS=print_stacktrace=1 nice -n 19 "build/fuzz/bin/fuzz_$target" "$corpus" "tests/fuzz/corpus/$target" \
    -max_total_time=$((minutes * 60)) -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$found/$target-" "${options[@]}" >"$log" 2>&1 || :
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -n 1)
  coverage=$(grep -o ' cov: [0-9]*' "$log" | tail -n 1 || :)
  printf '%-16s %12s executions  %7s edges  %s findings\n' "$target" "${executions:-none}" "${coverage#* cov: }" \
    "$(findings_of "$target" | wc -l)"
}

for target in "${targets[@]}"; do
  while (($(jobs -rp | wc -l) >= jobs)); do wait -n; done
  fuzz "$target" &
done
wait

status=0
for target in "${targets[@]}"; do
  grep -q '^stat::' "build/fuzz/log/$target.log" || { tail -n 20 "build/fuzz/log/$target.log" >&2; status=1; }
  for finding in $(findings_of "$target"); do
    echo "fuzz.sh: $finding: again: build/fuzz/bin/fuzz_$target $finding; log: build/fuzz/log/$target.log" >&2
    status=1
  done
done
exit $status
