/*
 * The connection to a PostgreSQL server: making it, and again when it was lost; what its results mean. Messages never
 * have the address as it was given, which may have a password in it.
 */
#include "base/clock.h"
#include "base/memory.h"
#include "gallery/store_postgres.h"

#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SERVER_OLDEST 130000
#define CONNECT_SECONDS "10"
#define EFFORT 200 /* candidates that an index looks at for one search */

/* ------------------------------------------------------------------ what results mean */

/* The first line of what libpq says, without what repeats where the server is. */
static void first_line(const char *text, char *out, size_t size)
{
    const char *failed = strstr(text, "failed: "), *fatal;
    if (failed)
        text = failed + strlen("failed: ");
    if ((fatal = strstr(text, "FATAL:  ")))
        text = fatal + strlen("FATAL:  ");
    if (!strncmp(text, "ERROR:  ", 8))
        text += 8;
    snprintf(out, size, "%.*s", (int)strcspn(text, "\n"), text);
}

static vultus_status lost(struct store_postgres *store, vultus_error *error)
{
    char line[160];
    store->failure = POSTGRES_LOST;
    first_line(PQerrorMessage(store->link), line, sizeof line);
    return status_set(error, VULTUS_ERR_DATABASE, "%s: the connection was lost (%.100s)",
                      store->place.shown, line[0] ? line : "no answer");
}

static const struct {
    const char *state; /* the beginning of an SQLSTATE */
    enum store_postgres_failure failure;
    vultus_status status;
    const char *line; /* NULL: the server's */
} meanings[] = {
    {"40001", POSTGRES_AGAIN, VULTUS_ERR_BUSY,
     "other processes keep changing the gallery; try again when they are done"},
    {"40P01", POSTGRES_AGAIN, VULTUS_ERR_BUSY,
     "other processes keep changing the gallery; try again when they are done"},
    {"55P03", POSTGRES_FAILED, VULTUS_ERR_BUSY,
     "another process holds the gallery; try again when it is done"},
    {"57014", POSTGRES_FAILED, VULTUS_ERR_DATABASE,
     "a statement took too long; give the address a longer timeout=SECONDS"},
    {"57P", POSTGRES_LOST, VULTUS_ERR_DATABASE, "the server is shutting down, or starting"},
    {"25P03", POSTGRES_LOST, VULTUS_ERR_DATABASE, "the connection was idle for too long"},
    {"23", POSTGRES_CONSTRAINT, VULTUS_ERR_DATABASE, NULL},
    {"25006", POSTGRES_FAILED, VULTUS_ERR_DATABASE,
     "the server allows no changes; connect to the one that may be written"},
    {"53100", POSTGRES_FAILED, VULTUS_ERR_DATABASE, "the server's disk is full; make room"},
    {"53200", POSTGRES_FAILED, VULTUS_ERR_DATABASE, "the server has no memory left"},
    {"42501", POSTGRES_FAILED, VULTUS_ERR_DATABASE,
     "this user may not do that; docs/postgresql.md says which rights are needed"},
    {"42P01", POSTGRES_FAILED, VULTUS_ERR_DATABASE,
     "its tables are not those of a gallery; restore a copy"},
    {"42703", POSTGRES_FAILED, VULTUS_ERR_DATABASE,
     "its tables are not those of a gallery; restore a copy"},
    {"", POSTGRES_FAILED, VULTUS_ERR_DATABASE, NULL},
};

vultus_status store_postgres_status(struct store_postgres *store, const PGresult *result,
                                    vultus_error *error)
{
    ExecStatusType kind = PQresultStatus(result);
    if (kind == PGRES_COMMAND_OK || kind == PGRES_TUPLES_OK || kind == PGRES_COPY_IN)
        return VULTUS_OK;
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    if (!state || PQstatus(store->link) == CONNECTION_BAD)
        return lost(store, error);
    if (store->cancelled && !strcmp(state, "57014"))
        return status_set(error, VULTUS_ERR_CANCELLED, "interrupted");
    size_t i = 0;
    while (strncmp(meanings[i].state, state, strlen(meanings[i].state)) != 0)
        i++;
    const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    store->failure = meanings[i].failure;
    return status_set(error, meanings[i].status, "%s: %.150s", store->place.shown,
                      meanings[i].line ? meanings[i].line
                      : primary        ? primary
                                       : state);
}

