/* Made-up events, for tests of galleries. */
#ifndef EVENT_SUPPORT_H
#define EVENT_SUPPORT_H

#include "store_support.h"

/* A text of a record, which nothing changes. */
static inline char *as_text(const char *text)
{
    return (char *)(uintptr_t)text;
}

/* An event of somebody (NULL: nobody) with a picture of 300 bytes that its number decides; its arrays are static. */
static inline vultus_event_record fake_event(uint64_t number, uint64_t visit,
                                             vultus_event_kind kind, const char *name)
{
    static uint8_t pictures[8][300];
    uint8_t *picture = pictures[number % 8];
    uint64_t state = number + 77;
    for (size_t i = 0; i < sizeof pictures[0]; i++)
        picture[i] = (uint8_t)next_random(&state);
    return (vultus_event_record){.visit = visit,
                                 .kind = kind,
                                 .camera = as_text("rtsp://camera.local/door"),
                                 .track = number,
                                 .name = as_text(name),
                                 .similarity = name ? 0.75f : NAN,
                                 .far = name ? 1e-5f : NAN,
                                 .quality = 0.5f,
                                 .time = (double)number + 0.125,
                                 .frame = number * 25,
                                 .box = {1.5f, -2, 64, 80},
                                 .width = 1920,
                                 .height = 1080,
                                 .picture = picture,
                                 .picture_size = sizeof pictures[0]};
}

/* Stores one; its id. */
static inline int64_t add_event(vultus_gallery *gallery, vultus_event_record record)
{
    vultus_error error = {0};
    assert_ok(vultus_gallery_add_events(gallery, &record, 1, NULL, &error), &error);
    assert_true(record.id > 0);
    return record.id;
}

/* How many a query finds. */
static inline size_t count_events(vultus_gallery *gallery, vultus_event_query query)
{
    vultus_event_records records = {0};
    vultus_error error = {0};
    query.most = query.most ? query.most : VULTUS_EVENT_BATCH_MAX;
    assert_ok(vultus_gallery_events(gallery, &query, &records, &error), &error);
    size_t count = records.count;
    vultus_event_records_clear(&records);
    return count;
}

/* Whose an event is; NULL: nobody's. */
static inline void assert_name(vultus_gallery *gallery, int64_t id, const char *name)
{
    vultus_event_record out;
    vultus_error error = {0};
    assert_ok(vultus_gallery_event(gallery, id, &out, &error), &error);
    if (name)
        assert_string_equal(out.name ? out.name : "nobody", name);
    else
        assert_null(out.name);
    vultus_event_record_clear(&out);
}

#endif
