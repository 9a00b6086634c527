/*
 * Transactions of the PostgreSQL store, and the prepared statements in them. Whoever writes locks the row of
 * counters first, so writers of one gallery take turns and ids become visible in their order. What another
 * transaction or a lost connection undid is run again.
 */
#include "base/clock.h"
#include "gallery/store_postgres.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ------------------------------------------------------------------ statements */

static uint64_t hash_of(const char *text)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (; *text; text++)
        hash = (hash ^ (uint8_t)*text) * 1099511628211u;
    return hash;
}

static vultus_status prepare(struct store_postgres *store, enum store_postgres_query query,
                             int64_t embedder, const char *word, char name[16], vultus_error *error)
{
    struct buffer text;
    char drop[32];
    uint64_t *prepared = &store->prepared[query];
    buffer_init(&text, 1 << 16);
    snprintf(name, 16, "q%d", (int)query);
    vultus_status status =
        store_postgres_fill(store_postgres_texts[query], embedder, word, &text, error);
    uint64_t hash = status ? 0 : hash_of((char *)text.data);
    if (!status && *prepared != hash) {
        if (*prepared) {
            snprintf(drop, sizeof drop, "DEALLOCATE %s", name);
            *prepared = 0;
            status = store_postgres_execute(store, drop, NULL, error);
        }
        if (!status) {
            PGresult *result = PQprepare(store->link, name, (char *)text.data, 0, NULL);
            status = store_postgres_status(store, result, error);
            PQclear(result);
        }
        if (!status)
            *prepared = hash;
    }
    buffer_clear(&text);
    return status;
}

vultus_status store_postgres_ask_with(struct store_postgres *store, enum store_postgres_query query,
                                      int64_t embedder, const char *word,
                                      const struct store_postgres_values *values, PGresult **out,
                                      vultus_error *error)
{
    static const struct store_postgres_values none;
    char name[16];
    if (!values)
        values = &none;
    vultus_status status = prepare(store, query, embedder, word, name, error);
    if (status)
        return status;
    PGresult *result = PQexecPrepared(store->link, name, values->count, values->data, values->sizes,
                                      values->formats, 1);
    status = store_postgres_status(store, result, error);
    if (!status && out)
        *out = result;
    else
        PQclear(result);
    return status;
}

vultus_status store_postgres_ask(struct store_postgres *store, enum store_postgres_query query,
                                 int64_t embedder, const struct store_postgres_values *values,
                                 PGresult **out, vultus_error *error)
{
    return store_postgres_ask_with(store, query, embedder, "", values, out, error);
}

vultus_status store_postgres_do(struct store_postgres *store, enum store_postgres_query query,
                                const int64_t *numbers, size_t count, vultus_error *error)
{
    struct store_postgres_values values = {0};
    for (size_t i = 0; i < count; i++)
        store_postgres_add_number(&values, numbers[i]);
    return store_postgres_ask(store, query, 0, &values, NULL, error);
}

vultus_status store_postgres_ask_number(struct store_postgres *store,
                                        enum store_postgres_query query, int64_t embedder,
                                        const int64_t *numbers, size_t count, int64_t *out,
                                        vultus_error *error)
{
    PGresult *rows = NULL;
    struct store_postgres_values values = {0};
    for (size_t i = 0; i < count; i++)
        store_postgres_add_number(&values, numbers[i]);
    vultus_status status = store_postgres_ask(store, query, embedder, &values, &rows, error);
    if (!status)
        *out = store_postgres_number(rows, 0, 0);
    PQclear(rows);
    return status;
}

/* ------------------------------------------------------------------ the counters */

static vultus_status lock_state(struct store_postgres *store, vultus_error *error)
{
    PGresult *rows = NULL;
    vultus_status status = store_postgres_ask(store, POSTGRES_LOCK_STATE, 0, NULL, &rows, error);
    if (status)
        return status;
    store->state = (struct store_postgres_state){
        store_postgres_number(rows, 0, 0), store_postgres_number(rows, 0, 1),
        store_postgres_number(rows, 0, 2), store_postgres_number(rows, 0, 3),
        store_postgres_number(rows, 0, 4)};
    store->before = store->state;
    if (PQntuples(rows) != 1)
        status = store_postgres_bad_row(store, "state", 0, "is not there", error);
    PQclear(rows);
    return status;
}

static vultus_status save_state(struct store_postgres *store, vultus_error *error)
{
    const struct store_postgres_state *now = &store->state;
    const int64_t numbers[] = {now->edits, now->person, now->face, now->history, now->event};
    if (!memcmp(now, &store->before, sizeof *now))
        return VULTUS_OK;
    return store_postgres_do(store, POSTGRES_SAVE_STATE, numbers, 5, error);
}

/* ------------------------------------------------------------------ transactions */

enum way { GLANCE, READ, WRITE };

enum outcome { DONE, UNDONE, UNKNOWN };

