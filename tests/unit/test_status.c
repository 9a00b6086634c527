/* Messages: one line, never half of a character; and SHA-256, which has no file of its own to test. */
#include "base/hash.h"
#include "base/status.h"
#include "support.h"

static void a_status_is_passed_on(void **state)
{
    vultus_error error = {0};
    (void)state;
    assert_int_equal(status_set(&error, VULTUS_ERR_LIMIT, "%s: %d", "file", 3), VULTUS_ERR_LIMIT);
    assert_int_equal(error.code, VULTUS_ERR_LIMIT);
    assert_string_equal(error.message, "file: 3");
    assert_int_equal(status_set(NULL, VULTUS_ERR_IO, "nobody looks"), VULTUS_ERR_IO);
    assert_int_equal(status_memory(&error, "a test"), VULTUS_ERR_MEMORY);
    assert_string_equal(error.message, "not enough memory for a test");
    assert_int_equal(status_memory(NULL, "a test"), VULTUS_ERR_MEMORY);
}

static void a_message_is_one_line(void **state)
{
    vultus_error error = {0};
    (void)state;
    status_set(&error, VULTUS_ERR_IO,
               "a\nb\tc\rd\x1B[31me\x7F"
               "f\x01");
    assert_string_equal(error.message, "a?b?c?d?[31me?f?");
    status_set(&error, VULTUS_ERR_IO, "Zo\xC3\xAB \xE6\x9D\x8E \xF0\x9F\x99\x82");
    assert_string_equal(error.message, "Zo\xC3\xAB \xE6\x9D\x8E \xF0\x9F\x99\x82");
}

/* However the cut falls, what is left is whole characters. */
static void a_cut_leaves_no_half_character(void **state)
{
    static const char *const characters[] = {"x", "\xC3\xAB", "\xE6\x9D\x8E", "\xF0\x9F\x99\x82"};
    (void)state;
    for (size_t c = 0; c < 4; c++) {
        size_t length = strlen(characters[c]);
        for (size_t before = 0; before < 8; before++) {
            vultus_error error = {0};
            char text[400] = "";
            memset(text, 'a', before);
            for (size_t at = before; at + length < sizeof text; at += length)
                memcpy(text + at, characters[c], length + 1);
            status_set(&error, VULTUS_ERR_IO, "%s", text);
            size_t got = strlen(error.message);
            assert_true(got < sizeof error.message);
            assert_true(got + length >= sizeof error.message - 1 || got == strlen(text));
            assert_int_equal((got - before) % length, 0);
            assert_memory_equal(error.message, text, got);
        }
    }
}

/* Bytes that are no UTF-8 at all go through without harm. */
static void any_bytes_are_survived(void **state)
{
    char text[300];
    (void)state;
    for (unsigned byte = 1; byte < 256; byte++) {
        vultus_error error = {0};
        memset(text, (int)byte, sizeof text - 1);
        text[sizeof text - 1] = '\0';
        status_set(&error, VULTUS_ERR_IO, "%s", text);
        assert_true(strlen(error.message) < sizeof error.message);
        assert_null(strchr(error.message, '\n'));
    }
}

static void every_status_has_a_text(void **state)
{
    (void)state;
    for (int i = VULTUS_OK; i <= VULTUS_ERR_INTERNAL; i++) {
        const char *text = vultus_status_text((vultus_status)i);
        assert_true(strlen(text) > 1);
        assert_string_not_equal(text, "unknown status");
        for (int k = VULTUS_OK; k < i; k++)
            assert_string_not_equal(text, vultus_status_text((vultus_status)k));
    }
    assert_string_equal(vultus_status_text((vultus_status)99), "unknown status");
    assert_string_equal(vultus_status_text((vultus_status)-1), "unknown status");
}

/* FIPS 180-4's examples, and nothing. */
static void hashes_are_sha_256(void **state)
{
    static const struct {
        const char *text, *hash;
    } cases[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t hash[HASH_SIZE];
        char hex[HASH_HEX_SIZE];
        vultus_error error = {0};
        assert_ok(hash_bytes(cases[i].text, strlen(cases[i].text), hash, &error), &error);
        hash_hex(hash, hex);
        assert_string_equal(hex, cases[i].hash);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_status_is_passed_on),          cmocka_unit_test(a_message_is_one_line),
        cmocka_unit_test(a_cut_leaves_no_half_character), cmocka_unit_test(any_bytes_are_survived),
        cmocka_unit_test(every_status_has_a_text),        cmocka_unit_test(hashes_are_sha_256),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
