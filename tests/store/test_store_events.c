/* Events in galleries: what is kept of them, pages, whose they are when people change, when they go, and their readers. */
#include "event_support.h"

#define MODEL "synthetic@00000001"

static void events_read_back(void **state)
{
    (void)state;
    const char *path = fresh_path();
    vultus_gallery *gallery = open_gallery(path);
    vultus_error error = {0};
    vultus_event_record out, records[] = {fake_event(1, 7, VULTUS_EVENT_APPEARED, NULL),
                                          fake_event(2, 7, VULTUS_EVENT_IDENTIFIED, "Ada"),
                                          fake_event(3, 7, VULTUS_EVENT_CHANGED, "Grace")};
    enroll(gallery, "Ada", 1, MODEL);
    enroll(gallery, "Grace", 2, MODEL);
    records[2].before = as_text("Ada");
    memcpy(records[2].at, "today", 6);
    assert_error(VULTUS_ERR_ARGUMENT, vultus_gallery_add_events(gallery, records, 3, NULL, &error),
                 &error, "no time");
    assert_int_equal(count_events(gallery, (vultus_event_query){0}), 0);
    memcpy(records[2].at, "2026-01-31T23:59:59Z", 21);
    assert_ok(vultus_gallery_add_events(gallery, records, 3, NULL, &error), &error);
    assert_true(records[0].id < records[1].id && records[1].id < records[2].id);
    vultus_gallery_close(gallery);

    gallery = open_gallery(path);
    assert_ok(vultus_gallery_event(gallery, records[1].id, &out, &error), &error);
    assert_int_equal(out.visit, 7);
    assert_int_equal(out.kind, VULTUS_EVENT_IDENTIFIED);
    assert_string_equal(out.camera, "rtsp://camera.local/door");
    assert_string_equal(out.name, "Ada");
    assert_null(out.before);
    assert_true(out.person > 0 && out.track == 2 && out.frame == 50);
    assert_true(out.similarity == 0.75f && out.far == 1e-5f && out.quality == 0.5f);
    assert_true(out.time == 2.125 && out.width == 1920 && out.height == 1080);
    assert_true(out.box.x == 1.5f && out.box.y == -2 && out.box.width == 64 &&
                out.box.height == 80);
    assert_int_equal(out.picture_size, 300);
    assert_memory_equal(out.picture, records[1].picture, 300);
    assert_int_equal(strlen(out.at), 24);
    vultus_event_record_clear(&out);
    assert_ok(vultus_gallery_event(gallery, records[0].id, &out, &error), &error);
    assert_true(!out.name && !out.person && isnan(out.similarity) && isnan(out.far));
    vultus_event_record_clear(&out);
    assert_ok(vultus_gallery_event(gallery, records[2].id, &out, &error), &error);
    assert_string_equal(out.before, "Ada");
    assert_string_equal(out.at, "2026-01-31T23:59:59.000Z");
    vultus_event_record_clear(&out);
    assert_error(VULTUS_ERR_NOT_FOUND, vultus_gallery_event(gallery, 99, &out, &error), &error,
                 "no event 99");
    assert_whole(gallery);
    vultus_gallery_close(gallery);
}

