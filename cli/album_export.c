/*
 * Clusters as folders: a link, or a copy, of each picture in the folder of each person that it shows. Nothing
 * that is there is written over: what is the same already stays, another file of the same name makes
 * the new one get a number.
 */
#include "album_answer.h"
#include "cli_session.h"
#include "command.h"
#include "console.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SAME_NAME_MAX 10000 /* files of one name in a folder */

/* A name as a folder; "person_004" where there is none. What had to be changed gets the cluster's number, so
 * that no two people have one folder. */
static void folder_name(const vultus_album_face *face, char *out, size_t size)
{
    char name[VULTUS_NAME_MAX + 1];
    if (!face->name) {
        snprintf(out, size, "person_%03u", face->cluster);
        return;
    }
    snprintf(name, sizeof name, "%s", face->name);
    for (char *at = name; *at; at++)
        if (*at == '/' || *at == '\\')
            *at = '_';
    if (*name == '.' || *name == '-')
        *name = '_';
    if (strcmp(name, face->name) != 0 || !strncmp(name, "person_", 7))
        snprintf(out, size, "%s_%u", name, face->cluster);
    else
        snprintf(out, size, "%s", name);
}

static bool same_bytes(const char *a, const char *b)
{
    struct buffer x = {0}, y = {0};
    vultus_error error;
    bool same = !file_read(a, VULTUS_FILE_BYTES_MAX, &x, &error) &&
                !file_read(b, VULTUS_FILE_BYTES_MAX, &y, &error) && x.size == y.size &&
                !memcmp(x.data, y.data, x.size);
    buffer_clear(&x);
    buffer_clear(&y);
    return same;
}

/* True when `place` is a link to the picture, or a copy of it. */
static bool is_there(const char *place, const char *picture, bool copy)
{
    char target[FILE_PATH_MAX];
    struct stat info;
    if (lstat(place, &info))
        return false;
    if (copy)
        return S_ISREG(info.st_mode) && same_bytes(place, picture);
    ssize_t length = readlink(place, target, sizeof target - 1);
    if (length < 0)
        return false;
    target[length] = '\0';
    return !strcmp(target, picture);
}

static int put_file(const char *place, const char *picture, bool copy)
{
    struct buffer bytes = {0};
    vultus_error error = {0};
    if (!copy) {
        if (!symlink(picture, place))
            return EXIT_DONE;
        complain("%s: %s", place, strerror(errno));
        return EXIT_ENVIRONMENT;
    }
    if (file_read(picture, VULTUS_FILE_BYTES_MAX, &bytes, &error))
        return fail_picture(picture, &error);
    vultus_status status = file_write(place, bytes.data, bytes.size, &error);
    buffer_clear(&bytes);
    if (!status)
        return EXIT_DONE;
    fail(&error);
    return EXIT_ENVIRONMENT;
}

static int put_picture(const char *folder, const char *picture, bool copy)
{
    const char *name = file_name(picture), *dot = strrchr(name, '.');
    const int stem = dot && dot > name ? (int)(dot - name) : (int)strlen(name);
    char place[FILE_PATH_MAX];
    struct stat info;
    for (int i = 1; i <= SAME_NAME_MAX; i++) {
        char number[16] = "";
        if (i > 1)
            snprintf(number, sizeof number, "-%d", i);
        int length =
            snprintf(place, sizeof place, "%s/%.*s%s%s", folder, stem, name, number, name + stem);
        if (length < 0 || (size_t)length >= sizeof place)
            break;
        if (is_there(place, picture, copy))
            return EXIT_DONE;
        if (lstat(place, &info))
            return put_file(place, picture, copy);
    }
    complain("%s: there is no free name for it in %s", picture, folder);
    return EXIT_ENVIRONMENT;
}

int groups_export(const struct groups *groups, const char *folder, bool copy)
{
    char name[VULTUS_NAME_MAX + 32], place[FILE_PATH_MAX];
    vultus_error error = {0};
    int code = EXIT_DONE;
    for (size_t g = 0; g < groups->count && code != EXIT_ENVIRONMENT; g++) {
        const vultus_album_face *faces = &groups->faces[groups->items[g].first];
        folder_name(faces, name, sizeof name);
        if (file_join(place, sizeof place, folder, name, &error) ||
            file_make_folders(place, &error)) {
            fail(&error);
            return EXIT_ENVIRONMENT;
        }
        for (size_t i = 0; i < groups->items[g].count && code != EXIT_ENVIRONMENT; i++)
            code = worse(code, put_picture(place, faces[i].path, copy));
    }
    return code;
}
