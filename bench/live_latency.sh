#!/usr/bin/env bash
# bench/live_latency.sh PICTURE PICTURE [--seconds 60] [--size 1920x1080] [--streams 1] [--build build/release]
#
# How late `vultus_watch` tells who is there: two faces (cut from the pictures, which are enrolled under their
# names) move in an H.264 stream of 30 frames a second over RTSP on loopback, and the moment of each frame is burnt into it
# (bench/live_camera.py). With --streams 4 --size 640x480 it is four cameras at once. The packages that GStreamer's
# server needs are for this only: python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-good gstreamer1.0-plugins-ugly.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tools/setup/common.sh
. tools/setup/common.sh

pictures=() seconds=60 size=1920x1080 streams=1 build=build/release
while [ $# -gt 0 ]; do
    case $1 in
        --seconds) seconds=$2; shift 2 ;;
        --size) size=$2; shift 2 ;;
        --streams) streams=$2; shift 2 ;;
        --build) build=$2; shift 2 ;;
        *) pictures+=("$1"); shift ;;
    esac
done
[ ${#pictures[@]} = 2 ] || { sed -n '2,7p' "$0" | sed 's/^# \{0,1\}//'; exit 2; }

python=$(tools/setup/python.sh bench/peers/requirements.txt)
make_workspace
for picture in "${pictures[@]}"; do
    name=$(basename "${picture%.*}")
    "$build/bin/vultus" enroll --quiet --db "$workspace/people.db" --name "$name" "$picture" >/dev/null
done
"$python" bench/live_camera.py make --size "$size" "$workspace/clip" "${pictures[@]}"
"$python" bench/live_camera.py serve --streams "$streams" "$workspace/clip" >"$workspace/where" &
camera=$!
trap 'kill $camera 2>/dev/null; rm -rf "$workspace"' EXIT
while [ ! -s "$workspace/where" ]; do sleep 0.1; done
read -r address origin length <"$workspace/where"
sources=()
for ((i = 0; i < streams; i++)); do sources+=("${address%0}$i"); done
"$build/bin/bench_watch_latency" "$workspace/people.db" "$seconds" "$origin" "$length" "${sources[@]}"
