/* vultus gallery migrate: an embedding by another model for every face. */
#ifndef CLI_GALLERY_MIGRATE_H
#define CLI_GALLERY_MIGRATE_H

#include "options.h"

int gallery_migrate(const struct options *options);

#endif
