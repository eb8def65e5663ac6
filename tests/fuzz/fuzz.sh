#!/usr/bin/env bash
# fuzz.sh TARGET CORPUS WORK [SEEDS]: run a libFuzzer target for TIDEMARK_FUZZ_SECONDS. New inputs are kept in WORK, so
# that the next run goes on from there; an input that fails is named and stays there too.
set -euo pipefail
target=$1 corpus=$2 work=$3 seeds=${4:-}
mkdir -p "$work"
exec "$target" -max_total_time="${TIDEMARK_FUZZ_SECONDS:-10}" -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 \
  -verbosity=0 -artifact_prefix="$work/failed-" "$work" ${corpus:+$([ -d "$corpus" ] && echo "$corpus")} \
  ${seeds:+"$seeds"}
