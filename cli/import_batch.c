/*
 * What an import has read, stored a thousand at a time: each batch is on the disk as a whole or not at all. What
 * cannot be used is named, up to a number, and left out.
 */
#include "import_batch.h"
#include "base/memory.h"
#include "cli_session.h"
#include "command.h"
#include "console.h"

#define COMPLAINTS 20 /* that are made one by one */

void import_clear(struct import *import)
{
    for (size_t i = 0; i < import->count; i++)
        vultus_row_clear(&import->names[i], &import->records[i]);
    import->count = 0;
}

int import_store(struct import *import)
{
    vultus_error error = {0};
    vultus_imported done = {0};
    int code = EXIT_DONE;
    if (vultus_gallery_import(import->gallery, (const char *const *)import->names, import->records,
                              import->count, &done, &error))
        code = fail(&error) == EXIT_ENVIRONMENT && error.code != VULTUS_ERR_MISMATCH
                   ? EXIT_ENVIRONMENT
                   : EXIT_INPUTS;
    import->sum.added += done.added;
    import->sum.duplicates += done.duplicates;
    import->sum.new_people += done.new_people;
    import_clear(import);
    return code;
}

int import_next(struct import *import)
{
    return ++import->count == IMPORT_BATCH ? import_store(import) : EXIT_DONE;
}

void import_complain(struct import *import, const char *what, size_t number, const char *why)
{
    if (import->bad++ < COMPLAINTS)
        complain("%s: %s %zu: %s", import->path, what, number, why);
}

int import_end(struct import *import, const char *what, int code)
{
    if (!code)
        code = import_store(import);
    import_clear(import);
    if (import->bad > COMPLAINTS)
        complain("%s: %zu more %ss that cannot be used", import->path, import->bad - COMPLAINTS,
                 what);
    return !code && import->bad ? EXIT_INPUTS : code;
}
