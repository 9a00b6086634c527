/* Tagged copies of pictures in a folder. */
#ifndef CLI_TAGGED_COPY_H
#define CLI_TAGGED_COPY_H

#include <vultus/vultus.h>

struct picture;

/* Makes the folder when it is missing. Returns an exit code; what failed was said. */
int annotate_open(const char *folder);
/* Draws into the picture's image and writes the copy. */
int annotate_write(const char *folder, struct picture *picture, const vultus_label *labels);

#endif
