#!/usr/bin/env bash
# How fast is `tidemark hunt` with the watchlist that comes with it?  In one run, in turn: a single-core program that
# knows the data's layout, mawk, DuckDB and ClickHouse (each where it is there), and the release build; medians and
# ratios, after the results have been compared.
#   tests/bench/run.sh [--lines N] [--rounds N] [--json FILE] [--quick] [vpc cef zeek vpc.gz]
#   tests/bench/run.sh --scale     by size and by shards
#   tests/bench/run.sh --sources [--rounds N] [SOURCE...]     what reading costs, against `wc -l`, by source and form
#   tests/bench/run.sh --readme    a whole run that writes the table of README.md: on a quiet machine
# The environment: TIDEMARK_BIN names the folder of the programs (default: the release build, made if missing);
# TIDEMARK_SHARED an optional folder whose bench/ has another generator, other yardsticks and the databases' queries
# (default: ../shared beside the checkout); TIDEMARK_BENCH_PEERS where npm installs the databases (default: a folder
# tidemark-bench in the user's cache).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
export TIDEMARK_SHARED=${TIDEMARK_SHARED:-$root/../shared}
export TIDEMARK_BIN=${TIDEMARK_BIN:-$root/build/release/bin}
work=$root/build/bench
mkdir -p "$work"

if [[ ! -x $TIDEMARK_BIN/tidemark ]]; then
  (cd "$root" && cmake --preset release > "$work/build.log" && cmake --build --preset release >> "$work/build.log") ||
    { tail -20 "$work/build.log" >&2; echo "bench: the release build failed" >&2; exit 70; }
fi

compile() { # compile OUTPUT SOURCE [FLAG...]
  [[ $1 -nt $2 ]] || "${CC:-cc}" -O3 -march=native -D_GNU_SOURCE -w -o "$@"
}
if [[ -f $TIDEMARK_SHARED/bench/gen.c && -f $TIDEMARK_SHARED/bench/limit.c ]]; then
  tools=$work/shared
  mkdir -p "$tools"
  compile "$tools/generate" "$TIDEMARK_SHARED/bench/gen.c" -lm
  compile "$tools/limit" "$TIDEMARK_SHARED/bench/limit.c"
  if [[ -f $TIDEMARK_SHARED/bench/limit_zeek.cpp && ! $tools/limit_zeek -nt $TIDEMARK_SHARED/bench/limit_zeek.cpp ]]; then
    "${CXX:-c++}" -O3 -march=native -std=c++17 -w -o "$tools/limit_zeek" "$TIDEMARK_SHARED/bench/limit_zeek.cpp" -lsimdjson
  fi
else
  echo "bench: no $TIDEMARK_SHARED/bench: own generator and yardstick" >&2
  tools=$work/own
  mkdir -p "$tools"
  compile "$tools/generate" "$here/generate.c"
  compile "$tools/limit" "$here/limit.c"
fi
compile "$tools/inflate" "$here/inflate.c" -lz
exec /usr/bin/python3 "$here/bench.py" --root "$root" --work "$work" --tools "$tools" "$@"
