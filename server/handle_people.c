/* People: listing, renaming, merging, deleting. */
#include "body.h"
#include "handlers.h"
#include "reply.h"
#include "service.h"

#include "answers/json_people.h"
#include "base/clock.h"

#include <string.h>

static const char *const rename_fields[] = {"name", NULL};
static const char *const merge_fields[] = {"into", NULL};

/* A page begins behind a name, not at a number, so that nobody is passed over when people come and go meanwhile. */
void handle_people(struct request *request, struct worker *worker)
{
    const struct parameters *parameters = &request->parameters;
    const size_t limit = parameters->limit;
    const vultus_people_query query = {.after = parameters->after,
                                       .most = limit + 1, /* which tells whether there are more */
                                       .group = parameters->in_group,
                                       .tag = parameters->with_tag,
                                       .search = parameters->search};
    vultus_people people = {0};
    size_t total = 0;
    vultus_error error = {0};
    if (vultus_gallery_people_page(worker->gallery, &query, &people, &total, &error)) {
        reply_failure(request, &error);
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; list && i < people.count && i < limit; i++)
        list = json_appended(list, json_person(&people.items[i]));
    json_t *next = people.count > limit ? json_text(people.items[limit - 1].name) : json_null();
    reply_json(
        request, 200,
        json_pack("{s:o, s:o, s:o}", "people", list, "total", json_whole(total), "next", next),
        JSON_DIGITS);
    vultus_people_clear(&people);
}

void handle_person(struct request *request, struct worker *worker)
{
    const char *name = request->values[0];
    vultus_people person = {0};
    vultus_facts facts = {0};
    vultus_error error = {0};
    if (vultus_gallery_person(worker->gallery, name, &person, &error) ||
        vultus_gallery_facts(worker->gallery, name, &facts, &error))
        reply_failure(request, &error);
    else
        reply_json(request, 200,
                   json_pack("{s:o, s:o, s:o}", "name", json_text(name), "faces",
                             json_whole(person.items[0].faces), "facts", json_facts(&facts)),
                   JSON_DIGITS);
    vultus_people_clear(&person);
    vultus_facts_clear(&facts);
}

/* ------------------------------------------------------------------ changes */

typedef vultus_status two_names(vultus_gallery *gallery, const char *name, const char *other,
                                vultus_error *error);

static vultus_status remove_person(vultus_gallery *gallery, const char *name, const char *other,
                                   vultus_error *error)
{
    (void)other;
    return vultus_gallery_delete(gallery, name, error);
}

static void change(struct request *request, two_names *how, const char *other)
{
    vultus_gallery *gallery = NULL;
    vultus_error error = {0};
    uint64_t began = clock_ns();
    vultus_status status = writer_take(request, &gallery, &error);
    if (!status) {
        status = how(gallery, request->values[0], other, &error);
        writer_give(request);
    }
    request->stages[STAGE_STORE] += clock_ns() - began;
    if (status)
        reply_failure(request, &error);
    else if (other)
        reply_json(request, 200, json_pack("{s:o}", "name", json_text(other)), JSON_DIGITS);
    else
        reply_empty(request, 204);
}

static void change_by_field(struct request *request, two_names *how, const char *const *fields)
{
    struct body body = {0};
    if (body_read(request, fields, &body)) {
        const char *other = body_text(&body, fields[0], NULL, 0);
        if (other && !vultus_name_check(other, NULL))
            change(request, how, other);
        else
            reply_error(request, ERROR_BAD_NAME, "%s has to be the name of somebody", fields[0]);
    }
    body_clear(&body);
}

void handle_rename(struct request *request, struct worker *worker)
{
    (void)worker;
    change_by_field(request, vultus_gallery_rename, rename_fields);
}

void handle_merge(struct request *request, struct worker *worker)
{
    (void)worker;
    change_by_field(request, vultus_gallery_merge, merge_fields);
}

void handle_delete(struct request *request, struct worker *worker)
{
    (void)worker;
    change(request, remove_person, NULL);
}
