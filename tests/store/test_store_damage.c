/* Files that are damaged anywhere: refused and left as they were, or read, but never a crash. */
#include "store_support.h"

#include <unistd.h>

#define MODEL "synthetic@00000001"

#define PAGE 8192 /* bytes, of new galleries */

static char before[4 << 20], after[4 << 20];

/* Every page damaged in turn, and every length cut: refused or read, never a crash. */
static void use(const char *path)
{
    vultus_gallery *gallery = NULL;
    vultus_error error = {0};
    vultus_people people = {0};
    vultus_face_records records = {0};
    vultus_identity who;
    struct fake_engine fake;
    float probe[DIMENSION];
    vultus_gallery_options must_exist = {.must_exist = true};
    if (vultus_gallery_open(path, &must_exist, &gallery, &error))
        return;
    fake_embedding(1, DIMENSION, probe);
    vultus_status ignored = vultus_gallery_people(gallery, &people, &error);
    ignored = vultus_gallery_faces(gallery, "person 1", &records, &error);
    ignored = vultus_gallery_identify(gallery, fake_engine(&fake, MODEL, DIMENSION, 0.5f), probe,
                                      NULL, &who, &error);
    ignored = vultus_gallery_enroll(gallery, "New", NULL, fake_sample(99, MODEL, DIMENSION), NULL,
                                    &error);
    ignored = vultus_gallery_delete(gallery, "person 0", &error);
    (void)ignored;
    vultus_people_clear(&people);
    vultus_face_records_clear(&records);
    vultus_gallery_close(gallery);
}

static void damaged_files_are_survived(void **state)
{
    (void)state;
    const char *path = gallery_with_faces(40, MODEL);
    const char *broken = fresh_path();
    static char whole[4 << 20];
    size_t size = slurp(path, whole, sizeof whole);
    unsigned refused = 0, tried = 0;
    char log[4200];
    uint64_t random = 4;
    snprintf(log, sizeof log, "%s-wal", broken);
    for (unsigned i = 0; i < 300; i++) {
        vultus_gallery *gallery = NULL;
        vultus_error error = {0};
        size_t at = next_random(&random) % size, length = size;
        memcpy(before, whole, size);
        if (i % 3 == 0)
            memset(before + at, (int)(next_random(&random) & 255),
                   size - at < 300 ? size - at : 300);
        else if (i % 3 == 1)
            before[at & ~(size_t)(PAGE - 1)] ^= (char)(1 + i % 255),
                before[(at & ~(size_t)(PAGE - 1)) + 3] ^= 5;
        else
            length = at;
        unlink(log);
        spill(broken, before, length);
        use(broken);
        unlink(log);
        spill(broken, before, length);
        tried++;
        if (length && vultus_gallery_open(broken, NULL, &gallery, &error)) {
            refused++;
            assert_int_equal(error.code, VULTUS_ERR_DATABASE);
            assert_int_equal(slurp(broken, after, sizeof after), length); /* left as it was */
            assert_memory_equal(before, after, length);
        }
        vultus_gallery_close(gallery);
    }
    print_message("%u of %u damaged files were refused at opening\n", refused, tried);
    assert_true(refused > tried / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(damaged_files_are_survived)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
