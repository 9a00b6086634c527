/* See train_request.h. */
#include "train_request.h"
#include "reply.h"
#include "service.h"

#include <stdio.h>
#include <string.h>

/* "C=1;gamma=scale" of what the query has. False: it is too long, and the reply says so. */
static bool join(struct request *request, char *out, size_t size)
{
    size_t used = 0;
    *out = '\0';
    for (int id = PARAMETER_C; id <= PARAMETER_MAX_ITER && used < size; id++) {
        const char *value = request->parameters.hyper[id - PARAMETER_C];
        if (value)
            used += (size_t)snprintf(out + used, size - used, "%s%s=%s", used ? ";" : "",
                                     parameter_name((enum parameter_id)id), value);
    }
    if (used < size)
        return true;
    reply_error(request, ERROR_BAD_REQUEST, "the parameters have more than %zu bytes", size - 1);
    return false;
}

static bool copy_text(struct request *request, const char *name, const char *text, char *out,
                      size_t size)
{
    size_t length = text ? strlen(text) : 0;
    if (length >= size) {
        reply_error(request, ERROR_BAD_REQUEST, "%s has more than %zu bytes", name, size - 1);
        return false;
    }
    memcpy(out, text ? text : "", length + 1);
    return true;
}

bool train_request_read(struct request *request, struct job_request *out)
{
    const struct parameters *asked = &request->parameters;
    const char *method = asked->method ? asked->method : "softmax";
    vultus_error error = {0};
    *out = (struct job_request){.folds = asked->cv ? asked->cv : 5,
                                .far = asked->given[PARAMETER_FAR] ? asked->far : 0.01f,
                                .seed = asked->seed};
    writer_actor(request, out->by);
    if (!copy_text(request, "method", method, out->method, sizeof out->method) ||
        !copy_text(request, "grid", asked->grid, out->grid, sizeof out->grid) ||
        !join(request, out->parameters, sizeof out->parameters))
        return false;
    const vultus_classifier_options options = {.method = out->method,
                                               .parameters = out->parameters,
                                               .grid = out->grid[0] ? out->grid : NULL,
                                               .folds = out->folds,
                                               .far = out->far};
    if (!vultus_classifier_check(&options, &error))
        return true;
    reply_error(request, error.code == VULTUS_ERR_MEMORY ? ERROR_BUSY : ERROR_BAD_REQUEST, "%s",
                error.message);
    return false;
}
