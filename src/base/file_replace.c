/*
 * Replacing a file in one step. The temporary file lies beside the real one because rename() works
 * only within a file system. Devices and pipes are written to directly: renaming over them would take
 * away, say, /dev/full from the whole machine.
 */
#define _GNU_SOURCE
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static vultus_status trouble(const char *path, vultus_error *error)
{
    return status_set(error, VULTUS_ERR_IO, "%s: %s", file_shown(path), strerror(errno));
}

/* Where a link leads to is what is replaced, not the link. */
static vultus_status resolve(const char *path, char out[FILE_PATH_MAX], vultus_error *error)
{
    struct stat info;
    size_t length = strlen(path);
    if (!lstat(path, &info) && S_ISLNK(info.st_mode) && !stat(path, &info)) {
        char *real = realpath(path, out);
        return real ? VULTUS_OK : trouble(path, error);
    }
    if (length >= FILE_PATH_MAX)
        return status_set(error, VULTUS_ERR_LIMIT, "%s: the path is too long", file_shown(path));
    memcpy(out, path, length + 1);
    return VULTUS_OK;
}

vultus_status file_replace_begin(const char *path, bool private, struct file_replacement *out,
                                 vultus_error *error)
{
    struct file_replacement made = {.fd = -1, .private = private};
    struct stat info;
    vultus_status status = resolve(path, made.path, error);
    if (status)
        return status;
    if (!stat(made.path, &info) && !S_ISREG(info.st_mode)) {
        if (S_ISDIR(info.st_mode))
            return status_set(error, VULTUS_ERR_IO, "%s: is a folder", file_shown(path));
        made.fd = open(made.path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    } else {
        int length = snprintf(made.temporary, sizeof made.temporary, "%s.XXXXXX", made.path);
        if (length < 0 || (size_t)length >= sizeof made.temporary)
            return status_set(error, VULTUS_ERR_LIMIT, "%s: the path is too long",
                              file_shown(path));
        made.fd = mkostemp(made.temporary, O_CLOEXEC);
    }
    if (made.fd < 0)
        return trouble(path, error);
    *out = made;
    return VULTUS_OK;
}

vultus_status file_replace_commit(struct file_replacement *replacement, vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    if (replacement->temporary[0]) {
        mode_t mask = umask(0);
        umask(mask);
        if (fchmod(replacement->fd, replacement->private ? 0600 : 0666 & ~mask) ||
            fsync(replacement->fd))
            status = trouble(replacement->path, error);
    }
    if (close(replacement->fd) && !status)
        status = trouble(replacement->path, error);
    replacement->fd = -1;
    if (!status && replacement->temporary[0] && rename(replacement->temporary, replacement->path))
        status = trouble(replacement->path, error);
    if (status)
        file_replace_abort(replacement);
    return status;
}

void file_replace_abort(struct file_replacement *replacement)
{
    if (replacement->fd >= 0)
        close(replacement->fd);
    replacement->fd = -1;
    if (replacement->temporary[0])
        unlink(replacement->temporary);
    replacement->temporary[0] = '\0';
}

static vultus_status write_all(const struct file_replacement *replacement, const uint8_t *data,
                               size_t size, vultus_error *error)
{
    while (size) {
        ssize_t put = write(replacement->fd, data, size);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return trouble(replacement->path, error);
        data += put;
        size -= (size_t)put;
    }
    return VULTUS_OK;
}

static vultus_status write_whole(const char *path, bool private, const void *data, size_t size,
                                 vultus_error *error)
{
    struct file_replacement replacement;
    vultus_status status = file_replace_begin(path, private, &replacement, error);
    if (status)
        return status;
    status = write_all(&replacement, data, size, error);
    if (!status)
        return file_replace_commit(&replacement, error);
    file_replace_abort(&replacement);
    return status;
}

vultus_status file_write(const char *path, const void *data, size_t size, vultus_error *error)
{
    return write_whole(path, false, data, size, error);
}

vultus_status file_write_private(const char *path, const void *data, size_t size,
                                 vultus_error *error)
{
    return write_whole(path, true, data, size, error);
}
