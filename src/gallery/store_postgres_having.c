/* People by what is known of them in a PostgreSQL gallery: whom a filter allows. */
#include "gallery/store_postgres.h"

#include <libpq-fe.h>

struct having {
    vultus_fact_kind kind;
    const char *key;
    struct store_ids *ids;
};

static vultus_status read_people(struct store_postgres *store, void *context, vultus_error *error)
{
    struct having *having = context;
    struct store_postgres_values values = {0};
    PGresult *rows = NULL;
    int64_t person = 0;
    if (having->kind == VULTUS_FACT_KINDS) {
        vultus_status status = store_postgres_known(store, having->key, &person, error);
        return status ? status : store_ids_add(having->ids, person, error);
    }
    store_postgres_add_text(&values, vultus_fact_name(having->kind));
    store_postgres_add_text(&values, having->key);
    vultus_status status = store_postgres_ask(store, POSTGRES_HAVING, 0, &values, &rows, error);
    if (status)
        return status;
    const int count = PQntuples(rows);
    for (int i = 0; !status && i < count; i++)
        status = store_ids_add(having->ids, store_postgres_number(rows, i, 0), error);
    PQclear(rows);
    return !status && !count ? store_nobody_has(having->kind, having->key, error) : status;
}

vultus_status store_postgres_having(struct store *base, vultus_fact_kind kind, const char *key,
                                    struct store_ids *out, vultus_error *error)
{
    struct having having = {kind, key, out};
    return store_postgres_glance((struct store_postgres *)base, read_people, &having, error);
}
