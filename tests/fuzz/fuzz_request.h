/* A request whose body is what the fuzzer gives: the first byte says whether it is a form, JSON or a picture. */
#ifndef FUZZ_REQUEST_H
#define FUZZ_REQUEST_H

#include "base/memory.h"
#include "server/reply.h"
#include "server/service.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static inline void need(bool fact)
{
    if (!fact)
        abort();
}

/* A form's boundary is "b"; where the bit of 4 is set, the request has a label. Nothing may be left behind. */
static inline void fuzz_request(const uint8_t *data, size_t size, void (*try)(struct request *))
{
    static const char *const types[] = {"multipart/form-data; boundary=b", "application/json",
                                        "image/png"};
    static struct server server = {.options = {.max_body = 1 << 20}};
    struct request request = {.server = &server, .id = "0123456789abcdef", .deadline = UINT64_MAX};
    if (!size)
        return;
    json_setup();
    long live = mem_live();
    snprintf(request.content_type, sizeof request.content_type, "%s", types[data[0] % 3]);
    if (data[0] & 4)
        request.parameters.label = "Ada";
    buffer_init(&request.body, server.options.max_body);
    if (!buffer_append(&request.body, data + 1, size - 1, NULL))
        try(&request);
    buffer_clear(&request.body);
    buffer_clear(&request.reply.body);
    need(mem_live() == live);
}

#endif
