#!/usr/bin/env bash
# usage: scripts/sanitize.sh [asan] [tsan]
# The unit tests and the fuzz targets' inputs under AddressSanitizer and UndefinedBehaviorSanitizer (asan), those unit
# tests that have threads under ThreadSanitizer (tsan). Both if none is named.
set -euo pipefail
cd "$(dirname "$0")/.."
(($#)) || set -- asan tsan

scripts/setup.sh --test

export UBSAN_OPTIONS=print_stacktrace=1
export LSAN_OPTIONS=suppressions=$PWD/tests/sanitizers/lsan.supp
export TSAN_OPTIONS="suppressions=$PWD/tests/sanitizers/tsan.supp second_deadlock_stack=1"
export ORDERS_CASES=${ORDERS_CASES:-500}  # random cases of unit_replay, each kind; the dev suite runs all

# gcc 12's TSan knows no addresses of more than 28 random bits, which newer kernels give.
fixed=()
if setarch -R true 2>/dev/null; then fixed=(setarch -R); fi

for preset in "$@"; do
  cmake --preset "$preset"
  cmake --build "build/$preset" --target sanitized_tests
  "${fixed[@]}" ctest --test-dir "build/$preset" -L sanitized --output-on-failure --no-tests=error --parallel 2
done
