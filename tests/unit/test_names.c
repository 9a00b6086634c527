/* What a person may be called. */
#include "gallery/names.h"
#include "support.h"

static void good_names(void **state)
{
    static const char *const names[] = {
        "a",
        "Ada Lovelace",
        "Zo\xC3\xAB",
        "\xE6\x9D\x8E\xE5\xB0\x8F\xE9\xBE\x8D",
        "O'Brien; DROP TABLE",
        "..",
        "a/b",
        "\xF0\x9F\x99\x82",
        "100%s",
        "\xD8\xB9\xD9\x84\xDB\x8C\xE2\x80\x8C\xD8\xB1\xD8\xB6\xD8\xA7",
        "\xF4\x8F\xBF\xBD" /* U+10FFFD */,
        "\xEF\xBF\xBD",
        "\xED\x9F\xBF" /* U+D7FF */,
    };
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        vultus_error error = {0};
        assert_ok(names_check(names[i], &error), &error);
    }
}

static void bad_names(void **state)
{
    static const struct {
        const char *name, *text;
    } cases[] = {
        {"", "is empty"},
        {" ", "white space"},
        {"\xC2\xA0\xE3\x80\x80", "only white space"},
        {" Ada", "begins or ends"},
        {"Ada ", "begins or ends"},
        {"Ada\xE2\x80\x83", "begins or ends"},
        {"a\tb", "control"},
        {"a\nb", "control"},
        {"a\x7F", "control"},
        {"a\x1B[31m", "control"},
        {"a\xC2\x85", "control"},        /* U+0085 */
        {"a\xE2\x80\xA8z", "control"},   /* line separator */
        {"a\xE2\x80\xAEz", "direction"}, /* right-to-left override */
        {"a\xE2\x81\xA6z", "direction"}, /* isolate */
        {"\xC3", "not UTF-8"},           /* cut */
        {"\xE2\x82", "not UTF-8"},
        {"\xF0\x9F\x99", "not UTF-8"},
        {"\x80", "not UTF-8"},     /* continuation without a lead */
        {"\xC0\xAF", "not UTF-8"}, /* a slash in two bytes */
        {"\xE0\x80\xAF", "not UTF-8"},
        {"\xF0\x80\x80\xAF", "not UTF-8"},
        {"\xED\xA0\x80", "not UTF-8"},     /* half of a surrogate pair */
        {"\xF4\x90\x80\x80", "not UTF-8"}, /* over U+10FFFF */
        {"\xF8\x88\x80\x80\x80", "not UTF-8"},
        {"\xFF", "not UTF-8"},
        {"a\xC3(", "not UTF-8"},
        {NULL, "missing"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        vultus_error error = {0};
        assert_error(VULTUS_ERR_ARGUMENT, names_check(cases[i].name, &error), &error,
                     cases[i].text);
    }
}

static void the_longest_name(void **state)
{
    char name[VULTUS_NAME_MAX + 2];
    vultus_error error = {0};
    (void)state;
    memset(name, 'n', sizeof name);
    name[VULTUS_NAME_MAX] = '\0';
    assert_ok(names_check(name, &error), &error);
    name[VULTUS_NAME_MAX] = 'n';
    name[VULTUS_NAME_MAX + 1] = '\0';
    assert_error(VULTUS_ERR_ARGUMENT, names_check(name, &error), &error, "longer than 255");
}

/* Any bytes: the answer of a second decoder, written from RFC 3629's table. */
static bool is_utf8(const uint8_t *t, size_t size)
{
    for (size_t i = 0; i < size;) {
        uint8_t a = t[i], low = 0x80, high = 0xBF;
        size_t more = 0;
        if (a < 0x80) {
            i++;
            continue;
        }
        if (a >= 0xC2 && a <= 0xDF)
            more = 1;
        else if (a >= 0xE0 && a <= 0xEF)
            more = 2;
        else if (a >= 0xF0 && a <= 0xF4)
            more = 3;
        else
            return false;
        if (a == 0xE0)
            low = 0xA0;
        if (a == 0xED)
            high = 0x9F;
        if (a == 0xF0)
            low = 0x90;
        if (a == 0xF4)
            high = 0x8F;
        if (i + more >= size || t[i + 1] < low || t[i + 1] > high)
            return false;
        for (size_t k = 2; k <= more; k++)
            if (t[i + k] < 0x80 || t[i + k] > 0xBF)
                return false;
        i += more + 1;
    }
    return true;
}

static void random_bytes(void **state)
{
    (void)state;
    uint32_t random = 5;
    unsigned seen = 0;
    for (unsigned round = 0; round < 2000000; round++) {
        uint8_t text[6];
        size_t size = 1 + round % 6;
        for (size_t i = 0; i < size; i++) {
            static const uint8_t leads[] = {0xE0, 0xED, 0xF0, 0xF4, 0xC2, 0xC1, 0xE2, 'a'};
            random = random * 1664525 + 1013904223;
            text[i] =
                (random >> 30) ? (uint8_t)(0x80 | (random >> 24 & 0x3F)) : leads[random >> 20 & 7];
        }
        const char *fault = names_fault((const char *)text, size);
        bool refused = fault && !strcmp(fault, "is not UTF-8");
        if (refused && is_utf8(text, size))
            fail_msg("round %u: UTF-8 was refused", round);
        if (!fault && !is_utf8(text, size))
            fail_msg("round %u: what is not UTF-8 was taken", round);
        seen += !fault;
    }
    assert_true(seen > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_names),
        cmocka_unit_test(bad_names),
        cmocka_unit_test(the_longest_name),
        cmocka_unit_test(random_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
