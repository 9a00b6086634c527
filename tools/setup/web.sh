#!/usr/bin/env bash
# tools/setup/web.sh: prints a folder whose node_modules has what the tests of the web page need, pinned with their
# hashes in tests/web/package-lock.json. The browser is Debian's chromium (packages.sh test).
set -euo pipefail
# shellcheck source=tools/setup/common.sh
. "$(dirname "$0")/common.sh"

source=$(cd "$(dirname "$0")/../../tests/web" && pwd)
place=$cache/web-$(sha256sum "$source/package-lock.json" | cut -c 1-16)
if [ ! -e "$place/complete" ]; then
    "$(dirname "$0")/npm.sh"
    say "web: fetching the npm packages of tests/web/package-lock.json (18 MB), once"
    make_workspace "$cache"
    cp "$source/package.json" "$source/package-lock.json" "$workspace/"
    (cd "$workspace" && PATH=$PATH:$cache/node/bin npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier \
        --loglevel error --cache "$workspace/npm" >&2) || die "the npm packages of the web tests could not be had"
    rm -rf "$workspace/npm"
    touch "$workspace/complete"
    put_folder "$workspace" "$place"
fi
echo "$place"
