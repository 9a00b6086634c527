#!/usr/bin/env bash
# packages.sh GROUP…: installs the Debian packages of the groups that are not installed yet.
# Nothing missing means no network and no questions. Uses sudo when not root; where it can do
# neither it names the command. Groups: build (the program), video (what it needs for videos and windows), test, fuzz.
set -euo pipefail
# shellcheck source=tools/setup/common.sh
. "$(dirname "$0")/common.sh"

wanted() {
    case $1 in
        build) echo gcc libc6-dev cmake ninja-build pkg-config python3 python3-venv \
                    libjpeg-dev libpng-dev libwebp-dev libfreetype-dev fonts-dejavu-core \
                    libsqlite3-dev libpq-dev libjansson-dev libmicrohttpd-dev libgnutls28-dev libssl-dev libsodium-dev \
                    libxxhash-dev libminizip-dev zlib1g-dev ;;
        video) echo libavformat-dev libavcodec-dev libswscale-dev libsdl2-dev libcurl4-gnutls-dev ;;
        test) echo libcmocka-dev chromium xvfb xdotool ;;
        fuzz) echo clang libclang-rt-dev ;;
        *) die "packages.sh: no group named $1 (build, video, test, fuzz)" ;;
    esac
}

is_installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

names=$(for group in "$@"; do wanted "$group"; done)
if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    say "no apt-get here; the build needs what Debian calls: ${names//$'\n'/ }"
    exit 0
fi

missing=()
for name in $names; do
    is_installed "$name" || missing+=("$name")
done
# The keyring of an early Debian 12 does not know Debian 13, whose ONNX Runtime header we take.
if is_installed debian-archive-keyring && [ ! -e /usr/share/keyrings/debian-archive-trixie-stable.gpg ] \
    && [ ! -e /usr/share/keyrings/debian-archive-trixie-stable.pgp ]; then
    missing+=(debian-archive-keyring)
fi

[ ${#missing[@]} -gt 0 ] || exit 0
as_root=()
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null \
        || die "packages are missing and there is no sudo here. As root: apt-get update && apt-get install --no-install-recommends ${missing[*]}"
    as_root=(sudo)
fi

# apt ARGS…: apt-get with root's rights; what it says is shown only when it fails.
apt() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 \
        -o DPkg::Lock::Timeout=120 "$@" >"$workspace/log" 2>&1 && return
    tail -n 5 "$workspace/log" >&2
    die "apt-get $1 failed. By hand, as root: apt-get update && apt-get install --no-install-recommends ${missing[*]}"
}

make_workspace
say "packages: fetching the lists"
apt update
say "packages: installing ${missing[*]}"
apt install --yes --no-install-recommends "${missing[@]}"
