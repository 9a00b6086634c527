/* See settings.h. A line is NAME = VALUE; "#" begins a line that is a note. Of an option without a value it is yes or no. */
#include "settings.h"
#include "base/file.h"
#include "base/memory.h"
#include "cli_session.h"
#include "command.h"
#include "console.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

#define PREFIX_LENGTH (sizeof SETTINGS_PREFIX - 1)

bool settings_takes(const struct command *command, enum option_id id)
{
    return id != OPTION_CONFIG && id != OPTION_CHECK && id != OPTION_HELP && id != OPTION_VERSION &&
           id != OPTION_JSON && id != OPTION_CSV && option_taken(command, NULL, id);
}

/* "VULTUS_SERVE_MAX_BODY" */
static void variable_name(enum option_id id, char *out, size_t size)
{
    int length = snprintf(out, size, SETTINGS_PREFIX "%s", option_specs[id].name);
    for (int i = 0; i < length && (size_t)i + 1 < size; i++)
        out[i] = out[i] == '-' ? '_' : (char)toupper((unsigned char)out[i]);
}

/* The option of a name in a file; OPTION_COUNT: there is none. */
static enum option_id find(const struct command *command, const char *name)
{
    for (int id = 0; id < OPTION_COUNT; id++)
        if (settings_takes(command, (enum option_id)id) && !strcmp(option_specs[id].name, name))
            return (enum option_id)id;
    return OPTION_COUNT;
}

static int unknown(const struct command *command, const char *where, const char *name)
{
    const char *words[OPTION_COUNT];
    size_t count = 0;
    for (int id = 0; id < OPTION_COUNT; id++)
        if (settings_takes(command, (enum option_id)id))
            words[count++] = option_specs[id].name;
    const char *near = suggest(name, words, count);
    if (near)
        complain("%s: there is no option \"%.60s\"; did you mean \"%s\"?", where, name, near);
    else
        complain("%s: there is no option \"%.60s\"; see: vultus serve --help", where, name);
    return EXIT_USAGE;
}

/* Sets it, or only looks whether it could be where something else counts before it. */
static int set(struct options *options, bool counts, enum option_id id, const char *where,
               const char *text)
{
    struct options other = *options;
    struct options *target = counts ? options : &other;
    if (option_specs[id].kind != OPTION_FLAG)
        return option_set(target, id, where, text);
    bool yes = !strcmp(text, "yes");
    if (!yes && strcmp(text, "no") != 0) {
        complain("%s: \"%.60s\" is neither yes nor no", where, text);
        return EXIT_USAGE;
    }
    int code = option_set(target, id, where, text);
    *(bool *)(void *)((char *)target + option_specs[id].offset) = yes;
    return code;
}

/* ------------------------------------------------------------------ the environment */

static int read_variable(struct options *options, struct settings *out, enum option_id id)
{
    char name[64];
    variable_name(id, name, sizeof name);
    const char *text = getenv(name);
    if (!text)
        return EXIT_DONE;
    out->from[id].environment = true;
    return set(options, !out->from[id].flag, id, name, text);
}

/* One that is not known is a typing error that nobody would notice. */
static int check_variables(const struct command *command)
{
    for (char **each = environ; *each; each++) {
        char name[64] = "";
        size_t length = strcspn(*each, "=");
        if (strncmp(*each, SETTINGS_PREFIX, PREFIX_LENGTH) != 0)
            continue;
        for (size_t i = PREFIX_LENGTH; i < length && i - PREFIX_LENGTH + 1 < sizeof name; i++)
            name[i - PREFIX_LENGTH] =
                (char)((*each)[i] == '_' ? '-' : tolower((unsigned char)(*each)[i]));
        if (strcmp(name, option_specs[OPTION_CONFIG].name) != 0 &&
            find(command, name) == OPTION_COUNT) {
            char where[80];
            snprintf(where, sizeof where, "%.*s", (int)length, *each);
            return unknown(command, where, name);
        }
    }
    return EXIT_DONE;
}

/* ------------------------------------------------------------------ the file */

/* Without what is blank at both ends. */
static char *trimmed(char *text)
{
    size_t length = strlen(text);
    while (length && isspace((unsigned char)text[length - 1]))
        text[--length] = '\0';
    return text + strspn(text, " \t");
}

