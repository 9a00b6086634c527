/*
 * Upkeep of galleries: copies, checks, statistics, and faces from another gallery. What callers pass in
 * is checked here, the rest is the store's.
 */
#include "base/file.h"
#include "base/memory.h"
#include "decide/decision.h"
#include "engine/gallery.h"
#include "gallery/names.h"

#include <string.h>

static vultus_status need(bool all_there, vultus_error *error)
{
    return all_there ? VULTUS_OK
                     : status_set(error, VULTUS_ERR_ARGUMENT,
                                  "a gallery, a path and a place for the answer are needed");
}

vultus_status vultus_gallery_backup(vultus_gallery *gallery, const char *path, bool overwrite,
                                    const vultus_progress *progress, vultus_error *error)
{
    vultus_status status = need(gallery && path && *path, error);
    if (status)
        return status;
    return gallery->store->methods->backup(gallery->store, path, overwrite, progress, error);
}

vultus_status vultus_gallery_restore(const char *location, const char *path, bool overwrite,
                                     const vultus_progress *progress, vultus_error *error)
{
    return vultus_gallery_restore_with(location, path, NULL, overwrite, progress, error);
}

vultus_status vultus_gallery_restore_with(const char *location, const char *path,
                                          const char *key_file, bool overwrite,
                                          const vultus_progress *progress, vultus_error *error)
{
    const struct store_copying how = {
        .overwrite = overwrite, .key_file = key_file, .progress = progress};
    char own[FILE_PATH_MAX];
    vultus_status status = need(path && *path, error);
    if (!status)
        status = gallery_location(&location, own, error);
    if (status)
        return status;
    return store_restore(location, path, &how, error);
}

vultus_status vultus_gallery_check(vultus_gallery *gallery, const vultus_progress *progress,
                                   vultus_faults *out, vultus_error *error)
{
    vultus_status status = need(gallery && out, error);
    return status ? status
                  : gallery->store->methods->check(gallery->store, false, progress, out, error);
}

vultus_status vultus_gallery_repair(vultus_gallery *gallery, const vultus_progress *progress,
                                    vultus_faults *out, vultus_error *error)
{
    vultus_status status = need(gallery && out, error);
    return status ? status
                  : gallery->store->methods->check(gallery->store, true, progress, out, error);
}

vultus_status vultus_gallery_trace(vultus_gallery *gallery, const char *name, vultus_trace *out,
                                   vultus_error *error)
{
    vultus_status status = need(gallery && out, error);
    if (!status)
        status = names_check(name, error);
    return status ? status : gallery->store->methods->trace(gallery->store, name, out, error);
}

vultus_status vultus_gallery_compact(vultus_gallery *gallery, const vultus_progress *progress,
                                     vultus_error *error)
{
    vultus_status status = need(gallery != NULL, error);
    return status ? status : gallery->store->methods->compact(gallery->store, progress, error);
}

vultus_status vultus_gallery_destroy(const char *location, const vultus_gallery_options *options,
                                     vultus_error *error)
{
    vultus_gallery_options own = options ? *options : (vultus_gallery_options){0};
    vultus_gallery *gallery = NULL;
    own.read_only = false;
    own.must_exist = true;
    vultus_status status = vultus_gallery_open(location, &own, &gallery, error);
    if (!status)
        status = gallery->store->methods->destroy(gallery->store, error);
    vultus_gallery_close(gallery);
    return status;
}

vultus_status vultus_gallery_beside(const char *location, const char *suffix, char *out,
                                    size_t size, vultus_error *error)
{
    char path[FILE_PATH_MAX];
    struct buffer text;
    buffer_init(&text, 2 * FILE_PATH_MAX);
    vultus_status status = gallery_need(suffix && out, error);
    if (!status)
        status = gallery_location(&location, path, error);
    if (!status)
        status = store_beside(location, suffix, &text, error);
    if (!status && text.size >= size)
        status = status_set(error, VULTUS_ERR_LIMIT, "the gallery's address is too long");
    if (!status)
        memcpy(out, text.data, text.size + 1);
    buffer_clear(&text);
    return status;
}

vultus_status vultus_gallery_besides(vultus_gallery *gallery, const char *suffix,
                                     vultus_besides *out, vultus_error *error)
{
    vultus_status status = gallery_need(gallery && suffix && out, error);
    if (status)
        return status;
    const struct store_methods *methods = gallery->store->methods;
    return methods->besides ? methods->besides(gallery->store, suffix, out, error)
                            : store_none_beside(error);
}

