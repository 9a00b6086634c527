/*
 * Reading and writing whole files, and the user's folders. Only regular files are read: a pipe or a
 * device would hang or never end.
 */
#define _GNU_SOURCE
#include "base/file.h"
#include "base/memory.h"
#include "base/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

vultus_status file_read(const char *path, size_t max, struct buffer *out, vultus_error *error)
{
    struct stat info;
    vultus_status status = VULTUS_OK;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return status_set(error, VULTUS_ERR_IO, "%s: %s", file_shown(path), strerror(errno));
    buffer_init(out, max);
    if (fstat(fd, &info))
        status = status_set(error, VULTUS_ERR_IO, "%s: %s", file_shown(path), strerror(errno));
    else if (S_ISDIR(info.st_mode))
        status = status_set(error, VULTUS_ERR_IO, "%s: is a folder", file_shown(path));
    else if (!S_ISREG(info.st_mode))
        status = status_set(error, VULTUS_ERR_IO, "%s: not a regular file", file_shown(path));
    else if ((uint64_t)info.st_size > max)
        status = status_set(error, VULTUS_ERR_LIMIT, "%s: %llu bytes, at most %zu are read",
                            file_shown(path), (unsigned long long)info.st_size, max);
    else
        status = buffer_reserve(out, (size_t)info.st_size, error);
    while (!status && out->size < (size_t)info.st_size) {
        ssize_t got = read(fd, out->data + out->size, (size_t)info.st_size - out->size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            status = status_set(error, VULTUS_ERR_IO, "%s: %s", file_shown(path), strerror(errno));
        if (got <= 0)
            break; /* 0: it became shorter while we read */
        out->size += (size_t)got;
    }
    close(fd);
    if (status)
        buffer_clear(out);
    else
        out->data[out->size] = 0;
    return status;
}

vultus_status file_join(char *out, size_t size, const char *a, const char *b, vultus_error *error)
{
    size_t length = strlen(a);
    const char *between = length && a[length - 1] == '/' ? "" : "/";
    int total = snprintf(out, size, "%s%s%s", a, between, b);
    if (total < 0 || (size_t)total >= size)
        return status_set(error, VULTUS_ERR_LIMIT, "%.120s...: the path is too long", a);
    return VULTUS_OK;
}

vultus_status file_make_folders(const char *path, vultus_error *error)
{
    char part[FILE_PATH_MAX];
    size_t length = strlen(path);
    if (length >= sizeof part)
        return status_set(error, VULTUS_ERR_LIMIT, "%.120s...: the path is too long", path);
    memcpy(part, path, length + 1);
    for (size_t i = 1; i <= length; i++) {
        if (part[i] != '/' && part[i] != '\0')
            continue;
        char kept = part[i];
        part[i] = '\0';
        if (mkdir(part, 0700) && errno != EEXIST)
            return status_set(error, VULTUS_ERR_IO, "%s: %s", file_shown(part), strerror(errno));
        part[i] = kept;
    }
    if (!file_is_folder(path))
        return status_set(error, VULTUS_ERR_IO, "%s: not a folder", file_shown(path));
    return VULTUS_OK;
}

bool file_is_folder(const char *path)
{
    struct stat info;
    return !stat(path, &info) && S_ISDIR(info.st_mode);
}

bool file_exists(const char *path)
{
    return !access(path, F_OK);
}

vultus_status file_data_path(const char *name, char *out, size_t size, vultus_error *error)
{
    const char *data = getenv("XDG_DATA_HOME");
    const char *home = getenv("HOME");
    int length = -1;
    if (data && data[0] == '/')
        length = snprintf(out, size, "%s/vultus/%s", data, name);
    else if (home && home[0])
        length = snprintf(out, size, "%s/.local/share/vultus/%s", home, name);
    else
        return status_set(error, VULTUS_ERR_IO,
                          "no home folder is known; set HOME or XDG_DATA_HOME");
    if (length < 0 || (size_t)length >= size)
        return status_set(error, VULTUS_ERR_LIMIT, "the path of the data folder is too long");
    return VULTUS_OK;
}

const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

const char *file_shown(const char *path)
{
    return utf8_tail(path, 140);
}

bool file_has_ending(const char *name, const char *ending)
{
    size_t a = strlen(name), b = strlen(ending);
    return a > b && !strcasecmp(name + a - b, ending);
}
