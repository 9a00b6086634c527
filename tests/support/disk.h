/*
 * A small disk in memory for a test program, in name spaces of its own where the system lets it have them: nobody else
 * sees it, and it is gone when the program and what it started are.
 */
#ifndef TEST_DISK_H
#define TEST_DISK_H

#include <stdbool.h>
#include <stddef.h>

/* Mounts a disk of `size` bytes. NULL, with a line that says so: this user may not have one. The folder is static storage. */
const char *disk_make(size_t size);
/* Mounts it again with another size, and so that it may only be read. */
bool disk_remake(size_t size, bool read_only);
void disk_drop(void);
/* Fills it with a file but for `leave` bytes. */
void disk_fill(const char *name, size_t leave);
void disk_empty(const char *name);

#endif
