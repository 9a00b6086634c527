/*
 * All memory of vultus comes from here, so that tests can make the n-th allocation fail, count what
 * was not given back, and so that what is private can be overwritten.
 */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#define MEM_ALIGNMENT 64 /* a cache line, and the widest vector register */

/* All return NULL when memory runs out or count * size overflows; a size of 0 gives a block. */
void *mem_alloc(size_t size);
void *mem_zalloc(size_t count, size_t size);
void *mem_array(size_t count, size_t size);
void *mem_resize(void *block, size_t count, size_t size);
void *mem_copy(const void *source, size_t size);
char *mem_string(const char *text);

/* Blocks that start on MEM_ALIGNMENT; given back with mem_free as well. */
void *mem_aligned(size_t count, size_t size);

void mem_free(void *block);

/* Overwrites in a way that the compiler keeps. */
void mem_wipe(void *block, size_t size);
/* Wipes, then frees; NULL is allowed. */
void mem_free_wiped(void *block, size_t size);

/* A zeroed block for keys and what they protect: pages of its own that are not written to core dumps and, as
 * far as the system lets this user lock memory, not to the swap either. Give it back with mem_free_secret,
 * which wipes it. */
void *mem_secret(size_t count, size_t size);
void mem_free_secret(void *block, size_t count, size_t size);
/* The same for the whole pages of a large block that is there, until it is given back. */
void mem_guard(void *block, size_t size);

/* For tests. After mem_fail_after(n) the n-th allocation from now on fails (1 is the next one), once
 * or, with `for_good`, together with all that follow; 0 ends it. mem_live counts the blocks in use. */
void mem_fail_after(long n, bool for_good);
bool mem_failed(void);
long mem_live(void);

#endif
