/* Files that are private leave nothing behind that can be read back, as far as overwriting reaches. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool overwrite(int fd, off_t size)
{
    static const char zeros[65536];
    for (off_t at = 0; at < size;) {
        off_t left = size - at;
        ssize_t done = write(fd, zeros, left < (off_t)sizeof zeros ? (size_t)left : sizeof zeros);
        if (done <= 0)
            return false;
        at += done;
    }
    return !fsync(fd);
}

vultus_status file_erase(const char *path, vultus_error *error)
{
    struct stat info;
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    bool good = fd < 0
                    ? errno == ELOOP || errno == ENXIO || errno == ENOENT
                    : !fstat(fd, &info) && (!S_ISREG(info.st_mode) || overwrite(fd, info.st_size));
    int trouble = errno;
    if (fd >= 0)
        close(fd);
    if (good && (!unlink(path) || errno == ENOENT))
        return VULTUS_OK;
    return status_set(error, VULTUS_ERR_IO, "%s: cannot be erased: %s", file_shown(path),
                      strerror(good ? errno : trouble));
}
