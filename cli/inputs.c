/*
 * Folders are searched to the bottom; links are followed, but never into a folder that is being
 * searched already. Endings choose in folders only: a file that was named is tried whatever it is
 * called, because the decoder goes by content.
 */
#include "inputs.h"
#include "cli_session.h"
#include "command.h"
#include "console.h"

#include <sys/stat.h>

#define DEPTH_MAX 128 /* folders in folders; paths end before */

struct search {
    struct file_list *out;
    struct {
        dev_t device;
        ino_t inode;
    } above[DEPTH_MAX];
    int code;
};

bool is_picture_name(const char *path)
{
    static const char *const endings[] = {".jpg", ".jpeg", ".png", ".webp"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (file_has_ending(file_name(path), endings[i]))
            return true;
    return false;
}

bool is_usable_picture(const char *path, int *code)
{
    struct stat info;
    if (!is_picture_name(path))
        return false;
    if (!stat(path, &info) && S_ISREG(info.st_mode))
        return true;
    bool link = !lstat(path, &info) && S_ISLNK(info.st_mode);
    say("%s: is %s", path, link ? "a link that leads to no file" : "no file");
    *code = EXIT_INPUTS;
    return false;
}

static bool enter(struct search *search, size_t depth, const char *folder)
{
    struct stat info;
    if (depth >= DEPTH_MAX || stat(folder, &info))
        return false;
    for (size_t i = 0; i < depth; i++)
        if (search->above[i].device == info.st_dev && search->above[i].inode == info.st_ino)
            return false;
    search->above[depth].device = info.st_dev;
    search->above[depth].inode = info.st_ino;
    return true;
}

static vultus_status search_folder(struct search *search, const char *folder, size_t depth,
                                   vultus_error *error)
{
    struct file_list entries = {0};
    if (!enter(search, depth, folder))
        return VULTUS_OK;
    vultus_status status = file_list_folder(folder, INPUTS_KINDS, &entries, error);
    if (status && status != VULTUS_ERR_MEMORY) {
        say_about(folder, error);
        search->code = EXIT_INPUTS;
        return VULTUS_OK;
    }
    for (size_t i = 0; !status && i < entries.count; i++) {
        if (file_is_folder(entries.items[i]))
            status = search_folder(search, entries.items[i], depth + 1, error);
        else if (is_usable_picture(entries.items[i], &search->code))
            status = file_list_add(search->out, entries.items[i], error);
    }
    file_list_clear(&entries);
    return status;
}

int inputs_collect(char *const *operands, size_t count, struct file_list *out)
{
    struct search search = {.out = out};
    vultus_error error = {0};
    vultus_status status = VULTUS_OK;
    *out = (struct file_list){0};
    for (size_t i = 0; !status && i < count; i++) {
        size_t before = out->count;
        if (!file_is_folder(operands[i])) {
            status = file_list_add(out, operands[i], &error);
            continue;
        }
        int code = search.code;
        search.code = EXIT_DONE;
        status = search_folder(&search, operands[i], 0, &error);
        if (!status && !search.code && out->count == before) {
            say("%s: no pictures in this folder", operands[i]);
            search.code = EXIT_INPUTS;
        }
        search.code = worse(search.code, code);
    }
    if (!status)
        return search.code;
    file_list_clear(out);
    fail(&error);
    return EXIT_ENVIRONMENT;
}
