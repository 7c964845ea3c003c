#!/usr/bin/env bash
# A machine of namespaces with systemd as its init, for systemd_test.cc. It has its own processes, devices, /run, /tmp and
# control group; /etc, /usr and /var are those of this machine with an installation laid over them, and what it writes
# there goes when it does. The network is this machine's.
#   machine.sh probe NAME                  whether that can be had here: exits with 0, or says what is missing
#   machine.sh boot NAME INSTALLATION      becomes it (INSTALLATION: what DESTDIR was); NAME: of its control group
#   machine.sh clean NAME                  removes the control group when all of it has ended
set -euo pipefail

group_of() {
  local root
  root=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
  [ -n "$root" ] || { echo "machine.sh: there is no cgroup2" >&2; exit 1; }
  echo "$root/$1"
}

enter() {  # NAME COMMAND: in control group NAME and namespaces of its own
  local group
  group=$(group_of "$1")
  mkdir -p "$group"
  echo $$ >"$group/cgroup.procs"
  exec unshare --mount --uts --ipc --pid --cgroup --fork --kill-child --propagation private "${@:2}"
}

lay_over() {  # FOLDER INSTALLATION: writable, with the installation's files on top
  local work=/run/over$1 lower=$1
  mkdir -p "$work/upper" "$work/work"
  [ -z "$2" ] || [ ! -d "$2$1" ] || lower=$2$1:$1
  mount -t overlay overlay -o "lowerdir=$lower,upperdir=$work/upper,workdir=$work/work" "$1"
}

mount_devices() {  # of its own, the usual few; the console is a file, and the kernel's log is out of reach
  local new=/run/devices
  mkdir "$new"
  mount -t tmpfs -o mode=755 tmpfs "$new"
  mkdir "$new"/{shm,pts}
  mount -t tmpfs -o mode=1777 tmpfs "$new/shm"
  mount -t devpts -o newinstance,ptmxmode=666 devpts "$new/pts"
  ln -s pts/ptmx "$new/ptmx"
  for node in null zero full random urandom tty; do
    touch "$new/$node"
    mount --bind "/dev/$node" "$new/$node"
  done
  touch "$new"/{console,kmsg}
  mount --bind /dev/null "$new/kmsg"
  for link in fd:fd stdin:fd/0 stdout:fd/1 stderr:fd/2; do ln -s "/proc/self/${link#*:}" "$new/${link%:*}"; done
  mount --rbind "$new" /dev
}

mount_all() {  # INSTALLATION
  mount -t proc proc /proc
  mount --bind /proc/sys /proc/sys
  mount -o remount,bind,ro /proc/sys
  umount -R -l /sys/fs/cgroup
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
  mount -t tmpfs -o mode=755 tmpfs /run
  for folder in /etc /usr /var; do lay_over $folder "$1"; done
  echo machine >/etc/hostname
  mount -t tmpfs -o mode=1777 tmpfs /tmp
  mount_devices
  mount --make-rshared /  # as systemd has it outside of containers, or credentials reach nobody
}

# Only what a service leans on: the units of this machine would start its other services too.
write_units() {
  mkdir -p /run/units
  for target in sysinit basic multi-user shutdown network-online; do
    printf '[Unit]\nDefaultDependencies=no\n' >"/run/units/$target.target"
  done
  printf '[Unit]\nDefaultDependencies=no\nWants=systemd-journald.socket\n' >/run/units/machine.target
  cp /usr/lib/systemd/system/systemd-journald.{service,socket} /run/units
  cp /usr/lib/systemd/system/ordersd{,@}.service /run/units
}

case ${1-} in
  probe) enter "$2" "$0" try ;;
  try)
    [ -x /usr/lib/systemd/systemd ] || { echo "machine.sh: systemd is not installed" >&2; exit 1; }
    mount_all ""
    ;;
  boot) enter "$2" "$0" init "$3" ;;
  init)
    mount_all "$2"
    systemd-sysusers ordersd.conf
    systemd-tmpfiles --create ordersd.conf
    write_units
    exec env -i container=test PATH=/usr/sbin:/usr/bin SYSTEMD_UNIT_PATH=/run/units \
      /usr/lib/systemd/systemd --unit=machine.target --log-target=console
    ;;
  clean)
    group=$(group_of "$2")
    for _ in $(seq 100); do
      [ -d "$group" ] || exit 0
      find "$group" -mindepth 1 -depth -type d -exec rmdir {} + 2>/dev/null || true
      rmdir "$group" 2>/dev/null || sleep 0.05
    done
    ;;
  *) sed -n '2,7s/^# //p' "$0" >&2; exit 2 ;;
esac
