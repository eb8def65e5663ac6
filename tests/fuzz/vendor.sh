#!/usr/bin/env bash
# vendor.sh TARGET CORPUS FIXTURES WORK: a vendor's fuzz target with the seeds that its fixtures
# give, and with its corpus where it has one. Under libFuzzer (TIDEMARK_FUZZ_RUN=1) it runs as fuzz.sh says, else the
# inputs are replayed.
set -euo pipefail
target=$1 corpus=$2 fixtures=$3 work=$4
here=$(dirname "$0")
rm -rf "$work/seeds"
/usr/bin/python3 "$here/seeds.py" "$fixtures" "$work/seeds"
if [[ -n "${TIDEMARK_FUZZ_RUN:-}" ]]; then
  exec "$here/fuzz.sh" "$target" "$corpus" "$work" "$work/seeds"
fi
folders=("$work/seeds")
[[ ! -d "$corpus" ]] || folders+=("$corpus")
exec "$target" "${folders[@]}"
