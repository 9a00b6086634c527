/*
 * What can be changed while the server runs. The thread of connections reads it and nobody else does; the thread that
 * looks after signals leaves the next values for it, and it takes them with the next request.
 */
#ifndef SERVER_TUNABLES_H
#define SERVER_TUNABLES_H

#include "server.h"

#include <pthread.h>
#include <stdatomic.h>

struct tunables {
    unsigned deadline, rate;
    size_t max_body;
    bool quiet;
    char *cors; /* own copy; NULL: none */
};

struct next_tunables {
    pthread_mutex_t lock;
    atomic_bool there;
    struct tunables values;
};

/* With the defaults filled in. MEMORY. */
vultus_status tunables_of(const struct server_options *options, struct tunables *out,
                          vultus_error *error) VULTUS_MUST_USE;
void tunables_clear(struct tunables *tunables);

struct server;
/* On the thread of signals: asks for the options again, says what is wrong with them, and what needs a restart. */
void tunables_reload(struct server *server);
/* On the thread of connections. True: there are new ones. */
bool tunables_take(struct server *server);

#endif
