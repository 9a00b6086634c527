/* What the thorough check finds in search files, and what becomes of them. */
#define _GNU_SOURCE /* memmem */
#include "store_search_support.h"

#include "base/checksum.h"
#include "gallery/search_map.h"

#include <sys/stat.h>

/* The lines of a check, one behind the other, and how it ended. */
struct checked {
    char lines[4096];
    size_t found, mended;
};

static struct checked check_search(const char *path, bool repair)
{
    struct checked out = {.found = 0};
    vultus_error error = {0};
    vultus_faults faults = {0};
    vultus_gallery *gallery = open_as(path, !repair, false);
    vultus_status status = repair ? vultus_gallery_repair(gallery, NULL, &faults, &error)
                                  : vultus_gallery_check(gallery, NULL, &faults, &error);
    assert_ok(status, &error);
    for (size_t i = 0; i < faults.count; i++)
        snprintf(out.lines + strlen(out.lines), sizeof out.lines - strlen(out.lines), "%s\n",
                 faults.items[i]);
    out.found = faults.found;
    out.mended = faults.mended;
    vultus_faults_clear(&faults);
    vultus_gallery_close(gallery);
    return out;
}

static void assert_finds(const char *path, const char *what)
{
    struct checked got = check_search(path, false);
    if (!strstr(got.lines, what))
        fail_msg("not found: %s in %s", what, got.lines);
}

/* Changes the file's bytes, and makes its checksums right as a program with a fault would. */
static void forge(const char *path, void (*change)(uint8_t *base, const struct layout *layout))
{
    static char all[4 << 20];
    struct layout_head head;
    struct layout_slot slot;
    struct layout layout;
    size_t size = slurp(path, all, sizeof all);
    uint8_t *base = (uint8_t *)all;
    memcpy(&head, base, sizeof head);
    assert_true(layout_find_slot(&head, base, &slot));
    layout_of(&head, head.axes, &layout);
    change(base, &layout);
    for (int c = 0; c < COLUMNS; c++)
        layout_note_sums(&layout, (enum layout_column)c, base, 0, &slot);
    layout_seal_slot(&head, &slot);
    memcpy(base + LAYOUT_SLOT(slot.sequence), &slot, sizeof slot);
    spill(path, all, size);
}

static struct row *row_of(uint8_t *base, const struct layout *layout, size_t row)
{
    return (struct row *)(void *)(base + layout->columns[COLUMN_ROWS].at) + row;
}

static void another_owner(uint8_t *base, const struct layout *layout)
{
    row_of(base, layout, 5)->member = 7;
}

static void another_face(uint8_t *base, const struct layout *layout)
{
    row_of(base, layout, 5)->face = 4000;
}

static void a_face_twice(uint8_t *base, const struct layout *layout)
{
    row_of(base, layout, 5)->face = row_of(base, layout, 6)->face;
}

static void another_name(uint8_t *base, const struct layout *layout)
{
    memcpy(base + layout->columns[COLUMN_NAMES].at, "parson", 6);
}

static void another_embedding(uint8_t *base, const struct layout *layout)
{
    float *vector = (float *)(void *)(base + layout->matrix_at) + 5 * SEARCH_STRIDE(DIMENSION);
    vector[0] = -vector[0];
    row_of(base, layout, 5)->check = (uint32_t)checksum(vector, DIMENSION * sizeof *vector);
}

