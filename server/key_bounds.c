/* See key_bounds.h. */
#include "key_bounds.h"
#include "gallery_files.h"

#include "answers/json_values.h"

#include <string.h>

_Static_assert(GALLERY_NAME_MAX <= WORKSPACE_ID_MAX, "one room is enough for both");

struct kind {
    const char *member, *name, *letters;
    bool (*good)(const char *name);
    int most; /* letters */
};

static const struct kind galleries_kind = {"galleries", "the name of a gallery",
                                           "a to z, 0 to 9, _ and -", gallery_name_good,
                                           GALLERY_NAME_MAX};
static const struct kind workspaces_kind = {"workspaces", "the id of a workspace",
                                            "a to z, 0 to 9, _, - and ., a letter or digit first",
                                            workspace_id_good, WORKSPACE_ID_MAX};

static vultus_status set(const struct kind *kind, const struct key_wanted *wanted,
                         struct key_names *out, vultus_error *error)
{
    if (wanted->count > KEY_NAMES_MAX)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "a key is for at most %d %s; without any it is for all", KEY_NAMES_MAX,
                          kind->member);
    for (size_t i = 0; i < wanted->count; i++) {
        if (!kind->good(wanted->items[i]))
            return status_set(error, VULTUS_ERR_ARGUMENT, "%.70s: %s has 1 to %d of %s",
                              wanted->items[i], kind->name, kind->most, kind->letters);
        memcpy(out->items[i], wanted->items[i], strlen(wanted->items[i]) + 1);
    }
    out->count = wanted->count;
    return VULTUS_OK;
}

vultus_status key_bounds_set(struct key_bounds *out, const struct key_wanted *galleries,
                             const struct key_wanted *workspaces, vultus_error *error)
{
    struct key_bounds bounds = {0};
    vultus_status status = set(&galleries_kind, galleries, &bounds.galleries, error);
    if (!status)
        status = set(&workspaces_kind, workspaces, &bounds.workspaces, error);
    if (!status)
        *out = bounds;
    return status;
}

/* A list of names, or nothing. */
static bool read_names(const struct kind *kind, const json_t *key, struct key_names *out)
{
    const json_t *list = json_object_get(key, kind->member);
    size_t count = json_array_size(list);
    if ((list && !json_is_array(list)) || count > KEY_NAMES_MAX)
        return false;
    for (size_t i = 0; i < count; i++) {
        const char *name = json_string_value(json_array_get(list, i));
        if (!name || !kind->good(name))
            return false;
        memcpy(out->items[i], name, strlen(name) + 1);
    }
    out->count = count;
    return true;
}

bool key_bounds_read(const json_t *key, struct key_bounds *out)
{
    return read_names(&galleries_kind, key, &out->galleries) &&
           read_names(&workspaces_kind, key, &out->workspaces);
}

static json_t *json_names(const struct key_names *names)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < names->count; i++)
        list = json_appended(list, json_string(names->items[i]));
    return list;
}

json_t *key_bounds_json(const struct key_bounds *bounds)
{
    return json_pack("{s:o, s:o}", galleries_kind.member, json_names(&bounds->galleries),
                     workspaces_kind.member, json_names(&bounds->workspaces));
}

/* ------------------------------------------------------------------ asking */

static bool has(const struct key_names *names, const char *name)
{
    size_t i = 0;
    while (i < names->count && strcmp(names->items[i], name) != 0)
        i++;
    return i < names->count;
}

bool key_bound(const struct key_bounds *bounds)
{
    return bounds->galleries.count || bounds->workspaces.count;
}

bool key_may_use(const struct key_bounds *bounds, const char *gallery)
{
    return !key_bound(bounds) || has(&bounds->galleries, gallery);
}

bool key_may_see_server(const struct key_bounds *bounds, bool admin)
{
    return !bounds->workspaces.count && (admin || !bounds->galleries.count);
}

bool key_may_enter(const struct key_bounds *bounds, bool admin, const char *workspace)
{
    return has(&bounds->workspaces, workspace) || key_may_see_server(bounds, admin);
}
