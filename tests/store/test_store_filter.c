/* Identification among some people: by name, group and tag. */
#include "store_support.h"

#define MODEL "synthetic@00000001"

static vultus_status find(vultus_gallery *gallery, const vultus_filter *filter, uint64_t seed,
                          vultus_identity *out, vultus_error *error)
{
    struct fake_engine fake;
    float probe[DIMENSION];
    const vultus_decision decision = {.filter = filter};
    fake_embedding(seed, DIMENSION, probe);
    return vultus_gallery_identify(gallery, fake_engine(&fake, MODEL, DIMENSION, 0.9f), probe,
                                   &decision, out, error);
}

static void filters_allow_some(void **state)
{
    (void)state;
    const char *path = gallery_with_faces(60, MODEL);
    static const char *const groups[] = {"board", "choir"}, *const tags[] = {"vip"},
                             *const people[] = {"person 1", "person 7"}, *const nobody[] = {"?"};
    vultus_gallery *gallery = open_gallery(path);
    vultus_identity who;
    vultus_error error = {0};
    assert_ok(vultus_gallery_set_fact(gallery, "person 1", VULTUS_FACT_GROUP, "board", "", &error),
              &error);
    assert_ok(vultus_gallery_set_fact(gallery, "person 2", VULTUS_FACT_GROUP, "choir", "", &error),
              &error);
    assert_ok(vultus_gallery_set_fact(gallery, "person 2", VULTUS_FACT_TAG, "vip", "", &error),
              &error);
    assert_ok(vultus_gallery_set_fact(gallery, "person 3", VULTUS_FACT_TAG, "vip", "", &error),
              &error);
    vultus_filter filter = {.groups = groups, .group_count = 2};
    assert_ok(find(gallery, &filter, 4, &who, &error), &error);
    assert_true(who.match && who.people == 2 && who.faces == 4);
    assert_string_equal(who.best.name, "person 2");
    assert_string_equal(who.second.name, "person 1");
    assert_ok(find(gallery, &filter, 6, &who, &error), &error);
    assert_false(who.match);
    filter.tags = tags;
    filter.tag_count = 1;
    assert_ok(find(gallery, &filter, 4, &who, &error), &error);
    assert_true(who.match && who.people == 1 && !who.second.name[0]);
    assert_ok(vultus_gallery_set_fact(gallery, "person 1", VULTUS_FACT_TAG, "vip", "", &error),
              &error);
    assert_ok(find(gallery, &filter, 4, &who, &error), &error);
    assert_int_equal(who.people, 2);
    filter = (vultus_filter){.people = people, .people_count = 2};
    assert_ok(find(gallery, &filter, 14, &who, &error), &error);
    assert_true(who.match && who.people == 2);
    filter.tags = tags;
    filter.tag_count = 1;
    assert_ok(find(gallery, &filter, 14, &who, &error), &error);
    assert_true(!who.match && who.people == 1);
    assert_ok(vultus_gallery_rename(gallery, "person 3", "?", &error), &error);
    assert_ok(find(gallery, NULL, 6, &who, &error), &error);
    assert_string_equal(who.best.name, "?");
    assert_ok(vultus_gallery_rename(gallery, "?", "person 3", &error), &error);
    filter = (vultus_filter){.people = nobody, .people_count = 1};
    assert_error(VULTUS_ERR_NOT_FOUND, find(gallery, &filter, 4, &who, &error), &error,
                 "nobody is called \"?\"");
    filter = (vultus_filter){.groups = nobody, .group_count = 1};
    assert_error(VULTUS_ERR_NOT_FOUND, find(gallery, &filter, 4, &who, &error), &error,
                 "nobody is in the group \"?\"");
    filter = (vultus_filter){.tags = nobody, .tag_count = 1};
    assert_error(VULTUS_ERR_NOT_FOUND, find(gallery, &filter, 4, &who, &error), &error,
                 "nobody has the tag \"?\"");
    filter.tag_count = VULTUS_FILTER_MAX + 1;
    assert_error(VULTUS_ERR_ARGUMENT, find(gallery, &filter, 4, &who, &error), &error, "at most");
    vultus_gallery_close(gallery);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters_allow_some),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
