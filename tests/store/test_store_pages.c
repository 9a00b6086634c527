/* Pages of people and faces, which groups there are, single faces that are read and erased, and people that are split. */
#include "gallery/search_file.h"
#include "gallery/store.h"
#include "store_support.h"

#define MODEL "synthetic@00000001"

static void set(vultus_gallery *gallery, const char *name, vultus_fact_kind kind, const char *key)
{
    vultus_error error = {0};
    assert_ok(vultus_gallery_set_fact(gallery, name, kind, key, "", &error), &error);
}

/* "a,b,c of 5" */
static const char *page(vultus_gallery *gallery, const vultus_people_query *query)
{
    static char line[2000];
    vultus_error error = {0};
    vultus_people people = {0};
    size_t total = 99, at = 0;
    line[0] = '\0';
    assert_ok(vultus_gallery_people_page(gallery, query, &people, &total, &error), &error);
    for (size_t i = 0; i < people.count; i++)
        at += (size_t)snprintf(line + at, sizeof line - at, "%s%s:%zu", i ? "," : "",
                               people.items[i].name, people.items[i].faces);
    snprintf(line + at, sizeof line - at, " of %zu", total);
    vultus_people_clear(&people);
    return line;
}

static void people_come_in_pages(void **state)
{
    (void)state;
    static const char *const names[] = {"Emmy", "Ada", "Grace", "Hedy", "Ines"};
    vultus_error error = {0};
    vultus_gallery *gallery = open_gallery(fresh_path());
    vultus_people people = {0};
    assert_string_equal(page(gallery, NULL), " of 0");
    for (uint64_t i = 0; i < 5; i++)
        enroll(gallery, names[i], i, MODEL);
    enroll(gallery, "Ada", 10, MODEL);
    assert_string_equal(page(gallery, NULL), "Ada:2,Emmy:1,Grace:1,Hedy:1,Ines:1 of 5");
    vultus_people_query query = {.most = 2};
    assert_string_equal(page(gallery, &query), "Ada:2,Emmy:1 of 5");
    query.after = "Emmy";
    assert_string_equal(page(gallery, &query), "Grace:1,Hedy:1 of 5");
    query.after = "Fay"; /* whom nobody knows */
    assert_string_equal(page(gallery, &query), "Grace:1,Hedy:1 of 5");
    query.after = "Ines";
    assert_string_equal(page(gallery, &query), " of 5");
    query = (vultus_people_query){.search = "E", .most = 3};
    assert_string_equal(page(gallery, &query), "Emmy:1,Grace:1,Hedy:1 of 4");
    query.after = "Hedy";
    assert_string_equal(page(gallery, &query), "Ines:1 of 4");
    query = (vultus_people_query){.search = "%"};
    assert_string_equal(page(gallery, &query), " of 0");
    query = (vultus_people_query){.most = 1};
    for (size_t i = 0; i < 5; i++) { /* more names than a page has, twice */
        static const char *const sorted[] = {"Ada", "Emmy", "Grace", "Hedy", "Ines"};
        assert_memory_equal(page(gallery, &query), sorted[i], strlen(sorted[i]));
        query.after = sorted[i];
    }
    query = (vultus_people_query){.most = VULTUS_PAGE_MAX + 1};
    assert_error(VULTUS_ERR_ARGUMENT,
                 vultus_gallery_people_page(gallery, &query, &people, NULL, &error), &error,
                 "10000");
    vultus_gallery_close(gallery);
}

static void one_person_is_found_without_their_faces(void **state)
{
    (void)state;
    vultus_error error = {0};
    vultus_gallery *gallery = open_gallery(fresh_path());
    vultus_people people = {0};
    enroll(gallery, "Ada", 1, MODEL);
    enroll(gallery, "Grace", 2, MODEL);
    enroll(gallery, "Ada", 3, "other@00000002");
    assert_ok(vultus_gallery_person(gallery, "Ada", &people, &error), &error);
    assert_int_equal(people.count, 1);
    assert_string_equal(people.items[0].name, "Ada");
    assert_int_equal(people.items[0].id, 1);
    assert_int_equal(people.items[0].faces, 2);
    assert_int_equal(strlen(people.items[0].created), strlen("2026-01-31T23:59:59Z"));
    vultus_people_clear(&people);
    assert_error(VULTUS_ERR_NOT_FOUND, vultus_gallery_person(gallery, "ada", &people, &error),
                 &error, "nobody is called \"ada\"");
    assert_error(VULTUS_ERR_ARGUMENT, vultus_gallery_person(gallery, "", &people, &error), &error,
                 "name");
    assert_null(people.items);
    vultus_gallery_close(gallery);
}

