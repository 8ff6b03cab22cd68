#!/usr/bin/env bash
# Prints, for each given tree, what `twelvelint check` costs beside the floor `rg -uu -c . ./` on the same tree without
# its `.git`: CPU seconds (user + system, median of five runs, page cache warm), their ratio, wall time, peak memory.
#
#   cargo build --release && benches/floor.sh TREE…
set -euo pipefail
binary=${TWELVELINT:-$(dirname "$0")/../target/release/twelvelint}
binary=$(realpath "$binary")
for tool in rg /usr/bin/time; do
    command -v "$tool" >/dev/null || { echo "floor.sh: $tool is needed (packages ripgrep and time)" >&2; exit 2; }
done

# Five runs of a command in a folder after a warm one: median CPU seconds, wall seconds of that run, peak KiB.
measure() {
    local folder=$1
    shift
    cd "$folder"
    "$@" >/dev/null 2>&1 || true
    local TIMEFORMAT='%3U %3S %3R' run peak=0
    local runs=()
    for _ in 1 2 3 4 5; do
        run=$( { time "$@" >/dev/null 2>&1; } 2>&1 || true)
        runs+=("$run")
    done
    peak=$(/usr/bin/time -f '%M' -o /dev/stdout "$@" 2>/dev/null | tail -n 1)
    printf '%s\n' "${runs[@]}" | awk -v p="$peak" '{print $1 + $2, $3, p}' | sort -n | sed -n 3p
}

printf '%-34s %8s %8s %8s %8s %10s %10s\n' tree files 'cpu s' floor ratio 'wall s' 'peak MiB'
for tree in "$@"; do
    read -r cpu wall peak < <(measure "$tree" "$binary" check --quiet --fail-on never .)
    read -r floor _ _ < <(measure "$tree" rg -uu -g '!.git' -c . ./)
    files=$(find "$tree" -name .git -prune -o -type f -print | wc -l)
    awk -v t="$(basename "$tree")" -v n="$files" -v c="$cpu" -v f="$floor" -v w="$wall" -v p="$peak" \
        'BEGIN { printf "%-34s %8d %8.3f %8.3f %8.1f %10.3f %10.1f\n", t, n, c, f, (f > 0 ? c / f : 0), w, p / 1024 }'
done
