/*
 * Looks contracts up by name and lists them. Their meaning is the library's, when a network is added;
 * here only the lines for people are read.
 */
#include "contract_list.h"
#include "base/file.h"
#include "command.h"
#include "console.h"
#include "json_answer.h"
#include "share.h"
#include "table.h"

#include <stdio.h>
#include <string.h>

#define CONTRACT_FILE_MAX ((size_t)1 << 20)
#define ENDING ".json"

static bool folder_of(char *path, size_t size)
{
    return share_path("models/contracts", path, size);
}

/* The file of a contract that comes with vultus. */
static bool find_own(const char *name, char *path, size_t size)
{
    char folder[FILE_PATH_MAX];
    if (strchr(name, '/') || name[0] == '.' || !folder_of(folder, sizeof folder))
        return false;
    int length = snprintf(path, size, "%s/%s%s", folder, name, ENDING);
    return length > 0 && (size_t)length < size && file_exists(path);
}

bool contract_find(const char *name, char *path, size_t size)
{
    if (strchr(name, '/') || file_has_ending(name, ENDING)) {
        int length = snprintf(path, size, "%s", name);
        return length > 0 && (size_t)length < size;
    }
    if (find_own(name, path, size))
        return true;
    complain("there is no contract %s; see: vultus models contracts", name);
    return false;
}

/* NULL, with a message in `error`, when it cannot be read. */
static json_t *read_contract(const char *path, vultus_error *error)
{
    struct buffer text;
    json_error_t trouble;
    if (file_read(path, CONTRACT_FILE_MAX, &text, error))
        return NULL;
    json_t *root = json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, &trouble);
    if (!root)
        snprintf(error->message, sizeof error->message, "%s: %.80s", file_shown(path),
                 trouble.text);
    buffer_clear(&text);
    return root;
}

void contract_pack_name(const char *path, char *name, size_t size)
{
    vultus_error error = {0};
    json_t *root = read_contract(path, &error);
    const char *text = json_string_value(json_object_get(root, "name"));
    snprintf(name, size, "%s", text ? text : "");
    json_decref(root);
}

static const char *text_of(const json_t *object, const char *field)
{
    const char *text = json_string_value(json_object_get(object, field));
    return text ? text : "";
}

static bool put_contract(struct table *table, const char *name, const json_t *root)
{
    const json_t *model = json_array_get(json_object_get(root, "models"), 0);
    if (table->format == FORMAT_JSON)
        return json_line(stdout,
                         json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "contract", json_text(name),
                                   "pack", json_text(text_of(root, "name")), "kind",
                                   json_text(text_of(model, "kind")), "licence",
                                   json_text(text_of(model, "licence")), "provenance",
                                   json_text(text_of(model, "provenance")), "summary",
                                   json_text(text_of(root, "summary"))),
                         JSON_DIGITS);
    table_text(table, name);
    table_text(table, text_of(root, "name"));
    table_text(table, text_of(model, "kind"));
    table_text(table, text_of(root, "summary"));
    table_text(table, text_of(model, "licence"));
    table_text(table, text_of(model, "provenance"));
    table_end(table);
    return true;
}

bool contract_info(const struct options *options, const char *name)
{
    char path[FILE_PATH_MAX];
    vultus_error error = {0};
    struct table table = {.format = FORMAT_JSON};
    json_t *root = find_own(name, path, sizeof path) ? read_contract(path, &error) : NULL;
    const json_t *model = json_array_get(json_object_get(root, "models"), 0);
    if (!root)
        return false;
    if (options->format == FORMAT_JSON) {
        bool good = put_contract(&table, name, root);
        json_decref(root);
        return good;
    }
    answer_line("contract    %s, for the pack %s", name, text_of(root, "name"));
    answer_line("summary     %s", text_of(root, "summary"));
    answer_line("kind        %s", text_of(model, "kind"));
    answer_line("licence     %s", text_of(model, "licence"));
    answer_line("provenance  %s", text_of(model, "provenance"));
    answer_line("use         vultus models add FILE.onnx --contract %s", name);
    json_decref(root);
    return true;
}

int contract_list(const struct options *options)
{
    static struct column columns[] = {
        {.key = "contract", .width = sizeof "facenet-standardised" - 1},
        {.key = "pack", .width = sizeof "mobilefacenet" - 1},
        {.key = "kind", .width = sizeof "detector" - 1},
        {.key = "summary"},
        {.key = "licence", .side = COLUMN_CSV},
        {.key = "provenance", .side = COLUMN_CSV},
    };
    struct table table = {
        .columns = columns, .count = sizeof columns / sizeof *columns, .format = options->format};
    struct file_list files = {0};
    char folder[FILE_PATH_MAX], name[FILE_PATH_MAX];
    vultus_error error = {0};
    int code = EXIT_DONE;
    if (!folder_of(folder, sizeof folder) ||
        file_list_folder(folder, FILE_LIST_FILES, &files, &error)) {
        complain("%s", error.message[0] ? error.message : "the contracts are missing");
        return EXIT_ENVIRONMENT;
    }
    for (size_t i = 0; i < files.count; i++) {
        if (!file_has_ending(files.items[i], ENDING))
            continue;
        snprintf(name, sizeof name, "%s", file_name(files.items[i]));
        name[strlen(name) - strlen(ENDING)] = '\0';
        json_t *root = read_contract(files.items[i], &error);
        if (!root)
            complain("%s", error.message);
        if (!root || !put_contract(&table, name, root))
            code = EXIT_ENVIRONMENT;
        json_decref(root);
    }
    table_finish(&table);
    file_list_clear(&files);
    return code;
}