static void groups_are_counted(void **state)
{
    (void)state;
    vultus_error error = {0};
    vultus_fact_counts counts = {0};
    vultus_gallery *gallery = open_gallery(fresh_path());
    enroll(gallery, "Ada", 1, MODEL);
    enroll(gallery, "Grace", 2, MODEL);
    enroll(gallery, "Emmy", 3, MODEL);
    assert_ok(vultus_gallery_count_facts(gallery, VULTUS_FACT_GROUP, &counts, &error), &error);
    assert_int_equal(counts.count, 0);
    vultus_fact_counts_clear(&counts);
    set(gallery, "Ada", VULTUS_FACT_GROUP, "choir");
    set(gallery, "Ada", VULTUS_FACT_GROUP, "board");
    set(gallery, "Emmy", VULTUS_FACT_GROUP, "choir");
    set(gallery, "Emmy", VULTUS_FACT_TAG, "vip");
    assert_ok(vultus_gallery_count_facts(gallery, VULTUS_FACT_GROUP, &counts, &error), &error);
    assert_int_equal(counts.count, 2);
    assert_string_equal(counts.items[0].key, "board");
    assert_string_equal(counts.items[1].key, "choir");
    assert_int_equal(counts.items[0].people, 1);
    assert_int_equal(counts.items[1].people, 2);
    vultus_fact_counts_clear(&counts);
    vultus_people_query query = {.group = "choir"};
    assert_string_equal(page(gallery, &query), "Ada:1,Emmy:1 of 2");
    query.after = "Ada";
    assert_string_equal(page(gallery, &query), "Emmy:1 of 2");
    query = (vultus_people_query){.group = "choir", .tag = "vip"};
    assert_string_equal(page(gallery, &query), "Emmy:1 of 1");
    query = (vultus_people_query){.tag = "nobody's"};
    assert_string_equal(page(gallery, &query), " of 0");
    vultus_gallery_close(gallery);
}

static void faces_come_in_pages(void **state)
{
    (void)state;
    vultus_error error = {0};
    vultus_named_faces faces = {0};
    vultus_gallery *gallery = open_gallery(fresh_path());
    for (uint64_t i = 0; i < 6; i++)
        enroll(gallery, i % 2 ? "Ada" : "Grace", i, i < 3 ? MODEL : "other@00000002");
    assert_ok(vultus_gallery_faces_from(gallery, 0, 4, &faces, &error), &error);
    assert_int_equal(faces.count, 4);
    for (size_t i = 0; i < 4; i++) {
        float wanted[DIMENSION];
        fake_embedding(i, DIMENSION, wanted);
        assert_int_equal(faces.items[i].id, i + 1);
        assert_string_equal(faces.names[i], i % 2 ? "Ada" : "Grace");
        assert_string_equal(faces.items[i].embedder, i < 3 ? MODEL : "other@00000002");
        assert_memory_equal(faces.items[i].embedding, wanted, sizeof wanted);
        assert_int_equal(faces.items[i].thumbnail_size, 200);
    }
    vultus_named_faces_clear(&faces);
    assert_ok(vultus_gallery_faces_from(gallery, 5, 4, &faces, &error), &error);
    assert_int_equal(faces.count, 2);
    vultus_named_faces_clear(&faces);
    assert_ok(vultus_gallery_faces_from(gallery, 7, 4, &faces, &error), &error);
    assert_int_equal(faces.count, 0);
    vultus_named_faces_clear(&faces);
    assert_ok(vultus_gallery_face(gallery, 4, &faces, &error), &error);
    assert_int_equal(faces.count, 1);
    assert_string_equal(faces.names[0], "Ada");
    vultus_named_faces_clear(&faces);
    assert_error(VULTUS_ERR_NOT_FOUND, vultus_gallery_face(gallery, 7, &faces, &error), &error,
                 "no face 7");
    assert_error(VULTUS_ERR_NOT_FOUND, vultus_gallery_face(gallery, -1, &faces, &error), &error,
                 "no face -1");
    assert_error(VULTUS_ERR_ARGUMENT, vultus_gallery_faces_from(gallery, 1, 0, &faces, &error),
                 &error, "faces");
    vultus_gallery_close(gallery);
}

