/* People by what is known of them: whom a filter allows. */
#include "gallery/store_sqlite_sealed.h"

#include <sqlite3.h>

vultus_status store_sqlite_having(struct store *base, vultus_fact_kind kind, const char *key,
                                  struct store_ids *out, vultus_error *error)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    sqlite3_stmt *statement = NULL;
    const size_t before = out->count;
    char hidden[STORE_KEY_SIZE];
    int64_t person = 0;
    bool row = false;
    if (kind == VULTUS_FACT_KINDS) {
        vultus_status status = store_sqlite_known(store, key, &person, error);
        return status ? status : store_ids_add(out, person, error);
    }
    vultus_status status = store_sqlite_query(store, QUERY_HAVING, &statement, error);
    if (!status) {
        int code = sqlite3_bind_text(statement, 1, vultus_fact_name(kind), -1, SQLITE_STATIC);
        if (!code)
            code = sqlite3_bind_text(statement, 2, store_sqlite_key(store, key, hidden), -1,
                                     SQLITE_STATIC);
        status = store_sqlite_status(store, code, error);
    }
    while (!status && !(status = store_sqlite_step(store, statement, &row, error)) && row)
        status = store_ids_add(out, sqlite3_column_int64(statement, 0), error);
    store_sqlite_done(statement);
    return !status && out->count == before ? store_nobody_has(kind, key, error) : status;
}
