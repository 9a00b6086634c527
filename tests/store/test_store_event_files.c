/* Events in files: copies and other keys have them, an encrypted file says nothing of them, what is erased is overwritten, and
 * rows that were changed are found. */
#include "event_support.h"

#define MODEL "synthetic@00000001"

static void copies_and_keys_have_events(void **state)
{
    (void)state;
    postgres_skip();
    const char *path = fresh_path(), *copy = support_join(support_folder(), "events-copy.db");
    vultus_error error = {0};
    vultus_gallery *gallery = open_gallery(path);
    const vultus_gallery_options as_is = {.key_optional = true};
    enroll(gallery, "Ada", 1, MODEL);
    int64_t id = add_event(gallery, fake_event(1, 1, VULTUS_EVENT_IDENTIFIED, "Ada"));
    assert_ok(vultus_gallery_backup(gallery, copy, true, NULL, &error), &error);
    vultus_gallery_close(gallery);
    gallery = open_gallery(copy);
    assert_name(gallery, id, "Ada");
    assert_ok(vultus_gallery_rekey(gallery, new_key(), NULL, &error), &error);
    assert_name(gallery, id, "Ada");
    assert_int_equal(
        count_events(gallery, (vultus_event_query){.camera = "rtsp://camera.local/door"}), 1);
    assert_whole(gallery);
    assert_ok(vultus_gallery_rekey(gallery, NULL, NULL, &error), &error);
    vultus_gallery_close(gallery);
    assert_ok(vultus_gallery_open(copy, &as_is, &gallery, &error), &error);
    assert_name(gallery, id, "Ada");
    assert_whole(gallery);
    vultus_gallery_close(gallery);
}

/* Found anywhere in a file. */
static bool has_bytes(const char *path, const void *bytes, size_t size)
{
    static char file[1 << 20];
    size_t length = slurp(path, file, sizeof file);
    for (size_t at = 0; at + size <= length; at++)
        if (!memcmp(file + at, bytes, size))
            return true;
    return false;
}

static void the_file_says_nothing_where_it_is_encrypted(void **state)
{
    (void)state;
    postgres_skip();
    const char *path = fresh_path();
    vultus_error error = {0};
    vultus_gallery *gallery = open_gallery(path);
    vultus_event_record event = fake_event(1, 1, VULTUS_EVENT_UNKNOWN, NULL);
    add_event(gallery, event);
    assert_ok(vultus_gallery_compact(gallery, NULL, &error), &error);
    vultus_gallery_close(gallery);
    assert_int_equal(has_bytes(path, event.picture, 300), !encrypted());
    assert_int_equal(has_bytes(path, event.camera, strlen(event.camera)), !encrypted());
    gallery = open_gallery(path);
    assert_ok(vultus_gallery_delete_event(gallery, 1, &error), &error);
    vultus_gallery_close(gallery);
    assert_false(has_bytes(path, event.picture, 40));
}

/* Rows that somebody changed are not believed, and check tells them. */
static void changed_rows_are_found(void **state)
{
    (void)state;
    postgres_skip();
    static const char *const changes[] = {
        "UPDATE events SET kind = 9", "UPDATE events SET at = 'yesterday'",
        "UPDATE events SET x = 1e300", "UPDATE events SET frame_width = -1",
        "UPDATE event_pictures SET jpeg = zeroblob(400000)"};
    static const char *const sealed[] = {"UPDATE events SET camera = 'another'",
                                         "UPDATE events SET person = NULL",
                                         "UPDATE event_pictures SET jpeg = zeroblob(340)"};
    for (size_t i = 0; i < 5 + (encrypted() ? 3u : 0u); i++) {
        const char *path = fresh_path(), *change = i < 5 ? changes[i] : sealed[i - 5];
        vultus_gallery *gallery = open_gallery(path);
        vultus_faults faults = {0};
        vultus_event_record out;
        vultus_error error = {0};
        enroll(gallery, "Ada", 1, MODEL);
        add_event(gallery, fake_event(1, 1, VULTUS_EVENT_IDENTIFIED, "Ada"));
        vultus_gallery_close(gallery);
        execute(path, change);
        gallery = open_gallery(path);
        assert_ok(vultus_gallery_check(gallery, NULL, &faults, &error), &error);
        if (!faults.found || !strstr(faults.items[0], "row 1 of events"))
            fail_msg("%s: not found", change);
        vultus_faults_clear(&faults);
        assert_error(VULTUS_ERR_DATABASE, vultus_gallery_event(gallery, 1, &out, &error), &error,
                     "row 1 of events");
        vultus_gallery_close(gallery);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_and_keys_have_events),
        cmocka_unit_test(the_file_says_nothing_where_it_is_encrypted),
        cmocka_unit_test(changed_rows_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
