/* The server of a test program; see postgres.h. Talks to postgres_server.sh through two pipes. */
#define _GNU_SOURCE
#include "postgres.h"
#include "support.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef VULTUS_LIBPQ
#include <libpq-fe.h>
#endif

static struct {
    pid_t process;
    FILE *to, *from;
    char address[256];
} server;

bool postgres_wanted(void)
{
    const char *store = getenv("VULTUS_TEST_STORE");
    return store && !strncmp(store, "postgresql", 10);
}

static void stop_server(void)
{
    if (server.to)
        fclose(server.to);
    if (server.from)
        fclose(server.from);
    if (server.process > 0)
        waitpid(server.process, NULL, 0);
}

static void run_script(int in, int out)
{
    dup2(in, 0);
    dup2(out, 1);
    for (int fd = 3; fd < 64; fd++)
        close(fd);
    execl("/bin/bash", "bash", support_source("tests/support/postgres_server.sh"), (char *)NULL);
    _exit(127);
}

bool postgres_there(void)
{
    static bool tried;
    int to[2], from[2];
    if (tried)
        return server.address[0] != '\0';
    tried = true;
    signal(SIGPIPE, SIG_IGN);
    if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
        return false;
    server.process = fork();
    if (!server.process)
        run_script(to[0], from[1]);
    close(to[0]);
    close(from[1]);
    server.to = fdopen(to[1], "w");
    server.from = fdopen(from[0], "r");
    atexit(stop_server);
    if (fgets(server.address, sizeof server.address, server.from))
        server.address[strcspn(server.address, "\n")] = '\0';
    return server.address[0] != '\0';
}

const char *postgres_address(void)
{
    if (!postgres_there()) {
        fprintf(stderr, "SKIPPED: there is no PostgreSQL with pgvector here\n");
        exit(77);
    }
    return server.address;
}

const char *postgres_gallery(unsigned number)
{
    static char places[8][320];
    char *place = places[number % 8];
    const char *store = getenv("VULTUS_TEST_STORE");
    bool by_server = store && !strcmp(store, "postgresql-server");
    snprintf(place, sizeof places[0], "%s%s&gallery=g%u", postgres_address(),
             by_server ? "&search=server" : "", number);
    return place;
}

static void tell(const char *word)
{
    char line[64] = "";
    fprintf(server.to, "%s\n", word);
    fflush(server.to);
    if (!fgets(line, sizeof line, server.from) || strcmp(line, "ok\n") != 0)
        fail_msg("the server did not %s: %s", word, line);
}

void postgres_stop(void)
{
    tell("stop");
}

void postgres_start(void)
{
    tell("start");
}

void postgres_execute(const char *location, const char *sql)
{
#ifdef VULTUS_LIBPQ
    static const char *const ours[] = {"&gallery=", "&search=", "&partitions=", "&timeout="};
    char path[128], place[400];
    const char *gallery = strstr(location, "gallery=");
    snprintf(place, sizeof place, "%s", location);
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (strstr(place, ours[i]))
            *strstr(place, ours[i]) = '\0';
    PGconn *link = PQconnectdb(place);
    if (gallery) {
        gallery += strlen("gallery=");
        snprintf(path, sizeof path, "SET search_path = vultus_%.*s, public",
                 (int)strcspn(gallery, "&"), gallery);
        PQclear(PQexec(link, path));
    }
    PGresult *result = PQexec(link, sql);
    if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK)
        fail_msg("%s: %s", sql, PQerrorMessage(link));
    PQclear(result);
    PQfinish(link);
#else
    (void)location;
    fail_msg("%s: built without libpq", sql);
#endif
}
