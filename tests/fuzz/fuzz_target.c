/*
 * Targets of requests and their queries: what is read keeps its limits, fits at most one route for each method, and
 * parameters are in their ranges.
 */
#include "fuzz.h"

#include "base/memory.h"
#include "server/reply.h"
#include "server/routes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void need(bool fact)
{
    if (!fact)
        abort();
}

static void try_parameters(const struct target *target, const struct route *route)
{
    struct parameters parameters;
    char message[256] = "";
    if (!parameters_read(target, route->parameters, &parameters, message, sizeof message)) {
        need(message[0]);
        return;
    }
    need(!target->query_count || route->parameters);
    need(parameters.max_faces >= 1 && parameters.max_faces <= FACES_LIMIT);
    need(parameters.limit >= 1 && parameters.limit <= PAGE_LIMIT);
    need(parameters.top <= VULTUS_TOP_MAX && parameters.metric < 2 && parameters.select < 2);
    need(isfinite(parameters.threshold) && parameters.far >= 0 && parameters.far < 1);
    need(parameters.min_quality >= 0 && parameters.min_quality <= 1);
    need(!parameters.given[PARAMETER_FAR] || !parameters.given[PARAMETER_THRESHOLD]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "FROB"};
    long live = mem_live();
    char *text = mem_alloc(size + 1);
    struct request request = {.id = "0123456789abcdef"};
    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (target_read(text, &request.target)) {
        need(strlen(text) <= TARGET_BYTES_MAX);
        need(request.target.segment_count && request.target.segment_count <= TARGET_SEGMENTS_MAX);
        need(request.target.query_count <= TARGET_QUERY_MAX);
        for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
            request.reply.status = 0;
            request.route = NULL;
            need(routes_find(&request, methods[i]) == (request.route != NULL));
            need(request.route || request.reply.status == 404 || request.reply.status == 405);
        }
        for (size_t i = 0; routes_at(i); i++)
            try_parameters(&request.target, routes_at(i));
        buffer_clear(&request.reply.body);
        target_clear(&request.target);
    }
    mem_free(text);
    need(mem_live() == live);
    return 0;
}

size_t fuzz_seed(unsigned index, uint8_t *out, size_t capacity)
{
    static const char *const seeds[] = {
        "/v1/identify?threshold=0.4&metric=cosine&top=5&flip=true&min_quality=.5&max_faces=7",
        "/v1/people/Ada%20Lovelace/faces/17/picture",
        "/v1/people?limit=100&after=%D0%90%D0%B4%D0%B0+B&name=x&select=largest&min_size=0",
        "/v1/verify?far=1e-3&min_margin=0.1&min_face=40",
    };
    if (index >= sizeof seeds / sizeof *seeds || capacity < strlen(seeds[index]))
        return 0;
    memcpy(out, seeds[index], strlen(seeds[index]));
    return strlen(seeds[index]);
}
