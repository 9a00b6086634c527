#!/usr/bin/env bash
# bench/peers/search.sh [--full]: exact search beside OpenBLAS and hnswlib, on made-up faces and on random vectors.
#
# Needs Debian's libopenblas-dev, libhnswlib-dev and g++, and a release build of vultus (make demo). 100,000 faces
# of 128 numbers; --full: 1,000,000 of 128 and of 512 numbers, too, which takes an hour and 6 GB.
# REPEATS (7) is how often each is measured in turns. OPENBLAS_CORETYPE is set to what the processor has.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=tools/setup/common.sh
. tools/setup/common.sh
build=${VULTUS_BUILD:-build/release}
repeats=${REPEATS:-7}

for header in x86_64-linux-gnu/cblas.h aarch64-linux-gnu/cblas.h cblas.h; do
    [ ! -e "/usr/include/$header" ] || blas=$header
done
[ -n "${blas:-}" ] || die "no cblas.h: apt-get install libopenblas-dev"
[ -e /usr/include/hnswlib/hnswlib.h ] || die "no hnswlib: apt-get install libhnswlib-dev"
command -v g++ >/dev/null || die "no C++ compiler: apt-get install g++"
[ -e "$build/lib/libvultus.so" ] || die "$build/lib/libvultus.so is missing: make demo builds it"

# Debian's OpenBLAS does not know every processor, and then runs kernels of long ago.
if grep -qw avx512f /proc/cpuinfo; then
    export OPENBLAS_CORETYPE=${OPENBLAS_CORETYPE:-SKYLAKEX}
elif grep -qw avx2 /proc/cpuinfo; then
    export OPENBLAS_CORETYPE=${OPENBLAS_CORETYPE:-HASWELL}
fi

make_workspace
say "building search_peer"
for source in cli/bench_vectors.c src/base/memory.c src/base/random.c; do
    gcc -std=c17 -D_DEFAULT_SOURCE -O3 -Isrc -Icli -c "$source" -o "$workspace/$(basename "$source" .c).o"
done
g++ -std=c++17 -O3 -march=native -Iinclude -Icli -o "$workspace/search_peer" bench/peers/search_peer.cpp \
    "$workspace"/*.o -L"$build/lib" -Wl,-rpath,"$PWD/$build/lib" -lvultus -lopenblas -lpthread -lm

compare() { printf '\n'; "$workspace/search_peer" "$@"; }
compare 100000 128 faces "$repeats" hnsw
compare 100000 128 random "$repeats" hnsw
[ "${1:-}" = --full ] || exit 0
compare 1000000 128 faces "$repeats" hnsw
compare 1000000 128 random "$repeats"
compare 1000000 512 faces "$repeats"
compare 1000000 512 random "$repeats"
