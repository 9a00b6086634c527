/* Growable buffers: they hold what was added, never grow over their maximum, and stay as they were
 * when they cannot grow. */
#include "base/buffer.h"
#include "base/memory.h"
#include "support.h"

static void it_holds_what_was_added(void **state)
{
    struct buffer buffer;
    vultus_error error = {0};
    (void)state;
    buffer_init(&buffer, 100000);
    for (unsigned i = 0; i < 50000; i++) {
        uint8_t byte = (uint8_t)(i * 7);
        assert_ok(buffer_append(&buffer, &byte, 1, &error), &error);
        assert_int_equal(buffer.data[buffer.size], 0);
    }
    assert_int_equal(buffer.size, 50000);
    for (unsigned i = 0; i < 50000; i++)
        assert_int_equal(buffer.data[i], (uint8_t)(i * 7));
    assert_true(buffer.capacity <= buffer.max + 1);
    buffer_clear(&buffer);
    assert_null(buffer.data);
    assert_int_equal(buffer.size, 0);
    assert_int_equal(buffer.max, 100000);
    assert_ok(buffer_append(&buffer, "again", 5, &error), &error);
    assert_string_equal((const char *)buffer.data, "again");
    buffer_clear(&buffer);
    buffer_clear(&buffer);
}

static void the_maximum_is_exact(void **state)
{
    static const size_t maxima[] = {0, 1, 2, 255, 256, 257, 1000};
    uint8_t bytes[1001] = {0};
    (void)state;
    for (size_t i = 0; i < sizeof maxima / sizeof *maxima; i++) {
        struct buffer buffer;
        vultus_error error = {0};
        size_t max = maxima[i];
        buffer_init(&buffer, max);
        assert_error(VULTUS_ERR_LIMIT, buffer_append(&buffer, bytes, max + 1, &error), &error,
                     "more than");
        assert_int_equal(buffer.size, 0);
        assert_ok(buffer_append(&buffer, bytes, max / 2, &error), &error);
        assert_ok(buffer_append(&buffer, bytes, max - max / 2, &error), &error);
        assert_int_equal(buffer.size, max);
        assert_true(buffer.capacity <= max + 1 || buffer.capacity <= 256);
        assert_error(VULTUS_ERR_LIMIT, buffer_append(&buffer, bytes, 1, &error), &error,
                     "more than");
        assert_error(VULTUS_ERR_LIMIT, buffer_reserve(&buffer, SIZE_MAX, &error), &error,
                     "more than");
        assert_ok(buffer_append(&buffer, NULL, 0, &error), &error);
        assert_int_equal(buffer.size, max);
        buffer_clear(&buffer);
    }
}

static void text_is_printed_behind(void **state)
{
    struct buffer buffer;
    vultus_error error = {0};
    (void)state;
    buffer_init(&buffer, 40);
    assert_ok(buffer_print(&buffer, &error, "%s", ""), &error);
    assert_string_equal((const char *)buffer.data, "");
    assert_ok(buffer_print(&buffer, &error, "%d and ", 12), &error);
    assert_ok(buffer_print(&buffer, &error, "%s", "thirty-three bytes of more text.."), &error);
    assert_string_equal((const char *)buffer.data, "12 and thirty-three bytes of more text..");
    assert_int_equal(buffer.size, 40);
    assert_error(VULTUS_ERR_LIMIT, buffer_print(&buffer, &error, "%c", 'x'), &error, "40 bytes");
    assert_int_equal(buffer.size, 40);
    buffer_clear(&buffer);
}

static void room_is_reserved(void **state)
{
    struct buffer buffer;
    vultus_error error = {0};
    (void)state;
    buffer_init(&buffer, 5000);
    assert_ok(buffer_append(&buffer, "head", 4, &error), &error);
    assert_ok(buffer_reserve(&buffer, 4000, &error), &error);
    assert_true(buffer.capacity > 4004);
    assert_int_equal(buffer.size, 4);
    const uint8_t *data = buffer.data;
    for (int i = 0; i < 4000; i++)
        assert_ok(buffer_append(&buffer, "x", 1, &error), &error);
    assert_ptr_equal(buffer.data, data); /* nothing moved */
    assert_memory_equal(buffer.data, "headxxx", 7);
    buffer_clear(&buffer);
}

static void it_stays_when_memory_ends(void **state)
{
    struct buffer buffer;
    vultus_error error = {0};
    char more[1000];
    (void)state;
    memset(more, 'm', sizeof more);
    long live = mem_live();
    buffer_init(&buffer, 5000);
    assert_ok(buffer_append(&buffer, "text", 4, &error), &error);
    mem_fail_after(1, true);
    assert_error(VULTUS_ERR_MEMORY, buffer_append(&buffer, more, sizeof more, &error), &error,
                 "memory");
    assert_error(VULTUS_ERR_MEMORY, buffer_print(&buffer, &error, "%.1000s", more), &error,
                 "memory");
    mem_fail_after(0, false);
    assert_int_equal(buffer.size, 4);
    assert_string_equal((const char *)buffer.data, "text");
    buffer_clear(&buffer);
    assert_int_equal(mem_live(), live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_holds_what_was_added),   cmocka_unit_test(the_maximum_is_exact),
        cmocka_unit_test(text_is_printed_behind),    cmocka_unit_test(room_is_reserved),
        cmocka_unit_test(it_stays_when_memory_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
