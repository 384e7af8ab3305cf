#!/bin/sh
# Requests a second of screening beside an empty handler, in turns, so that
# neighbours on the machine weigh on both. Needs wrk. The service runs already:
#   bench/service/rates.sh http://127.0.0.1:8650 ROUNDS SECONDS CONNECTIONS
set -eu
url=$1 rounds=${2:-5} seconds=${3:-5} connections=${4:-32}
here=$(dirname "$0")
figures() { awk '/Requests\/sec/ {r=$2} /^ *50%/ {m=$2} /^ *99%/ {p=$2} /Non-2xx/ {e=$NF} END {printf "%s requests/s, p50 %s, p99 %s, not 2xx %s\n", r, m, p, e+0}'; }
for round in $(seq "$rounds"); do
  printf 'empty   '; wrk -t1 -c"$connections" -d"${seconds}s" --latency "$url/v1/health" | figures
  printf 'screen  '; SEED=$round wrk -t1 -c"$connections" -d"${seconds}s" --latency -s "$here/screen.lua" "$url/v1/screen" | figures
done
