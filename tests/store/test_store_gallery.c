/* Galleries through the public interface: what is enrolled is kept, found, renamed, merged, erased.
 */
#define _GNU_SOURCE /* memmem */
#include "store_support.h"

#include <math.h>

#include <sys/stat.h>

#define MODEL "synthetic@00000001"
#define OTHER "another@00000002"

static int mode_of(const char *path)
{
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    return info.st_mode & 0777;
}

static void opening_makes_private_files(void **state)
{
    (void)state;
    postgres_skip();
    const char *folder = support_join(support_folder(), "new/deep");
    const char *path = support_join(folder, "people.db");
    vultus_gallery *gallery = open_gallery(path);
    assert_string_equal(vultus_gallery_location(gallery), path);
    assert_int_equal(mode_of(path), 0600);
    assert_int_equal(mode_of(folder), 0700);
    enroll(gallery, "Ada", 1, MODEL);
    char log[4200];
    snprintf(log, sizeof log, "%s-wal", path);
    assert_int_equal(mode_of(log), 0600);
    vultus_gallery_close(gallery);
    vultus_gallery_close(NULL);
}

static void enrolment_keeps_everything(void **state)
{
    (void)state;
    const char *path = fresh_path();
    vultus_error error = {0};
    vultus_gallery *gallery = open_gallery(path);
    vultus_enrolled first = enroll(gallery, "Ada Lovelace", 1, MODEL);
    assert_true(first.new_person && !first.duplicate && first.person > 0 && first.face > 0);
    assert_string_equal(first.name, "Ada Lovelace");
    vultus_enrolled second = enroll(gallery, "Ada Lovelace", 2, MODEL);
    assert_false(second.new_person || second.duplicate);
    assert_int_equal(second.person, first.person);
    assert_ok(vultus_gallery_enroll(gallery, "Zo\xC3\xAB", NULL, fake_sample(3, MODEL, DIMENSION),
                                    NULL, &error),
              &error);
    vultus_gallery_close(gallery);

    gallery = open_gallery(path);
    vultus_people people = {0};
    assert_ok(vultus_gallery_people(gallery, &people, &error), &error);
    assert_int_equal(people.count, 2);
    assert_string_equal(people.items[0].name, "Ada Lovelace");
    assert_int_equal(people.items[0].faces, 2);
    assert_int_equal(strlen(people.items[0].created), 20);
    assert_string_equal(people.items[1].name, "Zo\xC3\xAB");
    vultus_people_clear(&people);
    vultus_people_clear(&people);
    vultus_people_clear(NULL);

    vultus_face_records records = {0};
    assert_ok(vultus_gallery_faces(gallery, "Ada Lovelace", &records, &error), &error);
    assert_int_equal(records.count, 2);
    for (uint64_t i = 0; i < 2; i++) {
        const vultus_sample *sample = fake_sample(i + 1, MODEL, DIMENSION);
        const vultus_face_record *record = records.items + i;
        assert_int_equal(record->id, i ? second.face : first.face);
        assert_string_equal(record->source, "a/picture.jpg");
        assert_string_equal(record->embedder, MODEL);
        assert_int_equal(record->dimension, DIMENSION);
        assert_memory_equal(record->embedding, sample->embedding, DIMENSION * sizeof(float));
        vultus_face face = record->face; /* without what is worked out */
        assert_true(face.quality.score > 0 && isnan(face.quality.occlusion));
        assert_true(face.quality.pitch >= -1 && face.quality.pitch <= 1);
        face.quality.pitch = face.quality.contrast = face.quality.occlusion = face.quality.score =
            0;
        assert_memory_equal(&face, &sample->face, sizeof sample->face);
        assert_int_equal(record->thumbnail_size, sample->thumbnail.size);
        assert_memory_equal(record->thumbnail, sample->thumbnail.data, sample->thumbnail.size);
        assert_int_equal(strlen(record->created), 20);
    }
    vultus_face_records_clear(&records);
    assert_ok(vultus_gallery_faces(gallery, "Zo\xC3\xAB", &records, &error), &error);
    assert_null(records.items[0].source);
    vultus_face_records_clear(&records);
    assert_error(VULTUS_ERR_NOT_FOUND,
                 vultus_gallery_faces(gallery, "ada lovelace", &records, &error), &error,
                 "ada lovelace");
    vultus_gallery_close(gallery);
}

