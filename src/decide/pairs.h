/*
 * Lists of picture pairs for verification tests: LFW's two formats and CSV. The files are
 * untrusted: a pair never names a picture outside the root folder.
 */
#ifndef DECIDE_PAIRS_H
#define DECIDE_PAIRS_H

#include "base/status.h"

#define PAIRS_MAX 10000000u              /* a thousand times the largest public list */
#define PAIRS_FILE_MAX ((size_t)1 << 30) /* as many lines of a hundred bytes */

/* `name` stands in messages. FORMAT names the line; LIMIT, MEMORY. Clear with pairs_clear. */
vultus_status pairs_parse(const char *text, size_t size, const char *name, const char *root,
                          vultus_pairs *out, vultus_error *error) VULTUS_MUST_USE;
void pairs_clear(vultus_pairs *pairs);

#endif
