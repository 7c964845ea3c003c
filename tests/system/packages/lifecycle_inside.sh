#!/usr/bin/env bash
# What lifecycle.sh does in its root. VERSION is the one that is upgraded to.
set -euo pipefail
cd /tmp/packages # which is nowhere else
state=/var/lib/ordersd/orders/table
config=/etc/orders/ordersd.yaml

step() { echo "== $*"; }
die() { echo "lifecycle: $*" >&2; exit 1; }
is() { [ "$1" = "$2" ] || die "${3:-got} '$1', not '$2'"; }
there() { [ -e "$1" ] || die "missing: $1"; }
gone() { [ ! -e "$1" ] && [ ! -L "$1" ] || die "still there: $1"; }
quietly() { "$@" >log 2>&1 </dev/null || { cat log >&2; die "failed: $*"; }; }
dpkg() { quietly /usr/bin/dpkg --force-confold "$@"; }
# By apt, which brings what they depend on.
apt_install() { quietly apt-get -q -y -o APT::Sandbox::User=root install --no-install-recommends "$@"; }
installed() { dpkg-query -W -f '${db:Status-Status} ${Version}' "$1"; }
enabled() { /usr/bin/systemctl --root=/ is-enabled ordersd.service 2>/dev/null || :; }
ours() { find /etc /usr /var /run -xdev -name '*orders*' | sort; }

rm -f /var/lib/man-db/auto-update # its trigger takes longer than all the rest
ours >ours.before

step "installed without systemd running: not enabled, a user of its own"
apt_install ./before.deb ./ordersctl.deb
grep -q 'systemctl enable --now ordersd' log || die "no word of what to do next"
is "$(installed ordersd)" 'installed 0.0.1-1'
is "$(enabled)" disabled
is "$(getent passwd ordersd | cut -d: -f6-)" /var/lib/ordersd:/usr/sbin/nologin
is "$(ordersd --version | head -n 1)" "ordersd ${VERSION%-*}"
is "$(ordersctl --version | head -n 1)" "ordersctl ${VERSION%-*}"
quietly ordersd --check --config $config
if [ -e capture ]; then quietly ordersctl replay local capture --expect expected; fi

if [ -e liborders-dev.deb ]; then
  step "libraries: what they need to be built against comes with them"
  apt_install ./liborders-dev.deb cmake g++ make
  quietly cmake -S consumer -B build
  quietly cmake --build build
  build/consumer <capture >results
  grep -q CONFIRMED results || die "the program has found no result"
  dpkg -P liborders-dev
fi

step "used: configuration, state, enabled"
sed -i 's/^application_id: .*/application_id: mine/' $config
mkdir -p $state
echo kept >$state/row
chown -R ordersd:ordersd /var/lib/ordersd
quietly /usr/bin/systemctl --root=/ enable ordersd.service
is "$(enabled)" enabled

# From here on the scripts find systemd, and are written down.
mkdir -p /run/systemd/system
for program in systemctl deb-systemd-invoke; do
  printf '#!/bin/sh\necho "%s $*" >>/tmp/packages/calls\n' $program >/usr/local/sbin/$program
  chmod 755 /usr/local/sbin/$program
done
calls() { grep ordersd calls || :; rm -f calls; }

step "upgraded: restarted if it runs, nothing lost"
dpkg -i ordersd.deb
is "$(installed ordersd)" "installed $VERSION"
is "$(calls)" 'deb-systemd-invoke try-restart ordersd.service ordersd@*.service' 'upgrade called'
is "$(cat $state/row)" kept
is "$(stat -c %U $state/row)" ordersd
grep -q '^application_id: mine' $config || die "the configuration was overwritten"
there $config.dpkg-dist
is "$(enabled)" enabled

step "removed: stopped, configuration and state stay"
dpkg -r ordersd
is "$(calls)" 'deb-systemd-invoke stop ordersd.service ordersd@*.service' 'removal called'
there $config
there $state/row
gone /usr/sbin/ordersd
is "$(readlink /etc/systemd/system/ordersd.service)" /dev/null

step "installed again: as it was"
dpkg -i ordersd.deb
is "$(enabled)" enabled
is "$(cat $state/row)" kept
grep -q '^application_id: mine' $config || die "the configuration was overwritten"

step "purged: nothing is left but the user"
ln -s /usr/lib/systemd/system/ordersd@.service /etc/systemd/system/multi-user.target.wants/ordersd@two.service
dpkg -P ordersd ordersctl
gone /etc/orders
gone /var/lib/ordersd
ours >ours.after
diff ours.before ours.after || die "purge left something"
getent passwd ordersd >/dev/null || die "the user is gone"

step "purged with somebody's secrets: they stay"
dpkg -i ordersd.deb
echo secret >/etc/orders/token
dpkg -P ordersd
is "$(find /etc/orders)" "$(printf '/etc/orders\n/etc/orders/token')"
