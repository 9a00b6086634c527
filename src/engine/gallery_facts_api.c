/*
 * What is known of people beside their faces, and the history of changes. What callers pass in is checked
 * here; whether it exists, in the store.
 */
#include "base/utf8.h"
#include "engine/gallery.h"
#include "gallery/names.h"
#include "image/image.h"

#include <string.h>

static vultus_status need(bool all_there, vultus_error *error)
{
    return all_there ? VULTUS_OK
                     : status_set(error, VULTUS_ERR_ARGUMENT,
                                  "a gallery and a place for the answer are needed");
}

static vultus_status check_value(const char *value, vultus_error *error)
{
    size_t size = strnlen(value, VULTUS_FACT_VALUE_MAX + 1);
    if (size > VULTUS_FACT_VALUE_MAX)
        return status_set(error, VULTUS_ERR_ARGUMENT, "a value is longer than %d bytes",
                          VULTUS_FACT_VALUE_MAX);
    for (size_t at = 0; at < size;)
        if (utf8_next(value, size, &at) == UTF8_BAD)
            return status_set(error, VULTUS_ERR_ARGUMENT, "a value is not UTF-8");
    return VULTUS_OK;
}

/* A key by the rules of names where the kind has one; nothing behind tags and groups; a date as the store
 * compares it. */
vultus_status gallery_check_fact(const struct store_fact *fact, vultus_error *error)
{
    bool has_key = fact->kind <= VULTUS_FACT_GROUP;
    if ((unsigned)fact->kind >= VULTUS_FACT_KINDS)
        return status_set(error, VULTUS_ERR_ARGUMENT, "there is no such kind of fact");
    vultus_status status = has_key ? names_check(fact->key, error) : VULTUS_OK;
    if (!status && !has_key && fact->key[0])
        status =
            status_set(error, VULTUS_ERR_ARGUMENT, "%s has no key", vultus_fact_name(fact->kind));
    if (!status && fact->value)
        status = check_value(fact->value, error);
    if (!status && fact->kind == VULTUS_FACT_RETAIN && fact->value && !gallery_is_date(fact->value))
        status = status_set(error, VULTUS_ERR_ARGUMENT,
                            "\"%.40s\" is no date; give one as 2026-01-31T23:59:59Z", fact->value);
    return status;
}

vultus_status vultus_gallery_set_fact(vultus_gallery *gallery, const char *name,
                                      vultus_fact_kind kind, const char *key, const char *value,
                                      vultus_error *error)
{
    const struct store_fact fact = {.kind = kind, .key = key ? key : "", .value = value};
    vultus_status status = need(gallery != NULL, error);
    if (!status)
        status = names_check(name, error);
    if (!status)
        status = gallery_check_fact(&fact, error);
    return status ? status : gallery->store->methods->set_fact(gallery->store, name, &fact, error);
}

vultus_status vultus_gallery_facts(vultus_gallery *gallery, const char *name, vultus_facts *out,
                                   vultus_error *error)
{
    vultus_status status = need(gallery && out, error);
    if (!status)
        status = names_check(name, error);
    return status ? status : gallery->store->methods->facts(gallery->store, name, out, error);
}

vultus_status vultus_gallery_move(vultus_gallery *gallery, int64_t face, const char *into,
                                  vultus_error *error)
{
    vultus_status status = need(gallery != NULL, error);
    if (!status)
        status = names_check(into, error);
    return status ? status : gallery->store->methods->move(gallery->store, face, into, error);
}

vultus_status vultus_gallery_refuse(vultus_gallery *gallery, const char *name,
                                    const uint8_t picture[32], bool refuse, vultus_error *error)
{
    vultus_status status = need(gallery && picture, error);
    if (!status)
        status = names_check(name, error);
    return status ? status
                  : gallery->store->methods->refuse(gallery->store, name, picture, refuse, error);
}

vultus_status vultus_gallery_refusals(vultus_gallery *gallery, const char *name,
                                      vultus_refusals *out, vultus_error *error)
{
    vultus_status status = need(gallery && out, error);
    if (!status)
        status = names_check(name, error);
    return status ? status : gallery->store->methods->refused_of(gallery->store, name, out, error);
}

vultus_status vultus_image_id(const vultus_image *image, uint8_t out[32], vultus_error *error)
{
    if (!image || !out)
        return status_set(error, VULTUS_ERR_ARGUMENT, "a picture and a place for its hash");
    return image_hash(image, out, error);
}

vultus_status vultus_gallery_face_picture(vultus_gallery *gallery, int64_t face, uint8_t out[32],
                                          vultus_error *error)
{
    vultus_status status = need(gallery && out, error);
    return status ? status
                  : gallery->store->methods->face_picture(gallery->store, face, out, error);
}

vultus_status vultus_gallery_changes(vultus_gallery *gallery, const char *name, size_t most,
                                     vultus_changes *out, vultus_error *error)
{
    vultus_status status = need(gallery && out, error);
    if (!status && name)
        status = names_check(name, error);
    return status ? status
                  : gallery->store->methods->changes(gallery->store, name, most, out, error);
}

vultus_status vultus_gallery_undo(vultus_gallery *gallery, char action[32], vultus_error *error)
{
    vultus_status status = need(gallery != NULL, error);
    return status ? status : gallery->store->methods->undo(gallery->store, action, error);
}
