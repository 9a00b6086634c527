/* What stands behind the method in a request: the path in segments, and the query in names and values. */
#ifndef SERVER_TARGET_H
#define SERVER_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#define TARGET_BYTES_MAX ((size_t)8 << 10) /* a name of 255 bytes is 765 when it is escaped */
#define TARGET_SEGMENTS_MAX 8              /* the longest path of ours has six */
#define TARGET_QUERY_MAX 32                /* more than there are parameters */

struct target_pair {
    const char *name, *value;
};

struct target {
    char *text; /* all others point into it */
    const char *segments[TARGET_SEGMENTS_MAX];
    size_t segment_count;
    struct target_pair query[TARGET_QUERY_MAX];
    size_t query_count;
};

/*
 * "/v1/people/Ada%20Byron?limit=5". Escapes are read after the text was cut at its marks, so an escaped slash is
 * part of a name. False, and nothing to clear: memory ran out, it is too long, has too many parts, an escape that is
 * none, or is not UTF-8 without control characters.
 */
bool target_read(const char *text, struct target *out);
void target_clear(struct target *target);

#endif
