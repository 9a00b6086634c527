/* What a key is for: some galleries, some workspaces, or all of the server. */
#ifndef SERVER_KEY_BOUNDS_H
#define SERVER_KEY_BOUNDS_H

#include "workspaces.h"

#include <jansson.h>

#define KEY_NAMES_MAX 16 /* galleries or workspaces of one key */

struct key_names { /* of galleries, or ids of workspaces; these are the longer ones */
    char items[KEY_NAMES_MAX][WORKSPACE_ID_MAX + 1];
    size_t count;
};

struct key_bounds { /* none of both: the key is for all */
    struct key_names galleries, workspaces;
};

struct key_wanted { /* names as somebody gave them */
    const char *const *items;
    size_t count;
};
/* ARGUMENT: too many, or one of them can be no name. */
vultus_status key_bounds_set(struct key_bounds *out, const struct key_wanted *galleries,
                             const struct key_wanted *workspaces,
                             vultus_error *error) VULTUS_MUST_USE;
/* The members "galleries" and "workspaces" of a key, each of which may be missing. False: they are not what they should. */
bool key_bounds_read(const json_t *key, struct key_bounds *out);
/* These members. */
json_t *key_bounds_json(const struct key_bounds *bounds);

bool key_bound(const struct key_bounds *bounds);
bool key_may_use(const struct key_bounds *bounds, const char *gallery);
/* `admin`: its scope is. A key that is for galleries needs that for all workspaces, and for what is about the server; one
 * that is for workspaces has only these. */
bool key_may_enter(const struct key_bounds *bounds, bool admin, const char *workspace);
bool key_may_see_server(const struct key_bounds *bounds, bool admin);

#endif
