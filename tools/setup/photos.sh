#!/usr/bin/env bash
# Puts the photos of the demo into the cache and prints the folder: known/<person>/ to enrol and
# probe/ to identify. They come from two published packages that carry them as test pictures; when
# one cannot be had the demo goes on with the other. Pictures of presidents are in the public domain.
set -euo pipefail
# shellcheck source=tools/setup/common.sh
. "$(dirname "$0")/common.sh"

place=$cache/photos
album_sum=5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec
groups_sum=0d77fffeef362ef9c0939cf6c567f3a2e8e177f114fa257a3270cbd2e509b031

# SHA-256, path in the package, path in the cache. One picture of each person is enough to enrol.
album='
3c17508bb91554c637a2eabddfae790e5bb1caba93130814fc2ac50be9760c4c face_recognition-1.3.0/tests/test_images/biden.jpg  known/Joe Biden/biden.jpg
0930e3aa8cae5920329c0c8cbc6a2ab70f47b0e67b432875beaa95cbf7e741f6 face_recognition-1.3.0/tests/test_images/obama.jpg  known/Barack Obama/obama.jpg
a7efcc907375274796f39646510704aa86672d59f6d5469d69af3c85590976a6 face_recognition-1.3.0/tests/test_images/obama2.jpg probe/speech.jpg
76ac6bf97c36dc2da0ad16a537d6a5ac1b10f48d49aac29a0cca9a17cdbc3ca3 face_recognition-1.3.0/tests/test_images/obama3.jpg probe/portrait.jpg
'
# Groups of people whom nobody enrols: strangers.
groups='
8ecae4b267b2d3169e06e00c7dee97097aa2a94635d45216f7732a5f4943cb51 package/demo/sample1.jpg probe/strangers1.jpg
7d2b60ae6f13bf30f422e04df87451081a02c83de469056f25afb44b7000c691 package/demo/sample2.jpg probe/strangers2.jpg
8eb081c9efb14370fa94d9feab9e5fbeafd19a627491853a80c2bf67f7ffa936 package/demo/sample3.jpg probe/strangers3.jpg
729efa5923061d40eb4ed5f267a18cc7b8ba6f852bb2757b16d8b7e4937476fc package/demo/sample4.jpg probe/strangers4.jpg
6d45095ebb182d8f975c0790e0e4eefd86fbb40609cf4b271776d92e12662938 package/demo/sample5.jpg probe/strangers5.jpg
9baad80f9d5e306fb9b8c0913d44445f1e95848df317530efb03d0934c57ba87 package/demo/sample6.jpg probe/strangers6.jpg
'

# all_there LIST: is every file of the list in the cache, unchanged?
all_there() {
    local sum from to
    while read -r sum from to; do
        [ -z "$sum" ] || has_sha256 "$place/$to" "$sum" || return 1
    done <<<"$1"
}

# put_photos ARCHIVE LIST
put_photos() {
    local sum from to
    mkdir -p "$workspace/unpacked"
    while read -r sum from to; do
        [ -n "$sum" ] || continue
        tar -xzf "$1" -C "$workspace/unpacked" "$from" || return
        need_sha256 "$workspace/unpacked/$from" "$sum"
        mkdir -p "$(dirname "$place/$to")" || return
        cp "$workspace/unpacked/$from" "$place/$to.part" || return
        mv "$place/$to.part" "$place/$to" || return
    done <<<"$2"
}

# The source archive, because the wheel has no pictures. pip checks the hash before it runs anything of it.
fetch_album() {
    local name=face_recognition-1.3.0.tar.gz archive
    archive=$(kept_download "$name" "$album_sum")
    if ! has_sha256 "$archive" "$album_sum"; then
        say "photos: fetching the Python package face_recognition 1.3.0 (3 MB), once"
        echo "face_recognition==1.3.0 --hash=sha256:$album_sum" >"$workspace/album.txt"
        pip download --no-deps --no-binary face_recognition --require-hashes \
            --requirement "$workspace/album.txt" --dest "$workspace" || return
        keep_download "$workspace/$name" "$album_sum" || return
    fi
    put_photos "$archive" "$album"
}

fetch_groups() {
    local name=vladmandic-face-api-1.7.15.tgz archive
    archive=$(kept_download "$name" "$groups_sum")
    if ! has_sha256 "$archive" "$groups_sum"; then
        "$(dirname "$0")/npm.sh" || return
        say "photos: fetching the npm package @vladmandic/face-api 1.7.15 (13 MB), once"
        (cd "$workspace" && PATH=$PATH:$cache/node/bin npm pack --loglevel error --no-update-notifier --cache "$workspace/npm" \
            @vladmandic/face-api@1.7.15 >/dev/null) || return
        keep_download "$workspace/$name" "$groups_sum" || return
    fi
    put_photos "$archive" "$groups"
}

make_workspace
all_there "$album" || fetch_album || die "the demo's photos of known people could not be had (no network?)"
all_there "$groups" || fetch_groups || say "photos: the strangers could not be had; the demo goes on without them"
echo "$place"
