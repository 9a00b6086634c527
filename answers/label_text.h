/* What stands at a face in a tagged picture. */
#ifndef ANSWERS_LABEL_TEXT_H
#define ANSWERS_LABEL_TEXT_H

#include <vultus/vultus.h>

#define LABEL_TEXT_SIZE (VULTUS_NAME_MAX + 32)

/* The name with a probability in per cent, where it is known; NULL: "unknown". */
void label_text(char out[LABEL_TEXT_SIZE], const char *name, float probability);

#endif
