/*
 * Which sources may be named in a request. Whoever names one makes the server connect to it, so only what fits a pattern
 * of --camera-source counts; without any, cameras are those of --camera.
 *
 * A pattern has the scheme of the source. In its host a star stands for one label or number, in its path for one part, two
 * stars for any text; its port has to be the same; without a path it allows all. Files are absolute paths, and cameras of
 * this machine are written as they are. User and password of a source are not compared.
 */
#ifndef SERVER_CAMERA_SOURCES_H
#define SERVER_CAMERA_SOURCES_H

#include <vultus/vultus.h>

#include <stdbool.h>
#include <stddef.h>

#define CAMERA_SOURCE_MAX 1000 /* bytes */

struct camera_patterns {
    const char *const *items;
    size_t count;
};

/* ARGUMENT: it can allow nothing. */
VULTUS_MUST_USE vultus_status camera_pattern_check(const char *pattern, vultus_error *error);
bool camera_source_allowed(const struct camera_patterns *patterns, const char *source);

#endif