vultus_status store_postgres_bad_row(struct store_postgres *store, const char *table, int64_t id,
                                     const char *fault, vultus_error *error)
{
    return status_set(error, VULTUS_ERR_DATABASE, "%s: row %lld of %s %s; restore a copy",
                      store->place.shown, (long long)id, table, fault);
}

vultus_status store_postgres_execute(struct store_postgres *store, const char *sql, PGresult **out,
                                     vultus_error *error)
{
    PGresult *result = PQexec(store->link, sql);
    vultus_status status = store_postgres_status(store, result, error);
    if (!status && out)
        *out = result;
    else
        PQclear(result);
    return status;
}

/* ------------------------------------------------------------------ connecting */

static void say_nothing(void *context, const char *message)
{
    (void)context, (void)message;
}

/* A text of one row and column; "" where there is none. */
static vultus_status ask_text(struct store_postgres *store, const char *sql, char *out, size_t size,
                              vultus_error *error)
{
    PGresult *result = NULL;
    vultus_status status = store_postgres_execute(store, sql, &result, error);
    if (!status)
        snprintf(out, size, "%s", PQntuples(result) ? PQgetvalue(result, 0, 0) : "");
    PQclear(status ? NULL : result);
    return status;
}

/* Which server it is: by what it says of itself, or what was added to it. */
static vultus_status find_dialect(struct store_postgres *store, vultus_error *error)
{
    char version[256], has[8];
    vultus_status status = ask_text(store, "SELECT version()", version, sizeof version, error);
    store->dialect = NULL;
    for (size_t i = 0; !status && !store->dialect && i < store_postgres_dialect_count; i++) {
        const struct store_postgres_dialect *dialect = &store_postgres_dialects[i];
        bool is = !dialect->sign && !dialect->extension;
        if (dialect->sign)
            is = strstr(version, dialect->sign) != NULL;
        else if (dialect->extension) {
            status = ask_text(store, "SELECT 1 FROM pg_extension WHERE extname = 'citus'", has,
                              sizeof has, error);
            is = has[0] != '\0';
        }
        if (!status && is)
            store->dialect = dialect;
    }
    return status;
}

/* The schemas that names are looked up in: the gallery's, and where the type of vectors is. */
static vultus_status set_path(struct store_postgres *store, vultus_error *error)
{
    static const char where[] =
        "SELECT quote_ident(n.nspname) FROM pg_extension AS e JOIN "
        "pg_namespace AS n ON n.oid = e.extnamespace WHERE extname = 'vector'";
    char sql[256];
    vultus_status status = VULTUS_OK;
    snprintf(store->vector_schema, sizeof store->vector_schema, "public");
    if (store->dialect->enable)
        status = ask_text(store, where, store->vector_schema, sizeof store->vector_schema, error);
    snprintf(sql, sizeof sql, "SET search_path = %s, %s", store->place.schema,
             store->vector_schema[0] ? store->vector_schema : "public");
    return status ? status : store_postgres_execute(store, sql, NULL, error);
}

/* How widely indexes search, before any is used: pgvector takes it over when it is loaded. */
static vultus_status set_effort(struct store_postgres *store, vultus_error *error)
{
    struct buffer sql;
    buffer_init(&sql, 4096);
    vultus_status status = store_postgres_fill(store->dialect->effort, EFFORT, "", &sql, error);
    if (!status && store->dialect->iterate)
        status = buffer_print(&sql, error, "; %s", store->dialect->iterate);
    if (!status)
        status = store_postgres_execute(store, (char *)sql.data, NULL, error);
    buffer_clear(&sql);
    return status;
}

static vultus_status set_session(struct store_postgres *store, vultus_error *error)
{
    char sql[512];
    if (PQserverVersion(store->link) < SERVER_OLDEST)
        return status_set(error, VULTUS_ERR_DATABASE,
                          "%s: the server is PostgreSQL %d, too old for galleries; 13 or newer is "
                          "needed",
                          store->place.shown, PQserverVersion(store->link) / 10000);
    vultus_status status = find_dialect(store, error);
    if (!status)
        status = set_path(store, error);
    if (!status)
        status = set_effort(store, error);
    snprintf(sql, sizeof sql,
             "SET statement_timeout = '%us'; SET lock_timeout = '%ums'; "
             "SET idle_in_transaction_session_timeout = '60s'; "
             "SET default_transaction_isolation = 'read committed'; "
             "SET default_transaction_read_only = %s",
             store->place.timeout, STORE_POSTGRES_WAIT_MS, store->read_only ? "on" : "off");
    return status ? status : store_postgres_execute(store, sql, NULL, error);
}

