/* Parts of the server that need no network: targets, forms, limits, the file of keys, answers that are asked for again. */
#include "support.h"

#include "base/file.h"
#include "base/memory.h"
#include "server/keys.h"
#include "server/limits.h"
#include "server/multipart.h"
#include "server/reply.h"
#include "server/service.h"

#include <stdio.h>
#include <string.h>

static void targets(void **state)
{
    struct target target;
    (void)state;
    assert_true(target_read("/v1/people/a%2Fb%3Fc/faces?x=1+2%2B3&y&z=", &target));
    assert_int_equal(target.segment_count, 4);
    assert_string_equal(target.segments[2], "a/b?c");
    assert_int_equal(target.query_count, 3);
    assert_string_equal(target.query[0].value, "1 2+3");
    assert_string_equal(target.query[1].name, "y");
    assert_string_equal(target.query[2].value, "");
    target_clear(&target);
    static const char *const bad[] = {"",
                                      "v1",
                                      "/%",
                                      "/%4",
                                      "/%zz",
                                      "/%00",
                                      "/%ff",
                                      "/a%0ab",
                                      "/?%",
                                      "/?a=%f",
                                      "/1/2/3/4/5/6/7/8/9",
                                      "*",
                                      "/\x01"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(target_read(bad[i], &target));
    mem_fail_after(1, false);
    assert_false(target_read("/", &target));
    mem_fail_after(0, false);
}

static void forms(void **state)
{
    static const char body[] =
        "--b\r\nX: y\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--c\r\n--b\r\n"
        "content-disposition:form-data;name=e\r\n\r\n\r\n--b--\r\n";
    char boundary[MULTIPART_BOUNDARY_MAX + 1];
    struct multipart form;
    (void)state;
    assert_true(multipart_boundary("multipart/form-data; charset=x; boundary=\"b\"", boundary));
    assert_true(multipart_read((const uint8_t *)body, sizeof body - 1, boundary, &form));
    assert_int_equal(form.count, 2);
    assert_int_equal(multipart_find(&form, "a")->size, 6);
    assert_memory_equal(multipart_find(&form, "a")->data, "1\r\n--c", 6);
    assert_int_equal(multipart_find(&form, "e")->size, 0);
    assert_null(multipart_find(&form, "f"));
    for (size_t size = 0; size < sizeof body - 3; size++) /* the last line's end may be missing */
        assert_false(multipart_read((const uint8_t *)body, size, boundary, &form));
    assert_false(multipart_boundary("multipart/form-data", boundary));
    assert_false(multipart_boundary("multipart/form-data; boundary=", boundary));
    assert_false(multipart_boundary("multipart/form-data; boundary=\"b", boundary));
}

static void rates(void **state)
{
    struct limits *limits = mem_zalloc(1, sizeof *limits);
    const uint64_t second = 1000000000u;
    uint64_t now = second;
    (void)state;
    assert_non_null(limits);
    for (int i = 0; i < 10; i++)
        assert_int_equal(limits_take(limits, "a", 5, 1, now), 0);
    assert_int_equal(limits_take(limits, "a", 5, 1, now), 1);
    assert_int_equal(limits_take(limits, "b", 5, 1, now), 0);
    assert_int_equal(limits_take(limits, "a", 5, 10, now), 3);
    now += second;
    for (int i = 0; i < 5; i++)
        assert_int_equal(limits_take(limits, "a", 5, 1, now), 0);
    assert_int_equal(limits_take(limits, "a", 5, 1, now), 1);
    for (int i = 0; i < 20000; i++) { /* more than are remembered */
        char who[32];
        snprintf(who, sizeof who, "10.0.%d.%d", i / 256, i % 256);
        assert_int_equal(limits_take(limits, who, 5, 1, now + (uint64_t)i), 0);
    }
    mem_free(limits);
}

static void key_file(void **state)
{
    char path[4096], text[KEY_TEXT_SIZE], other[KEY_TEXT_SIZE];
    struct key key, second;
    struct keys keys = {0};
    vultus_error error = {0};
    (void)state;
    snprintf(path, sizeof path, "%s/some.keys", support_folder());
    assert_int_equal(keys_read(path, &keys, &error), VULTUS_OK);
    assert_false(keys_any(&keys));
    assert_null(keys_find(&keys, "vultus_"));
    assert_int_equal(
        keys_create(path, &(struct key_wish){.name = "door", .scope = SCOPE_ENROL, .rate = 7}, text,
                    &key, &error),
        VULTUS_OK);
    assert_int_equal(keys_create(path, &(struct key_wish){.name = "desk", .scope = SCOPE_READ},
                                 other, &second, &error),
                     VULTUS_OK);
    assert_string_not_equal(text, other);
    assert_int_equal(keys_read(path, &keys, &error), VULTUS_OK);
    assert_int_equal(keys.count, 2);
    assert_ptr_equal(keys_find(&keys, text), &keys.items[0]);
    assert_ptr_equal(keys_find(&keys, other), &keys.items[1]);
    assert_int_equal(keys.items[0].scope, SCOPE_ENROL);
    assert_int_equal(keys.items[0].rate, 7);
    assert_int_equal(keys.items[1].rate, 0);
    text[strlen(text) - 1] ^= 1;
    assert_null(keys_find(&keys, text));
    keys_clear(&keys);
    assert_int_equal(keys_revoke(path, second.id, &error), VULTUS_OK);
    assert_int_equal(keys_revoke(path, second.id, &error), VULTUS_ERR_NOT_FOUND);
    assert_int_equal(keys_read(path, &keys, &error), VULTUS_OK);
    assert_null(keys_find(&keys, other));
    assert_true(keys_any(&keys));
    keys_clear(&keys);
}

/* What a key is for goes through the file; files of before have neither that nor the last digits. */
static void key_bounds(void **state)
{
    static const char *const galleries[] = {"x", "y"}, *const workspaces[] = {"ada.l"};
    static const char old[] =
        "{\"keys\": [{\"id\": \"00000001\", \"name\": \"door\", \"scope\": \"read\", \"created\": "
        "\"2026-01-31T23:59:59Z\", \"revoked\": false, \"hash\": "
        "\"0000000000000000000000000000000000000000000000000000000000000000\"}]}";
    const struct key_wish wish = {.name = "both",
                                  .scope = SCOPE_ENROL,
                                  .galleries = {galleries, 2},
                                  .workspaces = {workspaces, 1}};
    char path[4096], text[KEY_TEXT_SIZE];
    struct key key;
    struct keys keys = {0};
    vultus_error error = {0};
    (void)state;
    snprintf(path, sizeof path, "%s/bound.keys", support_folder());
    assert_ok(keys_create(path, &wish, text, &key, &error), &error);
    assert_ok(keys_read(path, &keys, &error), &error);
    const struct key_bounds *bounds = &keys.items[0].bounds;
    assert_string_equal(keys.items[0].ends, text + strlen(text) - 4);
    assert_true(key_may_use(bounds, "y") && !key_may_use(bounds, "default"));
    assert_true(key_may_enter(bounds, false, "ada.l") && !key_may_enter(bounds, true, "bob"));
    assert_false(key_may_see_server(bounds, true));
    keys_clear(&keys);
    const struct key_bounds all = {0}, some = {.galleries = {{"x"}, 1}};
    assert_true(key_may_use(&all, "z") && key_may_enter(&all, false, "w") &&
                key_may_see_server(&all, false));
    assert_true(!key_may_enter(&some, false, "w") && key_may_enter(&some, true, "w"));
    assert_true(!key_may_see_server(&some, false) && key_may_see_server(&some, true));
    assert_ok(file_write_private(path, old, sizeof old - 1, &error), &error);
    assert_ok(keys_read(path, &keys, &error), &error);
    assert_string_equal(keys.items[0].ends, "");
    assert_false(key_bound(&keys.items[0].bounds));
    keys_clear(&keys);
}

/* Each allocation fails in turn: a status, nothing left behind, and the file as it was or as it should be. */
static void key_file_without_memory(void **state)
{
    char path[4096], text[KEY_TEXT_SIZE];
    struct key key;
    struct keys keys = {0};
    vultus_error error = {0};
    vultus_status status;
    (void)state;
    json_setup();
    snprintf(path, sizeof path, "%s/poor.keys", support_folder());
    assert_int_equal(keys_create(path, &(struct key_wish){.name = "first", .scope = SCOPE_READ},
                                 text, &key, &error),
                     VULTUS_OK);
    long live = mem_live(), n = 0;
    do {
        mem_fail_after(++n, false);
        status = keys_create(path, &(struct key_wish){.name = "more", .scope = SCOPE_READ}, text,
                             &key, &error);
        mem_fail_after(0, false);
        assert_int_equal(mem_live(), live);
        assert_int_equal(keys_read(path, &keys, &error), VULTUS_OK);
        assert_int_equal(keys.count, status ? 1 : 2);
        keys_clear(&keys);
    } while (status && n < 1000);
    assert_int_equal(status, VULTUS_OK);
    assert_true(n > 5);
}

static void ask(struct request *request, const char *key, const char *body)
{
    *request =
        (struct request){.id = "0123456789abcdef", .key = "00000001", .has_idempotency = key};
    snprintf(request->idempotency, sizeof request->idempotency, "%s", key ? key : "");
    buffer_init(&request->body, 100);
    assert_int_equal(buffer_append(&request->body, body, strlen(body), NULL), VULTUS_OK);
}

static void forget(struct request *request)
{
    buffer_clear(&request->body);
    buffer_clear(&request->reply.body);
}

static void asked_again(void **state)
{
    struct replays replays;
    struct replay *first, *none;
    struct request a, b;
    vultus_error error = {0};
    (void)state;
    assert_int_equal(replays_init(&replays, NULL, &error), VULTUS_OK);
    ask(&a, "k", "body");
    assert_false(replays_begin(&replays, &a, "Ada", &first));
    assert_non_null(first);
    ask(&b, "k", "body");
    assert_true(replays_begin(&replays, &b, "Ada", &none));
    assert_string_equal(b.reply.code, "in_progress");
    forget(&b);
    reply_json(&a, 201, json_pack("{s:i}", "face", 1), JSON_DIGITS);
    replays_end(&replays, first, &a);
    forget(&a);
    ask(&b, "k", "body");
    assert_true(replays_begin(&replays, &b, "Ada", &none));
    assert_int_equal(b.reply.status, 201);
    assert_string_equal((char *)b.reply.body.data, "{\"face\":1}");
    forget(&b);
    ask(&b, "k", "other");
    assert_true(replays_begin(&replays, &b, "Ada", &none));
    assert_string_equal(b.reply.code, "idempotency_key_reused");
    forget(&b);
    for (int i = 0; i < 2 * REPLAYS_MAX;
         i++) { /* old ones make room; what failed may be tried again */
        char key[32];
        snprintf(key, sizeof key, "%d", i);
        ask(&a, key, "body");
        assert_false(replays_begin(&replays, &a, "Ada", &first));
        if (i % 2)
            reply_error(&a, ERROR_BUSY, "full");
        else
            reply_empty(&a, 204);
        replays_end(&replays, first, &a);
        forget(&a);
    }
    replays_clear(&replays);
}

/* After a restart the same request is told apart from another, and the enrolment is not made again. */
static void asked_after_a_restart(void **state)
{
    char path[4096];
    struct replays replays, second;
    struct replay *replay;
    struct request a;
    vultus_error error = {0};
    const vultus_enrolled enrolled = {.person = 7, .face = 9, .new_person = true};
    (void)state;
    snprintf(path, sizeof path, "%s/gallery.replays", support_folder());
    assert_ok(replays_init(&replays, path, &error), &error);
    assert_ok(replays_init(&second, path, &error), &error); /* the file is taken */
    assert_int_equal(second.file.fd, -1);
    replays_clear(&second);
    for (int i = 0; i < REPLAYS_MAX + 3; i++) {
        char key[32];
        snprintf(key, sizeof key, "%d", i);
        ask(&a, key, "body");
        assert_false(replays_begin(&replays, &a, "Ada", &replay));
        replays_keep(&replays, replay, &enrolled);
        reply_empty(&a, 201);
        replays_end(&replays, replay, &a);
        forget(&a);
    }
    replays_clear(&replays);
    assert_ok(replays_init(&replays, path, &error), &error);
    assert_int_equal(replays.next, 3);
    ask(&a, "1000", "other");
    assert_true(replays_begin(&replays, &a, "Ada", &replay));
    assert_string_equal(a.reply.code, "idempotency_key_reused");
    forget(&a);
    for (int i = 0; i < 2; i++) { /* what fails may be tried again */
        ask(&a, "1000", "body");
        assert_false(replays_begin(&replays, &a, "Ada", &replay));
        assert_true(replay->recalled && replay->new_person && !replay->duplicate);
        assert_int_equal(replay->face, 9);
        reply_error(&a, ERROR_BUSY, "full");
        replays_end(&replays, replay, &a);
        forget(&a);
    }
    ask(&a, "2", "body"); /* its place was taken by a later one */
    assert_false(replays_begin(&replays, &a, "Ada", &replay));
    assert_false(replay->recalled);
    replays_end(&replays, replay, &a);
    forget(&a);
    replays_clear(&replays);
}

/* Damage costs the record that it hit; another file is left alone. */
static void damaged_replays(void **state)
{
    char path[4096];
    struct replay_record *records = mem_zalloc(REPLAY_FILE_RECORDS, sizeof *records);
    struct replay_record record = {.order = 1};
    struct replay_file file;
    struct buffer bytes;
    vultus_error error = {0};
    (void)state;
    assert_non_null(records);
    snprintf(path, sizeof path, "%s/damaged.replays", support_folder());
    assert_ok(replay_file_open(path, &file, records, &error), &error);
    for (size_t i = 0; i < 3; i++)
        assert_ok(replay_file_put(&file, i, &record, &error), &error);
    replay_file_close(&file);
    buffer_init(&bytes, REPLAY_FILE_BYTES);
    assert_ok(file_read(path, REPLAY_FILE_BYTES, &bytes, &error), &error);
    bytes.data[REPLAY_FILE_HEADER + sizeof record + 5] ^= 1;
    assert_true(replay_file_parse(bytes.data, bytes.size - 1, records));
    assert_true(records[0].order && !records[1].order && !records[2].order);
    bytes.data[0] ^= 1;
    assert_false(replay_file_parse(bytes.data, bytes.size, records));
    assert_ok(file_write(path, bytes.data, bytes.size, &error), &error);
    assert_int_equal(replay_file_open(path, &file, records, &error), VULTUS_ERR_FORMAT);
    buffer_clear(&bytes);
    mem_free(records);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets),         cmocka_unit_test(forms),
        cmocka_unit_test(rates),           cmocka_unit_test(key_file),
        cmocka_unit_test(key_bounds),      cmocka_unit_test(key_file_without_memory),
        cmocka_unit_test(asked_again),     cmocka_unit_test(asked_after_a_restart),
        cmocka_unit_test(damaged_replays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
