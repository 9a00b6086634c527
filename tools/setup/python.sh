#!/usr/bin/env bash
# tools/setup/python.sh [REQUIREMENTS]: prints the path of a Python that has these packages: one of a
# virtual environment in the cache, named after the content of the file, or python3 where there is no
# such file or the packages cannot be had. Without a file it is tests/tools/requirements.txt, for the
# tests in tests/tools and the examples; what cannot run then skips, visibly.
set -euo pipefail
# shellcheck source=tools/setup/common.sh
. "$(dirname "$0")/common.sh"

requirements=${1:-$(dirname "$0")/../../tests/tools/requirements.txt}
plain=$(command -v python3) || die "python3 is missing"
if [ ! -f "$requirements" ]; then
    echo "$plain"
    exit 0
fi

# A virtual environment cannot be moved: it is made in place, and counts once `complete` is there.
key=$( (python3 --version && cat "$requirements") | sha256sum | cut -c 1-16)
place=$cache/python-$key
if [ ! -e "$place/complete" ] || ! "$place/bin/python" -c '' 2>/dev/null; then
    say "Python: fetching the packages of ${requirements#"$(dirname "$0")/../../"}, once"
    make_workspace
    rm -rf "$place"
    if python3 -m venv "$place" >&2 \
        && run_pip "$place/bin/python" install --only-binary :all: -r "$requirements"; then
        touch "$place/complete"
    else
        rm -rf "$place"
        say "Python: the packages could not be had; what needs them is left out"
        echo "$plain"
        exit 0
    fi
fi
echo "$place/bin/python"
