/* Files and folders: what is no plain file is refused and not waited for, and what is written is
 * there as a whole or not at all. */
#define _GNU_SOURCE
#include "base/file.h"
#include "base/memory.h"
#include "support.h"

#include <sys/stat.h>
#include <unistd.h>

static void put(const char *path, const void *data, size_t size)
{
    vultus_error error = {0};
    assert_ok(file_write(path, data, size, &error), &error);
}

static void written_is_read(void **state)
{
    struct buffer text;
    vultus_error error = {0};
    char path[FILE_PATH_MAX];
    (void)state;
    snprintf(path, sizeof path, "%s/written", support_folder());
    static const size_t sizes[] = {0, 1, 4095, 4096, 100000};
    char *bytes = malloc(100000);
    for (size_t i = 0; i < 100000; i++)
        bytes[i] = (char)(i * 31);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        put(path, bytes, sizes[i]); /* over the one before */
        assert_ok(file_read(path, 100000, &text, &error), &error);
        assert_int_equal(text.size, sizes[i]);
        assert_memory_equal(text.data, bytes, sizes[i]);
        assert_int_equal(text.data[text.size], 0);
        buffer_clear(&text);
    }
    free(bytes);
    assert_error(VULTUS_ERR_LIMIT, file_read(path, 99999, &text, &error), &error,
                 "100000 bytes, at most 99999");
}

static void what_is_no_file_is_refused(void **state)
{
    struct buffer text;
    vultus_error error = {0};
    const char *folder = support_folder();
    const char *fifo = support_join(folder, "fifo");
    (void)state;
    assert_int_equal(mkfifo(fifo, 0600), 0);
    alarm(20); /* a FIFO without a writer would hang */
    assert_error(VULTUS_ERR_IO, file_read(fifo, 100, &text, &error), &error, "not a regular file");
    alarm(0);
    assert_error(VULTUS_ERR_IO, file_read("/dev/zero", 100, &text, &error), &error,
                 "/dev/zero: not a regular file");
    assert_error(VULTUS_ERR_IO, file_read(folder, 100, &text, &error), &error, "is a folder");
    assert_error(VULTUS_ERR_IO, file_read(support_join(folder, "none"), 100, &text, &error), &error,
                 "none: No such file");
    assert_error(VULTUS_ERR_IO, file_read("", 100, &text, &error), &error, "No such file");
}

static size_t count_entries(const char *folder)
{
    struct file_list list;
    vultus_error error = {0};
    assert_ok(file_list_folder(folder, FILE_LIST_FILES | FILE_LIST_FOLDERS, &list, &error), &error);
    size_t count = list.count;
    file_list_clear(&list);
    return count;
}

/* A write that fails leaves the old file, and no other beside it. */
static void writing_is_whole_or_not(void **state)
{
    struct buffer text;
    vultus_error error = {0};
    char folder[FILE_PATH_MAX], path[FILE_PATH_MAX], deep[2 * FILE_PATH_MAX];
    (void)state;
    snprintf(folder, sizeof folder, "%s/writes", support_folder());
    assert_ok(file_make_folders(folder, &error), &error);
    snprintf(path, sizeof path, "%s", support_join(folder, "sub"));
    assert_ok(file_make_folders(path, &error), &error);
    assert_error(VULTUS_ERR_IO, file_write(path, "x", 1, &error), &error, "sub: ");
    assert_int_equal(count_entries(folder), 1);
    assert_error(VULTUS_ERR_IO, file_write(support_join(folder, "no/such/folder"), "x", 1, &error),
                 &error, "No such file");
    memset(deep, 'd', sizeof deep);
    deep[sizeof deep - 1] = '\0';
    assert_error(VULTUS_ERR_LIMIT, file_write(deep, "x", 1, &error), &error, "too long");

    put(support_join(folder, "file"), "old", 3);
    assert_ok(file_read(support_join(folder, "file"), 10, &text, &error), &error);
    assert_string_equal((const char *)text.data, "old");
    buffer_clear(&text);
    assert_int_equal(count_entries(folder), 2);
}

static void the_umask_rules(void **state)
{
    struct stat info;
    (void)state;
    const char *path = support_join(support_folder(), "masked");
    mode_t old = umask(027);
    put(path, "x", 1);
    umask(old);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0640);
}

