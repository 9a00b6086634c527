/* The decoder against every code point, and against what is no UTF-8. */
#include "base/utf8.h"
#include "support.h"

static size_t encode(uint32_t point, char out[4])
{
    if (point < 0x80)
        return out[0] = (char)point, 1;
    size_t length = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (size_t i = length; i-- > 1; point >>= 6)
        out[i] = (char)(0x80 | (point & 0x3F));
    out[0] = (char)((0xF00u >> length) | point);
    return length;
}

static void every_code_point_is_read(void **state)
{
    (void)state;
    for (uint32_t point = 0; point <= 0x110400; point++) {
        char text[4];
        size_t length = encode(point, text), at = 0;
        bool good = point <= 0x10FFFF && (point < 0xD800 || point > 0xDFFF);
        assert_int_equal(utf8_next(text, length, &at), good ? point : UTF8_BAD);
        assert_int_equal(at, good ? length : 1);
        for (size_t cut = 1; good && cut < length; cut++) {
            at = 0;
            assert_int_equal(utf8_next(text, cut, &at), UTF8_BAD);
            assert_int_equal(at, 1);
        }
    }
}

static void forgeries_are_refused(void **state)
{
    static const char *const bad[] = {"\x80",         "\xBF",         "\xC0\x80",         "\xC1\xBF",
                                      "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF", "\xF5\x80\x80\x80",
                                      "\xFF",         "\xC3(",        "\xE2\x82("};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        size_t at = 0;
        assert_int_equal(utf8_next(bad[i], strlen(bad[i]), &at), UTF8_BAD);
        assert_int_equal(at, 1);
    }
}

static void tails_begin_with_a_character(void **state)
{
    const char *text = "a\xC3\xA9\xE2\x82\xAC"; /* a, e acute, euro */
    (void)state;
    assert_ptr_equal(utf8_tail(text, 6), text);
    assert_string_equal(utf8_tail(text, 5), text + 1);
    assert_string_equal(utf8_tail(text, 4), text + 3);
    assert_string_equal(utf8_tail(text, 3), text + 3);
    assert_string_equal(utf8_tail(text, 2), "");
    assert_string_equal(utf8_tail("", 0), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_code_point_is_read),
                                       cmocka_unit_test(forgeries_are_refused),
                                       cmocka_unit_test(tails_begin_with_a_character)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
