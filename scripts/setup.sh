#!/usr/bin/env bash
# usage: scripts/setup.sh [--test] [--package] [--bench] [--fuzz]
# Installs what the build needs from Debian 12's own packages; --test adds what the tests need, --package what the
# packages need, --bench what the benchmarks need, --fuzz what the fuzz targets need.
# Does nothing, and needs no rights, when everything is there already.
set -euo pipefail

build_packages=(
  cmake ninja-build g++ pkg-config git
  librdkafka-dev librocksdb-dev libyaml-cpp-dev libpqxx-dev libspdlog-dev libfmt-dev libsimdjson-dev
  nlohmann-json3-dev libmicrohttpd-dev libcurl4-openssl-dev libsystemd-dev libexpected-dev libcli11-dev libjemalloc-dev
  prometheus-cpp-dev
)
test_packages=(libgtest-dev libgmock-dev openjdk-17-jdk-headless maven postgresql-15 kcat mandoc openssl zsh fish
  python3-venv systemd chromium fonts-dejavu-core)
bench_packages=(libbenchmark-dev openjdk-17-jdk-headless maven postgresql-15 python3 wrk iproute2)
fuzz_packages=(clang libclang-rt-14-dev llvm)
package_packages=(dpkg-dev file lintian debootstrap)
test_packages+=("${package_packages[@]}")  # the tests install what they make

die() { echo "setup.sh: $*" >&2; exit 1; }

packages=("${build_packages[@]}")
promtool=()  # which checks /metrics; alone, since its package runs a Prometheus
for option in "$@"; do
  case $option in
    --test)
      packages+=("${test_packages[@]}")
      command -v promtool >/dev/null || promtool=(prometheus)
      ;;
    --package) packages+=("${package_packages[@]}") ;;
    --bench) packages+=("${bench_packages[@]}") ;;
    --fuzz) packages+=("${fuzz_packages[@]}") ;;
    *) sed -n '2,5s/^# //p' "$0" >&2; exit 2 ;;
  esac
done

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

command -v dpkg-query >/dev/null || die "this is not a Debian system; install the equivalents of: ${packages[*]}"
missing=()
for package in "${packages[@]}"; do
  installed "$package" || missing+=("$package")
done
[ $((${#missing[@]} + ${#promtool[@]})) -gt 0 ] || exit 0

release=$(. /etc/os-release && echo "${ID:-} ${VERSION_ID:-}")
[ "$release" = "debian 12" ] || die "made for Debian 12, but this is '$release'; install the equivalents of: ${missing[*]}"

if [ "$(id -u)" = 0 ]; then
  as_root=(env)
elif command -v sudo >/dev/null; then
  as_root=(sudo)
else
  die "needs root or sudo to install: ${missing[*]}"
fi
apt=("${as_root[@]}" DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300)

# The package would start a cluster on the default port; the tests start their own.
if [[ " ${missing[*]} " == *" postgresql-15 "* ]] && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
  "${as_root[@]}" mkdir -p /etc/postgresql-common
  echo 'create_main_cluster = false' | "${as_root[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
run() { "$@" >"$log" 2>&1 || { tail -n 40 "$log" >&2; die "failed: $*"; }; }

echo "setup.sh: installing" "${missing[@]}" ${promtool:+promtool} >&2
run "${apt[@]}" update
[ ${#missing[@]} -eq 0 ] || run "${apt[@]}" install --no-install-recommends "${missing[@]}"

if [ ${#promtool[@]} -gt 0 ]; then
  folder=$(mktemp -d)
  trap 'rm -rf "$log" "$folder"' EXIT
  (cd "$folder" && run apt-get -q download "${promtool[@]}" && run dpkg-deb -x prometheus_*.deb .)
  run "${as_root[@]}" install -m 755 "$folder/usr/bin/promtool" /usr/local/bin/promtool
fi
