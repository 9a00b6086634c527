/*
 * Imports of many faces, some of whose pictures are there already: they are found among the others, and neither they nor a
 * picture that is refused leave anything half there.
 */
#include "store_support.h"

#define MODEL "synthetic@00000001"
#define COUNT 400

struct many {
    vultus_face_record items[COUNT];
    float embeddings[COUNT][DIMENSION];
    char texts[COUNT][32];
    const char *names[COUNT];
};

/* Pictures `first` and on; two of a person. */
static struct many *many(uint64_t first)
{
    static struct many many;
    for (size_t i = 0; i < COUNT; i++) {
        const vultus_sample *sample = fake_sample(first + i, MODEL, DIMENSION);
        memcpy(many.embeddings[i], sample->embedding, sizeof many.embeddings[i]);
        many.items[i] = (vultus_face_record){.embedder = (char *)MODEL,
                                             .embedding = many.embeddings[i],
                                             .dimension = DIMENSION,
                                             .face = sample->face};
        memcpy(many.items[i].picture, sample->picture, HASH_SIZE);
        snprintf(many.texts[i], sizeof many.texts[i], "person %llu",
                 (unsigned long long)(first + i) / 2);
        many.names[i] = many.texts[i];
    }
    return &many;
}

static vultus_imported import(vultus_gallery *gallery, const struct many *many)
{
    vultus_imported sum = {0};
    vultus_error error = {0};
    assert_ok(vultus_gallery_import(gallery, many->names, many->items, COUNT, &sum, &error),
              &error);
    return sum;
}

static size_t people_of(vultus_gallery *gallery)
{
    vultus_gallery_stats stats;
    vultus_error error = {0};
    assert_ok(vultus_gallery_statistics(gallery, &stats, &error), &error);
    size_t people = stats.people;
    vultus_gallery_stats_clear(&stats);
    return people;
}

static void pictures_that_are_there_are_found(void **state)
{
    (void)state;
    vultus_gallery *gallery = open_gallery(fresh_path());
    vultus_imported sum = import(gallery, many(1000));
    assert_true(sum.added == COUNT && sum.new_people == COUNT / 2 && !sum.duplicates);

    /* The first half is there, in part under other names, which nobody gets for that. */
    struct many *again = many(1000 + COUNT / 2);
    again->names[0] = again->names[7] = "Nobody";
    again->items[COUNT - 1] = again->items[COUNT - 2]; /* and one twice in itself */
    sum = import(gallery, again);
    assert_int_equal(sum.duplicates, COUNT / 2 + 1);
    assert_int_equal(sum.added, COUNT / 2 - 1);
    assert_int_equal(sum.new_people, COUNT / 4);
    assert_int_equal(people_of(gallery), COUNT / 2 + COUNT / 4);
    assert_int_equal(faces_of(gallery, "person 600"), 2);

    sum = import(gallery, many(1000));
    assert_true(!sum.added && !sum.new_people && sum.duplicates == COUNT);
    sum = import(gallery, many(5000));
    assert_true(sum.added == COUNT && !sum.duplicates);
    sum = import(gallery, many(6000));
    assert_true(sum.added == COUNT && !sum.duplicates);
    assert_string_equal(fake_nearest(gallery, MODEL, 1003), "person 501");
    assert_whole(gallery);
    vultus_gallery_close(gallery);
}

/* It was noted that a picture does not show somebody. */
static void a_refused_picture_refuses_all(void **state)
{
    (void)state;
    vultus_gallery *gallery = open_gallery(fresh_path());
    vultus_error error = {0};
    vultus_imported sum;
    enroll(gallery, "Grace", 1, MODEL);
    struct many *items = many(2000);
    assert_ok(vultus_gallery_refuse(gallery, "Grace", items->items[7].picture, true, &error),
              &error);
    items->names[7] = "Grace";
    assert_error(VULTUS_ERR_ARGUMENT,
                 vultus_gallery_import(gallery, items->names, items->items, COUNT, &sum, &error),
                 &error, "does not show");
    assert_int_equal(people_of(gallery), 1);

    /* Where it is there as somebody else, it is only there once more. */
    enroll(gallery, "Ada", 2007, MODEL);
    sum = import(gallery, items);
    assert_true(sum.added == COUNT - 1 && sum.duplicates == 1);
    assert_int_equal(faces_of(gallery, "Grace"), 1);
    assert_whole(gallery);
    vultus_gallery_close(gallery);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_that_are_there_are_found),
        cmocka_unit_test(a_refused_picture_refuses_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
