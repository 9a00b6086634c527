/*
 * A person of a gallery from one line of JSON, as exports have it: what is known of them beside their faces. Keys that are
 * not known are left alone, so that newer exports can be read.
 */
#include "base/memory.h"
#include "engine/rows_json.h"
#include "gallery/store_rows.h"

#include <string.h>

#define KNOWN_MAX 100000 /* facts, and refused pictures: a line has no room for more */

/* Into 32 bytes. */
static bool read_date(const json_t *row, const char *key, char out[32])
{
    const char *text = json_string_value(json_object_get(row, key));
    if (!text || strlen(text) >= 32)
        return false;
    memcpy(out, text, strlen(text) + 1);
    return true;
}

static vultus_status read_fact(const json_t *row, vultus_facts *facts, vultus_error *error)
{
    static const char *const keys[] = {"kind", "key", "value", "since"};
    const char *texts[4];
    bool memory = false;
    for (size_t i = 0; i < 4; i++) {
        const json_t *value = json_object_get(row, keys[i]);
        texts[i] = json_string_value(value);
        if (!texts[i] || strlen(texts[i]) != json_string_length(value))
            return row_bad("facts", error);
    }
    if (strlen(texts[1]) > VULTUS_FACT_KEY_MAX || strlen(texts[2]) > VULTUS_FACT_VALUE_MAX ||
        strlen(texts[3]) > 31 || store_fact_read(texts, facts, &memory))
        return row_bad("facts", error);
    return memory ? status_memory(error, "facts") : VULTUS_OK;
}

static vultus_status read_refusal(const json_t *row, vultus_refusals *refusals, vultus_error *error)
{
    uint8_t picture[HASH_SIZE];
    char since[32];
    if (!row_hash(json_string_value(json_object_get(row, "picture")), picture) ||
        !read_date(row, "since", since))
        return row_bad("not", error);
    return store_refusals_add(refusals, picture, since, error);
}

static vultus_status read_person(const json_t *row, vultus_person_record *out, vultus_error *error)
{
    const json_t *facts = json_object_get(row, "facts"), *refused = json_object_get(row, "not");
    const json_t *created = json_object_get(row, "created");
    vultus_status status = row_text(row, "person", VULTUS_NAME_MAX, false, &out->name, error);
    if (!status && created && !json_is_null(created) && !read_date(row, "created", out->created))
        status = row_bad("created", error);
    if (!status && ((facts && !json_is_array(facts)) || json_array_size(facts) > KNOWN_MAX))
        status = row_bad("facts", error);
    if (!status && ((refused && !json_is_array(refused)) || json_array_size(refused) > KNOWN_MAX))
        status = row_bad("not", error);
    for (size_t i = 0; !status && i < json_array_size(facts); i++)
        status = read_fact(json_array_get(facts, i), &out->facts, error);
    for (size_t i = 0; !status && i < json_array_size(refused); i++)
        status = read_refusal(json_array_get(refused, i), &out->refusals, error);
    return status;
}

vultus_status vultus_person_read(const char *json, size_t size, vultus_person_record *out,
                                 vultus_error *error)
{
    vultus_person_record record = {0};
    json_t *row = NULL;
    if (!json || !out)
        return status_set(error, VULTUS_ERR_ARGUMENT, "a line and a place for what it says");
    vultus_status status = row_load(json, size, &row, error);
    if (!status)
        status = read_person(row, &record, error);
    json_decref(row);
    if (status)
        vultus_person_record_clear(&record);
    else
        *out = record;
    return status;
}

void vultus_person_record_clear(vultus_person_record *record)
{
    if (!record)
        return;
    mem_free(record->name);
    vultus_facts_clear(&record->facts);
    vultus_refusals_clear(&record->refusals);
    *record = (vultus_person_record){0};
}