/* Waits for whatever is left of the transaction by locking what it had locked, and looks for its line, or its last
 * event. */
static vultus_status look_up(struct store_postgres *store, const struct store_postgres_state *state,
                             bool *done)
{
    struct store_postgres_values values = {0};
    PGresult *rows = NULL;
    store_postgres_add_number(&values, state->history);
    store_postgres_add_number(&values, store->token);
    store_postgres_add_number(&values, state->event);
    vultus_status status = store_postgres_connect(store, true, NULL);
    if (!status)
        status = store_postgres_execute(store, "BEGIN", NULL, NULL);
    if (!status)
        status = store_postgres_ask(store, POSTGRES_LOCK_STATE, 0, NULL, NULL, NULL);
    if (!status)
        status = store_postgres_ask(store, POSTGRES_SAVED, 0, &values, &rows, NULL);
    if (!status)
        *done = store_postgres_number(rows, 0, 0) > 0;
    PQclear(rows);
    if (store_postgres_execute(store, "ROLLBACK", NULL, NULL))
        store_postgres_disconnect(store);
    return status;
}

/* What became of a transaction whose COMMIT was not answered. One without a line and an event did nothing that cannot
 * be done twice. */
static enum outcome find_outcome(struct store_postgres *store)
{
    const struct timespec pause = {.tv_nsec = 50000000};
    uint64_t start = clock_ns();
    bool done = false;
    const struct store_postgres_state state = store->state;
    if (state.history == store->before.history && state.event == store->before.event)
        return UNDONE;
    while (clock_ns() - start < 2 * STORE_POSTGRES_WAIT_MS * 1000000ull) {
        if (!look_up(store, &state, &done))
            return done ? DONE : UNDONE;
        nanosleep(&pause, NULL);
    }
    return UNKNOWN;
}

static vultus_status commit(struct store_postgres *store, enum way way, vultus_error *error)
{
    vultus_status status = store_postgres_execute(store, "COMMIT", NULL, error);
    if (!status || way != WRITE || store->failure != POSTGRES_LOST)
        return status;
    switch (find_outcome(store)) {
    case DONE: return VULTUS_OK;
    case UNDONE: store->failure = POSTGRES_LOST; return status;
    default: store->failure = POSTGRES_FAILED;
    }
    return status_set(error, VULTUS_ERR_DATABASE,
                      "%s: the connection was lost while a change was saved; look whether it is "
                      "there",
                      store->place.shown);
}

static vultus_status run_once(struct store_postgres *store, enum way way, store_postgres_work *work,
                              void *context, vultus_error *error)
{
    static const char reading[] = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";
    vultus_status status = VULTUS_OK;
    store->failure = POSTGRES_FAILED;
    if (way == WRITE && getentropy(&store->token, sizeof store->token))
        store->token = (int64_t)clock_ns();
    if (way != GLANCE)
        status = store_postgres_execute(store, way == WRITE ? "BEGIN" : reading, NULL, error);
    if (!status && way == WRITE)
        status = lock_state(store, error);
    if (!status)
        status = work(store, context, error);
    if (!status && way == WRITE)
        status = save_state(store, error);
    if (way == GLANCE)
        return status;
    if (!status)
        return commit(store, way, error);
    /* A transaction that cannot be rolled back must not be gone on with. */
    enum store_postgres_failure failure = store->failure;
    if (store_postgres_execute(store, "ROLLBACK", NULL, NULL))
        store_postgres_disconnect(store);
    store->failure = failure;
    return status;
}

static vultus_status run(struct store_postgres *store, enum way way, store_postgres_work *work,
                         void *context, vultus_error *error)
{
    uint64_t start = clock_ns(), random = start;
    struct timespec pause = {0};
    for (unsigned tries = 0;; tries++) {
        vultus_status status = store_postgres_connect(store, true, error);
        if (status)
            return status;
        status = run_once(store, way, work, context, error);
        if (!status || (store->failure != POSTGRES_AGAIN && store->failure != POSTGRES_LOST) ||
            clock_ns() - start > STORE_POSTGRES_WAIT_MS * 1000000ull)
            return status;
        random = random * 6364136223846793005u + 1442695040888963407u;
        pause.tv_nsec = (long)(random >> 40) % (1000000L << (tries < 6 ? tries : 6));
        nanosleep(&pause, NULL);
    }
}

vultus_status store_postgres_write(struct store_postgres *store, store_postgres_work *work,
                                   void *context, vultus_error *error)
{
    if (store->read_only)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "%s: was opened to be read only; open it for writing",
                          store->place.shown);
    return run(store, WRITE, work, context, error);
}

vultus_status store_postgres_read(struct store_postgres *store, store_postgres_work *work,
                                  void *context, vultus_error *error)
{
    return run(store, READ, work, context, error);
}

vultus_status store_postgres_glance(struct store_postgres *store, store_postgres_work *work,
                                    void *context, vultus_error *error)
{
    return run(store, GLANCE, work, context, error);
}
