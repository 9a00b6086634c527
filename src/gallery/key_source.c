/*
 * Reading keys, and making them. The kernel's keyring is asked by its system calls: a user's entry is put there
 * by `keyctl padd user NAME @u`, and no library is needed to read it.
 */
#define _GNU_SOURCE
#include "gallery/key_source.h"
#include "base/file.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define KEY_TEXT_MAX 4096 /* bytes of a key file; more is another file, named by mistake */
#define KEY_BYTES_MIN 32
#define KEY_DISTINCT_MIN 12 /* 32 random bytes have fewer different ones once in 10^16 */

/* What was read, and how messages name it. */
struct text {
    uint8_t *bytes; /* KEY_TEXT_MAX + 1 */
    size_t size;
    const char *shown;
};

static vultus_status bad(const struct text *text, const char *why, vultus_error *error)
{
    return status_set(error, VULTUS_ERR_ARGUMENT, "%s: %s; vultus gallery keygen FILE makes a key",
                      text->shown, why);
}

/* ------------------------------------------------------------------ what a key looks like */

static int digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* 64 hexadecimal digits, and the end of the line: in place, to 32 bytes. */
static void from_hex(struct text *text)
{
    size_t size = text->size;
    while (size && (text->bytes[size - 1] == '\n' || text->bytes[size - 1] == '\r'))
        size--;
    if (size != (size_t)2 * KEY_BYTES_MIN)
        return;
    for (size_t i = 0; i < size; i++)
        if (digit(text->bytes[i]) < 0)
            return;
    for (size_t i = 0; i < KEY_BYTES_MIN; i++)
        text->bytes[i] = (uint8_t)(digit(text->bytes[2 * i]) << 4 | digit(text->bytes[2 * i + 1]));
    text->size = KEY_BYTES_MIN;
}

static bool is_random(const struct text *text)
{
    bool seen[256] = {false};
    size_t distinct = 0;
    for (size_t i = 0; i < text->size; i++) {
        distinct += !seen[text->bytes[i]];
        seen[text->bytes[i]] = true;
    }
    mem_wipe(seen, sizeof seen);
    return distinct >= KEY_DISTINCT_MIN;
}

static vultus_status to_key(struct text *text, struct key *out, vultus_error *error)
{
    if (text->size > KEY_TEXT_MAX)
        return bad(text, "is too long for a key", error);
    from_hex(text);
    if (text->size < KEY_BYTES_MIN)
        return bad(text,
                   "is too short for a key: 64 hexadecimal digits, or 32 random bytes or more",
                   error);
    if (!is_random(text))
        return bad(text, "is not random enough for a key", error);
    vault_key(text->bytes, text->size, out->bytes);
    out->given = true;
    return VULTUS_OK;
}

/* ------------------------------------------------------------------ files */

static vultus_status check_file(int fd, const struct text *text, vultus_error *error)
{
    struct stat info;
    if (fstat(fd, &info))
        return status_set(error, VULTUS_ERR_IO, "%s: %s", text->shown, strerror(errno));
    if (!S_ISREG(info.st_mode))
        return bad(text, "is not a file", error);
    if (info.st_mode & (S_IRWXG | S_IRWXO))
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "%s: others may use this key; take their rights away: chmod 600",
                          text->shown);
    return VULTUS_OK;
}

static vultus_status read_file(const char *path, struct text *text, vultus_error *error)
{
    text->shown = file_shown(path);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return status_set(error, VULTUS_ERR_IO, "%s: the key cannot be read: %s", text->shown,
                          strerror(errno));
    vultus_status status = check_file(fd, text, error);
    ssize_t got = 1;
    while (!status && got > 0 && text->size <= KEY_TEXT_MAX) {
        got = read(fd, text->bytes + text->size, KEY_TEXT_MAX + 1 - text->size);
        text->size += got > 0 ? (size_t)got : 0;
        if (got < 0 && errno == EINTR)
            got = 1;
    }
    if (!status && got < 0)
        status = status_set(error, VULTUS_ERR_IO, "%s: %s", text->shown, strerror(errno));
    close(fd);
    return status;
}

