# What the set-up scripts share: where the cache is, how to speak, how to check a file, which
# registry clients to use. Sourced by bash scripts, does nothing by itself. Whatever is fetched is
# compared with a pinned SHA-256 before anything else looks at it, and put in place by one rename.
# shellcheck shell=bash

case ${XDG_CACHE_HOME:-} in
    /*) cache=$XDG_CACHE_HOME/vultus ;;
    *) cache=${HOME:?HOME is not set}/.cache/vultus ;;
esac

say() { printf 'set-up: %s\n' "$*" >&2; }
die() { printf 'set-up: %s\n' "$*" >&2; exit 4; }

# has_sha256 FILE SHA256: is the file there, with this content?
has_sha256() { [ -f "$1" ] && printf '%s  %s\n' "$2" "$1" | sha256sum --check --status; }

# need_sha256 FILE SHA256: ends the script when the file is another than the pinned one.
need_sha256() {
    has_sha256 "$1" "$2" || die "$(basename "$1") is not the file that was pinned (SHA-256 $2); nothing was installed"
}

# make_workspace [PARENT]: an empty folder in $workspace, removed when the script ends.
# Others may pass through it: apt reads and writes below it as its own user.
make_workspace() {
    local parent=${1:-${TMPDIR:-/tmp}}
    mkdir -p "$parent"
    workspace=$(mktemp -d "$parent/vultus-setup-XXXXXX")
    chmod 755 "$workspace"
    trap 'rm -rf "$workspace"' EXIT
}

# put_folder FROM TO: moves a finished folder to its place, so that no one ever sees half of it.
put_folder() {
    local part="$2.part.$$"
    mkdir -p "$(dirname "$2")"
    rm -rf "$part"
    cp -a "$1" "$part"
    rm -rf "$2"
    mv -T "$part" "$2"
}

# kept_download NAME SHA256: where a download is kept that others may want too. tools/models/fetch.py
# keeps its packages in the same way.
kept_download() { printf '%s/downloads/%s/%s' "$cache" "$2" "$1"; }

# keep_download FILE SHA256: checks it and moves it there.
keep_download() {
    local place
    place=$(kept_download "$(basename "$1")" "$2")
    need_sha256 "$1" "$2"
    mkdir -p "$(dirname "$place")" && cp "$1" "$place.part" && mv "$place.part" "$place"
}

# run_pip PYTHON ARGS…: says nothing but the last word of a failure, instead of each of its tries.
run_pip() {
    "$1" -m pip --quiet --disable-pip-version-check "${@:2}" >"$workspace/pip.log" 2>&1 && return
    tail -n 1 "$workspace/pip.log" >&2
    return 1
}

# pip ARGS…: with the pip that is there, or one from a virtual environment kept in the cache.
pip() {
    local python=python3
    if ! python3 -m pip --version >/dev/null 2>&1; then
        python=$cache/pip/bin/python
        if ! "$python" -m pip --version >/dev/null 2>&1; then
            rm -rf "$cache/pip"
            python3 -m venv "$cache/pip" >&2 || return
        fi
    fi
    run_pip "$python" "$@"
}
