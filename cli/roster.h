/* Which pictures show whom: the folders of enrolment. */
#ifndef CLI_ROSTER_H
#define CLI_ROSTER_H

#include "base/file.h"
#include "options.h"

struct roster_entry {
    char *path;
    size_t person; /* index into names */
};

struct roster {
    struct roster_entry *items;
    size_t count, capacity;
    struct file_list names; /* each once, in the order they were met */
};

/* From DIR..., or from pictures with --name. What cannot be used is said. Returns an exit code:
 * 0, 2 when operands are not folders, 3 when some folder gave nothing, 4 when memory ran out. */
int roster_read(const struct options *options, struct roster *out);
/* The people of folders: 0, or 3 or 4 as above. Adds to what is there. */
int roster_add_folders(struct roster *roster, char *const *folders, size_t count);
void roster_clear(struct roster *roster);

#endif
