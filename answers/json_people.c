/* See json_people.h. Never embeddings: who wants them exports them. */
#include "answers/json_people.h"
#include "base/base64.h"
#include "base/hash.h"
#include "base/memory.h"

json_t *json_person(const vultus_person *person)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "name", json_text(person->name), "id",
                     json_integer(person->id), "faces", json_whole(person->faces), "created",
                     json_text(person->created));
}

json_t *json_record(const vultus_face_record *record)
{
    return json_joined(json_box(&record->face),
                       json_pack("{s:o, s:o, s:o, s:o, s:o}", "face", json_integer(record->id),
                                 "source", json_text(record->source), "embedder",
                                 json_text(record->embedder), "created", json_text(record->created),
                                 "quality", json_quality(&record->face)));
}

json_t *json_facts(const vultus_facts *facts)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < facts->count; i++) {
        const vultus_fact *fact = &facts->items[i];
        list = json_appended(list,
                             json_pack("{s:s, s:o, s:o, s:o}", "kind", vultus_fact_name(fact->kind),
                                       "key", json_text(fact->key), "value", json_text(fact->value),
                                       "since", json_text(fact->since)));
    }
    return list;
}

json_t *json_known(const vultus_person *person, const vultus_facts *facts,
                   const vultus_refusals *refusals)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < refusals->count; i++) {
        char picture[HASH_HEX_SIZE];
        hash_hex(refusals->items[i].picture, picture);
        list = json_appended(list, json_pack("{s:s, s:o}", "picture", picture, "since",
                                             json_text(refusals->items[i].since)));
    }
    return json_pack("{s:o, s:o, s:o, s:o}", "person", json_text(person->name), "created",
                     json_text(person->created[0] ? person->created : NULL), "facts",
                     json_facts(facts), "not", list);
}

json_t *json_change(const vultus_change *change)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:b}", "id",
                     json_integer(change->id), "at", json_text(change->at), "actor",
                     json_text(change->actor), "action", json_text(change->action), "person",
                     json_integer(change->person), "name", json_text(change->name), "face",
                     json_integer(change->face), "before", json_text(change->before), "after",
                     json_text(change->after), "undoable", change->undoable, "undone",
                     change->undone);
}

static json_t *json_embedding(const vultus_face_record *record)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < record->dimension; i++)
        if (json_array_append_new(list, json_number(record->embedding[i]))) {
            json_decref(list);
            list = NULL;
        }
    return list;
}

json_t *json_exported(const char *name, const vultus_facts *facts, const vultus_face_record *record)
{
    char *thumbnail = base64_encode(record->thumbnail, record->thumbnail_size);
    json_t *value =
        json_pack("{s:o, s:o, s:o, s:o, s:o}", "name", json_text(name), "face",
                  json_integer(record->id), "source", json_text(record->source), "created",
                  json_text(record->created), "embedder", json_text(record->embedder));
    char picture[HASH_HEX_SIZE];
    json_t *box = json_box(&record->face);
    hash_hex(record->picture, picture);
    if (value && (!box || !thumbnail || json_object_update(value, box) ||
                  json_object_set_new(value, "picture", json_string(picture)) ||
                  json_object_set_new(value, "facts", json_facts(facts)) ||
                  json_object_set_new(value, "landmarks", json_landmarks(&record->face)) ||
                  json_object_set_new(value, "quality", json_quality(&record->face)) ||
                  json_object_set_new(value, "embedding", json_embedding(record)) ||
                  json_object_set_new(value, "thumbnail", json_string(thumbnail)))) {
        json_decref(value);
        value = NULL;
    }
    json_decref(box);
    mem_free(thumbnail);
    return value;
}