static bool file_has(const char *path, const void *bytes, size_t size)
{
    static char content[1 << 20];
    if (access(path, F_OK))
        return false;
    size_t length = slurp(path, content, sizeof content);
    for (size_t i = 0; i + size <= length; i++)
        if (!memcmp(content + i, bytes, size))
            return true;
    return false;
}

static void a_face_is_erased(void **state)
{
    (void)state;
    const char *path = fresh_path();
    char log[4200];
    vultus_error error = {0};
    vultus_changes changes = {0};
    vultus_gallery *gallery = open_gallery(path), *other = open_gallery(path);
    snprintf(log, sizeof log, "%s-wal", path);
    enroll(gallery, "Ada", 1, MODEL);
    const vultus_enrolled gone = enroll(gallery, "Ada", 2, MODEL);
    enroll(gallery, "Grace", 3, MODEL);
    assert_ok(vultus_gallery_move(gallery, gone.face, "Grace", &error), &error);
    assert_string_equal(fake_nearest(other, MODEL, 2), "Grace");
    assert_ok(vultus_gallery_delete_face(gallery, gone.face, &error), &error);
    assert_string_equal(fake_nearest(other, MODEL, 2), "unknown");
    assert_string_equal(fake_nearest(gallery, MODEL, 1), "Ada");
    assert_string_equal(fake_nearest(gallery, MODEL, 3), "Grace");
    assert_int_equal(faces_of(gallery, "Grace"), 1);
    const struct vultus_sample *sample = fake_sample(2, MODEL, DIMENSION);
    assert_false(file_has(path, sample->embedding, 64) || file_has(log, sample->embedding, 64));
    assert_false(file_has(path, sample->thumbnail.data, 64) ||
                 file_has(log, sample->thumbnail.data, 64));
    assert_ok(vultus_gallery_changes(gallery, NULL, 1, &changes, &error), &error);
    assert_string_equal(changes.items[0].action, "delete face");
    assert_string_equal(changes.items[0].name, "Grace");
    assert_int_equal(changes.items[0].face, gone.face);
    assert_false(changes.items[0].undoable);
    vultus_changes_clear(&changes);
    assert_error(VULTUS_ERR_NOT_FOUND, vultus_gallery_undo(gallery, NULL, &error), &error,
                 "no change"); /* the move of what is gone is none any more */
    assert_error(VULTUS_ERR_NOT_FOUND, vultus_gallery_delete_face(gallery, gone.face, &error),
                 &error, "no face");
    assert_false(enroll(gallery, "Ada", 2, MODEL).duplicate);
    assert_ok(vultus_gallery_delete_face(gallery, 3, &error), &error);
    vultus_people_query query = {0};
    assert_string_equal(page(gallery, &query), "Ada:2,Grace:0 of 2");
    vultus_gallery_close(other);
    vultus_gallery_close(gallery);
}

