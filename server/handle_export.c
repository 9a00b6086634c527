/* A workspace as `vultus gallery export` writes a gallery: one JSON object for each face, so that it can be imported. An
 * answer is bounded; what is larger is asked for label by label. */
#include "handlers.h"
#include "reply.h"
#include "service.h"
#include "workspace_request.h"

#include "answers/json_people.h"

static int add(const char *text, size_t size, void *context)
{
    return buffer_append(context, text, size, NULL) ? -1 : 0;
}

/* False: it has no place in the answer. Takes the value. */
static bool add_line(struct buffer *out, json_t *value)
{
    bool good = value &&
                !json_dump_callback(value, add, out,
                                    JSON_COMPACT | JSON_REAL_PRECISION(JSON_FLOAT_DIGITS)) &&
                !buffer_append(out, "\n", 1, NULL);
    json_decref(value);
    return good;
}

static vultus_status add_label(vultus_gallery *gallery, const char *label, struct buffer *out,
                               vultus_error *error)
{
    vultus_face_records records = {0};
    vultus_facts facts = {0};
    vultus_status status = vultus_gallery_faces(gallery, label, &records, error);
    if (!status)
        status = vultus_gallery_facts(gallery, label, &facts, error);
    for (size_t i = 0; !status && i < records.count; i++)
        if (!add_line(out, json_exported(label, &facts, &records.items[i])))
            status = status_set(error, VULTUS_ERR_LIMIT,
                                "the export has more than %zu bytes; ask for one label=LABEL at a "
                                "time",
                                REPLY_MAX);
    vultus_face_records_clear(&records);
    vultus_facts_clear(&facts);
    return status;
}

static vultus_status add_all(vultus_gallery *gallery, struct buffer *out, vultus_error *error)
{
    vultus_people people = {0};
    vultus_status status = vultus_gallery_people(gallery, &people, error);
    for (size_t i = 0; !status && i < people.count; i++)
        status = add_label(gallery, people.items[i].name, out, error);
    vultus_people_clear(&people);
    return status;
}

void handle_export_workspace(struct request *request, struct worker *worker)
{
    const char *label = request->parameters.label;
    struct workspace workspace;
    vultus_gallery *gallery = NULL;
    struct buffer lines;
    vultus_error error = {0};
    (void)worker;
    if (!workspace_take_gallery(request, &workspace, &gallery))
        return;
    buffer_init(&lines, REPLY_MAX);
    if (label ? add_label(gallery, label, &lines, &error) : add_all(gallery, &lines, &error))
        reply_failure(request, &error);
    else
        reply_text(request, "application/jsonl", &lines);
    buffer_clear(&lines);
    workspace_give_gallery(&workspace, gallery);
}
