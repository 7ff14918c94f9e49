# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the tests of `rclab serve` share: the rack's wire (tools/tests/rack-testing.sh) in namespaces of the
# test's own, with places for devices. To be sourced in the place of tools/tests/testing.sh.

# shellcheck source=tools/tests/rack-testing.sh
. "$(dirname "$0")/rack-testing.sh"
enter_namespaces nm
# shellcheck source=tools/tests/testing.sh
. "$(dirname "$0")/testing.sh"
# shellcheck disable=SC2034
resolver=$(readlink -f /etc/resolv.conf)           # before /run is hidden
mount -t tmpfs -o mode=755 none /run || exit 2     # sockets of whatever runs here stay outside
rack_switch 2>/dev/null || exit 2

device() { # NUMBER: a place at the switch whose eth0 is up
  rack_socket "$1" && rack_at "$1" sh -c 'ip link set lo up; ip link set eth0 up' || exit 2
}

lab_file() { # NUMBER…: of the places whose phones it names
  local i
  printf 'lab: bench-1\ninterface: eth1\naddress: 192.168.77.1/24\n'
  printf 'pool: 192.168.77.50-192.168.77.90\nphones:%s\n' "${1- []}" | sed "s/^phones:[0-9].*/phones:/"
  for i; do echo "  - {name: desk-$i, mac: \"$(rack_mac "$i")\", model: 8841}"; done
}

serving= # the process
serve() { # OPTION…: in the background, until it takes orders
  "$rclab" serve --out "$room/served" "$@" >"$room/serve.out" 2>"$room/serve.err" </dev/null &
  serving=$!
  children+=("$serving")
  until_true 20 takes_orders && ! gone "$serving" && return
  cat "$room/serve.err"
  failed "rclab serve did not begin"
  finish
}
takes_orders() { gone "$serving" || "$rclab" serve --show >/dev/null 2>&1; }
tell() { run "$rclab" serve "$@"; }
ended() { ended_with "$serving" "$1"; } # EXIT-CODE