static void people_are_split(void **state)
{
    (void)state;
    vultus_error error = {0};
    vultus_people_query all = {0};
    char action[32];
    vultus_gallery *gallery = open_gallery(fresh_path());
    for (uint64_t i = 1; i <= 4; i++)
        enroll(gallery, "Ada", i, MODEL);
    enroll(gallery, "Emmy", 5, MODEL);
    const int64_t two[] = {2, 4}, wrong[] = {3, 5};
    assert_string_equal(fake_nearest(gallery, MODEL, 2), "Ada");
    assert_ok(vultus_gallery_split(gallery, "Ada", two, 2, "Grace", &error), &error);
    assert_string_equal(page(gallery, &all), "Ada:2,Emmy:1,Grace:2 of 3");
    assert_string_equal(fake_nearest(gallery, MODEL, 2), "Grace");
    assert_error(VULTUS_ERR_NOT_FOUND,
                 vultus_gallery_split(gallery, "Ada", wrong, 2, "Hedy", &error), &error,
                 "face 5 is not of \"Ada\"");
    assert_error(VULTUS_ERR_NOT_FOUND, vultus_gallery_split(gallery, "Ida", two, 2, "Ada", &error),
                 &error, "Ida");
    assert_error(VULTUS_ERR_ARGUMENT, vultus_gallery_split(gallery, "Ada", two, 2, "Ada", &error),
                 &error, "themselves");
    assert_string_equal(page(gallery, &all), "Ada:2,Emmy:1,Grace:2 of 3");
    assert_ok(vultus_gallery_split(gallery, "Ada", (int64_t[]){3}, 1, "Emmy", &error), &error);
    assert_string_equal(page(gallery, &all), "Ada:1,Emmy:2,Grace:2 of 3");
    assert_ok(vultus_gallery_undo(gallery, action, &error), &error);
    assert_string_equal(action, "split");
    assert_string_equal(page(gallery, &all), "Ada:2,Emmy:1,Grace:2 of 3");
    assert_ok(vultus_gallery_undo(gallery, action, &error), &error);
    assert_string_equal(page(gallery, &all), "Ada:4,Emmy:1 of 2");
    assert_string_equal(fake_nearest(gallery, MODEL, 2), "Ada");
    /* who was made for it stays where somebody was enrolled meanwhile */
    assert_ok(vultus_gallery_split(gallery, "Ada", two, 2, "Grace", &error), &error);
    enroll(gallery, "Grace", 6, MODEL);
    assert_ok(vultus_gallery_undo(gallery, action, &error), &error);
    assert_string_equal(page(gallery, &all), "Ada:4,Emmy:1,Grace:1 of 3");
    vultus_gallery_close(gallery);
}

/* Beside a large gallery lies a search file, which must not have it any more, and stays valid. */
static void a_face_is_erased_from_search_files(void **state)
{
    (void)state;
    postgres_skip();
    if (encrypted())
        skip();
    const size_t before = store_search_file_faces;
    vultus_error error = {0};
    char file[4200];
    struct search_file_mark mark, after;
    store_search_file_faces = 20;
    const char *path = gallery_with_faces(40, MODEL);
    snprintf(file, sizeof file, "%s-search-%s", path, MODEL);
    vultus_gallery *gallery = open_gallery(path);
    assert_string_equal(fake_nearest(gallery, MODEL, 7), "person 3");
    const struct vultus_sample *sample = fake_sample(7, MODEL, DIMENSION);
    assert_true(file_has(file, sample->embedding, 64));
    assert_true(search_file_peek(file, &mark));
    assert_ok(vultus_gallery_delete_face(gallery, 8, &error), &error);
    assert_false(file_has(file, sample->embedding, 64));
    assert_true(search_file_peek(file, &after));
    assert_true(after.edits > mark.edits);
    assert_string_equal(fake_nearest(gallery, MODEL, 7), "unknown");
    assert_string_equal(fake_nearest(gallery, MODEL, 6), "person 3");
    assert_ok(vultus_gallery_split(gallery, "person 3", (int64_t[]){7}, 1, "Ada", &error), &error);
    assert_string_equal(fake_nearest(gallery, MODEL, 6), "Ada");
    vultus_gallery_close(gallery);
    gallery = open_gallery(path);
    assert_string_equal(fake_nearest(gallery, MODEL, 6), "Ada");
    assert_ok(vultus_gallery_undo(gallery, NULL, &error), &error);
    vultus_gallery_close(gallery);
    gallery = open_gallery(path);
    assert_string_equal(fake_nearest(gallery, MODEL, 7), "unknown");
    assert_string_equal(fake_nearest(gallery, MODEL, 6), "person 3");
    vultus_gallery_close(gallery);
    store_search_file_faces = before;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(people_come_in_pages),
        cmocka_unit_test(one_person_is_found_without_their_faces),
        cmocka_unit_test(groups_are_counted),
        cmocka_unit_test(faces_come_in_pages),
        cmocka_unit_test(a_face_is_erased),
        cmocka_unit_test(people_are_split),
        cmocka_unit_test(a_face_is_erased_from_search_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
