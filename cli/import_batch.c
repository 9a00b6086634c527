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
    for (size_t i = 0; i < import->people_count; i++)
        vultus_person_record_clear(&import->people[i]);
    for (size_t i = 0; i < import->event_count; i++)
        vultus_event_record_clear(&import->events[i]);
    import->count = import->people_count = import->event_count = 0;
}

static int failed(const vultus_error *error)
{
    return fail(error) == EXIT_ENVIRONMENT && error->code != VULTUS_ERR_MISMATCH ? EXIT_ENVIRONMENT
                                                                                 : EXIT_INPUTS;
}

/* A face of a picture that was refused is left out; the others are not. */
static int store_each(struct import *import)
{
    vultus_error error = {0};
    int code = EXIT_DONE;
    for (size_t i = 0; !code && i < import->count; i++) {
        const char *const name = import->names[i];
        vultus_imported done = {0};
        vultus_status status =
            vultus_gallery_import(import->gallery, &name, &import->records[i], 1, &done, &error);
        if (status == VULTUS_ERR_ARGUMENT && import->bad++ < COMPLAINTS)
            complain("%s: %s", import->path, error.message);
        else if (status && status != VULTUS_ERR_ARGUMENT)
            code = failed(&error);
        import->sum.added += done.added;
        import->sum.duplicates += done.duplicates;
        import->sum.new_people += done.new_people;
    }
    return code;
}

static int store_people(struct import *import)
{
    vultus_error error = {0};
    vultus_imported_people done = {0};
    int code = EXIT_DONE;
    if (vultus_gallery_import_people(import->gallery, import->people, import->people_count, &done,
                                     &error))
        code = failed(&error);
    import->sum.new_people += done.new_people;
    import->known.facts += done.facts;
    return code;
}

static int store_events(struct import *import)
{
    vultus_error error = {0};
    size_t added = 0;
    if (vultus_gallery_import_events(import->gallery, import->events, import->event_count, &added,
                                     &error))
        return failed(&error);
    import->new_events += added;
    return EXIT_DONE;
}

int import_store(struct import *import)
{
    vultus_error error = {0};
    vultus_imported done = {0};
    int code = EXIT_DONE;
    vultus_status status =
        vultus_gallery_import(import->gallery, (const char *const *)import->names, import->records,
                              import->count, &done, &error);
    if (status == VULTUS_ERR_ARGUMENT && import->count > 1)
        code = store_each(import);
    else if (status)
        code = failed(&error);
    import->sum.added += done.added;
    import->sum.duplicates += done.duplicates;
    import->sum.new_people += done.new_people;
    if (!code && import->people_count)
        code = store_people(import);
    if (!code && import->event_count)
        code = store_events(import);
    import_clear(import);
    return code;
}

int import_next(struct import *import)
{
    return ++import->count == IMPORT_BATCH ? import_store(import) : EXIT_DONE;
}

int import_person(struct import *import, const char *line, size_t size, size_t number)
{
    vultus_error error = {0};
    vultus_status status =
        vultus_person_read(line, size, &import->people[import->people_count], &error);
    if (status == VULTUS_ERR_MEMORY)
        return fail(&error);
    if (status)
        import_complain(import, "line", number, error.message);
    else if (++import->people_count == IMPORT_BATCH)
        return import_store(import);
    return EXIT_DONE;
}

int import_event(struct import *import, const char *line, size_t size, size_t number)
{
    vultus_error error = {0};
    vultus_status status =
        vultus_event_read(line, size, &import->events[import->event_count], &error);
    if (status == VULTUS_ERR_MEMORY)
        return fail(&error);
    if (status)
        import_complain(import, "line", number, error.message);
    else if (++import->event_count == IMPORT_BATCH)
        return import_store(import);
    return EXIT_DONE;
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