static void paths_are_joined(void **state)
{
    char out[12];
    vultus_error error = {0};
    (void)state;
    assert_ok(file_join(out, sizeof out, "a", "b", &error), &error);
    assert_string_equal(out, "a/b");
    assert_ok(file_join(out, sizeof out, "a/", "b", &error), &error);
    assert_string_equal(out, "a/b");
    assert_ok(file_join(out, sizeof out, "/", "b", &error), &error);
    assert_string_equal(out, "/b");
    assert_ok(file_join(out, sizeof out, "12345", "12345", &error), &error);
    assert_string_equal(out, "12345/12345"); /* eleven and the NUL */
    assert_error(VULTUS_ERR_LIMIT, file_join(out, sizeof out, "12345", "123456", &error), &error,
                 "too long");
    assert_error(VULTUS_ERR_LIMIT, file_join(out, sizeof out, "123456/", "12345", &error), &error,
                 "too long");
}

static void folders_are_made(void **state)
{
    struct stat info;
    vultus_error error = {0};
    char deep[FILE_PATH_MAX], path[FILE_PATH_MAX];
    (void)state;
    snprintf(deep, sizeof deep, "%s/one//two/three/", support_folder());
    assert_ok(file_make_folders(deep, &error), &error);
    assert_ok(file_make_folders(deep, &error), &error);
    assert_true(file_is_folder(deep));
    assert_int_equal(stat(deep, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0700);
    snprintf(path, sizeof path, "%s/one/file", support_folder());
    put(path, "x", 1);
    assert_false(file_is_folder(path));
    assert_true(file_exists(path));
    assert_error(VULTUS_ERR_IO, file_make_folders(path, &error), &error, "not a folder");
    assert_error(VULTUS_ERR_IO, file_make_folders(support_join(path, "below"), &error), &error,
                 "Not a directory");
    memset(path, 'p', sizeof path);
    path[0] = '/';
    path[sizeof path - 1] = '\0';
    assert_int_equal(file_make_folders(path, &error), VULTUS_ERR_IO); /* one name of 4094 bytes */
}

static void folders_are_listed(void **state)
{
    static const char *const names[] = {"b.jpg", "a.jpg", "B.jpg", ".hidden", "z", "10", "9"};
    struct file_list list = {0};
    vultus_error error = {0};
    char folder[FILE_PATH_MAX];
    (void)state;
    snprintf(folder, sizeof folder, "%s/listed", support_folder());
    assert_ok(file_make_folders(support_join(folder, "sub"), &error), &error);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        put(support_join(folder, names[i]), "x", 1);
    assert_int_equal(mkfifo(support_join(folder, "fifo"), 0600), 0);
    assert_int_equal(symlink("a.jpg", support_join(folder, "link")), 0);
    assert_int_equal(symlink("nowhere", support_join(folder, "dangling")), 0);
    assert_int_equal(symlink("sub", support_join(folder, "sublink")), 0);

    static const char *const files[] = {"10", "9", "B.jpg", "a.jpg", "b.jpg", "link", "z"};
    assert_ok(file_list_folder(folder, FILE_LIST_FILES, &list, &error), &error);
    assert_int_equal(list.count, sizeof files / sizeof *files);
    for (size_t i = 0; i < list.count; i++)
        assert_string_equal(list.items[i], support_join(folder, files[i]));
    file_list_clear(&list);
    assert_ok(file_list_folder(folder, FILE_LIST_FOLDERS, &list, &error), &error);
    assert_int_equal(list.count, 2);
    assert_string_equal(file_name(list.items[0]), "sub");
    file_list_clear(&list);
    file_list_clear(&list);
    assert_error(VULTUS_ERR_IO,
                 file_list_folder(support_join(folder, "none"), FILE_LIST_FILES, &list, &error),
                 &error, "none: No such");
    assert_null(list.items);
}

static void lists_grow_and_survive(void **state)
{
    struct file_list list = {0};
    vultus_error error = {0};
    long live = mem_live();
    (void)state;
    for (unsigned i = 0; i < 1000; i++) {
        char name[16];
        snprintf(name, sizeof name, "%u", i);
        if (i % 3 == 0) { /* every third is refused once */
            mem_fail_after(1, false);
            assert_int_equal(file_list_add(&list, name, &error), VULTUS_ERR_MEMORY);
            mem_fail_after(0, false);
        }
        assert_int_equal(list.count, i);
        assert_ok(file_list_add(&list, name, &error), &error);
    }
    assert_string_equal(list.items[999], "999");
    file_list_clear(&list);
    assert_int_equal(mem_live(), live);
}

static void names_and_endings(void **state)
{
    (void)state;
    assert_string_equal(file_name("/a/b.jpg"), "b.jpg");
    assert_string_equal(file_name("b.jpg"), "b.jpg");
    assert_string_equal(file_name("a/"), "");
    assert_true(file_has_ending("a.jpg", ".jpg"));
    assert_true(file_has_ending("a.JPG", ".jpg"));
    assert_false(file_has_ending(".jpg", ".jpg"));
    assert_false(file_has_ending("jpg", ".jpg"));
    assert_false(file_has_ending("a.jpeg", ".jpg"));
}

static void the_data_folder(void **state)
{
    char out[100], home[FILE_PATH_MAX];
    vultus_error error = {0};
    (void)state;
    snprintf(home, sizeof home, "%s", getenv("HOME") ? getenv("HOME") : "/");
    setenv("HOME", "/home/ada", 1);
    unsetenv("XDG_DATA_HOME");
    assert_ok(file_data_path("models", out, sizeof out, &error), &error);
    assert_string_equal(out, "/home/ada/.local/share/vultus/models");
    setenv("XDG_DATA_HOME", "/data", 1);
    assert_ok(file_data_path("models", out, sizeof out, &error), &error);
    assert_string_equal(out, "/data/vultus/models");
    setenv("XDG_DATA_HOME", "relative", 1); /* to be ignored, says the XDG specification */
    assert_ok(file_data_path("models", out, sizeof out, &error), &error);
    assert_string_equal(out, "/home/ada/.local/share/vultus/models");
    assert_error(VULTUS_ERR_LIMIT, file_data_path("models", out, 20, &error), &error, "too long");
    unsetenv("XDG_DATA_HOME");
    unsetenv("HOME");
    assert_error(VULTUS_ERR_IO, file_data_path("models", out, sizeof out, &error), &error,
                 "set HOME");
    setenv("HOME", home, 1);
}

/* A device is written to and stays a device; a link stays a link. */
static void what_is_no_file_is_not_replaced(void **state)
{
    struct stat info;
    vultus_error error = {0};
    const char *target = support_join(support_folder(), "target");
    const char *link_path = support_join(support_folder(), "link");
    struct buffer text;
    (void)state;
    assert_ok(file_write("/dev/null", "text", 4, &error), &error);
    assert_int_equal(stat("/dev/null", &info), 0);
    assert_true(S_ISCHR(info.st_mode));
    if (!stat("/dev/full", &info) && S_ISCHR(info.st_mode)) {
        assert_error(VULTUS_ERR_IO, file_write("/dev/full", "text", 4, &error), &error, "/dev/full");
        assert_int_equal(stat("/dev/full", &info), 0);
        assert_true(S_ISCHR(info.st_mode));
    }
    assert_ok(file_write(target, "old", 3, &error), &error);
    assert_int_equal(symlink(target, link_path), 0);
    assert_ok(file_write(link_path, "new", 3, &error), &error);
    assert_int_equal(lstat(link_path, &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_ok(file_read(target, 100, &text, &error), &error);
    assert_string_equal((const char *)text.data, "new");
    buffer_clear(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_file_is_not_replaced),
        cmocka_unit_test(written_is_read),         cmocka_unit_test(what_is_no_file_is_refused),
        cmocka_unit_test(writing_is_whole_or_not), cmocka_unit_test(the_umask_rules),
        cmocka_unit_test(paths_are_joined),        cmocka_unit_test(folders_are_made),
        cmocka_unit_test(folders_are_listed),      cmocka_unit_test(lists_grow_and_survive),
        cmocka_unit_test(names_and_endings),       cmocka_unit_test(the_data_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
