/* Cameras of this machine, by Video4Linux; what is asked of the system is a table, so that tests can be the system. */
#ifndef VIDEO_CAMERA_H
#define VIDEO_CAMERA_H

#include "video/source_kind.h"

struct camera_system {
    int (*open)(const char *path);
    void (*close)(int fd);
    int (*control)(int fd, unsigned long request, void *argument); /* as ioctl */
    void *(*map)(int fd, size_t size, int64_t offset);             /* NULL: not */
    void (*unmap)(void *block, size_t size);
    /* 1: a frame is there; 0: not yet; -1 and errno. Returns soon. */
    int (*ready)(int fd);
};

/* The open() of source_camera with another system. */
vultus_status camera_open(const struct camera_system *system, const char *address,
                          const struct source_terms *terms, void **out, struct source_facts *facts,
                          vultus_error *error);

#endif
