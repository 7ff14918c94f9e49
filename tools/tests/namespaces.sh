# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A test in namespaces of its own, and what is said where it cannot run; sourced before testing.sh.

# Told at once and, by tools/run-tests, again in the last lines of `make test`.
skip() { # REASON
  echo "skip   $*"
  [ -z "${RCLAB_SKIPS:-}" ] || echo "tools/tests/$(basename "$0"): $*" >>"$RCLAB_SKIPS"
}
skip_test() { # REASON: the whole of it
  skip "$*"
  exit 0
}
# The test once more in new namespaces of that kind; without root in a user namespace. In a chroot a
# mount namespace cannot be had even by root: `/` is no mount there, so nothing of it can be made private.
enter_namespaces() { # n|nm, as options of unshare
  [ -z "${RCLAB_TEST_INSIDE:-}" ] || return 0
  local options=-$1 said
  [ "$(id -u)" = 0 ] || options=-Ur$1
  said=$(unshare "$options" true 2>&1) ||
    skip_test "needs namespaces of its own, and there are none here (${said:-unshare $options fails}; rclab doctor tells more)"
  RCLAB_TEST_INSIDE=1 exec unshare "$options" "$0"
}
