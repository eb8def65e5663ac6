# Sourced by deploy/run.sh and tests/run.sh: installs the Debian packages that are missing, and only those.

BUILD_PACKAGES=(gcc g++ cmake ninja-build pkg-config libzmq3-dev libmsgpack-dev libyaml-dev libsimdjson-dev libjansson-dev
  libutf8proc-dev libxxhash-dev libzstd-dev libisal-dev zlib1g-dev libcmocka-dev)
RUN_PACKAGES=(tzdata) # for --zone NAME; the libraries come with the packages above
TEST_PACKAGES=(python3 python3-zmq python3-msgpack clang-format)
FUZZ_PACKAGES=(clang libclang-rt-14-dev)

fail() {
  printf '%s: %s\n' "$0" "$1" >&2
  exit "${2:-1}"
}

# need_packages NAME…: nothing happens, and no network is used, when all are there.
need_packages() {
  local name missing=() as_root=()
  command -v dpkg-query >/dev/null || {
    echo "$0: not a Debian system: these packages must be there by other means: $*" >&2
    return 0
  }
  for name in "$@"; do
    [[ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" == installed ]] || missing+=("$name")
  done
  ((${#missing[@]})) || return 0
  if ((EUID != 0)); then
    command -v sudo >/dev/null || fail "these packages are missing and only root can install them: ${missing[*]}"
    as_root=(sudo)
  fi
  echo "Installing: ${missing[*]}" >&2
  local log
  log=$(mktemp)
  if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq update >"$log" 2>&1 ||
    ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install "${missing[@]}" >>"$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    fail "the packages could not be installed (see above)"
  fi
  rm -f "$log"
}

# build PRESET [TARGET…]: configure and build quietly; the whole story is shown only when it fails.  Two at a time would
# spoil each other's files.
build() {
  local preset=$1 log lock
  shift
  log=$(mktemp)
  echo "Building build/$preset" >&2
  mkdir -p "$root/build"
  exec {lock}>"$root/build/$preset.lock"
  flock "$lock"
  if ! (cd "$root" && cmake --preset "$preset" && cmake --build "build/$preset" ${1:+--target "$@"}) >"$log" 2>&1; then
    { sed -n '/^FAILED:\|CMake Error/,$p' "$log" | grep . || cat "$log"; } | head -n 60 >&2
    rm -f "$log"
    fail "the build failed (see above)"
  fi
  rm -f "$log"
  exec {lock}>&-
}