static int read_line(struct options *options, struct settings *out, char *line, unsigned number)
{
    char where[FILE_PATH_MAX + 64];
    snprintf(where, sizeof where, "%s:%u", file_shown(out->file), number);
    line = trimmed(line);
    if (!*line || *line == '#')
        return EXIT_DONE;
    char *mark = strchr(line, '=');
    if (!mark) {
        complain("%s: a line is NAME = VALUE", where);
        return EXIT_USAGE;
    }
    *mark = '\0';
    const char *name = trimmed(line), *value = trimmed(mark + 1);
    enum option_id id = find(options->command, name);
    if (id == OPTION_COUNT)
        return unknown(options->command, where, name);
    if (out->from[id].line && option_specs[id].kind != OPTION_TEXTS) {
        complain("%s: %s stands in line %u already", where, name, out->from[id].line);
        return EXIT_USAGE;
    }
    out->from[id].line = number;
    size_t used = strlen(where);
    snprintf(where + used, sizeof where - used, ": %s", name);
    return set(options, !out->from[id].flag && !out->from[id].environment, id, where, value);
}

static int read_file(struct options *options, struct settings *out)
{
    vultus_error error = {0};
    if (file_read(out->file, SETTINGS_FILE_MAX, &out->text, &error))
        return fail(&error);
    char *at = (char *)out->text.data;
    if (out->text.size && strlen(at) != out->text.size) {
        complain("%s: is no text", file_shown(out->file));
        return EXIT_USAGE;
    }
    int code = EXIT_DONE;
    for (unsigned number = 1; !code && at && *at; number++) {
        char *end = strchr(at, '\n');
        if (end)
            *end = '\0';
        code = read_line(options, out, at, number);
        at = end ? end + 1 : NULL;
    }
    return code;
}

/* ------------------------------------------------------------------ all of it */

int settings_read(struct options *options, struct settings *out)
{
    const char *variable = getenv(SETTINGS_PREFIX "CONFIG");
    *out = (struct settings){0};
    buffer_init(&out->text, SETTINGS_FILE_MAX);
    out->file = options->config ? options->config : variable && *variable ? variable : NULL;
    int code = check_variables(options->command);
    for (int id = 0; id < OPTION_COUNT; id++)
        out->from[id].flag = options->given[id];
    for (int id = 0; !code && id < OPTION_COUNT; id++)
        if (settings_takes(options->command, (enum option_id)id))
            code = read_variable(options, out, (enum option_id)id);
    return code || !out->file ? code : read_file(options, out);
}

void settings_clear(struct settings *settings)
{
    buffer_clear(&settings->text);
}

void settings_source(const struct settings *settings, enum option_id id, char *out, size_t size)
{
    if (settings->from[id].flag)
        snprintf(out, size, "--%s", option_specs[id].name);
    else if (settings->from[id].environment)
        variable_name(id, out, size);
    else if (settings->from[id].line)
        snprintf(out, size, "%s:%u", settings->file, settings->from[id].line);
    else
        snprintf(out, size, "default");
}

/* Of "scheme://user:password@host" without the password. */
static void put_text(const char *text, char *out, size_t size)
{
    const char *begin = strstr(text, "://");
    const char *at = begin ? strchr(begin, '@') : NULL;
    const char *colon = at ? memchr(begin + 3, ':', (size_t)(at - begin - 3)) : NULL;
    if (colon)
        snprintf(out, size, "%.*s:***%s", (int)(colon - text), text, at);
    else
        snprintf(out, size, "%s", text);
}

static void put_texts(const struct option_texts *texts, char *out, size_t size)
{
    char one[1024];
    out[0] = '\0';
    for (size_t i = 0; i < texts->count; i++) {
        size_t used = strlen(out);
        put_text(texts->items[i], one, sizeof one);
        snprintf(out + used, size - used, "%s%s", i ? ", " : "", one);
    }
}

void settings_value(const struct options *options, enum option_id id, char *out, size_t size)
{
    const struct option_spec *spec = &option_specs[id];
    const void *field = (const char *)options + spec->offset;
    const char *words = spec->argument;
    if (spec->kind == OPTION_FLAG) {
        snprintf(out, size, "%s", *(const bool *)field ? "yes" : "no");
    } else if (!options->given[id]) {
        snprintf(out, size, "%s", spec->fallback ? spec->fallback : "");
    } else if (spec->kind == OPTION_WHOLE) {
        snprintf(out, size, "%u", *(const unsigned *)field);
    } else if (spec->kind == OPTION_CHOICE) {
        for (unsigned i = 0; i <= *(const unsigned *)field; i++)
            (void)option_next_choice(&words, out, size);
    } else if (spec->kind == OPTION_TEXT || spec->kind == OPTION_FILE ||
               spec->kind == OPTION_FOLDER) {
        put_text(*(const char *const *)field, out, size);
    } else if (spec->kind == OPTION_TEXTS) {
        put_texts(field, out, size);
    } else {
        snprintf(out, size, "?");
    }
}
