#!/usr/bin/env bash
# usage: lifecycle.sh copy|bare FOLDER [CAPTURE EXPECTED]
# Takes the packages in FOLDER from their installation by way of an upgrade to their purge, in a root of their own:
#   copy   this machine's, written to memory only (seconds)
#   bare   Debian 12's smallest, by debootstrap, where a program is built with liborders-dev, too; needs the network and
#          2 GB of memory (two minutes)
# With a capture file, `ordersctl replay local` must give what is expected. Needs root, or sudo that asks nothing.
set -euo pipefail
here=$(dirname "$(realpath "$0")")

case ${1:-} in
  copy | bare) ;;
  *) sed -n '2,7s/^# //p' "$0" >&2; exit 2 ;;
esac

[ "$(id -u)" = 0 ] || exec sudo -n "$0" "$@"

# All that is written and mounted stands on a tmpfs in namespaces that end with the process: there is nothing to clean up,
# and nothing may be, where the machine's own /dev or /proc could be below.
if [ -z "${LIFECYCLE_FOLDER:-}" ]; then
  LIFECYCLE_FOLDER=$(mktemp -d)
  trap 'rmdir "$LIFECYCLE_FOLDER"' EXIT
  export LIFECYCLE_FOLDER
  unshare --mount --propagation private --pid --fork --kill-child "$0" "$@"
  exit
fi

kind=$1 packages=$(realpath "$2") capture=${3:+$(realpath "$3")} expected=${4:+$(realpath "$4")}
work=$LIFECYCLE_FOLDER
root=$work/root
mount -t tmpfs tmpfs "$work"
mkdir "$root"

if [ "$kind" = copy ]; then
  mkdir "$work/upper" "$work/scratch"
  mount -t overlay overlay -o "lowerdir=/,upperdir=$work/upper,workdir=$work/scratch" "$root"
  mount -t tmpfs tmpfs "$root/dev"
  for device in null zero full random urandom tty; do
    touch "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
  done
else
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Codename: bookworm' 'Component: main' | head -n 1)
  debootstrap --variant=minbase bookworm "$root" "${mirror:-http://deb.debian.org/debian}" >"$work/log" 2>&1 ||
    { tail -n 20 "$work/log" >&2; exit 1; }
  apt-config dump | grep '^Acquire::' >"$root/etc/apt/apt.conf.d/90acquire" || :
fi
mount -t proc proc "$root/proc"

# The version before: another number, another configuration.
version=$(dpkg-deb -f "$packages"/ordersd_*.deb Version)
dpkg-deb -R "$packages"/ordersd_*.deb "$work/before"
sed -i "s/^Version: .*/Version: 0.0.1-1/" "$work/before/DEBIAN/control"
echo '# before' >>"$work/before/etc/orders/ordersd.yaml"

inside=$root/tmp/packages
mkdir "$inside"
dpkg-deb --root-owner-group -Zgzip -z1 -b "$work/before" "$inside/before.deb" >/dev/null
for package in ordersd ordersctl; do
  cp "$packages/${package}_"*.deb "$inside/$package.deb"
done
[ -z "$capture" ] || cp "$capture" "$inside/capture"
[ -z "$expected" ] || cp "$expected" "$inside/expected"
if [ "$kind" = bare ]; then
  cp "$packages"/liborders-dev_*.deb "$inside/liborders-dev.deb"
  cp -r "$here/consumer" "$inside"
fi
cp "$here/lifecycle_inside.sh" "$inside"
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/ LC_ALL=C.UTF-8 \
  DEBIAN_FRONTEND=noninteractive VERSION="$version" \
  chroot "$root" bash /tmp/packages/lifecycle_inside.sh
