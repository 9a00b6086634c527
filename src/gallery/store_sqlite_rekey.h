/* Between the files that give a SQLite gallery another key. */
#ifndef GALLERY_STORE_SQLITE_REKEY_H
#define GALLERY_STORE_SQLITE_REKEY_H

#include "gallery/store_sqlite_sealed.h"

#define BLOB_MAX (STORE_THUMBNAIL_MAX + VAULT_OVERHEAD) /* all others are smaller */

struct rekey {
    struct store_sqlite *store;
    struct vault *from, *to; /* NULL: plain */
    const vultus_progress *progress;
    size_t done, total;
    uint8_t *blob; /* BLOB_MAX */
};

/* Reads a row of (id or person, ...) with the old keys and, behind rekey_write_new, writes it with the new ones. */
typedef vultus_status converter(struct rekey *rekey, struct sqlite3_stmt *row, vultus_error *error);

void rekey_write_new(struct rekey *rekey);
vultus_status rekey_bad_row(struct rekey *rekey, struct sqlite3_stmt *row, const char *table,
                            const char *fault, vultus_error *error);

/* ---- store_sqlite_rekey_undo.c */

converter rekey_undo_fact, rekey_undo_name, rekey_undo_refusal;

#endif
