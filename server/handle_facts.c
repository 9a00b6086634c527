/* What is known of people: facts, and the groups and tags among them. */
#include "body.h"
#include "handlers.h"
#include "reply.h"
#include "service.h"

#include "answers/json_people.h"

#include <string.h>

static const char *const fact_fields[] = {"kind", "key", "value", NULL};

static bool find_kind(const char *name, vultus_fact_kind *out)
{
    for (int kind = 0; name && kind < VULTUS_FACT_KINDS; kind++)
        if (!strcmp(vultus_fact_name((vultus_fact_kind)kind), name)) {
            *out = (vultus_fact_kind)kind;
            return true;
        }
    return false;
}

/* A text, or nothing; false: it is something else. */
static bool optional_text(const struct body *body, const char *field, const char **out)
{
    const json_t *value = json_object_get(body->json, field);
    *out = body_text(body, field, NULL, 0);
    return *out || !value || json_is_null(value);
}

static void set_fact(struct request *request, vultus_fact_kind kind, const char *key,
                     const char *value)
{
    vultus_gallery *gallery = NULL;
    vultus_facts facts = {0};
    vultus_error error = {0};
    const char *name = request->values[0];
    vultus_status status = writer_take(request, &gallery, &error);
    if (!status) {
        status = vultus_gallery_set_fact(gallery, name, kind, key, value, &error);
        if (!status)
            status = vultus_gallery_facts(gallery, name, &facts, &error);
        writer_give(request);
    }
    if (status)
        reply_failure(request, &error);
    else
        reply_json(request, 200, json_pack("{s:o}", "facts", json_facts(&facts)), JSON_DIGITS);
    vultus_facts_clear(&facts);
}

void handle_set_fact(struct request *request, struct worker *worker)
{
    struct body body = {0};
    vultus_fact_kind kind = VULTUS_FACT_ATTRIBUTE;
    const char *key = NULL, *value = NULL;
    (void)worker;
    if (body_read(request, fact_fields, &body)) {
        if (!find_kind(body_text(&body, "kind", NULL, 0), &kind) ||
            !optional_text(&body, "key", &key) || !optional_text(&body, "value", &value))
            reply_error(request, ERROR_BAD_REQUEST,
                        "a fact has a kind (attribute, tag, group, consent, retain), a key and a "
                        "value; null removes it");
        else
            set_fact(request, kind, key, value);
    }
    body_clear(&body);
}

/* ------------------------------------------------------------------ groups and tags */

static void set_word(struct request *request, vultus_fact_kind kind, const char *value)
{
    vultus_error error = {0};
    if (vultus_name_check(request->values[1], &error))
        reply_error(request, ERROR_BAD_NAME, "%s", error.message);
    else
        set_fact(request, kind, request->values[1], value);
}

void handle_add_group(struct request *request, struct worker *worker)
{
    (void)worker;
    set_word(request, VULTUS_FACT_GROUP, "");
}

void handle_remove_group(struct request *request, struct worker *worker)
{
    (void)worker;
    set_word(request, VULTUS_FACT_GROUP, NULL);
}

void handle_add_tag(struct request *request, struct worker *worker)
{
    (void)worker;
    set_word(request, VULTUS_FACT_TAG, "");
}

void handle_remove_tag(struct request *request, struct worker *worker)
{
    (void)worker;
    set_word(request, VULTUS_FACT_TAG, NULL);
}

/* NULL: the reply says what is wrong. */
static json_t *json_counts(struct request *request, vultus_gallery *gallery, vultus_fact_kind kind)
{
    vultus_fact_counts counts = {0};
    vultus_error error = {0};
    if (vultus_gallery_count_facts(gallery, kind, &counts, &error)) {
        reply_failure(request, &error);
        return NULL;
    }
    json_t *list = json_array();
    for (size_t i = 0; list && i < counts.count; i++)
        list = json_appended(list, json_pack("{s:o, s:o}", "name", json_text(counts.items[i].key),
                                             "people", json_whole(counts.items[i].people)));
    vultus_fact_counts_clear(&counts);
    if (!list)
        reply_error(request, ERROR_BUSY, "not enough memory");
    return list;
}

void handle_groups(struct request *request, struct worker *worker)
{
    json_t *groups = json_counts(request, worker->gallery, VULTUS_FACT_GROUP);
    json_t *tags = groups ? json_counts(request, worker->gallery, VULTUS_FACT_TAG) : NULL;
    if (tags)
        reply_json(request, 200, json_pack("{s:o, s:o}", "groups", groups, "tags", tags),
                   JSON_DIGITS);
    else
        json_decref(groups);
}
