/* Allocation: overflow, failures on demand, and counting. */
#include "base/memory.h"
#include "support.h"

static void sizes_that_overflow(void **state)
{
    (void)state;
    long live = mem_live();
    volatile size_t half = SIZE_MAX / 2 + 1;
    assert_null(mem_array(half, 2));
    assert_null(mem_array(SIZE_MAX, SIZE_MAX));
    assert_null(mem_zalloc(half, 2));
    assert_null(mem_aligned(half, 2));
    assert_null(mem_aligned(SIZE_MAX - 10, 1));
    char *block = mem_alloc(10);
    assert_non_null(block);
    memcpy(block, "unchanged", 10);
    assert_null(mem_resize(block, half, 2));
    assert_string_equal(block, "unchanged");
    mem_free(block);
    assert_int_equal(mem_live(), live);
}

static void nothing_is_a_block(void **state)
{
    (void)state;
    long live = mem_live();
    void *blocks[] = {mem_alloc(0),           mem_zalloc(0, 8),  mem_zalloc(8, 0), mem_array(0, 8),
                      mem_resize(NULL, 0, 4), mem_copy(NULL, 0), mem_aligned(0, 4)};
    size_t count = sizeof blocks / sizeof *blocks;
    assert_int_equal(mem_live(), live + (long)count);
    for (size_t i = 0; i < count; i++) {
        assert_non_null(blocks[i]);
        mem_free(blocks[i]);
    }
    mem_free(NULL);
    mem_free_wiped(NULL, 0);
    mem_wipe(NULL, 0);
    assert_int_equal(mem_live(), live);
}

static void blocks_hold_what_they_should(void **state)
{
    (void)state;
    uint32_t *zeros = mem_zalloc(1000, sizeof *zeros);
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(zeros[i], 0);
    zeros[999] = 7;
    uint32_t *more = mem_resize(zeros, 2000, sizeof *more);
    assert_int_equal(more[999], 7);
    mem_free(more);
    for (size_t size = 1; size < 300; size += 13) {
        uint8_t *aligned = mem_aligned(size, 1);
        assert_int_equal((uintptr_t)aligned % MEM_ALIGNMENT, 0);
        memset(aligned, 1, size);
        mem_free(aligned);
    }
    char *text = mem_string("text"), *copy = mem_copy("copy", 5);
    assert_string_equal(text, "text");
    assert_string_equal(copy, "copy");
    mem_wipe(text, 5);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(text[i], 0);
    mem_free_wiped(text, 5);
    mem_free(copy);
}

/* A resized block is one block still. */
static void resizing_counts_once(void **state)
{
    (void)state;
    long live = mem_live();
    void *block = NULL;
    for (size_t i = 1; i < 1000; i *= 2) {
        block = mem_resize(block, i, 8);
        assert_non_null(block);
        assert_int_equal(mem_live(), live + 1);
    }
    mem_free(block);
    assert_int_equal(mem_live(), live);
}

static void *take(int kind)
{
    switch (kind) {
    case 0: return mem_alloc(8);
    case 1: return mem_zalloc(1, 8);
    case 2: return mem_array(1, 8);
    case 3: return mem_resize(NULL, 1, 8);
    case 4: return mem_copy("12345678", 8);
    case 5: return mem_string("1234567");
    default: return mem_aligned(1, 8);
    }
}

static void the_nth_fails(void **state)
{
    (void)state;
    long live = mem_live();
    for (int kind = 0; kind < 7; kind++)
        for (long n = 1; n <= 5; n++)
            for (int for_good = 0; for_good <= 1; for_good++) {
                mem_fail_after(n, for_good);
                for (long i = 1; i <= 8; i++) {
                    bool expected = i == n || (for_good && i > n);
                    assert_int_equal(mem_failed(), i > n);
                    void *block = take(kind);
                    assert_int_equal(!block, expected);
                    mem_free(block);
                }
                mem_fail_after(0, false);
                assert_false(mem_failed());
                void *block = take(kind);
                assert_non_null(block);
                mem_free(block);
            }
    assert_int_equal(mem_live(), live);
}

static void a_failed_resize_keeps_the_block(void **state)
{
    (void)state;
    char *block = mem_string("kept");
    mem_fail_after(1, false);
    assert_null(mem_resize(block, 100, 1));
    mem_fail_after(0, false);
    assert_string_equal(block, "kept");
    mem_free(block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_that_overflow),
        cmocka_unit_test(nothing_is_a_block),
        cmocka_unit_test(blocks_hold_what_they_should),
        cmocka_unit_test(resizing_counts_once),
        cmocka_unit_test(the_nth_fails),
        cmocka_unit_test(a_failed_resize_keeps_the_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
