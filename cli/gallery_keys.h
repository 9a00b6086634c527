/* vultus gallery rekey and keygen. */
#ifndef CLI_GALLERY_KEYS_H
#define CLI_GALLERY_KEYS_H

#include "options.h"

int gallery_rekey(const struct options *options);
int gallery_keygen(const struct options *options);

#endif
