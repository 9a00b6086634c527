/* Events in the SQLite store; nobody but its files includes this. */
#ifndef GALLERY_STORE_SQLITE_EVENTS_H
#define GALLERY_STORE_SQLITE_EVENTS_H

#include "gallery/store_events.h"
#include "gallery/store_sqlite_sealed.h"

/* ---- store_sqlite_events.c, store_sqlite_events_read.c */

vultus_status store_sqlite_add_events(struct store *store, vultus_event_record *records,
                                      size_t count, const struct store_keeping *keeping,
                                      vultus_error *error);
vultus_status store_sqlite_events(struct store *store, const vultus_event_query *query,
                                  vultus_event_records *out, vultus_error *error);
vultus_status store_sqlite_delete_event(struct store *store, int64_t id, vultus_error *error);
vultus_status store_sqlite_prune_events(struct store *store, const char *before, size_t *erased,
                                        vultus_error *error);
/* Inside a transaction: those whose time has passed. *erased (may be NULL) grows by their number. */
vultus_status store_sqlite_expire_events(struct store_sqlite *store, size_t *erased,
                                         vultus_error *error) VULTUS_MUST_USE;
vultus_status store_sqlite_reader(struct store *store, const char *reader, int64_t *event,
                                  vultus_error *error);
vultus_status store_sqlite_reader_done(struct store *store, const char *reader, int64_t event,
                                       vultus_error *error);

/* What is sealed of an event: its camera, which belongs to whom the event is of (0: nobody), and its picture. */
struct vault_place store_sqlite_event_place(int64_t event, int64_t person);
struct vault_place store_sqlite_event_picture_place(int64_t event);
/* The camera in a column, whose seal is in the next one: NULL where it cannot be right. What it returns lives until
 * the row or `out` changes. */
const char *store_sqlite_camera(const struct store_sqlite *store, struct sqlite3_stmt *row,
                                int column, const struct vault_place *place,
                                char out[VULTUS_SOURCE_MAX + 1]);
/* A row of QUERY_EVENTS* or QUERY_ALL_EVENTS. Returns what is wrong with it, as the end of a sentence, or NULL;
 * *memory when memory ran out. What `out` has is the caller's in every case. */
const char *store_sqlite_event(const struct store_sqlite *store, struct sqlite3_stmt *row,
                               vultus_event_record *out, bool *memory);

#endif
