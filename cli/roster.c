/*
 * A folder of people: DIR/<person>/<picture> with at most one more level below, DIR/<person>.jpg,
 * or a mixture. Names are taken from the file system as they are; whether they will do is for the
 * gallery to say. Folders come by name, so all pictures of a person in one folder come together.
 */
#include "roster.h"
#include "base/memory.h"
#include "cli_session.h"
#include "command.h"
#include "console.h"
#include "inputs.h"

#include <string.h>

static vultus_status add(struct roster *roster, const char *path, const char *name,
                         vultus_error *error)
{
    if (roster->count == roster->capacity) {
        size_t capacity = roster->capacity ? 2 * roster->capacity : 64;
        struct roster_entry *items = mem_resize(roster->items, capacity, sizeof *items);
        if (!items)
            return status_memory(error, "a list of pictures");
        roster->items = items;
        roster->capacity = capacity;
    }
    /* One person's pictures come together; somebody who comes again counts twice only here. */
    if (!roster->names.count || strcmp(roster->names.items[roster->names.count - 1], name) != 0) {
        vultus_status status = file_list_add(&roster->names, name, error);
        if (status)
            return status;
    }
    char *copy = mem_string(path);
    if (!copy)
        return status_memory(error, "a list of pictures");
    roster->items[roster->count++] = (struct roster_entry){copy, roster->names.count - 1};
    return VULTUS_OK;
}

/* What cannot be listed is said, and counts as empty: the other folders go on. */
static vultus_status list_folder(const char *folder, struct file_list *entries, int *code,
                                 vultus_error *error)
{
    vultus_status status = file_list_folder(folder, INPUTS_KINDS, entries, error);
    if (!status || status == VULTUS_ERR_MEMORY)
        return status;
    say_about(folder, error);
    *code = EXIT_INPUTS;
    return VULTUS_OK;
}

/* The pictures of one person's folder, and of the folders in it. */
static vultus_status add_person(struct roster *roster, const char *folder, const char *name,
                                bool deeper, int *code, vultus_error *error)
{
    struct file_list entries = {0};
    vultus_status status = list_folder(folder, &entries, code, error);
    for (size_t i = 0; !status && i < entries.count; i++) {
        const char *path = entries.items[i];
        if (file_is_folder(path) && deeper) {
            status = add_person(roster, path, name, false, code, error);
        } else if (file_is_folder(path)) {
            say("%s: is too deep: a person's pictures are at most one folder below the person's",
                path);
            *code = EXIT_INPUTS;
        } else if (is_usable_picture(path, code)) {
            status = add(roster, path, name, error);
        }
    }
    file_list_clear(&entries);
    return status;
}

static vultus_status add_flat(struct roster *roster, const char *path, vultus_error *error)
{
    char *name = mem_string(file_name(path));
    if (!name)
        return status_memory(error, "a list of pictures");
    char *dot = strrchr(name, '.');
    if (dot && dot > name)
        *dot = '\0';
    vultus_status status = add(roster, path, name, error);
    mem_free(name);
    return status;
}

static vultus_status add_folder(struct roster *roster, const char *folder, int *code,
                                vultus_error *error)
{
    struct file_list entries = {0};
    size_t before = roster->count;
    vultus_status status = list_folder(folder, &entries, code, error);
    for (size_t i = 0; !status && i < entries.count; i++) {
        const char *path = entries.items[i];
        size_t count = roster->count;
        if (!file_is_folder(path)) {
            if (is_usable_picture(path, code))
                status = add_flat(roster, path, error);
            continue;
        }
        status = add_person(roster, path, file_name(path), true, code, error);
        if (!status && roster->count == count)
            say("%s: no pictures in this folder", path);
    }
    if (!status && roster->count == before && *code == EXIT_DONE) {
        say("%s: no pictures in this folder", folder);
        *code = EXIT_INPUTS;
    }
    file_list_clear(&entries);
    return status;
}

static vultus_status add_named(struct roster *roster, const struct options *options, int *code,
                               vultus_error *error)
{
    struct file_list files = {0};
    vultus_status status = VULTUS_OK;
    *code = inputs_collect(options->operands, options->operand_count, &files);
    for (size_t i = 0; !status && i < files.count; i++)
        status = add(roster, files.items[i], options->name, error);
    file_list_clear(&files);
    return status;
}

int roster_add_folders(struct roster *roster, char *const *folders, size_t count)
{
    vultus_error error = {0};
    vultus_status status = VULTUS_OK;
    int code = EXIT_DONE;
    for (size_t i = 0; !status && i < count; i++) {
        int each = EXIT_DONE;
        status = add_folder(roster, folders[i], &each, &error);
        code = worse(code, each);
    }
    if (!status)
        return code;
    roster_clear(roster);
    fail(&error);
    return EXIT_ENVIRONMENT;
}

int roster_read(const struct options *options, struct roster *out)
{
    vultus_error error = {0};
    vultus_status status = VULTUS_OK;
    int code = EXIT_DONE;
    *out = (struct roster){0};
    if (options->name)
        status = add_named(out, options, &code, &error);
    for (size_t i = 0; !options->name && i < options->operand_count; i++)
        if (file_exists(options->operands[i]) && !file_is_folder(options->operands[i])) {
            complain("%s: is not a folder; whose picture is it? vultus enroll --name NAME %s",
                     options->operands[i], options->operands[i]);
            return EXIT_USAGE;
        }
    if (!status && !options->name)
        return roster_add_folders(out, options->operands, options->operand_count);
    if (!status)
        return code;
    roster_clear(out);
    fail(&error);
    return EXIT_ENVIRONMENT;
}

void roster_clear(struct roster *roster)
{
    for (size_t i = 0; i < roster->count; i++)
        mem_free(roster->items[i].path);
    mem_free(roster->items);
    file_list_clear(&roster->names);
    *roster = (struct roster){0};
}
