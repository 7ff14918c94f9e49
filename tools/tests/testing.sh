# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the tests of the whole program share; sourced by tools/tests/*-test. Leaves the caller in the
# project's folder, with $rclab (a copy of the program that anybody may execute) and $room (a
# temporary folder that anybody may enter and that goes with the test).
set -u
# shellcheck source=tools/tests/namespaces.sh
. "$(dirname "${BASH_SOURCE[0]}")/namespaces.sh"
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2
PATH=$PATH:/usr/sbin:/sbin # dnsmasq and ip are not in every user's
: "${BUILD:=build}"
test_name=$(basename "$0")
checks=0 failures=0
children=()
room=$(mktemp -d) || exit 2
# Every process that comes from this test carries this in its environment, whoever its parent is.
export RCLAB_TEST_MARK=$room

marked() { # [NAME-PATTERN]: the ids of all processes that come from this test
  local files=(/proc/[0-9]*/environ) folder name
  while read -r folder; do
    { read -r name <"$folder/comm"; } 2>/dev/null || continue
    # shellcheck disable=SC2254
    case $name in ${1:-*}) echo "${folder#/proc/}" ;; esac
  done < <(grep -lsaF "RCLAB_TEST_MARK=$room" "${files[@]}" | sed 's,/environ$,,')
}
clean_up() {
  local child
  trap '' INT TERM HUP # nothing breaks this off
  # What was started in front of them, such as `timeout`, would leave its own behind if it went alone.
  for child in $(marked) "${children[@]}"; do kill -KILL "$child" 2>/dev/null; done
  chmod -R u+rwX "$room" 2>/dev/null
  rm -rf "$room"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP
chmod 755 "$room"
[ -x "$BUILD/rclab" ] || { echo "$test_name: no program $BUILD/rclab: make program"; exit 2; }
cp "$BUILD/rclab" "$room/rclab" && chmod 755 "$room/rclab" || exit 2
rclab=$room/rclab

ok() { checks=$((checks + 1)); echo "ok     $*"; }
# What the program last said goes along with a failure, so that a log from elsewhere is enough.
failed() {
  checks=$((checks + 1)) failures=$((failures + 1))
  echo "FAILED $*"
  local stream
  for stream in out err; do
    [ -s "$room/$stream" ] && tail -n 4 "$room/$stream" | cut -c1-300 | sed "s/^/         $stream: /"
  done
  return 0
}
check() { # DESCRIPTION COMMAND…
  local description=$1
  shift
  if "$@"; then ok "$description"; else failed "$description (${*:1:9})"; fi
}
finish() {
  echo "$test_name: $((checks - failures)) of $checks checks hold"
  [ $failures = 0 ]
  exit
}

time_max=120
# The command's exit code in $code, its output in $room/out and $room/err; 124 is "it hung".
run() { # COMMAND…
  timeout -k 5 "$time_max" "$@" >"$room/out" 2>"$room/err" </dev/null
  code=$?
}
says() { grep -qF -- "$2" "$room/$1"; }      # out|err TEXT
silent() { ! [ -s "$room/$1" ]; }            # out|err
one_of() { [[ " ${*:2} " == *" $1 "* ]]; }   # WORD WORD…
# Files of one or more JSON values: what a filter of jq finds in each of them, and whether it holds for
# the array of all of them. A file that is not there holds nothing, nor does one whose last value is cut:
# of one with a value a line that is still being written, holds_so_far looks at the lines that are whole.
json() { jq -r "$2" "$1" 2>/dev/null; }          # FILE FILTER
holds() { jq -se "$2" "$1" >/dev/null 2>&1; }    # FILE FILTER
holds_so_far() { jq -nRe "[inputs | fromjson?] | $2" "$1" >/dev/null 2>&1; } # FILE FILTER
verdict_of() { json "$1/verdict.json" .verdict; } # FOLDER

# Waits for a condition, asking ever again; false if it has not come true in time.
until_true() { # SECONDS COMMAND…
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ $SECONDS -lt $end ] || return 1
    sleep 0.05
  done
}

# Processes that a test has started.
gone() { [ ! -e "/proc/$1" ] || [ "$(cut -d' ' -f3 "/proc/$1/stat" 2>/dev/null)" = Z ]; } # PROCESS
ended_with() { # PROCESS EXIT-CODE: it ends with it, by itself
  until_true 10 gone "$1" || return 1
  wait "$1"
  [ $? = "$2" ]
}
open_files() { find "/proc/$1/fd" -mindepth 1 2>/dev/null | wc -l; }    # PROCESS
memory_kib() { sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$1/status" 2>/dev/null; } # PROCESS
no_more_than() { # WHAT THEN NOW MORE-MAX: of memory or files, after a while of doing the same
  [ "$1" != memory ] || case $BUILD in
    *sanitize*) skip "memory: the sanitizer keeps what was freed"; return ;;
  esac
  check "no more $1 after them (${2:-?}, then ${3:-?})" test "${3:-9999999}" -le $((${2:-0} + $4))
}

# In front of a command: as a user without any right, whose home is a folder of its own.
ordinary_user=(env "HOME=$room/home")
mkdir "$room/home"
if [ "$(id -u)" = 0 ] && chown 65534:65534 "$room/home" 2>/dev/null; then # not so in a namespace
  ordinary_user=(setpriv --reuid=65534 --regid=65534 --clear-groups "${ordinary_user[@]}")
fi
