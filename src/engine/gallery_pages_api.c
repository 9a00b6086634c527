/* Pages of people and of faces, and single faces. What callers pass in is checked here, the rest is the store's. */
#include "base/memory.h"
#include "engine/gallery.h"
#include "gallery/names.h"

#include <string.h>

vultus_status vultus_gallery_people_page(vultus_gallery *gallery, const vultus_people_query *query,
                                         vultus_people *out, size_t *total, vultus_error *error)
{
    vultus_people_query own = query ? *query : (vultus_people_query){0};
    size_t all = 0;
    vultus_status status = gallery_need(gallery && out, error);
    if (status)
        return status;
    own.most = own.most ? own.most : VULTUS_PAGE;
    if (own.most > VULTUS_PAGE_MAX)
        return status_set(error, VULTUS_ERR_ARGUMENT, "a page has at most %d people",
                          VULTUS_PAGE_MAX);
    status = gallery->store->methods->people_page(gallery->store, &own, out, &all, error);
    if (!status && total)
        *total = all;
    return status;
}

vultus_status vultus_gallery_faces_from(vultus_gallery *gallery, int64_t face, size_t most,
                                        vultus_named_faces *out, vultus_error *error)
{
    vultus_status status = gallery_need(gallery && out, error);
    if (!status && (!most || most > VULTUS_PAGE_MAX))
        status =
            status_set(error, VULTUS_ERR_ARGUMENT, "a page has 1 to %d faces", VULTUS_PAGE_MAX);
    if (!status)
        status = gallery->store->methods->faces_from(gallery->store, face, most, out, error);
    for (size_t i = 0; !status && i < out->count; i++)
        gallery_complete(&out->items[i].face);
    return status;
}

vultus_status vultus_gallery_face(vultus_gallery *gallery, int64_t face, vultus_named_faces *out,
                                  vultus_error *error)
{
    vultus_named_faces found = {0};
    vultus_status status = gallery_need(gallery && out, error);
    if (!status)
        status = vultus_gallery_faces_from(gallery, face, 1, &found, error);
    if (!status && (!found.count || found.items[0].id != face))
        status = status_set(error, VULTUS_ERR_NOT_FOUND, "there is no face %lld", (long long)face);
    if (status)
        vultus_named_faces_clear(&found);
    else
        *out = found;
    return status;
}

vultus_status vultus_gallery_delete_face(vultus_gallery *gallery, int64_t face, vultus_error *error)
{
    vultus_status status = gallery_need(gallery != NULL, error);
    return status ? status : gallery->store->methods->erase_face(gallery->store, face, error);
}

vultus_status vultus_gallery_count_facts(vultus_gallery *gallery, vultus_fact_kind kind,
                                         vultus_fact_counts *out, vultus_error *error)
{
    vultus_status status =
        gallery_need(gallery && out && kind >= 0 && kind < VULTUS_FACT_KINDS, error);
    return status ? status : gallery->store->methods->count_facts(gallery->store, kind, out, error);
}

vultus_status vultus_gallery_split(vultus_gallery *gallery, const char *name, const int64_t *faces,
                                   size_t count, const char *into, vultus_error *error)
{
    const struct store_split split = {.name = name, .into = into, .faces = faces, .count = count};
    vultus_status status = gallery_need(gallery && faces && count, error);
    if (!status)
        status = names_check(name, error);
    if (!status)
        status = names_check(into, error);
    if (!status && !strcmp(name, into))
        status = status_set(error, VULTUS_ERR_ARGUMENT,
                            "\"%.100s\" cannot be split from themselves; name somebody else", name);
    return status ? status : gallery->store->methods->split(gallery->store, &split, error);
}
