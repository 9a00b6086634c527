/* See run_files.h. The files are only ours, but a disk may give anything back. */
#include "run_files.h"

#include "answers/json_values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEM "run-"
#define MEMORY_FILE "state.json"
#define RECORD_MAX                                                                                 \
    ((size_t)16 << 20) /* bytes; a confusion of 10,000 cells of the longest names has 6 MB */

vultus_status run_file(const struct workspace *workspace, int64_t number, const char *ending,
                       char *path, size_t size, vultus_error *error)
{
    char name[64];
    snprintf(name, sizeof name, STEM "%lld%s", (long long)number, ending);
    return file_join(path, size, workspace->folder, name, error);
}

int64_t run_file_number(const char *path)
{
    const char *name = file_name(path), *digits = name + strlen(STEM);
    char *end = NULL;
    if (strncmp(name, STEM, strlen(STEM)) != 0 || *digits < '1' || *digits > '9')
        return 0;
    int64_t number = strtoll(digits, &end, 10);
    return strcmp(end, RUN_RECORD) ? 0 : number;
}

vultus_status run_file_read(const char *path, json_t **out, vultus_error *error)
{
    struct buffer text = {0};
    json_t *value = NULL;
    vultus_status status = file_read(path, RECORD_MAX, &text, error);
    if (!status) {
        value = json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, NULL);
        if (json_is_object(value))
            *out = value;
        else
            status = status_set(error, VULTUS_ERR_DATABASE, "%s: is damaged", file_shown(path));
    }
    if (status)
        json_decref(value);
    buffer_clear(&text);
    return status;
}

vultus_status run_file_write(const char *path, json_t *value, vultus_error *error)
{
    char *text = value ? json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(JSON_DIGITS)) : NULL;
    json_decref(value);
    if (!text)
        return status_memory(error, "a record");
    vultus_status status = file_write_private(path, text, strlen(text), error);
    free(text); /* jansson's own */
    return status;
}

vultus_status run_memory_read(const struct workspace *workspace, struct run_memory *out,
                              vultus_error *error)
{
    char path[FILE_PATH_MAX];
    json_t *value = NULL;
    *out = (struct run_memory){0};
    vultus_status status = file_join(path, sizeof path, workspace->folder, MEMORY_FILE, error);
    if (status || !file_exists(path))
        return status;
    status = run_file_read(path, &value, error);
    out->last = json_integer_value(json_object_get(value, "last"));
    out->chosen = json_integer_value(json_object_get(value, "chosen"));
    json_decref(value);
    return status;
}

vultus_status run_memory_write(const struct workspace *workspace, const struct run_memory *memory,
                               vultus_error *error)
{
    char path[FILE_PATH_MAX];
    vultus_status status = file_join(path, sizeof path, workspace->folder, MEMORY_FILE, error);
    return status ? status
                  : run_file_write(path,
                                   json_pack("{s:o, s:o}", "last", json_integer(memory->last),
                                             "chosen", json_integer(memory->chosen)),
                                   error);
}
