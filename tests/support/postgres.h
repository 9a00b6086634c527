/*
 * A PostgreSQL server with pgvector for a test program (postgres_server.sh): started by the first who asks, gone when
 * the program ends, however it ends.
 */
#ifndef TEST_POSTGRES_H
#define TEST_POSTGRES_H

#include <stdbool.h>

/* Whether this run of the tests of the store is against PostgreSQL (VULTUS_TEST_STORE=postgresql, or
 * postgresql-server: then it also searches). */
bool postgres_wanted(void);
/* Whether there can be a server; starts it. */
bool postgres_there(void);
/* Where it is, and a gallery in it. Ends the program with status 77 where there is none. The second is static
 * storage, eight at a time. */
const char *postgres_address(void);
const char *postgres_gallery(unsigned number);
/* Lets it crash, and starts it again. */
void postgres_stop(void);
void postgres_start(void);
/* Runs statements beside the program, for a gallery's schema; fails the test where they do. */
void postgres_execute(const char *location, const char *sql);

/* Skips a test that is about files. */
#define postgres_skip()                                                                            \
    do {                                                                                           \
        if (postgres_wanted())                                                                     \
            skip();                                                                                \
    } while (0)

#endif
