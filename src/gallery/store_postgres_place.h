/*
 * Where a PostgreSQL gallery is: the address as libpq has it, and what is ours in it. Needs no server.
 *   postgresql://USER@HOST/DATABASE?gallery=NAME&search=auto|memory|server&partitions=N&timeout=SECONDS
 */
#ifndef GALLERY_STORE_POSTGRES_PLACE_H
#define GALLERY_STORE_POSTGRES_PLACE_H

#include "base/file.h"
#include "base/status.h"

enum store_postgres_search {
    POSTGRES_SEARCH_AUTO, /* by the server where it has an index of many faces */
    POSTGRES_SEARCH_MEMORY,
    POSTGRES_SEARCH_SERVER
};

struct store_postgres_place {
    char address[FILE_PATH_MAX]; /* for libpq, without what is ours; may have a password */
    char shown[160];             /* for people, without one */
    char schema[64];             /* "vultus_" and the gallery's name */
    enum store_postgres_search search;
    unsigned partitions; /* of the embeddings of a new embedder; 0: one table */
    unsigned timeout;    /* seconds that a statement may take */
};

/* `rest` is the location from "//" on. ARGUMENT. */
vultus_status store_postgres_place(const char *rest, struct store_postgres_place *out,
                                   vultus_error *error) VULTUS_MUST_USE;

#endif