static void the_same_picture_is_one_face(void **state)
{
    (void)state;
    vultus_gallery *gallery = open_gallery(fresh_path());
    vultus_error error = {0};
    vultus_people people;
    vultus_enrolled first = enroll(gallery, "Ada", 1, MODEL);
    vultus_enrolled again = enroll(gallery, "Ada", 1, MODEL);
    assert_true(again.duplicate && !again.new_person);
    assert_int_equal(again.face, first.face);
    assert_string_equal(again.name, "Ada");
    again = enroll(gallery, "Grace", 1, MODEL);
    assert_true(again.duplicate && !again.new_person);
    assert_int_equal(again.person, first.person);
    assert_string_equal(again.name, "Ada");
    assert_ok(vultus_gallery_people(gallery, &people, &error), &error);
    assert_int_equal(people.count, 1);
    assert_int_equal(people.items[0].faces, 1);
    vultus_people_clear(&people);
    /* by another embedder it is another embedding to keep */
    assert_false(enroll(gallery, "Ada", 1, OTHER).duplicate);
    vultus_gallery_close(gallery);
}

static void a_picture_is_found_again(void **state)
{
    (void)state;
    struct fake_engine fake;
    const vultus_engine *engine = fake_engine(&fake, MODEL, DIMENSION, 0.5f);
    uint8_t pixels[3 * 4 * 4] = {1, 2, 3};
    vultus_pixels wrap = {.data = pixels, .width = 4, .height = 4};
    vultus_image *image = NULL;
    vultus_error error = {0};
    vultus_gallery *gallery = open_gallery(fresh_path());
    struct vultus_sample sample = *fake_sample(7, MODEL, DIMENSION);
    vultus_enrolled enrolled, found;
    bool has = true;
    assert_ok(vultus_image_wrap(&wrap, &image, &error), &error);
    assert_ok(image_hash(image, sample.picture, &error), &error);
    assert_ok(vultus_gallery_has(gallery, engine, image, NULL, &has, &error), &error);
    assert_false(has);
    assert_ok(vultus_gallery_enroll(gallery, "Ada", NULL, &sample, &enrolled, &error), &error);
    assert_ok(vultus_gallery_has(gallery, engine, image, &found, &has, &error), &error);
    assert_true(has && found.duplicate);
    assert_int_equal(found.face, enrolled.face);
    assert_string_equal(found.name, "Ada");
    engine = fake_engine(&fake, OTHER, DIMENSION, 0.5f);
    assert_ok(vultus_gallery_has(gallery, engine, image, &found, &has, &error), &error);
    assert_false(has);
    vultus_image_free(image);
    vultus_gallery_close(gallery);
}

