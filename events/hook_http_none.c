/* In place of hook_http.c where libcurl's headers were missing when vultus was built. */
#include "events/hook_http.h"

vultus_status hook_http_open(struct hook_http **out, vultus_error *error)
{
    (void)out;
    return status_set(error, VULTUS_ERR_NOT_FOUND,
                      "this build of vultus has no webhooks; install libcurl4-gnutls-dev and build "
                      "it again");
}

void hook_http_close(struct hook_http *http)
{
    (void)http;
}

vultus_status hook_http_post(struct hook_http *http, const struct hook_post *post, long *code,
                             vultus_error *error)
{
    (void)http, (void)post, (void)code;
    return status_set(error, VULTUS_ERR_INTERNAL, "no webhooks");
}
