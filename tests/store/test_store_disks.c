/*
 * A disk that is full, and one that may only be read: a small one in memory, in name spaces of the program's own where
 * the system lets it have them. What was acknowledged is there, messages are one line, and search goes on.
 */
#include "disk.h"
#include "gallery/store.h"
#include "store_support.h"

#include <unistd.h>

#define MODEL "synthetic@00000001"
enum { LEAST = 8, DISK = 8 << 20 };

static const char *folder;
static char told[512];

static void notice(void *context, const char *line)
{
    (void)context;
    snprintf(told, sizeof told, "%s", line);
}

static const char *disk_path(void)
{
    static unsigned number;
    static char path[4300];
    snprintf(path, sizeof path, "%s/gallery-%u.db", folder, number++);
    return path;
}

static vultus_gallery *open_noticing(const char *path, bool read_only)
{
    vultus_gallery *gallery = NULL;
    vultus_error error = {0};
    const vultus_gallery_options options = {
        .read_only = read_only, .search_files = true, .notice = notice};
    told[0] = '\0';
    assert_ok(vultus_gallery_open(path, &options, &gallery, &error), &error);
    return gallery;
}

static void assert_everybody(vultus_gallery *gallery, unsigned faces)
{
    char name[32];
    for (unsigned i = 0; i < faces; i++) {
        snprintf(name, sizeof name, "person %u", i);
        assert_string_equal(fake_nearest(gallery, MODEL, i), name);
    }
    assert_whole(gallery);
}

/* How many were enrolled before the disk was full, or as many as were wanted. */
static unsigned enroll_until_full(vultus_gallery *gallery, unsigned from, unsigned to,
                                  vultus_error *error)
{
    char name[32];
    unsigned i = from;
    for (; i < to; i++) {
        snprintf(name, sizeof name, "person %u", i);
        if (vultus_gallery_enroll(gallery, name, NULL, fake_sample(i, MODEL, DIMENSION), NULL,
                                  error))
            break;
    }
    return i;
}

static void a_full_disk_refuses_and_loses_nothing(void **state)
{
    (void)state;
    const char *path = disk_path();
    vultus_error error = {0};
    vultus_gallery *gallery = open_noticing(path, false);
    unsigned have = enroll_until_full(gallery, 0, 40, &error);
    assert_int_equal(have, 40);
    disk_fill("filler", 100000);
    have = enroll_until_full(gallery, have, 100000, &error);
    assert_true(have < 100000 && error.code == VULTUS_ERR_DATABASE);
    assert_non_null(strstr(error.message, "full"));
    assert_null(strchr(error.message, '\n'));
    assert_everybody(gallery, have);
    vultus_gallery_close(gallery); /* there is no room for a search file */
    disk_fill("rest", 0);
    gallery = open_noticing(path, true);
    assert_everybody(gallery, have);
    vultus_gallery_close(gallery);
    if (!encrypted())
        assert_non_null(strstr(told, "going on in memory"));
    disk_empty("rest");
    disk_empty("filler");
    gallery = open_noticing(path, false);
    assert_int_equal(enroll_until_full(gallery, have, have + 5, &error), have + 5);
    assert_ok(vultus_gallery_delete(gallery, "person 0", &error), &error);
    assert_string_equal(fake_nearest(gallery, MODEL, 0), "unknown");
    vultus_gallery_close(gallery);
}

static void a_disk_that_is_read_only_can_be_searched(void **state)
{
    (void)state;
    const char *path = disk_path();
    vultus_error error = {0};
    vultus_gallery *gallery = open_noticing(path, false);
    char name[32];
    for (unsigned i = 0; i < 20; i++) {
        snprintf(name, sizeof name, "person %u", i);
        enroll(gallery, name, i, MODEL);
    }
    vultus_gallery_close(gallery);
    assert_true(disk_remake(DISK, true));
    assert_int_not_equal(access(folder, W_OK), 0);
    gallery = open_noticing(path, true);
    assert_everybody(gallery, 20);
    vultus_gallery_close(gallery);
    gallery = NULL;
    vultus_status opened = vultus_gallery_open(path, NULL, &gallery, &error);
    vultus_status enrolled = opened;
    if (!opened)
        enrolled = vultus_gallery_enroll(gallery, "Ada", NULL, fake_sample(77, MODEL, DIMENSION),
                                         NULL, &error);
    assert_int_not_equal(enrolled, VULTUS_OK);
    assert_null(strchr(error.message, '\n'));
    assert_non_null(strstr(error.message, "gallery"));
    vultus_gallery_close(gallery);
    assert_true(disk_remake(DISK, false));
    gallery = open_noticing(path, false);
    enroll(gallery, "Ada", 77, MODEL);
    assert_everybody(gallery, 20);
    vultus_gallery_close(gallery);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_disk_refuses_and_loses_nothing),
        cmocka_unit_test(a_disk_that_is_read_only_can_be_searched),
    };
    store_search_file_faces = LEAST;
    folder = disk_make(DISK);
    if (!folder)
        return 77;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    disk_drop();
    return failed;
}
