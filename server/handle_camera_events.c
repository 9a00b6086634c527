/* What cameras saw: events that are kept, their pictures, and events as they come. */
#include "body.h"
#include "handlers.h"
#include "reply.h"
#include "service.h"

#include "answers/json_events.h"

#include <stdlib.h>

/* Of the query; false: the reply says what is wrong. */
static bool read_kinds(struct request *request, unsigned *kinds)
{
    const struct parameter_texts *texts = &request->parameters.kinds;
    vultus_event_kind kind;
    vultus_error error = {0};
    *kinds = 0;
    for (size_t i = 0; i < texts->count; i++) {
        if (vultus_event_kind_of(texts->items[i], &kind, &error)) {
            reply_failure(request, &error);
            return false;
        }
        *kinds |= 1u << kind;
    }
    return true;
}

/* What `after` or `before` is on the next page. */
static json_t *json_next(const vultus_event_records *records, size_t most)
{
    return records->count && records->count == most
               ? json_integer(records->items[records->count - 1].id)
               : json_null();
}

void handle_camera_events(struct request *request, struct worker *worker)
{
    const struct parameters *parameters = &request->parameters;
    vultus_event_query query = {.after = parameters->after_event,
                                .before = parameters->before_event,
                                .since = parameters->since,
                                .until = parameters->until,
                                .person = parameters->one_person,
                                .camera = parameters->camera,
                                .latest = parameters->latest,
                                .most = parameters->limit};
    vultus_event_records records = {0};
    vultus_error error = {0};
    if (!read_kinds(request, &query.kinds))
        return;
    if (vultus_gallery_events(worker->gallery, &query, &records, &error)) {
        reply_failure(request, &error);
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; list && i < records.count; i++)
        list = json_appended(list, json_event_record(&records.items[i], false));
    reply_json(request, 200,
               json_pack("{s:o, s:o}", "events", list, "next", json_next(&records, query.most)),
               JSON_DIGITS);
    vultus_event_records_clear(&records);
}

/* False: the reply says that there is none. */
static bool read_event(struct request *request, struct worker *worker, vultus_event_record *out)
{
    vultus_error error = {0};
    int64_t id;
    if (!path_number(request, request->values[0], &id))
        return false;
    if (!vultus_gallery_event(worker->gallery, id, out, &error))
        return true;
    reply_failure(request, &error);
    return false;
}

void handle_camera_event(struct request *request, struct worker *worker)
{
    vultus_event_record record = {0};
    if (!read_event(request, worker, &record))
        return;
    reply_json(request, 200, json_event_record(&record, false), JSON_DIGITS);
    vultus_event_record_clear(&record);
}

void handle_event_picture(struct request *request, struct worker *worker)
{
    vultus_event_record record = {0};
    if (!read_event(request, worker, &record))
        return;
    reply_jpeg(request, record.picture, record.picture_size);
    vultus_event_record_clear(&record);
}

void handle_delete_event(struct request *request, struct worker *worker)
{
    (void)worker;
    writer_erase(request, vultus_gallery_delete_event);
}

/* All that were told before a time. */
void handle_delete_events(struct request *request, struct worker *worker)
{
    vultus_gallery *gallery = NULL;
    vultus_error error = {0};
    size_t erased = 0;
    (void)worker;
    if (!request->parameters.until) {
        reply_error(request, ERROR_BAD_REQUEST, "until has to say before which time events go");
        return;
    }
    vultus_status status = writer_take(request, &gallery, &error);
    if (!status) {
        status = vultus_gallery_prune_events(gallery, request->parameters.until, &erased, &error);
        writer_give(request);
    }
    if (status)
        reply_failure(request, &error);
    else
        reply_json(request, 200, json_pack("{s:o}", "erased", json_whole(erased)), JSON_DIGITS);
}

/* ------------------------------------------------------------------ as they come */

/* Behind which event a stream begins: what the client has heard, or else the newest that there is. */
static vultus_status begin_after(const struct request *request, vultus_gallery *gallery,
                                 int64_t *after, vultus_error *error)
{
    const vultus_event_query newest = {.latest = true, .most = 1};
    vultus_event_records records = {0};
    *after = request->last_event[0] ? strtoll(request->last_event, NULL, 10)
                                    : request->parameters.after_event;
    if (request->last_event[0] || request->parameters.given[PARAMETER_AFTER_EVENT])
        return VULTUS_OK;
    vultus_status status = vultus_gallery_events(gallery, &newest, &records, error);
    *after = records.count ? records.items[0].id : 0;
    vultus_event_records_clear(&records);
    return status;
}

/* Whether somebody has the name that is asked for. */
static vultus_status check_person(const struct request *request, vultus_gallery *gallery,
                                  vultus_error *error)
{
    const vultus_event_query one = {.person = request->parameters.one_person, .most = 1};
    vultus_event_records records = {0};
    vultus_status status =
        one.person ? vultus_gallery_events(gallery, &one, &records, error) : VULTUS_OK;
    vultus_event_records_clear(&records);
    return status;
}

void handle_event_stream(struct request *request, struct worker *worker)
{
    struct feed_wish wish = {.gallery = request->gallery,
                             .camera = request->parameters.camera,
                             .person = request->parameters.one_person};
    vultus_error error = {0};
    if (!read_kinds(request, &wish.kinds))
        return;
    vultus_status status = check_person(request, worker->gallery, &error);
    if (!status)
        status = begin_after(request, worker->gallery, &wish.after, &error);
    if (status) {
        reply_failure(request, &error);
        return;
    }
    status = feed_stream(&request->server->feed, &wish, &request->reply.stream, &error);
    if (status == VULTUS_ERR_BUSY)
        reply_error(request, ERROR_BUSY, "%s", error.message);
    else if (status)
        reply_failure(request, &error);
    else {
        request->reply.status = 200;
        request->reply.type = "text/event-stream";
    }
}
