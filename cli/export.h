/* vultus people export, and gallery export, which is the same of everybody; see cmd_people.c, cmd_gallery.c. */
#ifndef CLI_EXPORT_H
#define CLI_EXPORT_H

#include "options.h"

int people_export(const struct options *options);
int gallery_export(const struct options *options);

#endif
