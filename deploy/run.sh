#!/usr/bin/env bash
# Install what is missing, build Tidemark and run it: on the sample logs that come with it, or on one's own.
#
#   ./deploy/run.sh                            the samples
#   ./deploy/run.sh [OPTION…] SOURCE=PATH…     `tidemark hunt` on these logs (tidemark hunt --help tells the options)
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=deploy/packages.sh
source "$root/deploy/packages.sh"

case "${1:-}" in
  -h | --help)
    sed -n '2,5s/^# \{0,1\}//p' "$0"
    exit 0
    ;;
esac

need_packages "${BUILD_PACKAGES[@]}" "${RUN_PACKAGES[@]}"
build release programs
bin=$root/build/release/bin

if (($#)); then
  exec "$bin/tidemark" hunt "$@"
fi

samples=$root/build/samples
"$bin/tidemark-sample-logs" "$samples"

cat <<TEXT

Six hours of sample logs, four sources, one hunt: ports that are used more than the watchlist allows, per 20 minutes.
The lines below the table are the account: what became of every record.

TEXT
"$bin/tidemark" hunt "aws-vpcflow=$samples/aws-vpcflow" "paloalto=$samples/paloalto" \
  "corelight=$samples/corelight" "asim-native=$samples/asim-native"

cat <<TEXT

The same for rows that a summary rule has already counted. They describe the sessions of other logs once more, so they are
hunted on their own:

TEXT
"$bin/tidemark" hunt "network-summary=$samples/network-summary"

cat <<TEXT

Where to go from here
  your own logs     ./deploy/run.sh SOURCE=PATH…          for example aws-vpcflow=/var/log/flows, paloalto='logs/*.log.gz'
  the command       $bin/tidemark --help
  the sources       $bin/tidemark sources
  the watchlist     $bin/tidemark watchlist show $root/deploy/watchlists/network-session-monitor.csv
  single sessions   $bin/tidemark normalize paloalto=$samples/paloalto
  the tests         ./tests/run.sh
TEXT
