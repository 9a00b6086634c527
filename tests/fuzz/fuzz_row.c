/* Lines of exports: a row is refused with a line, or all of it is in its ranges. */
#include "fuzz.h"

#include "base/memory.h"
#include "gallery/store.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void need(bool fact)
{
    if (!fact)
        abort();
}

static void read_person(const uint8_t *data, size_t size)
{
    vultus_error error = {0};
    vultus_person_record person;
    long live = mem_live();
    vultus_status status = vultus_person_read((const char *)data, size, &person, &error);
    if (status) {
        need(error.code == status && error.message[0] && mem_live() == live);
        return;
    }
    need(person.name && strlen(person.name) <= VULTUS_NAME_MAX && strlen(person.created) < 32);
    for (size_t i = 0; i < person.facts.count; i++)
        need(person.facts.items[i].kind < VULTUS_FACT_KINDS &&
             strlen(person.facts.items[i].key) <= VULTUS_FACT_KEY_MAX &&
             strlen(person.facts.items[i].value) <= VULTUS_FACT_VALUE_MAX);
    vultus_person_record_clear(&person);
    need(mem_live() == live);
}

static void read_event(const uint8_t *data, size_t size)
{
    vultus_error error = {0};
    vultus_event_record event;
    long live = mem_live();
    vultus_status status = vultus_event_read((const char *)data, size, &event, &error);
    if (status) {
        need(error.code == status && error.message[0] && mem_live() == live);
        return;
    }
    need(event.camera && strlen(event.camera) <= VULTUS_SOURCE_MAX && event.visit <= INT64_MAX &&
         event.kind <= VULTUS_EVENT_LEFT && event.picture_size <= VULTUS_EVENT_PICTURE_MAX);
    need(isfinite(event.time) && isfinite(event.box.width) && event.width <= UINT16_MAX);
    vultus_event_record_clear(&event);
    need(mem_live() == live);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vultus_error error = {0};
    vultus_face_record record;
    char *name = NULL;
    long live = mem_live();
    read_person(data, size);
    read_event(data, size);
    vultus_status status = vultus_row_read((const char *)data, size, &name, &record, &error);
    if (status) {
        need(error.code == status && error.message[0] && !name && mem_live() == live);
        return 0;
    }
    need(name && strlen(name) <= VULTUS_NAME_MAX && record.embedder &&
         strlen(record.embedder) <= STORE_EMBEDDER_MAX && record.dimension &&
         record.dimension <= SEARCH_DIMENSION_MAX && record.thumbnail_size <= STORE_THUMBNAIL_MAX);
    for (size_t i = 0; i < record.dimension; i++)
        need(isfinite(record.embedding[i]));
    for (size_t i = 0; i < VULTUS_LANDMARKS; i++)
        need(isfinite(record.face.landmarks[i].x) && isfinite(record.face.landmarks[i].y));
    vultus_row_clear(&name, &record);
    need(mem_live() == live);
    return 0;
}

size_t fuzz_seed(unsigned index, uint8_t *out, size_t capacity)
{
    static const char seed[] =
        "{\"name\":\"Ada\",\"face\":1,\"source\":null,\"created\":\"2026-01-01T00:00:00Z\","
        "\"embedder\":\"m@1\",\"x\":1,\"y\":2.5,\"width\":3,\"height\":4,\"score\":0.9,"
        "\"picture\":\"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\","
        "\"landmarks\":[[1,2],[3,4],[5,6],[7,8],[9,1e1]],\"quality\":{\"size\":1,\"sharpness\":0,"
        "\"brightness\":0,\"roll\":-1,\"yaw\":0},\"embedding\":[0.6,-8e-1],\"thumbnail\":\"/9j/"
        "4A==\"}\n";
    static const char person[] =
        "{\"person\":\"Ada\",\"created\":\"2026-01-01T00:00:00Z\",\"facts\":[{\"kind\":\"tag\","
        "\"key\":\"vip\",\"value\":\"\",\"since\":\"2026-01-01T00:00:00Z\"}],\"not\":[{\"picture\":"
        "\"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\",\"since\":"
        "\"2026-01-01T00:00:00Z\"}]}\n";
    static const char event[] = "{\"id\":1,\"at\":\"2026-01-01T00:00:00.000Z\",\"expires\":null,"
                                "\"event\":\"changed\",\"visit\":"
                                "\"00000000000000ff\",\"camera\":\"door\",\"track\":1,\"person\":1,"
                                "\"name\":\"Ada\",\"before\":"
                                "null,\"similarity\":0.5,\"far\":null,\"quality\":0.25,\"time\":1."
                                "5,\"frame\":9,\"x\":1,\"y\":2,"
                                "\"width\":3,\"height\":4,\"frame_width\":640,\"frame_height\":480,"
                                "\"picture\":\"/9j/4A==\"}\n";
    const char *const seeds[] = {seed, person, event};
    if (index > 2 || capacity < strlen(seeds[index]))
        return 0;
    memcpy(out, seeds[index], strlen(seeds[index]));
    return strlen(seeds[index]);
}
