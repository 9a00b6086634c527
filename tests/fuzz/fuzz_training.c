/*
 * What somebody wants to be trained: a query of any bytes. What is accepted is what the library takes, and has room where it is
 * kept; what is not has a reply that says why.
 */
#include "fuzz.h"

#include "base/memory.h"
#include "server/reply.h"
#include "server/routes.h"
#include "server/service.h"
#include "server/train_request.h"

#include <stdlib.h>
#include <string.h>

static const char front[] = "/v1/workspaces/w/train?";

static void need(bool fact)
{
    if (!fact)
        abort();
}

static bool ends(const char *text, size_t size)
{
    return memchr(text, '\0', size) != NULL;
}

static void try_request(struct request *request)
{
    struct job_request wanted;
    char message[256] = "";
    need(routes_find(request, "POST"));
    if (!parameters_read(&request->target, request->route->parameters, &request->parameters,
                         message, sizeof message)) {
        need(message[0]);
    } else if (train_request_read(request, &wanted)) {
        need(ends(wanted.method, sizeof wanted.method) && wanted.method[0]);
        need(ends(wanted.parameters, sizeof wanted.parameters));
        need(ends(wanted.grid, sizeof wanted.grid));
        need(wanted.folds >= 1 && wanted.folds <= FOLDS_LIMIT && wanted.far > 0 && wanted.far < 1);
        need(!request->reply.status);
    } else {
        need(request->reply.status == 400 && request->reply.code);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_setup();
    long live = mem_live();
    char *text = mem_alloc(sizeof front + size);
    struct request request = {.id = "0123456789abcdef", .deadline = UINT64_MAX};
    if (!text)
        return 0;
    memcpy(text, front, sizeof front - 1);
    memcpy(text + sizeof front - 1, data, size);
    text[sizeof front - 1 + size] = '\0';
    if (target_read(text, &request.target)) {
        if (request.target.segment_count == 4)
            try_request(&request);
        target_clear(&request.target);
    }
    buffer_clear(&request.reply.body);
    mem_free(text);
    need(mem_live() == live);
    return 0;
}

size_t fuzz_seed(unsigned index, uint8_t *out, size_t capacity)
{
    static const char *const seeds[] = {
        "method=softmax&C=10&tol=0.001&max_iter=1000&class_weight=balanced&cv=5&far=0.01&seed=7",
        "method=svm-rbf&grid=C%3D0.1,1,10%3Bgamma%3Dscale,auto,0.5&cv=2",
        "method=knn&n_neighbors=3&weights=uniform",
        "method=forest&n-estimators=100&max-depth=none&cv=1",
    };
    if (index >= sizeof seeds / sizeof *seeds || capacity < strlen(seeds[index]))
        return 0;
    memcpy(out, seeds[index], strlen(seeds[index]));
    return strlen(seeds[index]);
}