vultus_status vultus_gallery_statistics(vultus_gallery *gallery, vultus_gallery_stats *out,
                                        vultus_error *error)
{
    vultus_status status = need(gallery && out, error);
    return status ? status : gallery->store->methods->stats(gallery->store, out, error);
}

vultus_status vultus_gallery_drop_embedder(vultus_gallery *gallery, const char *embedder,
                                           const char *kept, size_t *faces, vultus_error *error)
{
    size_t count = 0;
    vultus_status status = gallery_need(gallery && embedder && kept, error);
    if (!status && !strcmp(embedder, kept))
        status =
            status_set(error, VULTUS_ERR_ARGUMENT,
                       "%.100s cannot be dropped in favour of itself; name two embedders", kept);
    if (!status)
        status = gallery->store->methods->drop(gallery->store, embedder, kept, &count, error);
    if (!status && faces)
        *faces = count;
    return status;
}

/* ------------------------------------------------------------------ keys */

vultus_status vultus_gallery_rekey(vultus_gallery *gallery, const char *key_file,
                                   const vultus_progress *progress, vultus_error *error)
{
    struct key *key = NULL;
    vultus_status status = need(gallery != NULL, error);
    if (!status && !gallery->store->methods->rekey)
        status = status_set(error, VULTUS_ERR_ARGUMENT,
                            "vultus does not encrypt %s galleries; encrypt the server's disk",
                            gallery->store->methods->name);
    if (!status && key_file)
        status = key_find(key_file, &key, error);
    if (!status)
        status = gallery->store->methods->rekey(gallery->store, key, progress, error);
    key_free(key);
    return status;
}

vultus_status vultus_key_make(const char *path, vultus_error *error)
{
    vultus_status status = need(path && *path, error);
    return status ? status : key_make(path, error);
}

/* ------------------------------------------------------------------ faces from elsewhere */

bool gallery_is_date(const char *text)
{
    static const char form[] = "0000-00-00T00:00:00Z";
    if (strlen(text) != sizeof form - 1)
        return false;
    for (size_t i = 0; form[i]; i++)
        if (form[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
            return false;
    return true;
}

static vultus_status make_row(const char *name, const vultus_face_record *record,
                              struct store_sample *out, vultus_error *error)
{
    vultus_status status = names_check(name, error);
    if (status)
        return status;
    if (record->created[0] && !gallery_is_date(record->created))
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "a face of %.100s has the date \"%.30s\"; it must be as "
                          "2026-01-31T23:59:59Z",
                          name, record->created);
    *out = (struct store_sample){.name = name,
                                 .source = record->source,
                                 .embedder = record->embedder ? record->embedder : "",
                                 .picture = record->picture,
                                 .face = &record->face,
                                 .embedding = record->embedding,
                                 .dimension = record->dimension,
                                 .thumbnail = record->thumbnail,
                                 .thumbnail_size = record->thumbnail_size,
                                 .created = record->created[0] ? record->created : NULL};
    status = gallery_check_row(out, error);
    if (!status)
        status = decision_check(record->embedding, record->dimension, true, "an embedding", error);
    return status;
}

vultus_status vultus_gallery_import(vultus_gallery *gallery, const char *const *names,
                                    const vultus_face_record *records, size_t count,
                                    vultus_imported *out, vultus_error *error)
{
    vultus_imported sum = {0};
    vultus_status status = need(gallery && ((names && records) || !count), error);
    if (!status && count > VULTUS_IMPORT_MAX)
        status = status_set(error, VULTUS_ERR_LIMIT, "%zu faces at once; at most %d are imported",
                            count, VULTUS_IMPORT_MAX);
    if (status)
        return status;
    struct store_sample *rows = mem_array(count + 1, sizeof *rows);
    vultus_enrolled *enrolled = mem_array(count + 1, sizeof *enrolled);
    if (!rows || !enrolled)
        status = status_memory(error, "the faces of an import");
    for (size_t i = 0; !status && i < count; i++)
        status = make_row(names[i], records + i, rows + i, error);
    if (!status)
        status = gallery->store->methods->add(gallery->store, rows, count, enrolled, error);
    if (!status && count)
        gallery_note_added(gallery, rows + count - 1);
    for (size_t i = 0; !status && i < count; i++) {
        sum.duplicates += enrolled[i].duplicate;
        sum.added += !enrolled[i].duplicate;
        sum.new_people += enrolled[i].new_person;
    }
    mem_free(rows);
    mem_free(enrolled);
    if (!status && out)
        *out = sum;
    return status;
}
