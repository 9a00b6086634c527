/*
 * A folder of pictures as a recording: its JPEG, PNG and WebP files by name, at a fixed rate. What is no picture is
 * passed over; a picture that is broken ends the source with a message. Needs no FFmpeg.
 */
#include "video/source_kind.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define HEAD 64 /* bytes that tell what a file is */

struct folder {
    struct file_list files;
    size_t next;
    uint64_t given;
};

static bool is_picture(const char *path)
{
    uint8_t head[HEAD];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, head, sizeof head);
    if (fd >= 0)
        close(fd);
    return got > 0 && image_kind_of(head, (size_t)got) != IMAGE_UNKNOWN;
}

static vultus_status open_folder(const char *address, const struct source_terms *terms, void **out,
                                 struct source_facts *facts, vultus_error *error)
{
    struct folder *folder = mem_zalloc(1, sizeof *folder);
    (void)terms;
    if (!folder)
        return status_memory(error, "a folder of pictures");
    vultus_status status = file_list_folder(address, FILE_LIST_FILES, &folder->files, error);
    while (!status && folder->next < folder->files.count &&
           !is_picture(folder->files.items[folder->next]))
        folder->next++;
    if (!status && folder->next == folder->files.count)
        status = status_set(error, VULTUS_ERR_FORMAT, "%s: no pictures in this folder",
                            file_shown(address));
    if (status) {
        file_list_clear(&folder->files);
        mem_free(folder);
        return status;
    }
    facts->rate = SOURCE_FOLDER_RATE;
    facts->frames = folder->files.count - folder->next;
    facts->duration = (int64_t)facts->frames * 1000000 / SOURCE_FOLDER_RATE;
    *out = folder;
    return VULTUS_OK;
}

static vultus_status read_folder(void *self, struct source_shot *out, vultus_error *error)
{
    struct folder *folder = self;
    *out = (struct source_shot){.key = true, .arrived = clock_ns()};
    while (folder->next < folder->files.count && !is_picture(folder->files.items[folder->next]))
        folder->next++;
    if (folder->next == folder->files.count)
        return VULTUS_OK;
    out->data = mem_string(folder->files.items[folder->next++]);
    if (!out->data)
        return status_memory(error, "a folder of pictures");
    out->time = (int64_t)(folder->given++ * 1000000 / SOURCE_FOLDER_RATE);
    return VULTUS_OK;
}

static void close_folder(void *self)
{
    struct folder *folder = self;
    file_list_clear(&folder->files);
    mem_free(folder);
}

static void drop_path(struct source_shot *shot)
{
    mem_free(shot->data);
    shot->data = NULL;
}

static vultus_status develop_path(void **room, struct source_shot *shot, vultus_image **out,
                                  vultus_error *error)
{
    (void)room;
    vultus_status status = vultus_image_read(shot->data, NULL, out, error);
    drop_path(shot);
    return status;
}

const struct source_kind source_folder = {.name = "folder",
                                          .takes = file_is_folder,
                                          .open = open_folder,
                                          .read = read_folder,
                                          .close = close_folder,
                                          .develop = develop_path,
                                          .drop = drop_path};
