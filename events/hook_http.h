/*
 * POST over HTTP, by libcurl, which is loaded when the first webhook is opened: linking it would bring some thirty
 * libraries into every process. http and https only, no redirects, short waits; what is answered is thrown away.
 */
#ifndef EVENTS_HOOK_HTTP_H
#define EVENTS_HOOK_HTTP_H

#include "base/status.h"

#define HOOK_HEADERS_MAX 8

struct hook_http; /* used from one thread; keeps its connection */

struct hook_post {
    const char *url;
    const char *headers[HOOK_HEADERS_MAX]; /* "Name: value" */
    const void *body;
    size_t size;
    bool (*stopped)(void *context); /* asked now and then: true gives it up */
    void *context;
};

/* NOT_FOUND: libcurl is not installed, or was not there when vultus was built. */
vultus_status hook_http_open(struct hook_http **out, vultus_error *error) VULTUS_MUST_USE;
void hook_http_close(struct hook_http *http);
/* *code is the status of the answer. IO: there was none, and why. */
vultus_status hook_http_post(struct hook_http *http, const struct hook_post *post, long *code,
                             vultus_error *error) VULTUS_MUST_USE;

#endif
