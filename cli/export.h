/* vultus people export; see cmd_people.c. */
#ifndef CLI_EXPORT_H
#define CLI_EXPORT_H

#include "options.h"

int people_export(const struct options *options);

#endif