static void what_disagrees_is_found(void **state)
{
    static const struct {
        void (*change)(uint8_t *base, const struct layout *layout);
        const char *says;
    } cases[] = {
        {another_owner, "gives somebody else face 6"},
        {another_face, "has a face that is not in the gallery: face 4000"},
        {another_face, "lacks face 6"},
        {a_face_twice, "has a face twice: face 7"},
        {another_name, "has another name of person 1"},
        {another_embedding, "has another embedding of face 6"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *path = filled();
        struct checked got = check_search(path, false);
        if (got.found || notices)
            fail_msg("%s%s", got.lines, told);
        forge(file_of(path), cases[i].change);
        assert_finds(path, cases[i].says);
        assert_true(file_exists(file_of(path)));
        got = check_search(path, true);
        assert_true(got.found && got.mended == got.found);
        assert_false(file_exists(file_of(path)));
        check_at(path, FACES);
        assert_true(file_exists(file_of(path)));
        assert_int_equal(check_search(path, false).found, 0);
    }
}

/* Of every part, also those that a search looks at seldom. */
static void flipped_bits_are_found(void **state)
{
    (void)state;
    static char all[4 << 20];
    const char *path = filled();
    struct layout_head head;
    struct layout layout;
    size_t size = slurp(file_of(path), all, sizeof all);
    memcpy(&head, all, sizeof head);
    layout_of(&head, head.axes, &layout);
    const uint64_t places[] = {
        offsetof(struct layout_head, dimension), layout.columns[COLUMN_MEMBERS].at + 3,
        layout.columns[COLUMN_NAMES].at + 100, layout.columns[COLUMN_ROWS].at + 40,
        layout.matrix_at + 4 * SEARCH_STRIDE(DIMENSION) * 30 + 9};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        all[places[i]] ^= 0x10;
        spill(file_of(path), all, size);
        assert_finds(path, "is damaged");
        all[places[i]] ^= 0x10;
    }
    spill(file_of(path), all, size / 2);
    assert_finds(path, "is damaged");
    spill(file_of(path), all, size);
    assert_int_equal(check_search(path, false).found, 0);
}

/* Stale files are no faults: the next search makes them anew. */
static void what_is_stale_is_told(void **state)
{
    (void)state;
    const char *path = filled();
    execute(path, "UPDATE people SET name = 'Ada' WHERE id = 3");
    assert_int_equal(check_search(path, false).found, 0);
    assert_int_equal(notices, 1);
    assert_non_null(strstr(told, "does not go with the gallery as it is"));
    check_at(path, 4);
    assert_int_equal(check_search(path, false).found, 0);
    assert_int_equal(notices, 0);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    const char *path = filled();
    forge(file_of(path), another_owner);
    for (long n = 1; n < 2000; n++) {
        vultus_error error = {0};
        vultus_faults faults = {0};
        vultus_gallery *gallery = open_as(path, true, false);
        mem_fail_after(n, true);
        vultus_status status = vultus_gallery_check(gallery, NULL, &faults, &error);
        mem_fail_after(0, false);
        vultus_gallery_close(gallery);
        assert_true(status ? status == VULTUS_ERR_MEMORY && !faults.items : faults.found == 1);
        vultus_faults_clear(&faults);
        if (!status)
            return;
    }
    fail();
}

/* What a program without keys, or from before the key, left beside it. */
static void a_plain_file_of_an_encrypted_gallery_is_found(void **state)
{
    (void)state;
    const char *path = gallery_with_faces(FACES, MODEL), *key = getenv("VULTUS_KEY_FILE");
    char *kept = mem_string(key);
    static char all[4 << 20];
    assert_int_equal(check_search(path, false).found, 0);
    unsetenv("VULTUS_KEY_FILE");
    const char *plain = filled();
    size_t size = slurp(file_of(plain), all, sizeof all);
    setenv("VULTUS_KEY_FILE", kept, 1);
    mem_free(kept);
    spill(file_of(path), all, size);
    assert_int_equal(chmod(file_of(path), 0600), 0);
    assert_finds(path, "is not encrypted");
    assert_int_equal(check_search(path, true).mended, 1);
    assert_false(file_exists(file_of(path)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_disagrees_is_found),
        cmocka_unit_test(flipped_bits_are_found),
        cmocka_unit_test(what_is_stale_is_told),
        cmocka_unit_test(every_allocation_may_fail),
    };
    const struct CMUnitTest encrypted[] = {
        cmocka_unit_test(a_plain_file_of_an_encrypted_gallery_is_found)};
    store_search_file_faces = LEAST;
    if (getenv("VULTUS_TEST_ENCRYPTED"))
        return cmocka_run_group_tests(encrypted, NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
