/*
 * Allocation. The counters are the only globals of the library: they serve tests, are atomic, and
 * nothing in the library reads them.
 */
#define _GNU_SOURCE /* explicit_bzero */
#include "base/memory.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define LARGE_PAGE ((size_t)2 << 20)
#define LARGE (4 * LARGE_PAGE) /* blocks that are worth it */

static atomic_long live;
static atomic_long countdown;
static atomic_bool for_ever;
static atomic_bool has_failed;

static bool must_fail(void)
{
    if (atomic_load_explicit(&countdown, memory_order_relaxed) <= 0)
        return false;
    if (atomic_fetch_sub(&countdown, 1) != 1)
        return false;
    if (atomic_load(&for_ever))
        atomic_store(&countdown, 1);
    atomic_store(&has_failed, true);
    return true;
}

static void *counted(void *block)
{
    if (block)
        atomic_fetch_add_explicit(&live, 1, memory_order_relaxed);
    return block;
}

void *mem_alloc(size_t size)
{
    return must_fail() ? NULL : counted(malloc(size ? size : 1));
}

void *mem_zalloc(size_t count, size_t size)
{
    size_t bytes; /* calloc checks as well, but sanitizers end the program there */
    if (__builtin_mul_overflow(count, size, &bytes) || must_fail())
        return NULL;
    return counted(calloc(bytes ? bytes : 1, 1));
}

void *mem_array(size_t count, size_t size)
{
    size_t bytes;
    return __builtin_mul_overflow(count, size, &bytes) ? NULL : mem_alloc(bytes);
}

void *mem_resize(void *block, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || must_fail())
        return NULL;
    void *result = realloc(block, bytes ? bytes : 1);
    return block ? result : counted(result);
}

void *mem_copy(const void *source, size_t size)
{
    void *block = mem_alloc(size);
    if (block && size)
        memcpy(block, source, size);
    return block;
}

char *mem_string(const char *text)
{
    return mem_copy(text, strlen(text) + 1);
}

void *mem_aligned(size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX - LARGE_PAGE || must_fail())
        return NULL;
    const size_t alignment = bytes < LARGE ? MEM_ALIGNMENT : LARGE_PAGE;
    bytes = (bytes + alignment) / alignment * alignment;
    void *block = aligned_alloc(alignment, bytes);
#ifdef MADV_HUGEPAGE
    if (block && alignment == LARGE_PAGE) /* what is read here and there has its page known */
        (void)madvise(block, bytes, MADV_HUGEPAGE);
#endif
    return counted(block);
}

void mem_free(void *block)
{
    if (block)
        atomic_fetch_sub_explicit(&live, 1, memory_order_relaxed);
    free(block);
}

void mem_wipe(void *block, size_t size)
{
    if (block && size)
        explicit_bzero(block, size);
}

void mem_free_wiped(void *block, size_t size)
{
    mem_wipe(block, size);
    mem_free(block);
}

/* Whole pages; 0 when that overflows. */
static size_t secret_bytes(size_t count, size_t size)
{
    size_t bytes, page = (size_t)sysconf(_SC_PAGESIZE);
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX - page)
        return 0;
    return (bytes + page) / page * page;
}

void *mem_secret(size_t count, size_t size)
{
    size_t bytes = secret_bytes(count, size);
    if (!bytes || must_fail())
        return NULL;
    void *block = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED)
        return NULL;
    madvise(block, bytes, MADV_DONTDUMP);
    mlock(block,
          bytes); /* as far as is allowed: a small RLIMIT_MEMLOCK is no reason to keep nothing */
    return counted(block);
}

void mem_guard(void *block, size_t size)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t from = ((uintptr_t)block + page - 1) / page * page;
    uintptr_t to = ((uintptr_t)block + size) / page * page;
    if (from >= to)
        return;
    madvise((void *)from, to - from, MADV_DONTDUMP);
    mlock((void *)from, to - from);
}

void mem_free_secret(void *block, size_t count, size_t size)
{
    if (!block)
        return;
    mem_wipe(block, count * size);
    munmap(block, secret_bytes(count, size));
    atomic_fetch_sub_explicit(&live, 1, memory_order_relaxed);
}

void mem_fail_after(long n, bool for_good)
{
    atomic_store(&for_ever, for_good);
    atomic_store(&has_failed, false);
    atomic_store(&countdown, n);
}

bool mem_failed(void)
{
    return atomic_load(&has_failed);
}

long mem_live(void)
{
    return atomic_load(&live);
}
