/* What readers of an export's lines share. Everything in a line is untrusted. */
#ifndef ENGINE_ROWS_JSON_H
#define ENGINE_ROWS_JSON_H

#include "base/hash.h"
#include "gallery/store.h"

#include <jansson.h>

/* FORMAT: the line for what is missing or wrong. */
vultus_status row_bad(const char *what, vultus_error *error);
/* A line, whose size is looked at first. Decrease the reference of what comes back. */
vultus_status row_load(const char *json, size_t size, json_t **out,
                       vultus_error *error) VULTUS_MUST_USE;
/* A copy of a text without NUL, at most `max` bytes; null and what is missing give NULL where that is allowed. */
vultus_status row_text(const json_t *row, const char *key, size_t max, bool optional, char **out,
                       vultus_error *error) VULTUS_MUST_USE;
/* SHA-256 in hexadecimal; `text` may be NULL. */
bool row_hash(const char *text, uint8_t out[HASH_SIZE]);

#endif
