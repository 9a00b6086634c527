/* vultus_describe refuses faces that have no place in a picture. */
#include "golden.h"

#include <math.h>

static void faces_without_a_place_are_refused(void **state)
{
    (void)state;
    static const vultus_box odd[] = {
        {NAN, 0, 50, 50}, {0, INFINITY, 50, 50}, {0, 0, 0, 50},         {0, 0, 50, -1},
        {0, 0, NAN, 50},  {0, 0, 50, INFINITY},  {3e38f, 3e38f, 50, 50}};
    vultus_engine_options options = {.attributes = "face-api", .detect_only = true};
    vultus_engine *engine = NULL;
    vultus_attributes out[2], before[2];
    vultus_error error = {0};
    struct contract_pack pack;
    golden_need_models();
    if (pack_read(NULL, "face-api", &pack, &error))
        support_skip(error.message);
    contract_clear(&pack);
    vultus_image *image = golden_any_picture();
    if (!image)
        support_skip("no picture");
    assert_ok(vultus_engine_open(&options, &engine, &error), &error);
    vultus_face faces[2] = {{.box = {60, 60, 80, 80}}, {.box = {0}}};
    memset(before, 7, sizeof before);
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        faces[1].box = odd[i];
        memcpy(out, before, sizeof out);
        assert_error(VULTUS_ERR_ARGUMENT, vultus_describe(engine, image, faces, 2, out, &error),
                     &error, "face 1 has no place");
        assert_memory_equal(out, before, sizeof out);
    }
    assert_ok(vultus_describe(engine, image, faces, 1, out, &error), &error);
    assert_true(out[0].age > 0);
    vultus_engine_close(engine);
    vultus_image_free(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faces_without_a_place_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
