#!/usr/bin/env bash
# Makes ONNX Runtime available to the build: the folder that ORT_ROOT names, or else the cache, filled
# once with the shared library from the Python wheel `onnxruntime` and the C header from Debian's
# libonnxruntime-dev, which is older than the library: its API version is the one asked for, and newer
# libraries promise to serve it. The distribution's own library is taken where there is no wheel, or
# with ORT_ROOT=/usr: Debian 13's writes 850 lines of "Schema error" at the start of every program.
# cmake/FindOnnxRuntime.cmake looks in the same places in the same order.
set -euo pipefail
# shellcheck source=tools/setup/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tools/setup/apt.sh
. "$(dirname "$0")/apt.sh"

version=1.30.0
header_suite=trixie
place=$cache/onnxruntime-$version
or_else="set ORT_ROOT to an unpacked ONNX Runtime release (include/ and lib/), or to /usr with libonnxruntime-dev installed"

header_sums='7783e9664bdb0b1b36145b5c8587dd1bc9a399aa000edf2e3dd03003cafc6882  onnxruntime_c_api.h
730910e9e78af536d0a4a5a72d408ab793bbe232054a5a4596c8200e45f3c99c  onnxruntime_run_options_config_keys.h
1fbd110d53e1babe6f00c72b88b48faf2ef86c3b1fea8e0989df8632af5a9e0f  onnxruntime_session_options_config_keys.h'

case $(uname -m) in
    x86_64)
        platform=manylinux_2_28_x86_64
        wheel_sum=86f940afc801ea9681a4da8af84fbe95e1d9ea7d80903952cc1bfad54faad38f
        library_sum=c902c70b3003c0e99fada202f37478c515ae9bba7944c2b2abd0017bae0c82ed ;;
    aarch64)
        platform=manylinux_2_28_aarch64
        wheel_sum=5327cf6aa15a02bad805fac8bd6882a62571e8b72f6f2938a8f37e6bd1966ce9
        library_sum=8a218e1e446880131115c368ec7005969a5022af9a15a26173de648fef0b7789 ;;
    *) platform='' ;;
esac

# has_headers FOLDER: are the pinned headers in it?
has_headers() {
    [ -d "$1/include/onnxruntime" ] || return
    (cd "$1/include/onnxruntime" && sha256sum --check --status <<<"$header_sums")
}

# fetch_header: the C header of header_suite.
fetch_header() {
    local name
    if ! own_apt_lists "$header_suite" \
        || ! own_apt -o Dir::State::status=/dev/null download libonnxruntime-dev >"$workspace/log" 2>&1; then
        [ ! -f "$workspace/log" ] || sed 's/^/    /' "$workspace/log" >&2
        die "the ONNX Runtime header could not be fetched from this machine's Debian mirror (where a key is missing: apt-get install debian-archive-keyring): $or_else"
    fi
    dpkg-deb -x "$workspace"/apt/files/libonnxruntime-dev_*.deb "$workspace/root"
    mkdir -p "$made/include/onnxruntime"
    while read -r _ name; do
        cp "$workspace/root/usr/include/onnxruntime/$name" "$made/include/onnxruntime/"
    done <<<"$header_sums"
}

# fetch_library: the shared library out of the wheel. No Python code of it is used, so the
# wheel of one fixed Python version does for every machine.
fetch_library() {
    pip download --no-deps --only-binary :all: --implementation cp --python-version 3.13 --abi cp313 \
        --platform "$platform" --dest "$workspace" "onnxruntime==$version" \
        || die "the Python package onnxruntime==$version could not be fetched: $or_else"
    local wheel=$workspace/onnxruntime-$version-cp313-cp313-$platform.whl
    need_sha256 "$wheel" "$wheel_sum"
    mkdir -p "$made/lib"
    (cd "$workspace" && python3 -m zipfile -e "$wheel" wheel)
    cp "$workspace"/wheel/onnxruntime/{LICENSE,ThirdPartyNotices.txt} "$made/"
    install -m 644 "$workspace/wheel/onnxruntime/capi/libonnxruntime.so.$version" "$made/lib/"
    need_sha256 "$made/lib/libonnxruntime.so.$version" "$library_sum"
    ln -s "libonnxruntime.so.$version" "$made/lib/libonnxruntime.so.1"
    ln -s libonnxruntime.so.1 "$made/lib/libonnxruntime.so"
}

if [ -n "${ORT_ROOT:-}" ]; then
    [ -d "$ORT_ROOT/include" ] && [ -d "$ORT_ROOT/lib" ] || die "ORT_ROOT=$ORT_ROOT has no include/ and lib/ in it"
    say "ONNX Runtime: $ORT_ROOT (ORT_ROOT)"
elif [ -z "$platform" ] && pkg-config --exists libonnxruntime; then
    say "ONNX Runtime: $(pkg-config --modversion libonnxruntime), the distribution's"
elif [ -z "$platform" ]; then
    die "no ready-made ONNX Runtime for $(uname -m): $or_else"
elif has_sha256 "$place/lib/libonnxruntime.so.$version" "$library_sum" && has_headers "$place"; then
    say "ONNX Runtime: $version in $place"
else
    say "ONNX Runtime: fetching $version (24 MB) and its header (10 MB), once"
    make_workspace
    made=$workspace/made
    fetch_header
    has_headers "$made" || die "the header in $header_suite's libonnxruntime-dev is another than the one that was pinned"
    fetch_library
    put_folder "$made" "$place"
    say "ONNX Runtime: $version in $place"
fi
