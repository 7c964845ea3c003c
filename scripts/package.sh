#!/usr/bin/env bash
# usage: scripts/package.sh [--test]
# Builds what is shipped, makes the Debian packages in build/packages, and has lintian look at them. --test takes them
# through installation, upgrade and purge on a bare Debian 12 of its own (by debootstrap: needs root and the network).
set -euo pipefail
cd "$(dirname "$0")/.."

case ${1:-} in
  '' | --test) ;;
  *) sed -n '2,4s/^# //p' "$0" >&2; exit 2 ;;
esac
scripts/setup.sh --package

# The same commit gives the same packages.
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
cmake --preset release
cmake --build build/release
rm -rf build/packages
cpack --config build/release/CPackConfig.cmake -B "$PWD/build/packages"
lintian --fail-on error,warning build/packages/*.deb

# The packages of symbols: apt takes no .ddeb, and cpack names the build's folder in their sums.
symbols=build/packages/_CPack_Packages/symbols
for made in build/packages/*.ddeb; do
  dpkg-deb -R "$made" $symbols
  sed -i 's# /.*-dbgsym/# #' $symbols/DEBIAN/md5sums
  dpkg-deb --root-owner-group -b $symbols "${made%.ddeb}.deb" >/dev/null
  rm -r $symbols "$made"
done
rm -r build/packages/_CPack_Packages

[ -z "${1:-}" ] || tests/system/packages/lifecycle.sh bare build/packages \
  tests/replays/confirmed.ndjson tests/replays/confirmed.expected.ndjson
ls -l build/packages
