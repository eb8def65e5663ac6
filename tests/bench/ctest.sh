#!/usr/bin/env bash
# The bench as a test: small, for the comparison of the results; TIDEMARK_BENCH_LINES makes it a measurement.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export TIDEMARK_BIN=$(cd "$here/../.." && pwd)/build/release/bin
if [[ ! -x $TIDEMARK_BIN/tidemark ]]; then
  echo "bench: there is no release build in $TIDEMARK_BIN: skipped"
  exit 77
fi
if [[ -z ${TIDEMARK_BENCH_LINES:-} ]]; then
  exec "$here/run.sh" --quick
fi
exec "$here/run.sh" --lines "$TIDEMARK_BENCH_LINES" --rounds "${TIDEMARK_BENCH_ROUNDS:-5}"
