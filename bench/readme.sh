#!/usr/bin/env bash
# Makes the figures of the README again: bench/readme.sh PICTURE [FOLDER]
#
# PICTURE is for the times of the stages (the README: a 640 x 480 JPEG with one face), FOLDER holds
# 12-megapixel JPEGs. Accuracy needs the data sets below VULTUS_TEST_DATA: lfw/, deepface/,
# face_recognition/examples/knn_examples/, celeb5/; what is missing is left out, and said.
set -euo pipefail
cd "$(dirname "$0")/.."
vultus=${VULTUS:-build/release/bin/vultus}
data=${VULTUS_TEST_DATA:-../shared/data}
[ $# -ge 1 ] || { sed -n '2,7p' "$0" | sed 's/^# \{0,1\}//'; exit 2; }

run() { printf '\n$ vultus %s\n' "$*"; "$vultus" "$@" || echo "exit $?"; }
with() { [ -e "$data/$1" ] || { echo "left out: $data/$1 is missing"; return 1; }; }

if with lfw; then
    run evaluate pairs "$data/lfw/pairsDevTest.txt" --root "$data/lfw/lfw-deepfunneled"
fi
if with deepface; then
    run evaluate pairs "$data/deepface/master.csv" --root "$data/deepface"
fi
for set in face_recognition/examples/knn_examples celeb5; do
    with "$set" || continue
    gallery=$(mktemp -d)
    run enroll --quiet --db "$gallery/people.db" "$data/$set/train"
    run identify --quiet --db "$gallery/people.db" "$data/$set/test"
    rm -rf "$gallery"
done
run bench pipeline --repeat 60 "$1"
run bench start "$1"
run bench search --faces 1000000 --dim 128
run bench search --faces 1000000 --dim 128 --data random
[ $# -lt 2 ] || run bench folder "$2"
