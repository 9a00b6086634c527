/*
 * What a person may be called: 1..VULTUS_NAME_MAX bytes of UTF-8 on one line. Names are compared
 * byte by byte: "Zoe" and "zoe" are two people, and so are two spellings of one accent.
 */
#ifndef GALLERY_NAMES_H
#define GALLERY_NAMES_H

#include "base/status.h"

/* What is wrong with a name, as the end of a sentence ("is not UTF-8"), or NULL. Static storage. */
const char *names_fault(const char *name, size_t size);

/* ARGUMENT: the name is NULL or has a fault. */
vultus_status names_check(const char *name, vultus_error *error) VULTUS_MUST_USE;

#endif
