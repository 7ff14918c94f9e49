# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A rack of stand-in phones for the tests of real labs; sourced before tools/tests/testing.sh's checks, by
# tests that begin with rack_enter. The test's own network namespace is the machine of the lab: eth1 is
# its wire, an end of a cable into the switch br0; each phone is in a namespace of its own at a port.
# shellcheck source=tools/tests/namespaces.sh
. "$(dirname "${BASH_SOURCE[0]}")/namespaces.sh"
rack_enter() { # makes the test's namespace, or says why there is none
  [ "$(id -u)" = 0 ] || skip_test "a lab of real devices needs root"
  enter_namespaces n
}

rack_holders=()
rack_own_network() { [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }
rack_switch() { # the switch and the machine's cable to it
  [ ! -e /proc/sys/net/ipv6 ] || echo 1 2>/dev/null >/proc/sys/net/ipv6/conf/default/disable_ipv6
  ip link set lo up && ip link add name br0 type bridge && ip link set br0 up || return 1
  ip link add name port0 type veth peer name eth1 &&
    ip link set port0 master br0 && ip link set port0 up && ip link set eth1 up
}
rack_mac() { printf '02:52:43:02:00:%02x' "$1"; } # NUMBER
rack_begin() { # certificates and a switch, without which nothing can be tested
  rack_certificates || { failed "no certificates"; tail -n 3 "$room/openssl.log"; finish; }
  rack_switch || { failed "no switch"; finish; }
}
rack_socket() { # NUMBER: a place at the switch
  local feed
  mkfifo "$room/hold$1"
  unshare -n cat "$room/hold$1" &
  rack_holders[$1]=$!
  disown
  children+=("${rack_holders[$1]}")
  # shellcheck disable=SC2034
  exec {feed}<>"$room/hold$1" # never written to: the holder waits until it is ended
  until_true 5 rack_own_network "${rack_holders[$1]}" || return 1
  ip link add name "port$1" type veth peer name eth0 address "$(rack_mac "$1")" \
    netns "${rack_holders[$1]}" && ip link set "port$1" master br0 && ip link set "port$1" up
}
rack_at() { nsenter -t "${rack_holders[$1]}" -n "${@:2}"; }         # NUMBER COMMAND…
rack_run_at() { run nsenter -t "${rack_holders[$1]}" -n "${@:2}"; } # NUMBER COMMAND…
rack_unplug() { ip link set "port$1" down; }                         # NUMBER
rack_answers() { [ -S "$room/phone$1" ] && "$rclab" phone --tell "$room/phone$1" state >/dev/null 2>&1; }
rack_phone() { # NUMBER MODEL OPTION…: a phone in that place, told by $room/phoneNUMBER
  rack_socket "$1" || return 1
  nsenter -t "${rack_holders[$1]}" -n "$rclab" phone -i eth0 --model "$2" \
    --ca "$room/ca.pem" --certificate "$room/phone.pem" --password "file:$room/page.secret" --control "$room/phone$1" \
    --log "$room/phone$1.log" "${@:3}" >"$room/phone$1.out" 2>&1 &
  children+=($!)
  disown
  until_true 10 rack_answers "$1"
}
# Certificates as a lab would have them: of an authority that its phones were told to trust.
rack_certificates() {
  local server host
  (
    cd "$room" || exit
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 \
      -keyout ca.key -out ca.pem -subj "/CN=rack authority" || exit
    for server in edos provision; do
      host=activate.cisco.com
      [ $server = edos ] || host=provision.example.net
      openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $server.key \
        -out $server.csr -subj "/CN=$host" &&
        printf 'subjectAltName=DNS:%s\n' $host >$server.ext &&
        openssl x509 -req -in $server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 \
          -extfile $server.ext -out $server.pem || exit
    done
    # What a phone shows of itself, by an authority of its maker's that the lab knows nothing of.
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
      -keyout phone.key -out phone.crt -subj "/OU=CP-8841-3PCC/CN=stand-in" || exit
    cat phone.crt phone.key >phone.pem
  ) >"$room/openssl.log" 2>&1
}
rack_lab_head() { # TIME-SCALE: the lab file but for its phones
  cat <<END
lab: rack
interface: eth1
address: 192.168.77.1/24
pool: 192.168.77.50-192.168.77.99
time_scale: $1
tolerance: {percent: 10, at-least: 30s}
edos: {host: activate.cisco.com, certificate: edos.pem, key: file:edos.key}
provision: {host: provision.example.net, certificate: provision.pem, key: file:provision.key}
phones:
END
}
rack_lab_phone() { # NUMBER MODEL: its entry; page, and power by what stands in for its switch port
  cat <<END
  - name: desk-$1
    mac: $(rack_mac "$1")
    model: $2
    web: {password: file:page.secret}
    power: {command: ["$rclab", phone, --tell, phone$1, power]}
END
}
