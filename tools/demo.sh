#!/usr/bin/env bash
# The demo: installs the default model pack, enrols one picture of each known person, then asks who
# is in pictures that were never enrolled, strangers among them. Its gallery and its tagged copies
# are its own, in build/demo; `make demo` builds the program first.
set -euo pipefail
cd "$(dirname "$0")/.."

vultus=$PWD/build/release/bin/vultus
out=$PWD/build/demo
[ -x "$vultus" ] || { echo "demo: $vultus is missing; run: make demo" >&2; exit 4; }

photos=$(tools/setup/photos.sh)
"$vultus" models install mobile

rm -rf "$out"
mkdir -p "$out/tagged"
cd "$photos" # so that the table names the pictures as the commands below do

step() { printf '\n$ vultus %s\n' "$*"; }

step enroll known/
"$vultus" --db "$out/gallery.db" enroll known/

step identify --annotate build/demo/tagged probe/
"$vultus" --db "$out/gallery.db" identify --annotate "$out/tagged" probe/

printf '\nTagged copies:\n'
find "$out/tagged" -type f | sort | sed 's/^/  /'
