/* Events in the PostgreSQL store; nobody but its files includes this. */
#ifndef GALLERY_STORE_POSTGRES_EVENTS_H
#define GALLERY_STORE_POSTGRES_EVENTS_H

#include "gallery/store_events.h"
#include "gallery/store_postgres.h"

vultus_status store_postgres_add_events(struct store *store, vultus_event_record *records,
                                        size_t count, const struct store_keeping *keeping,
                                        vultus_error *error);
vultus_status store_postgres_events(struct store *store, const vultus_event_query *query,
                                    vultus_event_records *out, vultus_error *error);
vultus_status store_postgres_delete_event(struct store *store, int64_t id, vultus_error *error);
vultus_status store_postgres_prune_events(struct store *store, const char *before, size_t *erased,
                                          vultus_error *error);
vultus_status store_postgres_reader(struct store *store, const char *reader, int64_t *event,
                                    vultus_error *error);
vultus_status store_postgres_reader_done(struct store *store, const char *reader, int64_t event,
                                         vultus_error *error);

/* A row of POSTGRES_EVENTS, _LATEST or POSTGRES_CHECK_EVENTS, as store_event_read has it. */
const char *store_postgres_event(const PGresult *rows, int row, vultus_event_record *out,
                                 bool *memory);

#endif
