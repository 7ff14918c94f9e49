# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the tests of `rclab serve` share: a wire in namespaces of the test's own, with places for
# devices. Sourced before tools/testing.sh would be, and sources it.

# The test once more, in network and mount namespaces of its own (without root in a user namespace).
enter_own_namespaces() { # ARGUMENT…
  [ -z "${RCLAB_SERVING_INSIDE:-}" ] || return 0
  local mine=(unshare -nm)
  [ "$(id -u)" = 0 ] || mine=(unshare -Urnm)
  if ! "${mine[@]}" true 2>/dev/null; then
    echo "skip   $(basename "$0"): needs root, or user namespaces (rclab doctor tells why)"
    exit 0
  fi
  RCLAB_SERVING_INSIDE=1 exec "${mine[@]}" "$0" "$@"
}
enter_own_namespaces "$@"
# shellcheck source=tools/testing.sh
. "$(dirname "$0")/testing.sh"
PATH=$PATH:/usr/sbin:/sbin
resolver=$(readlink -f /etc/resolv.conf) # before /run is hidden
mount -t tmpfs none /run || exit 2       # sockets and ids of whatever runs here stay outside

quiet_ipv6() { [ ! -e /proc/sys/net/ipv6 ] || echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6; }
quiet_ipv6 2>/dev/null
ip link set lo up && ip link add br0 type bridge && ip link add eth1 type veth peer name port0 &&
  ip link set port0 master br0 && ip link set br0 up && ip link set port0 up &&
  ip link set eth1 up || exit 2

holders=()
own_network() { [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }
device() { # NUMBER: eth0 with the MAC address 02:00:00:00:0b:0NUMBER in a namespace of its own
  local feed
  mkfifo "$room/hold$1"
  unshare -n cat "$room/hold$1" &
  holders[$1]=$!
  children+=("$!")
  disown
  # shellcheck disable=SC2034
  exec {feed}<>"$room/hold$1" # never written to: the holder waits until it is ended
  until_true 5 own_network "${holders[$1]}" || exit 2
  ip link add "port$1" type veth peer name eth0 address "02:00:00:00:0b:0$1" netns "${holders[$1]}"
  ip link set "port$1" master br0 && ip link set "port$1" up || exit 2
  at "$1" sh -c 'ip link set lo up; ip link set eth0 up'
}
at() { nsenter -t "${holders[$1]}" -n "${@:2}"; } # NUMBER COMMAND…
run_at() { run nsenter -t "${holders[$1]}" -n "${@:2}"; }
has_carrier() { [ "$(at "$1" cat /sys/class/net/eth0/carrier 2>/dev/null)" = 1 ] ||
  at "$1" ip -o link show dev eth0 | grep -q LOWER_UP; }

lab_file() { # COUNT: of phones; lab.yaml for this wire
  local i
  printf 'lab: bench-1\ninterface: eth1\naddress: 192.168.77.1/24\npool: 192.168.77.50-192.168.77.90\nphones:\n'
  for ((i = 1; i <= $1; i++)); do
    echo "  - {name: desk-$i, mac: \"02:00:00:00:0b:0$i\", model: 8841}"
  done
}

serving= # the process
serve() { # OPTION…: in the background, until it takes orders
  "$rclab" serve --out "$room/served" "$@" >"$room/serve.out" 2>"$room/serve.err" </dev/null &
  serving=$!
  children+=("$serving")
  until_true 20 serve_answers "$@" && return
  cat "$room/serve.err"
  failed "rclab serve did not begin"
  finish
}
serve_answers() { gone "$serving" || "$rclab" serve --show >/dev/null 2>&1; }
gone() { [ ! -e "/proc/$1" ] || [ "$(cut -d' ' -f3 "/proc/$1/stat" 2>/dev/null)" = Z ]; }
tell() { run "$rclab" serve "$@"; }
ended() { # EXIT-CODE: the serve ends with it, by itself
  until_true 10 gone "$serving" || return 1
  wait "$serving"
  [ $? = "$1" ]
}
