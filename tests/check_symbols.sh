#!/usr/bin/env bash
# The library exports what tests/exported_symbols.txt lists, and the header declares: no more, no less.
set -euo pipefail
here=$(dirname "$0") library=$1
exported=$(nm -D --defined-only "$library" | awk '{print $3}' | sed 's/@@.*//' | grep -v '^VULTUS_' | sort)
declared=$(grep -ohE '\bvultus_[a-z_0-9]+\(' "$here"/../include/vultus/*.h | tr -d '(' | sort -u)
diff <(cat "$here/exported_symbols.txt") <(echo "$exported") || { echo "exported symbols differ from tests/exported_symbols.txt"; exit 1; }
missing=$(comm -13 <(echo "$declared") <(echo "$exported"))
[ -z "$missing" ] || { echo "exported but not declared: $missing"; exit 1; }