static void what_cannot_be_enrolled_is_refused(void **state)
{
    (void)state;
    vultus_gallery *gallery = open_gallery(fresh_path());
    vultus_error error = {0};
    struct vultus_sample sample = *fake_sample(1, MODEL, DIMENSION);
    float bad[DIMENSION];
    char source[VULTUS_SOURCE_MAX + 2];
    struct vultus_sample wrong = sample;
    wrong.verdict = VULTUS_SAMPLE_NO_FACE;
    snprintf(wrong.reason, sizeof wrong.reason, "no face found");
    assert_error(VULTUS_ERR_ARGUMENT,
                 vultus_gallery_enroll(gallery, "Ada", "x.jpg", &wrong, NULL, &error), &error,
                 "x.jpg: cannot be enrolled: no face found");
    assert_error(VULTUS_ERR_ARGUMENT,
                 vultus_gallery_enroll(gallery, "", NULL, &sample, NULL, &error), &error,
                 "is empty");
    assert_error(VULTUS_ERR_ARGUMENT,
                 vultus_gallery_enroll(gallery, " Ada", NULL, &sample, NULL, &error), &error,
                 "white space");
    assert_error(VULTUS_ERR_ARGUMENT,
                 vultus_gallery_enroll(gallery, NULL, NULL, &sample, NULL, &error), &error,
                 "missing");
    assert_error(VULTUS_ERR_ARGUMENT,
                 vultus_gallery_enroll(gallery, "Ada", NULL, NULL, NULL, &error), &error,
                 "no sample");
    assert_error(VULTUS_ERR_ARGUMENT,
                 vultus_gallery_enroll(NULL, "Ada", NULL, &sample, NULL, &error), &error,
                 "gallery");
    memset(source, 'a', sizeof source);
    source[sizeof source - 1] = '\0';
    assert_error(VULTUS_ERR_ARGUMENT,
                 vultus_gallery_enroll(gallery, "Ada", source, &sample, NULL, &error), &error,
                 "longer");
    memcpy(bad, sample.embedding, sizeof bad);
    bad[3] = NAN;
    wrong = sample;
    wrong.embedding = bad;
    assert_error(VULTUS_ERR_ARGUMENT,
                 vultus_gallery_enroll(gallery, "Ada", NULL, &wrong, NULL, &error), &error,
                 "not numbers");
    bad[3] = 9;
    assert_error(VULTUS_ERR_ARGUMENT,
                 vultus_gallery_enroll(gallery, "Ada", NULL, &wrong, NULL, &error), &error,
                 "length");
    wrong = sample;
    wrong.face.box.x = INFINITY;
    assert_error(VULTUS_ERR_ARGUMENT,
                 vultus_gallery_enroll(gallery, "Ada", NULL, &wrong, NULL, &error), &error, "box");
    enroll(gallery, "Ada", 1, MODEL);
    assert_error(
        VULTUS_ERR_MISMATCH,
        vultus_gallery_enroll(gallery, "Ada", NULL, fake_sample(2, MODEL, 16), NULL, &error),
        &error, "32 floats in the gallery and 16 here");
    vultus_gallery_close(gallery);
}

/* ------------------------------------------------------------------ people */

static void people_are_renamed_merged_and_erased(void **state)
{
    (void)state;
    const char *path = fresh_path();
    vultus_error error = {0};
    vultus_gallery *gallery = open_gallery(path);
    enroll(gallery, "Ada", 1, MODEL);
    enroll(gallery, "Ada", 2, MODEL);
    enroll(gallery, "Grace", 3, MODEL);
    enroll(gallery, "Emmy", 4, MODEL);
    assert_string_equal(fake_nearest(gallery, MODEL, 1), "Ada");

    assert_ok(vultus_gallery_rename(gallery, "Ada", "Ada Lovelace", &error), &error);
    assert_ok(vultus_gallery_rename(gallery, "Emmy", "Emmy", &error), &error);
    assert_string_equal(fake_nearest(gallery, MODEL, 1), "Ada Lovelace");
    assert_error(VULTUS_ERR_EXISTS, vultus_gallery_rename(gallery, "Grace", "Emmy", &error), &error,
                 "merge them");
    assert_error(VULTUS_ERR_NOT_FOUND, vultus_gallery_rename(gallery, "Ada", "X", &error), &error,
                 "Ada");
    assert_error(VULTUS_ERR_ARGUMENT, vultus_gallery_rename(gallery, "Grace", "a\nb", &error),
                 &error, "control");

    assert_ok(vultus_gallery_merge(gallery, "Grace", "Ada Lovelace", &error), &error);
    assert_string_equal(fake_nearest(gallery, MODEL, 3), "Ada Lovelace");
    assert_int_equal(faces_of(gallery, "Ada Lovelace"), 3);
    assert_int_equal(faces_of(gallery, "Grace"), 0);
    assert_error(VULTUS_ERR_NOT_FOUND, vultus_gallery_merge(gallery, "Emmy", "Grace", &error),
                 &error, "Grace");
    assert_error(VULTUS_ERR_ARGUMENT, vultus_gallery_merge(gallery, "Emmy", "Emmy", &error), &error,
                 "themselves");

    assert_ok(vultus_gallery_delete(gallery, "Emmy", &error), &error);
    assert_string_equal(fake_nearest(gallery, MODEL, 4), "unknown");
    assert_error(VULTUS_ERR_NOT_FOUND, vultus_gallery_delete(gallery, "Emmy", &error), &error,
                 "Emmy");
    vultus_gallery_close(gallery);

    gallery = open_gallery(path);
    assert_string_equal(fake_nearest(gallery, MODEL, 3), "Ada Lovelace");
    assert_string_equal(fake_nearest(gallery, MODEL, 4), "unknown");
    vultus_enrolled again = enroll(gallery, "Emmy", 4, MODEL);
    assert_true(again.new_person && !again.duplicate);
    assert_int_equal(again.person, 4); /* ids are not used a second time */
    assert_string_equal(fake_nearest(gallery, MODEL, 4), "Emmy");
    vultus_gallery_close(gallery);
}

