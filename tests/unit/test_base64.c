/* Base64: RFC 4648's own examples both ways, and what is refused. */
#include "support.h"

#include "base/base64.h"
#include "base/memory.h"

#include <string.h>

static void examples(void **state)
{
    static const char *const plain[] = {"", "f", "fo", "foo", "foob", "fooba", "foobar"};
    static const char *const coded[] = {"",         "Zg==",     "Zm8=",    "Zm9v",
                                        "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
    (void)state;
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        char *text = base64_encode((const uint8_t *)plain[i], strlen(plain[i]));
        assert_string_equal(text, coded[i]);
        mem_free(text);
        struct buffer bytes;
        buffer_init(&bytes, 64);
        assert_int_equal(base64_decode(coded[i], strlen(coded[i]), &bytes, NULL), VULTUS_OK);
        assert_int_equal(bytes.size, strlen(plain[i]));
        assert_memory_equal(bytes.data, plain[i], bytes.size);
        buffer_clear(&bytes);
    }
}

static void refused(void **state)
{
    static const char *const texts[] = {
        "Z", "Zg=", "Zg===", "====", "Z===", "Zm9v\n", "Zm=v", "Zm9v====", "Zm 9"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct buffer bytes;
        buffer_init(&bytes, 64);
        assert_int_equal(base64_decode(texts[i], strlen(texts[i]), &bytes, NULL),
                         VULTUS_ERR_FORMAT);
        assert_int_equal(bytes.size, 0);
        buffer_clear(&bytes);
    }
    struct buffer small;
    buffer_init(&small, 2);
    assert_int_equal(base64_decode("Zm9v", 4, &small, NULL), VULTUS_ERR_LIMIT);
    buffer_clear(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(examples), cmocka_unit_test(refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