/* ------------------------------------------------------------------ the kernel's keyring */

static vultus_status read_keyring(const char *name, struct text *text, vultus_error *error)
{
    text->shown = file_shown(name);
    long entry = syscall(SYS_request_key, "user", name, NULL, 0);
    if (entry < 0) /* a session without a link to the user's own ring */
        entry = syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_USER_KEYRING, "user", name, 0);
    if (entry < 0)
        return status_set(error, VULTUS_ERR_IO,
                          "%s: no such key in the kernel's keyring (%s); put it there: keyctl padd "
                          "user %.60s @u",
                          text->shown, strerror(errno), name);
    long size = syscall(SYS_keyctl, KEYCTL_READ, entry, text->bytes, KEY_TEXT_MAX + 1);
    if (size < 0)
        return status_set(error, VULTUS_ERR_IO, "%s: the kernel's keyring does not give it: %s",
                          text->shown, strerror(errno));
    text->size = (size_t)size;
    return VULTUS_OK;
}

/* ------------------------------------------------------------------ */

static const char *named(const char *variable)
{
    const char *value = getenv(variable);
    return value && *value ? value : NULL;
}

bool key_named(const char *file)
{
    return file || named("VULTUS_KEY_FILE") || named("VULTUS_KEYRING");
}

vultus_status key_find(const char *file, struct key **out, vultus_error *error)
{
    const char *path = file ? file : named("VULTUS_KEY_FILE");
    const char *ring = path ? NULL : named("VULTUS_KEYRING");
    struct text text = {.bytes = mem_secret(1, KEY_TEXT_MAX + 1)};
    struct key *key = mem_secret(1, sizeof *key);
    vultus_status status =
        text.bytes && key ? VULTUS_OK : status_memory(error, "the key of the gallery");
    if (!status && path)
        status = read_file(path, &text, error);
    else if (!status && ring)
        status = read_keyring(ring, &text, error);
    if (!status && (path || ring))
        status = to_key(&text, key, error);
    mem_free_secret(text.bytes, 1, KEY_TEXT_MAX + 1);
    if (status)
        key_free(key);
    else
        *out = key;
    return status;
}

void key_free(struct key *key)
{
    mem_free_secret(key, 1, sizeof *key);
}

/* As text: it can be typed, printed and put into a safe. */
static vultus_status write_key(int fd, const char *path, vultus_error *error)
{
    uint8_t key[KEY_BYTES_MIN];
    char line[2 * KEY_BYTES_MIN + 2];
    vultus_status status = vault_random(key, sizeof key, error);
    for (size_t i = 0; !status && i < sizeof key; i++)
        snprintf(line + 2 * i, 3, "%02x", key[i]);
    line[2 * KEY_BYTES_MIN] = '\n';
    if (!status &&
        (fchmod(fd, 0600) || write(fd, line, sizeof line - 1) != sizeof line - 1 || fsync(fd)))
        status = status_set(error, VULTUS_ERR_IO, "%s: %s", file_shown(path), strerror(errno));
    mem_wipe(key, sizeof key);
    mem_wipe(line, sizeof line);
    return status;
}

vultus_status key_make(const char *path, vultus_error *error)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
        return status_set(error, VULTUS_ERR_EXISTS,
                          "%s: is there already; a key is never replaced: without it, what it "
                          "protects is lost",
                          file_shown(path));
    if (fd < 0)
        return status_set(error, VULTUS_ERR_IO, "%s: %s", file_shown(path), strerror(errno));
    vultus_status status = write_key(fd, path, error);
    if (close(fd) && !status)
        status = status_set(error, VULTUS_ERR_IO, "%s: %s", file_shown(path), strerror(errno));
    if (status)
        unlink(path);
    return status;
}
