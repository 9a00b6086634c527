#!/usr/bin/env bash
# bench/peers/video.sh FILM PORTRAIT... [video_peer.py's options]: vultus watch beside face_recognition's example.
#
# Needs what bench/peers/run.sh has set up: the peers from PyPI, and dlib's model files.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=tools/setup/common.sh
. tools/setup/common.sh
[ $# -ge 2 ] || { sed -n '2,5p' "$0" | sed 's/^# \{0,1\}//'; exit 2; }

[ -d "$cache/dlib-models" ] || die "bench/peers/run.sh PICTURE first: it unpacks dlib's model files"
python=$(tools/setup/python.sh bench/peers/requirements.txt)
exec "$python" bench/peers/video_peer.py --models "$cache/dlib-models" "$@"
