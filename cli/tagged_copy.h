/* Copies of pictures and films in a folder, and tags on them. */
#ifndef CLI_TAGGED_COPY_H
#define CLI_TAGGED_COPY_H

#include "base/file.h"

struct picture;

enum copies_kind { COPIES_OF_PICTURES, COPIES_OF_FILMS };

/* Makes the folder when it is missing, and plans a path in it for the copy of every file. Returns an
 * exit code; what failed was said. */
int copies_plan(const char *folder, const struct file_list *files, enum copies_kind kind,
                struct file_list *out);
/* Draws into the picture's image and writes the copy; what fails goes to picture->trouble. */
void copy_write(struct picture *picture, const vultus_label *labels);
/* Says what failed; returns an exit code. */
int copy_report(const struct picture *picture);

#endif
