# What the set-up scripts share that take files out of Debian's packages without installing them: apt with a
# configuration of its own, so that the machine's package lists stay as they are. Signatures are checked
# with Debian's keyring. Sourced after common.sh; needs $workspace.
# shellcheck shell=bash

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# Mirrors of this machine's own distribution, as apt itself reads its sources (in either style).
own_mirrors() {
    local codename
    codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
    apt-get update --print-uris 2>/dev/null \
        | sed -nE "s,^'([^']+)/dists/(${codename:-stable}|oldstable|stable|testing|unstable|sid)/InRelease'.*,\1,p" \
        | awk '!seen[$0]++'
}

# own_apt ARGS…: apt-get with that configuration, in the folder $workspace/apt/files.
own_apt() {
    local apt=$workspace/apt
    # Without apt's own user: the workspace is for us alone, and its hashes are checked all the same.
    (cd "$apt/files" && apt-get -qq -o APT::Sandbox::User=root -o "Dir::Etc::sourcelist=$apt/sources.list" \
        -o Dir::Etc::sourceparts=/dev/null -o "Dir::State::Lists=$apt/lists" -o "Dir::Cache=$apt/cache" \
        -o Acquire::Languages=none -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false \
        -o APT::Update::Error-Mode=any -o Acquire::Retries=2 -o Debug::NoLocking=1 "$@")
}

# own_apt_lists SUITE [KIND]: fetches the lists of a suite from the first mirror that has it; KIND is deb or
# deb-src. False where none has.
own_apt_lists() {
    local apt=$workspace/apt mirror
    command -v apt-get >/dev/null || { say "no apt-get here"; return 1; }
    [ -f "$keyring" ] || { say "$keyring is missing (package debian-archive-keyring)"; return 1; }
    rm -rf "$apt"
    mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/files"
    for mirror in $(own_mirrors); do
        echo "${2:-deb} [signed-by=$keyring] $mirror $1 main" >"$apt/sources.list"
        own_apt update >"$apt/log" 2>&1 && return
        sed 's/^/    /' "$apt/log" >&2
    done
    return 1
}
