#!/usr/bin/env bash
# vendor.sh CORPUS FIXTURES WORK TARGET [NAME]: a vendor's fuzz target with the seeds that its fixtures
# give, and with its corpus where it has one. Under libFuzzer (TIDEMARK_FUZZ_RUN=1) it runs as fuzz.sh says, else the
# inputs are replayed.
set -euo pipefail
corpus=$1 fixtures=$2 work=$3 target=("${@:4}")
here=$(dirname "$0")
rm -rf "$work/seeds"
/usr/bin/python3 "$here/seeds.py" "$fixtures" "$work/seeds"
if [[ -n "${TIDEMARK_FUZZ_RUN:-}" ]]; then
  exec "$here/fuzz.sh" "${target[0]}" "$corpus" "$work" "$work/seeds"
fi
folders=("$work/seeds")
[[ ! -d "$corpus" ]] || folders+=("$corpus")
exec "${target[@]}" "${folders[@]}"
