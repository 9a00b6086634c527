/* See replay_file.h. A record is written in place; one that was cut off by a crash has a wrong sum and was never answered. */
#include "replay_file.h"
#include "base/checksum.h"
#include "base/file.h"
#include "base/file_lock.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

static const char header[REPLAY_FILE_HEADER] = "vultus replays 1";

_Static_assert(sizeof(struct replay_record) == 104, "the file has no gaps");

static uint64_t sum_of(const struct replay_record *record)
{
    return checksum(record, offsetof(struct replay_record, sum));
}

bool replay_file_parse(const uint8_t *bytes, size_t size,
                       struct replay_record out[REPLAY_FILE_RECORDS])
{
    memset(out, 0, REPLAY_FILE_RECORDS * sizeof *out);
    if (!size)
        return true; /* it was just made */
    if (size < REPLAY_FILE_HEADER || memcmp(bytes, header, REPLAY_FILE_HEADER) != 0)
        return false;
    for (size_t i = 0; i < REPLAY_FILE_RECORDS; i++) {
        size_t at = REPLAY_FILE_HEADER + i * sizeof *out;
        if (at + sizeof *out > size)
            break;
        memcpy(&out[i], bytes + at, sizeof *out);
        if (out[i].sum != sum_of(&out[i]) || out[i].duplicate > 1 || out[i].new_person > 1)
            out[i] = (struct replay_record){0};
    }
    return true;
}

static vultus_status write_at(int fd, const void *data, size_t size, off_t at, vultus_error *error)
{
    for (const char *left = data; size;) {
        ssize_t done = pwrite(fd, left, size, at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return status_set(error, VULTUS_ERR_IO, "answers that may be asked for again: %s",
                              strerror(done ? errno : ENOSPC));
        left += done;
        size -= (size_t)done;
        at += done;
    }
    return VULTUS_OK;
}

static vultus_status read_records(const char *path, struct replay_file *file,
                                  struct replay_record *records, vultus_error *error)
{
    struct buffer bytes;
    buffer_init(&bytes, REPLAY_FILE_BYTES);
    vultus_status status = file_read(path, REPLAY_FILE_BYTES, &bytes, error);
    if (!status && !replay_file_parse(bytes.data, bytes.size, records))
        status =
            status_set(error, VULTUS_ERR_FORMAT,
                       "%s: is no file of answers; move it away and start again", file_shown(path));
    if (!status && !bytes.size)
        status = write_at(file->fd, header, sizeof header, 0, error);
    buffer_clear(&bytes);
    return status;
}

vultus_status replay_file_open(const char *path, struct replay_file *out,
                               struct replay_record records[REPLAY_FILE_RECORDS],
                               vultus_error *error)
{
    struct replay_file file = {-1, -1};
    vultus_status status = file_lock(path, &file.lock, error);
    if (!status)
        file.fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (!status && file.fd < 0)
        status = status_set(error, VULTUS_ERR_IO, "%s: %s", file_shown(path), strerror(errno));
    if (!status)
        status = read_records(path, &file, records, error);
    if (status)
        replay_file_close(&file);
    else
        *out = file;
    return status;
}

void replay_file_close(struct replay_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    file_unlock(file->lock);
    *file = (struct replay_file){-1, -1};
}

vultus_status replay_file_put(const struct replay_file *file, size_t at,
                              struct replay_record *record, vultus_error *error)
{
    record->sum = sum_of(record);
    vultus_status status = write_at(file->fd, record, sizeof *record,
                                    (off_t)(REPLAY_FILE_HEADER + at * sizeof *record), error);
    if (!status && fdatasync(file->fd))
        status = status_set(error, VULTUS_ERR_IO, "answers that may be asked for again: %s",
                            strerror(errno));
    return status;
}
