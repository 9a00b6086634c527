/* Lists of paths, and the entries of one folder in the order of their names. */
#define _GNU_SOURCE
#include "base/file.h"
#include "base/memory.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define LIST_MAX ((size_t)10000000) /* files in one list: 10 million */

vultus_status file_list_add(struct file_list *list, const char *path, vultus_error *error)
{
    if (list->count >= LIST_MAX)
        return status_set(error, VULTUS_ERR_LIMIT, "more than %zu files", LIST_MAX);
    if ((list->count & (list->count - 1)) == 0) { /* full at every power of two */
        char **items = mem_resize(list->items, list->count ? 2 * list->count : 1, sizeof *items);
        if (!items)
            return status_memory(error, "a list of files");
        list->items = items;
    }
    char *copy = mem_string(path);
    if (!copy)
        return status_memory(error, "a list of files");
    list->items[list->count++] = copy;
    return VULTUS_OK;
}

void file_list_clear(struct file_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        mem_free(list->items[i]);
    mem_free(list->items);
    *list = (struct file_list){0};
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

vultus_status file_list_folder(const char *folder, unsigned kinds, struct file_list *out,
                               vultus_error *error)
{
    struct file_list list = {0};
    vultus_status status = VULTUS_OK;
    DIR *dir = opendir(folder);
    if (!dir)
        return status_set(error, VULTUS_ERR_IO, "%s: %s", folder, strerror(errno));
    for (struct dirent *entry; !status && (entry = readdir(dir));) {
        char path[FILE_PATH_MAX];
        struct stat info;
        if (entry->d_name[0] == '.')
            continue;
        status = file_join(path, sizeof path, folder, entry->d_name, error);
        if (status)
            continue;
        unsigned kind = stat(path, &info)       ? FILE_LIST_ODD
                        : S_ISREG(info.st_mode) ? FILE_LIST_FILES
                        : S_ISDIR(info.st_mode) ? FILE_LIST_FOLDERS
                                                : FILE_LIST_ODD;
        if (kinds & kind)
            status = file_list_add(&list, path, error);
    }
    closedir(dir);
    if (status) {
        file_list_clear(&list);
        return status;
    }
    if (list.count)
        qsort(list.items, list.count, sizeof *list.items, by_name);
    *out = list;
    return VULTUS_OK;
}
