/* vultus gallery import; see cmd_gallery.c. */
#ifndef CLI_GALLERY_IMPORT_H
#define CLI_GALLERY_IMPORT_H

#include "options.h"

int gallery_import(const struct options *options);

#endif
