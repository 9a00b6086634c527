/* The pictures that operands name. */
#ifndef CLI_INPUTS_H
#define CLI_INPUTS_H

#include "base/file.h"

/* True for the endings of picture files that folders are searched for. */
bool is_picture_name(const char *path);

/* What a folder is listed with: all that there is something to say of. */
#define INPUTS_KINDS (FILE_LIST_FILES | FILE_LIST_FOLDERS | FILE_LIST_ODD)
/* True for a file with such an ending. What has the ending and is no file (a link that leads nowhere, a pipe) is
 * said, and makes *code 3. */
bool is_usable_picture(const char *path, int *code);

/* A named file is taken as it is, there or not; a folder gives its pictures and those of all
 * folders in it, by name. A folder that cannot be read or has none is said. Returns an exit code:
 * 0, 3 when a folder gave nothing, 4 when memory ran out (the list is empty then). */
int inputs_collect(char *const *operands, size_t count, struct file_list *out);

#endif
