/* Search files as a whole: what one stands for, and overwriting and removing it. */
#define _GNU_SOURCE
#include "base/file_lock.h"
#include "gallery/search_map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WAIT_MS 5000 /* for whoever makes the file */

static vultus_status failed(const char *path, vultus_error *error)
{
    return status_set(error, VULTUS_ERR_IO, "%s: cannot be erased (%s)", file_shown(path),
                      strerror(errno));
}

/* Zeros over all that is not a hole. */
static bool overwrite(int fd)
{
    static const uint8_t zeros[65536];
    struct stat info;
    vultus_error error;
    if (fstat(fd, &info))
        return false;
    off_t end = info.st_size;
    for (off_t at = 0; at < end && (at = lseek(fd, at, SEEK_DATA)) >= 0 && at < end;) {
        off_t hole = lseek(fd, at, SEEK_HOLE);
        if (hole < 0)
            hole = end;
        for (; at < hole; at += (off_t)sizeof zeros) {
            size_t size = hole - at < (off_t)sizeof zeros ? (size_t)(hole - at) : sizeof zeros;
            if (search_map_write(fd, zeros, size, (uint64_t)at, &error))
                return false;
        }
        at = hole;
    }
    return !fdatasync(fd);
}

vultus_status search_map_remove(const char *path, vultus_error *error)
{
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat info;
    if (fd < 0 && errno == ENOENT)
        return VULTUS_OK;
    if (fd < 0 && errno == ELOOP) /* a link leads to what is not ours */
        return unlink(path) ? failed(path, error) : VULTUS_OK;
    if (fd < 0)
        return failed(path, error);
    /* no file has an erasure count of 0, so readers are told by the first of the zeros */
    bool good = !fstat(fd, &info) && (!S_ISREG(info.st_mode) || overwrite(fd));
    good = good && !unlink(path);
    vultus_status status = good ? VULTUS_OK : failed(path, error);
    close(fd);
    return status;
}

/* Both the file and what somebody was making of it; who calls holds the lock. */
static vultus_status remove_both(const char *path, vultus_error *error)
{
    char name[FILE_PATH_MAX];
    vultus_status status = search_map_remove(path, error);
    if (!status && snprintf(name, sizeof name, "%s.new", path) < (int)sizeof name)
        status = search_map_remove(name, error);
    return status;
}

vultus_status search_file_remove(const char *path, vultus_error *error)
{
    int lock = -1;
    vultus_status status = search_map_lock(path, WAIT_MS, &lock, error);
    if (!status)
        status = remove_both(path, error);
    file_unlock(lock);
    return status;
}

bool search_file_peek(const char *path, struct search_file_mark *mark)
{
    uint8_t beginning[LAYOUT_ERASURES];
    struct layout_head head;
    struct layout_slot slot;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    bool whole = fd >= 0 && pread(fd, beginning, sizeof beginning, 0) == (ssize_t)sizeof beginning;
    if (fd >= 0)
        close(fd);
    if (!whole)
        return false;
    memcpy(&head, beginning + LAYOUT_HEAD, sizeof head);
    if (layout_check_head(&head, NULL) || !layout_find_slot(&head, beginning, &slot))
        return false;
    *mark = slot.mark;
    return slot.valid;
}
