/* Taking a location of a PostgreSQL gallery apart. A password may be in it: nothing here repeats one. */
#include "gallery/store_postgres_place.h"
#include "base/memory.h"
#include "base/utf8.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 40
#define PARTITIONS_MAX 256
#define TIMEOUT_SECONDS 60
#define TIMEOUT_MAX 86400

static vultus_status bad(const char *line, vultus_error *error)
{
    return status_set(error, VULTUS_ERR_ARGUMENT,
                      "the address of the PostgreSQL gallery %s; give "
                      "postgresql://USER@HOST/DATABASE?gallery=NAME",
                      line);
}

/* ------------------------------------------------------------------ what is ours */

static bool is_name(const char *text, size_t size)
{
    if (!size || size > NAME_MAX_BYTES)
        return false;
    for (size_t i = 0; i < size; i++)
        if (!((text[i] >= 'a' && text[i] <= 'z') || (text[i] >= '0' && text[i] <= '9') ||
              text[i] == '_'))
            return false;
    return true;
}

static bool number(const char *text, size_t size, unsigned min, unsigned max, unsigned *out)
{
    unsigned value = 0;
    for (size_t i = 0; i < size && value <= max; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        value = 10 * value + (unsigned)(text[i] - '0');
    }
    *out = value;
    return size && value >= min && value <= max;
}

static bool is(const char *text, size_t size, const char *word)
{
    return size == strlen(word) && !memcmp(text, word, size);
}

/* One KEY=VALUE; *ours is false for what is libpq's. */
static vultus_status take(const char *text, size_t size, struct store_postgres_place *out,
                          bool *ours, vultus_error *error)
{
    const char *equals = memchr(text, '=', size);
    size_t key = equals ? (size_t)(equals - text) : size;
    const char *value = equals ? equals + 1 : "";
    size_t length = equals ? size - key - 1 : 0;
    static const char *const ways[] = {"auto", "memory", "server"};
    *ours = true;
    if (is(text, key, "gallery")) {
        if (!is_name(value, length))
            return bad("has a gallery that cannot be one (a to z, digits and _, at most 40)",
                       error);
        snprintf(out->schema, sizeof out->schema, "vultus_%.*s", (int)length, value);
        return VULTUS_OK;
    }
    if (is(text, key, "partitions"))
        return number(value, length, 0, PARTITIONS_MAX, &out->partitions)
                   ? VULTUS_OK
                   : bad("has partitions that are not 0 to 256", error);
    if (is(text, key, "timeout"))
        return number(value, length, 1, TIMEOUT_MAX, &out->timeout)
                   ? VULTUS_OK
                   : bad("has a timeout that is not 1 to 86400 seconds", error);
    if (is(text, key, "search")) {
        for (unsigned i = 0; i < 3; i++)
            if (is(value, length, ways[i])) {
                out->search = (enum store_postgres_search)i;
                return VULTUS_OK;
            }
        return bad("has a search that is not auto, memory or server", error);
    }
    *ours = false;
    return VULTUS_OK;
}

/* The address without what is ours. */
static vultus_status split(const char *rest, struct store_postgres_place *out, vultus_error *error)
{
    size_t most = sizeof out->address - 1;
    const char *question = strchr(rest, '?');
    size_t front = question ? (size_t)(question - rest) : strlen(rest);
    int at = snprintf(out->address, most, "postgresql:%.*s", (int)front, rest);
    if (strlen(rest) + 32 > most)
        return bad("is too long", error);
    char mark = '?';
    for (const char *text = question; text && *text;) {
        bool ours = false;
        size_t size = strcspn(++text, "&");
        vultus_status status = take(text, size, out, &ours, error);
        if (status)
            return status;
        if (!ours && size) {
            at += snprintf(out->address + at, most - (size_t)at, "%c%.*s", mark, (int)size, text);
            mark = '&';
        }
        text += size;
    }
    return VULTUS_OK;
}

/* ------------------------------------------------------------------ for people */

static const char *option(const PQconninfoOption *options, const char *keyword)
{
    for (; options->keyword; options++)
        if (!strcmp(options->keyword, keyword))
            return options->val ? options->val : "";
    return "";
}

static void show(const PQconninfoOption *options, struct store_postgres_place *out)
{
    const char *user = option(options, "user"), *host = option(options, "host");
    snprintf(out->shown, sizeof out->shown, "postgresql://%.40s%s%.60s/%.30s?gallery=%s", user,
             user[0] ? "@" : "", host[0] == '/' ? "" : host, option(options, "dbname"),
             out->schema + strlen("vultus_"));
}

vultus_status store_postgres_place(const char *rest, struct store_postgres_place *out,
                                   vultus_error *error)
{
    *out = (struct store_postgres_place){.timeout = TIMEOUT_SECONDS, .schema = "vultus_main"};
    if (strncmp(rest, "//", 2) != 0)
        return bad("does not begin with postgresql://", error);
    vultus_status status = split(rest, out, error);
    if (status)
        return status;
    /* libpq ends the password at the first "@": what follows would be a host, and be shown */
    const char *at = strchr(rest, '@'), *end = rest + 2 + strcspn(rest + 2, "/?");
    if (at && at < end && memchr(at + 1, '@', (size_t)(end - at - 1)))
        return bad("has an @ in its password, which is written %40", error);
    PQconninfoOption *options = PQconninfoParse(out->address, NULL);
    if (!options)
        return bad("cannot be read", error);
    show(options, out);
    PQconninfoFree(options);
    return VULTUS_OK;
}
