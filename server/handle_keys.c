/* The keys of the server, for whoever may do everything: which there are, and that one counts no more. What opens a door
 * is told by nobody, because nobody has it. */
#include "handlers.h"
#include "reply.h"
#include "service.h"

#include <string.h>

/* A key that is only for a part would get all of it by the others. */
static bool may_see(struct request *request)
{
    if (!key_bound(&request->bounds))
        return true;
    reply_error(request, ERROR_FORBIDDEN, "this key is not for all of the server");
    return false;
}

static void fail(struct request *request, vultus_error *error)
{
    if (error->code == VULTUS_ERR_FORMAT) /* nothing that was sent: the file is ours */
        error->code = VULTUS_ERR_DATABASE;
    reply_failure(request, error);
}

void handle_keys(struct request *request, struct worker *worker)
{
    struct keys keys = {0};
    vultus_error error = {0};
    (void)worker;
    if (!may_see(request))
        return;
    if (keys_read(request->server->keys_file, &keys, &error)) {
        fail(request, &error);
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; list && i < keys.count; i++) {
        bool own = !strcmp(keys.items[i].id, request->key);
        list = json_appended(list,
                             json_joined(key_json(&keys.items[i]), json_pack("{s:b}", "own", own)));
    }
    reply_json(request, 200, json_pack("{s:o}", "keys", list), JSON_DIGITS);
    keys_clear(&keys);
}

void handle_revoke(struct request *request, struct worker *worker)
{
    vultus_error error = {0};
    (void)worker;
    if (!may_see(request))
        return;
    vultus_status status = keys_revoke(request->server->keys_file, request->values[0], &error);
    gate_look(request->server);
    if (status)
        fail(request, &error);
    else
        reply_empty(request, 204);
}
