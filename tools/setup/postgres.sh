#!/usr/bin/env bash
# Prints the folder of a PostgreSQL server with pgvector for the tests: the one that VULTUS_POSTGRES names,
# the distribution's own where it has pgvector, or else one in the cache, filled once out of Debian's packages;
# nothing is installed and no service starts. Debian 12 has no pgvector: it is built from Debian 13's source
# package, which takes half a minute. `--find` only looks. Fails where there is none.
set -euo pipefail
# shellcheck source=tools/setup/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tools/setup/apt.sh
. "$(dirname "$0")/apt.sh"

source_suite=trixie
source_sum=867a2c328d4928a5a9d6f052cd3bc78c7d60228a9b914ad32aa3db88e9de27b0 # pgvector 0.8.0
or_else="set VULTUS_POSTGRES to the folder of a PostgreSQL that has pgvector (its bin/ has postgres)"

# has_vector ROOT: is there a server, and pgvector for it?
has_vector() {
    local share
    share=${1/\/lib\//\/share\/}
    [ -x "$1/bin/postgres" ] && [ -x "$1/bin/initdb" ] \
        && { [ -f "$1/share/extension/vector.control" ] || [ -f "$1/share/postgresql/extension/vector.control" ] \
             || [ -f "$share/extension/vector.control" ]; }
}

# The newest with pgvector below a root of packages.
find_in() {
    local root found=
    for root in "$1"/usr/lib/postgresql/*; do
        if has_vector "$root"; then found=$root; fi
    done
    [ -n "$found" ] && echo "$found"
}

find_server() {
    if [ -n "${VULTUS_POSTGRES:-}" ]; then
        has_vector "$VULTUS_POSTGRES" || die "VULTUS_POSTGRES=$VULTUS_POSTGRES has no server with pgvector"
        echo "$VULTUS_POSTGRES"
    else
        find_in "$place" || find_in ''
    fi
}

# fetch NAME…: unpacks Debian packages of this machine's own release into $made.
fetch() {
    local file
    own_apt download "$@" >"$workspace/log" 2>&1 || { sed 's/^/    /' "$workspace/log" >&2; return 1; }
    for file in "$workspace"/apt/files/*.deb; do
        dpkg-deb -x "$file" "$made"
    done
    rm -f "$workspace"/apt/files/*.deb
}

# The server, and of what it needs what this machine lacks; the compiler of queries is left out.
fetch_server() {
    local -a names
    own_apt_lists "$codename" || return
    major=$(own_apt -s --no-install-recommends install postgresql \
        | sed -nE 's/^(Inst|Conf) postgresql-([0-9]+) .*/\2/p;' | head -n 1)
    [ -n "$major" ] || major=$(dpkg-query -W -f '${Package}\n' 'postgresql-[0-9]*' 2>/dev/null \
        | sed -nE 's/^postgresql-([0-9]+)$/\1/p' | sort -n | tail -n 1)
    [ -n "$major" ] || return
    mapfile -t names < <(own_apt -s --no-install-recommends install "postgresql-$major" \
        | sed -nE 's/^Inst (lib[^ :]+).*/\1/p' | grep -vE '^lib(llvm|perl|json-perl)' || true)
    fetch "postgresql-$major" "${names[@]}"
}

# Out of the source package that a newer Debian has. Its own makefile does no more than this.
build_vector() {
    local at=$made/usr/lib/postgresql/$major share=$made/usr/share/postgresql/$major tar
    fetch "postgresql-server-dev-$major" || return
    own_apt_lists "$source_suite" deb-src || return
    own_apt source --download-only pgvector >"$workspace/log" 2>&1 || return
    tar=$(ls "$workspace"/apt/files/pgvector_*.orig.tar.gz)
    need_sha256 "$tar" "$source_sum"
    mkdir "$workspace/pgvector"
    tar -C "$workspace/pgvector" --strip-components 1 -xzf "$tar"
    (cd "$workspace/pgvector" \
        && gcc -std=gnu99 -D_GNU_SOURCE -O2 -ftree-vectorize -fassociative-math -fno-signed-zeros -fno-trapping-math \
            -fPIC -shared -I"$made/usr/include/postgresql/$major/server" -o vector.so src/*.c -lm \
        && install -m 755 vector.so "$at/lib/" \
        && install -m 644 vector.control "$share/extension/" \
        && install -m 644 sql/vector.sql "$share/extension/vector--$(sed -nE "s/^default_version = '(.*)'/\1/p" vector.control).sql")
    rm -rf "$made/usr/include"
}

codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-unknown}")
place=$cache/postgres-$codename
if found=$(find_server); then
    echo "$found"
    exit 0
fi
[ "${1:-}" != --find ] || exit 1

say "PostgreSQL: fetching a server with pgvector (20 MB) for the tests, once"
make_workspace
made=$workspace/made
mkdir "$made"
fetch_server || die "no PostgreSQL could be fetched from this machine's Debian mirror: $or_else"
fetch "postgresql-$major-pgvector" 2>/dev/null || build_vector || die "pgvector could not be made: $or_else"
rm -rf "$made/usr/lib/postgresql/$major/lib/bitcode" "$made"/usr/share/{doc,man,locale,lintian}
put_folder "$made" "$place"
find_server || die "what was fetched is no PostgreSQL with pgvector: $or_else"
