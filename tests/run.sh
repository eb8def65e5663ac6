#!/usr/bin/env bash
# Install what is missing, build, and run the tests.
#
#   ./tests/run.sh                    everything, with small budgets (a dev build with sanitizers)
#   ./tests/run.sh LABEL [BUDGET]     one kind, and how much of it:
#       unit  lint  system  sources  fuzz-replay
#       property [CASES]   random hunts against the model        crash [CASES]   processes killed at random
#       fuzz [SECONDS]     per target, clang and libFuzzer       bench [LINES]   against other programs, release build
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=deploy/packages.sh
source "$root/deploy/packages.sh"

label=${1:-}
budget=${2:-}
(($# <= 2)) || fail "expected at most LABEL and BUDGET" 64
[[ -z "$budget" || "$budget" =~ ^[1-9][0-9]*$ ]] || fail "$budget: a budget is a positive number" 64

preset=dev
case "$label" in
  -h | --help)
    sed -n '2,9s/^# \{0,1\}//p' "$0"
    exit 0
    ;;
  "" | unit | lint | system | sources | fuzz-replay)
    [[ -z "$budget" ]] || fail "$label takes no budget" 64
    ;;
  property) export TIDEMARK_PROPERTY_CASES=${budget:-2000} ;;
  crash) export TIDEMARK_CRASH_CASES=${budget:-200} ;;
  bench) export TIDEMARK_BENCH_LINES=${budget:-1000000} ;;
  fuzz)
    export TIDEMARK_FUZZ_SECONDS=${budget:-60}
    preset=fuzz
    ;;
  *) fail "$label: expected unit, lint, system, sources, fuzz-replay, property, crash, fuzz or bench" 64 ;;
esac

need_packages "${BUILD_PACKAGES[@]}" "${RUN_PACKAGES[@]}" "${TEST_PACKAGES[@]}"
[[ "$preset" != fuzz ]] || need_packages "${FUZZ_PACKAGES[@]}"
[[ -n "$label" && "$label" != bench && "$label" != system ]] || build release programs
build "$preset"

select=(-LE '^fuzz$')
[[ -z "$label" ]] || select=(-L "^$label\$")
jobs=$(nproc)
# What is measured runs alone; so does what shares all processors by itself.
case "$label" in bench | fuzz) jobs=1 ;; esac
exec ctest --test-dir "$root/build/$preset" "${select[@]}" -j "$jobs" --output-on-failure --no-tests=error
