#!/usr/bin/env bash
# Each public header can be included alone, by C and, where there is a compiler, by C++.
set -euo pipefail
cd "$(dirname "$0")/../include"
read -ra compiler <<<"${*:-cc}"
for header in vultus/*.h; do
    echo "#include <$header>" | "${compiler[@]}" -I. -std=c17 -Wall -Wextra -Werror -fsyntax-only -x c -
    ! command -v g++ >/dev/null || echo "#include <$header>" | g++ -I. -Wall -Wextra -Werror -fsyntax-only -x c++ -
done
