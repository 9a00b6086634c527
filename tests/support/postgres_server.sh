#!/usr/bin/env bash
# A PostgreSQL server with pgvector for tests and measurements: in a temporary folder, on a Unix socket only,
# as somebody without rights. Prints its address when it is ready, then obeys the lines of its standard
# input, `stop` (at once, as in a crash) and `start`, each answered with `ok`. It ends, and leaves nothing,
# when the input does, so also when whoever started it was killed. Status 77: no server can be had here.
#
#   postgres_server.sh [SETTING=VALUE…]
set -euo pipefail
tools=$(cd "$(dirname "$0")/../../tools/setup" && pwd)
root=$("$tools/postgres.sh" --find 2>/dev/null) || {
    echo "no PostgreSQL with pgvector here; run tools/setup/postgres.sh" >&2
    exit 77
}

folder=$(mktemp -d /tmp/vultus-postgres-XXXXXX)
server=
stop() {
    [ -n "$server" ] || return 0
    kill -QUIT "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    server=
}
trap 'stop; rm -rf "$folder"' EXIT
trap 'exit 1' TERM INT HUP

# A server refuses to be root: then it is nobody, who may not be able to look into root's cache.
as=(setpriv --pdeathsig QUIT --)
if [ "$(id -u)" = 0 ]; then
    as=(setpriv --reuid nobody --regid nogroup --clear-groups --pdeathsig QUIT --)
    chown nobody:nogroup "$folder"
    if ! setpriv --reuid nobody --regid nogroup --clear-groups -- test -x "$root/bin/postgres"; then
        cp -a "${root%/usr/lib/postgresql/*}/usr" "$folder/usr"
        root=$folder/usr/lib/postgresql/${root##*/}
    fi
fi
libraries=$(echo "${root%/postgresql/*}"/*-linux-gnu* | tr ' ' ':')
as+=(env -i PATH="$PATH" LC_ALL=C.UTF-8 TZ=UTC LD_LIBRARY_PATH="$libraries")

start() {
    local tries
    "${as[@]}" "$root/bin/postgres" -D "$folder/data" "${settings[@]}" >>"$folder/log" 2>&1 </dev/null &
    server=$!
    for ((tries = 0; tries < 600; tries++)); do
        if grep -q '^\(ready\|standby\) *$' <(tail -n 1 "$folder/data/postmaster.pid" 2>/dev/null); then return; fi
        kill -0 "$server" 2>/dev/null || break
        sleep 0.05
    done
    cat "$folder/log" >&2
    exit 1
}

"${as[@]}" "$root/bin/initdb" --no-sync --no-locale --encoding UTF8 --username vultus --auth trust -D "$folder/data" \
    >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
printf 'local all guarded scram-sha-256\nlocal all all trust\n' >"$folder/data/pg_hba.conf"
settings=(-c listen_addresses= -c "unix_socket_directories=$folder" -c shared_buffers=64MB -c jit=off
    -c max_connections=40 -c max_wal_size=4GB -c maintenance_work_mem=128MB -c autovacuum=off -c fsync=off)
for setting in "$@"; do settings+=(-c "$setting"); done
start
echo "postgresql:///postgres?host=$folder&user=vultus"
while read -r line; do
    case $line in
        stop) stop; echo ok ;;
        start) start; echo ok ;;
        *) echo "unknown: $line" ;;
    esac
done
