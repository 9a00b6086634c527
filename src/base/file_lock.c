/*
 * flock() on a file beside the real one: the real one is replaced while it is held, and a lock on it would
 * go with the old bytes. The lock file stays, because removing it would let two processes hold two.
 */
#define _GNU_SOURCE
#include "base/file_lock.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

vultus_status file_lock(const char *path, int *out, vultus_error *error)
{
    char name[FILE_PATH_MAX];
    int length = snprintf(name, sizeof name, "%s.lock", path);
    if (length < 0 || (size_t)length >= sizeof name)
        return status_set(error, VULTUS_ERR_LIMIT, "%s: the path is too long", file_shown(path));
    int lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0)
        return status_set(error, VULTUS_ERR_IO, "%s: %s", file_shown(name), strerror(errno));
    if (flock(lock, LOCK_EX | LOCK_NB)) {
        int reason = errno;
        close(lock);
        if (reason == EWOULDBLOCK)
            return status_set(error, VULTUS_ERR_BUSY,
                              "%s: another process is changing it; try again", file_shown(path));
        return status_set(error, VULTUS_ERR_IO, "%s: %s", file_shown(name), strerror(reason));
    }
    *out = lock;
    return VULTUS_OK;
}

void file_unlock(int lock)
{
    if (lock >= 0)
        close(lock);
}