static void pages_and_filters(void **state)
{
    (void)state;
    vultus_gallery *gallery = open_gallery(fresh_path());
    vultus_event_records page;
    vultus_error error = {0};
    enroll(gallery, "Ada", 1, MODEL);
    for (unsigned i = 0; i < 30; i++) {
        vultus_event_record record =
            fake_event(i, i / 3, (vultus_event_kind)(i % 3), i % 3 == 1 ? "Ada" : NULL);
        snprintf(record.at, sizeof record.at, "2026-01-%02uT00:00:00Z", i + 1);
        record.camera = as_text(i % 2 ? "door" : "yard \xE2\x9C\x93");
        assert_int_equal(add_event(gallery, record), i + 1);
    }
    vultus_event_query query = {.most = 10, .after = 10};
    assert_ok(vultus_gallery_events(gallery, &query, &page, &error), &error);
    assert_int_equal(page.count, 10);
    for (unsigned i = 0; i < 10; i++)
        assert_int_equal(page.items[i].id, 11 + i);
    assert_true(!page.items[0].picture && page.items[0].picture_size == 300);
    vultus_event_records_clear(&page);
    query = (vultus_event_query){.most = 2, .before = 21, .latest = true, .pictures = true};
    assert_ok(vultus_gallery_events(gallery, &query, &page, &error), &error);
    assert_true(page.count == 2 && page.items[0].id == 20 && page.items[1].id == 19);
    assert_non_null(page.items[0].picture);
    vultus_event_records_clear(&page);
    static const struct {
        vultus_event_query query;
        size_t count;
    } cases[] = {
        {{.person = "Ada"}, 10},
        {{.person = "Ada", .after = 15}, 5},
        {{.person = "Ada", .latest = true, .most = 3}, 3},
        {{.camera = "door"}, 15},
        {{.camera = "doo"}, 0},
        {{.kinds = 1u << VULTUS_EVENT_APPEARED | 1u << VULTUS_EVENT_UNKNOWN}, 20},
        {{.kinds = 1u << VULTUS_EVENT_LEFT}, 0},
        {{.since = "2026-01-11T00:00:00Z"}, 20},
        {{.since = "2026-01-11T00:00:00.001Z"}, 19},
        {{.until = "2026-01-11T00:00:00Z"}, 10},
        {{.since = "2026-01-02T00:00:00Z", .until = "2026-01-05T00:00:00Z", .camera = "door"}, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (count_events(gallery, cases[i].query) != cases[i].count)
            fail_msg("query %zu: %zu", i, count_events(gallery, cases[i].query));
    query = (vultus_event_query){.person = "Nobody"};
    assert_error(VULTUS_ERR_NOT_FOUND, vultus_gallery_events(gallery, &query, &page, &error),
                 &error, "Nobody");
    query = (vultus_event_query){.since = "yesterday"};
    assert_error(VULTUS_ERR_ARGUMENT, vultus_gallery_events(gallery, &query, &page, &error), &error,
                 "yesterday");
    query = (vultus_event_query){.most = VULTUS_EVENT_BATCH_MAX + 1};
    assert_error(VULTUS_ERR_ARGUMENT, vultus_gallery_events(gallery, &query, &page, &error), &error,
                 "1000");
    vultus_gallery_close(gallery);
}

static void events_follow_people(void **state)
{
    (void)state;
    vultus_gallery *gallery = open_gallery(fresh_path());
    vultus_error error = {0};
    char action[32];
    enroll(gallery, "Ada", 1, MODEL);
    enroll(gallery, "Grace", 2, MODEL);
    int64_t ada = add_event(gallery, fake_event(1, 1, VULTUS_EVENT_IDENTIFIED, "Ada"));
    int64_t grace = add_event(gallery, fake_event(2, 2, VULTUS_EVENT_IDENTIFIED, "Grace"));
    assert_ok(vultus_gallery_rename(gallery, "Ada", "Ada Lovelace", &error), &error);
    assert_name(gallery, ada, "Ada Lovelace");
    /* whoever was renamed while a face was followed */
    int64_t left = add_event(gallery, fake_event(3, 1, VULTUS_EVENT_LEFT, "Ada"));
    assert_name(gallery, left, "Ada Lovelace");
    assert_name(gallery, add_event(gallery, fake_event(4, 9, VULTUS_EVENT_LEFT, "Ada")), NULL);
    assert_ok(vultus_gallery_merge(gallery, "Ada Lovelace", "Grace", &error), &error);
    assert_name(gallery, ada, "Grace");
    assert_int_equal(count_events(gallery, (vultus_event_query){.person = "Grace"}), 3);
    assert_whole(gallery);
    assert_ok(vultus_gallery_undo(gallery, action, &error), &error);
    assert_string_equal(action, "merge");
    assert_name(gallery, ada, "Ada Lovelace");
    assert_name(gallery, left, "Ada Lovelace");
    assert_name(gallery, grace, "Grace");
    assert_whole(gallery);
    vultus_gallery_close(gallery);
}

/* Before a face had a name, and after it was thought to be somebody else: all of the visit goes. */
static void whoever_is_deleted_takes_their_visits_along(void **state)
{
    (void)state;
    vultus_gallery *gallery = open_gallery(fresh_path());
    vultus_error error = {0};
    vultus_trace trace;
    vultus_event_record changed = fake_event(4, 2, VULTUS_EVENT_CHANGED, "Grace");
    changed.before = as_text("Ada Lovelace");
    enroll(gallery, "Ada Lovelace", 1, MODEL);
    enroll(gallery, "Grace", 2, MODEL);
    add_event(gallery, fake_event(1, 1, VULTUS_EVENT_APPEARED, NULL));
    add_event(gallery, fake_event(2, 1, VULTUS_EVENT_IDENTIFIED, "Ada Lovelace"));
    add_event(gallery, fake_event(3, 2, VULTUS_EVENT_APPEARED, NULL));
    add_event(gallery, changed);
    int64_t grace = add_event(gallery, fake_event(5, 3, VULTUS_EVENT_IDENTIFIED, "Grace"));
    int64_t nobody = add_event(gallery, fake_event(6, 4, VULTUS_EVENT_UNKNOWN, NULL));
    assert_ok(vultus_gallery_delete(gallery, "Ada Lovelace", &error), &error);
    assert_int_equal(count_events(gallery, (vultus_event_query){0}), 2);
    assert_name(gallery, grace, "Grace");
    assert_name(gallery, nobody, NULL);
    assert_ok(vultus_gallery_trace(gallery, "Ada Lovelace", &trace, &error), &error);
    assert_true(trace.gone);
    assert_whole(gallery);
    int64_t next = add_event(gallery, fake_event(7, 5, VULTUS_EVENT_UNKNOWN, NULL));
    assert_int_equal(next, 7); /* no id comes twice */
    vultus_gallery_close(gallery);
}

static void events_go_when_their_time_has_passed(void **state)
{
    (void)state;
    vultus_gallery *gallery = open_gallery(fresh_path());
    vultus_error error = {0};
    const vultus_event_keeping week = {.days = 7}, few = {.most = 3};
    vultus_event_record record;
    size_t erased = 9;
    for (unsigned i = 1; i <= 4; i++) {
        record = fake_event(i, i, VULTUS_EVENT_UNKNOWN, NULL);
        snprintf(record.at, sizeof record.at, "2026-01-%02uT00:00:00Z", i);
        assert_ok(vultus_gallery_add_events(gallery, &record, 1, &week, &error), &error);
    }
    assert_ok(vultus_gallery_prune_events(gallery, NULL, &erased, &error), &error);
    assert_int_equal(erased, 0);
    assert_ok(vultus_gallery_prune_events(gallery, "2026-01-02T12:00:00Z", &erased, &error),
              &error);
    assert_int_equal(erased, 2);
    assert_int_equal(count_events(gallery, (vultus_event_query){0}), 2);
    for (unsigned i = 0; i < 2; i++) { /* nobody gets it any more, and two ways to erase it */
        record = fake_event(9, 9, VULTUS_EVENT_UNKNOWN, NULL);
        memcpy(record.expires, "2026-01-01T00:00:00Z", 21);
        assert_ok(vultus_gallery_add_events(gallery, &record, 1, NULL, &error), &error);
        assert_int_equal(count_events(gallery, (vultus_event_query){.after = 4}), 0);
        if (i)
            assert_ok(vultus_gallery_compact(gallery, NULL, &error), &error);
        assert_ok(vultus_gallery_prune_events(gallery, NULL, &erased, &error), &error);
        assert_int_equal(erased, !i);
    }
    for (unsigned i = 5; i <= 8; i++) {
        record = fake_event(i, i, VULTUS_EVENT_UNKNOWN, NULL);
        assert_ok(vultus_gallery_add_events(gallery, &record, 1, &few, &error), &error);
    }
    assert_int_equal(count_events(gallery, (vultus_event_query){0}), 3);
    assert_int_equal(count_events(gallery, (vultus_event_query){.after = 7}), 3);
    assert_ok(vultus_gallery_delete_event(gallery, 8, &error), &error);
    assert_error(VULTUS_ERR_NOT_FOUND, vultus_gallery_delete_event(gallery, 8, &error), &error,
                 "no event 8");
    assert_int_equal(count_events(gallery, (vultus_event_query){0}), 2);
    assert_whole(gallery);
    vultus_gallery_close(gallery);
}

static void readers_know_where_they_are(void **state)
{
    (void)state;
    const char *path = fresh_path();
    vultus_gallery *gallery = open_gallery(path);
    vultus_error error = {0};
    int64_t at = 9;
    assert_ok(vultus_gallery_reader(gallery, "webhook a", &at, &error), &error);
    assert_int_equal(at, 0);
    add_event(gallery, fake_event(1, 1, VULTUS_EVENT_UNKNOWN, NULL));
    int64_t second = add_event(gallery, fake_event(2, 1, VULTUS_EVENT_LEFT, NULL));
    assert_ok(vultus_gallery_reader(gallery, "webhook b", &at, &error), &error);
    assert_int_equal(at, second); /* who is new does not get what was */
    assert_ok(vultus_gallery_reader_done(gallery, "webhook a", 1, &error), &error);
    vultus_gallery_close(gallery);
    gallery = open_gallery(path);
    assert_ok(vultus_gallery_reader(gallery, "webhook a", &at, &error), &error);
    assert_int_equal(at, 1);
    assert_ok(vultus_gallery_reader_done(gallery, "webhook b", 1, &error), &error);
    assert_ok(vultus_gallery_reader(gallery, "webhook b", &at, &error), &error);
    assert_int_equal(at, second); /* nobody goes back */
    assert_error(VULTUS_ERR_NOT_FOUND, vultus_gallery_reader_done(gallery, "c", 1, &error), &error,
                 "\"c\"");
    assert_error(VULTUS_ERR_ARGUMENT, vultus_gallery_reader(gallery, "a\nb", &at, &error), &error,
                 "control");
    vultus_gallery_close(gallery);
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    vultus_gallery *gallery = open_gallery(fresh_path());
    vultus_error error = {0};
    vultus_event_kind kind;
    const vultus_event_record good = fake_event(1, 1, VULTUS_EVENT_UNKNOWN, NULL);
    vultus_event_record bad[8];
    for (size_t i = 0; i < 8; i++)
        bad[i] = good;
    bad[0].kind = (vultus_event_kind)9;
    bad[1].camera = NULL;
    bad[2].camera = as_text("\xFF");
    bad[3].box.x = INFINITY;
    bad[4].picture_size = VULTUS_EVENT_PICTURE_MAX + 1;
    bad[5].visit = UINT64_MAX;
    bad[6].width = 70000;
    bad[7].name = as_text("two\nlines");
    for (size_t i = 0; i < 8; i++)
        if (vultus_gallery_add_events(gallery, &bad[i], 1, NULL, &error) != VULTUS_ERR_ARGUMENT)
            fail_msg("record %zu was taken", i);
    assert_int_equal(count_events(gallery, (vultus_event_query){0}), 0);
    assert_ok(vultus_event_kind_of("left", &kind, &error), &error);
    assert_int_equal(kind, VULTUS_EVENT_LEFT);
    assert_error(VULTUS_ERR_ARGUMENT, vultus_event_kind_of("gone", &kind, &error), &error,
                 "appeared");
    vultus_gallery_close(gallery);
}

static void events_are_imported_once(void **state)
{
    (void)state;
    vultus_gallery *gallery = open_gallery(fresh_path());
    vultus_error error = {0};
    int64_t behind = 0, at_end = 0;
    size_t added = 9;
    vultus_event_record old[] = {fake_event(1, 1, VULTUS_EVENT_IDENTIFIED, "Ada"),
                                 fake_event(2, 1, VULTUS_EVENT_LEFT, "Ada")};
    enroll(gallery, "Ada", 1, MODEL);
    assert_ok(vultus_gallery_reader(gallery, "behind", &behind, &error), &error);
    add_event(gallery, fake_event(3, 2, VULTUS_EVENT_UNKNOWN, NULL));
    assert_ok(vultus_gallery_reader(gallery, "at the end", &at_end, &error), &error);
    memcpy(old[0].at, "2026-01-01T00:00:00.250Z", 25);
    memcpy(old[1].at, "2026-01-01T00:00:01.250Z", 25);
    memcpy(old[1].expires, "2999-01-01T00:00:00Z", 21);
    assert_ok(vultus_gallery_import_events(gallery, old, 2, &added, &error), &error);
    assert_int_equal(added, 2);
    assert_ok(vultus_gallery_import_events(gallery, old, 2, &added, &error), &error);
    assert_true(added == 0 && old[0].id == 0);
    assert_int_equal(count_events(gallery, (vultus_event_query){.person = "Ada"}), 2);
    assert_ok(vultus_gallery_reader(gallery, "behind", &behind, &error), &error);
    assert_ok(vultus_gallery_reader(gallery, "at the end", &at_end, &error), &error);
    assert_true(behind == 0 && at_end == 3);
    vultus_event_record out;
    assert_ok(vultus_gallery_event(gallery, 3, &out, &error), &error);
    assert_string_equal(out.expires, "2999-01-01T00:00:00.000Z");
    vultus_event_record_clear(&out);
    vultus_gallery_close(gallery);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_read_back),
        cmocka_unit_test(pages_and_filters),
        cmocka_unit_test(events_follow_people),
        cmocka_unit_test(whoever_is_deleted_takes_their_visits_along),
        cmocka_unit_test(events_go_when_their_time_has_passed),
        cmocka_unit_test(readers_know_where_they_are),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(events_are_imported_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