void store_postgres_disconnect(struct store_postgres *store)
{
    PQfinish(store->link);
    store->link = NULL;
    memset(store->prepared, 0, sizeof store->prepared);
}

static vultus_status connect_once(struct store_postgres *store, vultus_error *error)
{
    /* what stands behind the address is said by it no more */
    static const struct {
        const char *key, *value; /* NULL: the address */
    } given[] = {{"connect_timeout", CONNECT_SECONDS},
                 {"keepalives_idle", "30"},
                 {"tcp_user_timeout", "15000"},
                 {"fallback_application_name", "vultus"},
                 {"dbname", NULL},
                 {"client_encoding", "UTF8"}};
    enum { GIVEN = sizeof given / sizeof *given };
    const char *keys[GIVEN + 1] = {NULL}, *values[GIVEN + 1] = {NULL};
    for (size_t i = 0; i < GIVEN; i++) {
        keys[i] = given[i].key;
        values[i] = given[i].value ? given[i].value : store->place.address;
    }
    char line[200];
    store_postgres_disconnect(store);
    store->failure = POSTGRES_LOST;
    store->link = PQconnectdbParams(keys, values, 1);
    if (!store->link)
        return status_memory(error, "the connection");
    if (PQstatus(store->link) != CONNECTION_OK) {
        first_line(PQerrorMessage(store->link), line, sizeof line);
        return status_set(error, VULTUS_ERR_DATABASE, "%s: cannot be reached: %.150s",
                          store->place.shown, line);
    }
    PQsetNoticeProcessor(store->link, say_nothing, NULL);
    return set_session(store, error);
}

vultus_status store_postgres_connect(struct store_postgres *store, bool patient,
                                     vultus_error *error)
{
    uint64_t start = clock_ns();
    struct timespec pause = {.tv_nsec = 20000000};
    if (store->link && PQstatus(store->link) == CONNECTION_OK)
        return VULTUS_OK;
    for (;;) {
        vultus_status status = connect_once(store, error);
        if (status)
            store_postgres_disconnect(store);
        if (!status || !patient || store->failure != POSTGRES_LOST ||
            clock_ns() - start > STORE_POSTGRES_WAIT_MS * 1000000ull)
            return status;
        nanosleep(&pause, NULL);
        if (pause.tv_nsec < 400000000)
            pause.tv_nsec *= 2;
    }
}

/* ------------------------------------------------------------------ what takes long */

static void cancel(struct store_postgres *store)
{
    char line[256];
    PGcancel *handle = PQgetCancel(store->link);
    store->cancelled = true;
    if (handle)
        PQcancel(handle, line, sizeof line);
    PQfreeCancel(handle);
}

/* Until the answer is there; asks `progress` four times a second. */
static void wait_for(struct store_postgres *store, const vultus_progress *progress)
{
    while (PQconsumeInput(store->link) && PQisBusy(store->link)) {
        struct pollfd socket = {.fd = PQsocket(store->link), .events = POLLIN};
        if (!poll(&socket, 1, 250) && !store->cancelled && store_progress(progress, 0, 0, NULL))
            cancel(store);
    }
}

vultus_status store_postgres_long(struct store_postgres *store, const char *sql,
                                  const vultus_progress *progress, vultus_error *error)
{
    char back[64];
    snprintf(back, sizeof back, "SET statement_timeout = '%us'", store->place.timeout);
    vultus_status status = store_postgres_execute(store, "SET statement_timeout = 0", NULL, error);
    if (status)
        return status;
    store->cancelled = false;
    if (!PQsendQuery(store->link, sql))
        return lost(store, error);
    wait_for(store, progress);
    for (PGresult *result; (result = PQgetResult(store->link)); PQclear(result))
        if (!status)
            status = store_postgres_status(store, result, error);
    store->cancelled = false;
    vultus_status reset = store_postgres_execute(store, back, NULL, status ? NULL : error);
    return status ? status : reset;
}
