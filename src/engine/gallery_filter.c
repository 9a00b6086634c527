/*
 * Among whom is searched: people by name, group and tag, as a bit for each member of the index. It is made again when
 * the filter, the index or the database has changed.
 */
#include "base/memory.h"
#include "engine/gallery.h"
#include "gallery/names.h"

#include <string.h>

#define ASKED_MAX ((size_t)VULTUS_FILTER_MAX * 3 * (VULTUS_NAME_MAX + 2))

struct kind {
    const char *const *items;
    size_t count;
    vultus_fact_kind fact; /* VULTUS_FACT_KINDS: names of people */
};

static void kinds_of(const vultus_filter *filter, struct kind out[3])
{
    out[0] = (struct kind){filter->people, filter->people_count, VULTUS_FACT_KINDS};
    out[1] = (struct kind){filter->groups, filter->group_count, VULTUS_FACT_GROUP};
    out[2] = (struct kind){filter->tags, filter->tag_count, VULTUS_FACT_TAG};
}

void gallery_filter_clear(struct gallery_filter *filter)
{
    buffer_clear(&filter->asked);
    mem_free(filter->allowed);
    *filter = (struct gallery_filter){0};
}

/* The filter as bytes, to see whether it is the same; names are checked on the way. */
static vultus_status spell(const vultus_filter *filter, struct buffer *out, vultus_error *error)
{
    struct kind kinds[3];
    kinds_of(filter, kinds);
    for (size_t k = 0; k < 3; k++) {
        if (kinds[k].count > VULTUS_FILTER_MAX || (kinds[k].count && !kinds[k].items))
            return status_set(error, VULTUS_ERR_ARGUMENT,
                              "a filter has at most %d people, groups and tags each",
                              VULTUS_FILTER_MAX);
        for (size_t i = 0; i < kinds[k].count; i++) {
            vultus_status status = names_check(kinds[k].items[i], error);
            if (!status)
                status =
                    buffer_append(out, kinds[k].items[i], strlen(kinds[k].items[i]) + 1, error);
            if (status)
                return status;
        }
        vultus_status status = buffer_append(out, "", 1, error);
        if (status)
            return status;
    }
    return VULTUS_OK;
}

static vultus_status find_people(vultus_gallery *gallery, const struct kind *kind,
                                 struct store_ids *out, vultus_error *error)
{
    const struct store_methods *methods = gallery->store->methods;
    vultus_status status = VULTUS_OK;
    if (!methods->having)
        status = status_set(error, VULTUS_ERR_ARGUMENT, "%s galleries cannot be filtered yet",
                            methods->name);
    for (size_t i = 0; !status && i < kind->count; i++)
        status = methods->having(gallery->store, kind->fact, kind->items[i], out, error);
    return status;
}

/* Leaves of those who are allowed such as one kind allows. */
static vultus_status narrow(vultus_gallery *gallery, const struct kind *kind, uint64_t *allowed,
                            size_t words, vultus_error *error)
{
    struct store_ids ids = {0};
    if (!kind->count)
        return VULTUS_OK;
    uint64_t *these = mem_zalloc(words, sizeof *these);
    vultus_status status =
        these ? find_people(gallery, kind, &ids, error) : status_memory(error, "a filter");
    for (size_t i = 0; !status && i < ids.count; i++) {
        size_t member = search_member(gallery->index, ids.items[i]);
        if (member < search_members(gallery->index)) /* else they have no face here */
            these[member / 64] |= (uint64_t)1 << member % 64;
    }
    for (size_t i = 0; !status && i < words; i++)
        allowed[i] &= these[i];
    mem_free(ids.items);
    mem_free(these);
    return status;
}

static vultus_status make(vultus_gallery *gallery, const vultus_filter *asked,
                          struct gallery_filter *out, vultus_error *error)
{
    const size_t words = search_members(gallery->index) / 64 + 1;
    struct kind kinds[3];
    kinds_of(asked, kinds);
    out->foreign = gallery->mark.foreign;
    out->own = gallery->mark.own;
    out->allowed = mem_array(words, sizeof *out->allowed);
    if (!out->allowed)
        return status_memory(error, "a filter");
    memset(out->allowed, 0xFF, words * sizeof *out->allowed);
    vultus_status status = VULTUS_OK;
    for (size_t k = 0; !status && k < 3; k++)
        status = narrow(gallery, &kinds[k], out->allowed, words, error);
    if (!status)
        search_count(gallery->index, out->allowed, &out->people, &out->faces);
    return status;
}

vultus_status gallery_filter_update(vultus_gallery *gallery, const vultus_filter *filter,
                                    vultus_error *error)
{
    struct gallery_filter *have = &gallery->filter, made = {0};
    if (!filter || !(filter->people_count + filter->group_count + filter->tag_count)) {
        gallery_filter_clear(have);
        return VULTUS_OK;
    }
    buffer_init(&made.asked, ASKED_MAX);
    vultus_status status = spell(filter, &made.asked, error);
    bool marked = gallery->mark.foreign || gallery->mark.own; /* whatever changes is seen there */
    bool same = !status && marked && have->allowed && have->foreign == gallery->mark.foreign &&
                have->own == gallery->mark.own && have->asked.size == made.asked.size &&
                !memcmp(have->asked.data, made.asked.data, made.asked.size);
    if (!status && !same)
        status = make(gallery, filter, &made, error);
    if (status || same) {
        gallery_filter_clear(&made);
        return status;
    }
    gallery_filter_clear(have);
    *have = made;
    return VULTUS_OK;
}
