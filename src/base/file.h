/* Files, folders and the places where a user's things live. Messages name the file. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/buffer.h"

#define FILE_PATH_MAX 4096 /* bytes, with the NUL: Linux' own limit */

/* Reads a whole regular file. IO, LIMIT (over max bytes), MEMORY. Clear `out` afterwards. */
vultus_status file_read(const char *path, size_t max, struct buffer *out,
                        vultus_error *error) VULTUS_MUST_USE;

/*
 * Writing a whole file so that there is never half of one: begin gives a temporary file beside `path`
 * (or beside what a link leads to), commit syncs it and renames it to `path`, abort removes it. What is
 * no regular file (a terminal, a pipe, /dev/full) is written to as it is, and never replaced.
 */
struct file_replacement {
    int fd; /* write here; begin opens it, commit and abort close it */
    char path[FILE_PATH_MAX];
    char temporary[FILE_PATH_MAX]; /* "" when written to as it is */
    bool private;                  /* mode 0600 instead of the umask's */
};
vultus_status file_replace_begin(const char *path, bool private, struct file_replacement *out,
                                 vultus_error *error) VULTUS_MUST_USE;
vultus_status file_replace_commit(struct file_replacement *replacement,
                                  vultus_error *error) VULTUS_MUST_USE;
void file_replace_abort(struct file_replacement *replacement);

/* All of that for bytes in memory. */
vultus_status file_write(const char *path, const void *data, size_t size,
                         vultus_error *error) VULTUS_MUST_USE;
/* The same with mode 0600. */
vultus_status file_write_private(const char *path, const void *data, size_t size,
                                 vultus_error *error) VULTUS_MUST_USE;

/* Overwrites a regular file with zeros and removes it; what is not there is a success. */
vultus_status file_erase(const char *path, vultus_error *error) VULTUS_MUST_USE;

/* a/b, with one slash between; LIMIT when too long. */
vultus_status file_join(char *out, size_t size, const char *a, const char *b,
                        vultus_error *error) VULTUS_MUST_USE;

/* Makes a folder and its parents, with mode 0700 for those that are new. */
vultus_status file_make_folders(const char *path, vultus_error *error) VULTUS_MUST_USE;

bool file_is_folder(const char *path);
bool file_exists(const char *path);

/* $XDG_DATA_HOME/vultus/NAME, or ~/.local/share/vultus/NAME. */
vultus_status file_data_path(const char *name, char *out, size_t size,
                             vultus_error *error) VULTUS_MUST_USE;

/* The last component: a pointer into `path`. */
const char *file_name(const char *path);
/* The end of a path, at most 140 bytes, for messages: the reason behind it must not be cut off. A
 * pointer into `path`. */
const char *file_shown(const char *path);
/* True when `name` ends in the extension ".jpg", in any case. */
bool file_has_ending(const char *name, const char *ending);

struct file_list { /* sorted by name */
    char **items;
    size_t count;
};

enum file_list_kind {
    FILE_LIST_FILES = 1,
    FILE_LIST_FOLDERS = 2,
    FILE_LIST_ODD = 4 /* what is neither: pipes, sockets, links that lead nowhere */
};

/* The entries of one folder (names with the folder's path before them), of the kinds asked for; hidden ones
 * are left out; links are followed. */
vultus_status file_list_folder(const char *folder, unsigned kinds, struct file_list *out,
                               vultus_error *error) VULTUS_MUST_USE;
/* Adds a copy of a path. */
vultus_status file_list_add(struct file_list *list, const char *path,
                            vultus_error *error) VULTUS_MUST_USE;
void file_list_clear(struct file_list *list);

#endif