/* True when the file has the bytes anywhere. */
static bool file_has(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    static char all[8 << 20];
    size_t count = fread(all, 1, sizeof all, file);
    fclose(file);
    return memmem(all, count, bytes, size) != NULL;
}

static void what_is_erased_is_gone_from_the_files(void **state)
{
    (void)state;
    postgres_skip();
    const char *path = fresh_path();
    char log[4200];
    vultus_error error = {0};
    vultus_gallery *gallery = open_gallery(path);
    snprintf(log, sizeof log, "%s-wal", path);
    for (uint64_t i = 0; i < 200; i++)
        enroll(gallery, i % 2 ? "Somebody Else" : "Secret Person", i, MODEL);
    struct vultus_sample sample = *fake_sample(100, MODEL, DIMENSION);
    const uint8_t *vector = (const uint8_t *)sample.embedding;
    assert_true(encrypted() !=
                (file_has(path, "Secret Person", 13) || file_has(log, "Secret Person", 13)));
    assert_true(encrypted() != (file_has(path, vector, 64) || file_has(log, vector, 64)));
    assert_ok(vultus_gallery_delete(gallery, "Secret Person", &error), &error);
    assert_false(file_has(path, "Secret Person", 13) || file_has(log, "Secret Person", 13));
    assert_false(file_has(path, vector, 64) || file_has(log, vector, 64));
    assert_false(file_has(path, sample.picture, HASH_SIZE) ||
                 file_has(log, sample.picture, HASH_SIZE));
    assert_false(file_has(path, sample.thumbnail.data, 64) ||
                 file_has(log, sample.thumbnail.data, 64));
    vultus_gallery_close(gallery);
}

static void a_gallery_is_destroyed(void **state)
{
    (void)state;
    const char *path = gallery_with_faces(6, MODEL);
    char log[4200];
    vultus_error error = {0};
    vultus_people people = {0};
    vultus_gallery *reader = NULL, *again = NULL;
    const vultus_gallery_options reading = {.read_only = true, .must_exist = true};
    snprintf(log, sizeof log, "%s-wal", path);
    if (!postgres_wanted()) { /* where it would wait for the schema */
        assert_ok(vultus_gallery_open(path, &reading, &reader, &error), &error);
        assert_string_equal(fake_nearest(reader, MODEL, 1), "person 0");
    }
    assert_ok(vultus_gallery_destroy(path, NULL, &error), &error);
    assert_true(postgres_wanted() || (access(path, F_OK) && access(log, F_OK)));
    if (reader) {
        assert_string_equal(fake_nearest(reader, MODEL, 1), "unknown");
        assert_ok(vultus_gallery_people(reader, &people, &error), &error);
        assert_int_equal(people.count, 0);
    }
    assert_error(VULTUS_ERR_DATABASE, vultus_gallery_destroy(path, NULL, &error), &error,
                 "gallery");
    assert_error(VULTUS_ERR_DATABASE, vultus_gallery_open(path, &reading, &again, &error), &error,
                 "gallery");
    again = open_gallery(path);
    assert_true(enroll(again, "Ada", 1, MODEL).new_person);
    vultus_gallery_close(reader); /* touches nothing of the new one */
    assert_string_equal(fake_nearest(again, MODEL, 1), "Ada");
    vultus_gallery_close(again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opening_makes_private_files),
        cmocka_unit_test(enrolment_keeps_everything),
        cmocka_unit_test(the_same_picture_is_one_face),
        cmocka_unit_test(a_picture_is_found_again),
        cmocka_unit_test(what_cannot_be_enrolled_is_refused),
        cmocka_unit_test(people_are_renamed_merged_and_erased),
        cmocka_unit_test(what_is_erased_is_gone_from_the_files),
        cmocka_unit_test(a_gallery_is_destroyed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
