/* The pictures that operands name. */
#ifndef CLI_INPUTS_H
#define CLI_INPUTS_H

#include "base/file.h"

/* True for the endings of picture files that folders are searched for. */
bool is_picture_name(const char *path);

/* A named file is taken as it is, there or not; a folder gives its pictures and those of all
 * folders in it, by name. A folder that cannot be read or has none is said. Returns an exit code:
 * 0, 3 when a folder gave nothing, 4 when memory ran out (the list is empty then). */
int inputs_collect(char *const *operands, size_t count, struct file_list *out);

#endif
