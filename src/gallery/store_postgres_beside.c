/* Galleries that belong to another one of the same database: its name with something behind it. */
#include "gallery/store_postgres_pages.h"
#include "base/memory.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

#define KIND "postgresql:"

/* The address with another gallery; the words in it that are not that one stay. */
static vultus_status print(const char *rest, const char *name, const char *suffix,
                           struct buffer *out, vultus_error *error)
{
    static const char word[] = "gallery=";
    size_t front = strcspn(rest, "?");
    vultus_status status = buffer_print(out, error, KIND "%.*s?", (int)front, rest);
    for (const char *text = rest[front] ? rest + front + 1 : ""; !status && *text;) {
        size_t size = strcspn(text, "&");
        if (size && strncmp(text, word, sizeof word - 1) != 0)
            status = buffer_print(out, error, "%.*s&", (int)size, text);
        text += size + (text[size] == '&');
    }
    return status ? status : buffer_print(out, error, "%s%s%s", word, name, suffix);
}

vultus_status store_postgres_beside(const char *rest, const char *suffix, struct buffer *out,
                                    vultus_error *error)
{
    struct store_postgres_place place, other;
    const char *name = place.schema + strlen("vultus_");
    vultus_status status = store_postgres_place(rest, &place, error);
    if (!status)
        status = print(rest, name, suffix, out, error);
    if (!status && store_postgres_place((const char *)out->data + strlen(KIND), &other, NULL))
        status = status_set(error, VULTUS_ERR_ARGUMENT,
                            "%.40s%.60s: no gallery of a database can be called so (a to z, digits "
                            "and _, at most 40)",
                            name, suffix);
    mem_wipe(&place, sizeof place);
    mem_wipe(&other, sizeof other);
    return status;
}

/* ------------------------------------------------------------------ which there are */

struct asked {
    const char *suffix;
    vultus_besides besides;
};

static vultus_status read_row(struct store_postgres *store, const PGresult *rows, int row,
                              vultus_besides *besides, vultus_error *error)
{
    const char *schema = store_postgres_text(rows, row, 0, sizeof store->place.schema - 1);
    vultus_beside *item = &besides->items[besides->count];
    if (!schema) /* too long a name is none of ours */
        return VULTUS_OK;
    item->id = (uint64_t)store_postgres_number(rows, row, 1);
    item->suffix = mem_string(schema + strlen(store->place.schema));
    if (!item->suffix)
        return status_memory(error, "the galleries of a database");
    besides->count++;
    return VULTUS_OK;
}

static vultus_status read_besides(struct store_postgres *store, void *context, vultus_error *error)
{
    struct asked *asked = context;
    struct store_postgres_values values = {0};
    PGresult *rows = NULL;
    char front[2 * sizeof store->place.schema];
    vultus_besides_clear(&asked->besides);
    snprintf(front, sizeof front, "%s%s", store->place.schema, asked->suffix);
    store_postgres_add_text(&values, front);
    vultus_status status = store_postgres_ask(store, POSTGRES_BESIDES, 0, &values, &rows, error);
    if (status)
        return status;
    asked->besides.items = mem_zalloc((size_t)PQntuples(rows) + 1, sizeof *asked->besides.items);
    if (!asked->besides.items)
        status = status_memory(error, "the galleries of a database");
    for (int i = 0; !status && i < PQntuples(rows); i++)
        status = read_row(store, rows, i, &asked->besides, error);
    PQclear(rows);
    return status;
}

vultus_status store_postgres_besides(struct store *base, const char *suffix, vultus_besides *out,
                                     vultus_error *error)
{
    struct asked asked = {.suffix = suffix};
    vultus_status status =
        store_postgres_glance((struct store_postgres *)base, read_besides, &asked, error);
    if (status)
        vultus_besides_clear(&asked.besides);
    else
        *out = asked.besides;
    return status;
}
