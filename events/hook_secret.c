/* The secret by which messages of webhooks are signed, from a file or the environment. */
#include "base/file.h"
#include "events/hook_message.h"
#include "events/hooks.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

vultus_status hooks_secret(const char *path, struct buffer *out, bool *found, vultus_error *error)
{
    const char *text = path ? NULL : getenv("VULTUS_WEBHOOK_SECRET");
    struct stat info;
    vultus_status status = VULTUS_OK;
    buffer_init(out, HOOK_SECRET_MAX);
    *found = path || (text && text[0]);
    if (!*found)
        return VULTUS_OK;
    if (path && !stat(path, &info) && S_ISREG(info.st_mode) && info.st_mode & (S_IRWXG | S_IRWXO))
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "%s: others may read the secret; chmod 600 it", file_shown(path));
    status = path ? file_read(path, HOOK_SECRET_MAX, out, error)
                  : buffer_append(out, text, strlen(text), error);
    while (!status && out->size &&
           (out->data[out->size - 1] == '\n' || out->data[out->size - 1] == '\r'))
        out->size--;
    if (!status && !out->size)
        status = status_set(error, VULTUS_ERR_ARGUMENT, "%s: the secret is empty",
                            path ? file_shown(path) : "VULTUS_WEBHOOK_SECRET");
    if (status)
        buffer_clear(out);
    return status;
}
