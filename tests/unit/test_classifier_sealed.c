/* Classifiers that are sealed by a key: they come back with it, not without it, and show nothing. */
#define _GNU_SOURCE /* memmem */
#include "base/file.h"
#include "base/memory.h"
#include "classifier_made_up.h"
#include "support.h"

#include <string.h>
#include <sys/stat.h>

static vultus_classifier *make(struct classifier_data *data)
{
    const vultus_classifier_options options = {.method = "knn", .folds = 1};
    vultus_classifier *classifier = NULL;
    vultus_error error = {0};
    open_data(data, 2, 0);
    assert_ok(vultus_classifier_train(&data->set, &options, &classifier, NULL, &error), &error);
    return classifier;
}

static const char *make_key(const char *name)
{
    const char *path = support_join(support_folder(), name);
    vultus_error error = {0};
    assert_ok(vultus_key_make(path, &error), &error);
    return path;
}

static bool shows(const char *path, const char *text)
{
    struct buffer bytes;
    vultus_error error = {0};
    assert_ok(file_read(path, 1 << 24, &bytes, &error), &error);
    bool found = memmem(bytes.data, bytes.size, text, strlen(text)) != NULL;
    buffer_clear(&bytes);
    return found;
}

static void a_key_opens_what_it_sealed(void **state)
{
    struct classifier_data data;
    vultus_classifier *classifier = make(&data), *back = NULL;
    vultus_error error = {0};
    char path[4096], key[4096], other[4096];
    struct stat info;
    (void)state;
    snprintf(path, sizeof path, "%s", support_join(support_folder(), "sealed.classifier"));
    snprintf(key, sizeof key, "%s", make_key("a.key"));
    snprintf(other, sizeof other, "%s", make_key("other.key"));
    assert_ok(vultus_classifier_write_sealed(classifier, path, key, &error), &error);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_false(shows(path, "Person 1") || shows(path, "embedder"));
    assert_ok(vultus_classifier_read_sealed(path, key, &back, &error), &error);
    assert_string_equal(vultus_classifier_name(back, 1), "Person 1");
    vultus_classifier_free(back);
    back = NULL;
    assert_error(VULTUS_ERR_DATABASE, vultus_classifier_read_sealed(path, other, &back, &error),
                 &error, "another key");
    assert_error(VULTUS_ERR_DATABASE, vultus_classifier_read_sealed(path, NULL, &back, &error),
                 &error, "no key is named");
    assert_error(VULTUS_ERR_FORMAT, vultus_classifier_read(path, &back, &error), &error, "");
    vultus_classifier_free(classifier);
    close_data(&data);
}

static void without_a_key_it_is_plain(void **state)
{
    struct classifier_data data;
    vultus_classifier *classifier = make(&data), *back = NULL;
    vultus_error error = {0};
    char path[4096];
    (void)state;
    snprintf(path, sizeof path, "%s", support_join(support_folder(), "plain.classifier"));
    assert_ok(vultus_classifier_write_sealed(classifier, path, NULL, &error), &error);
    assert_true(shows(path, "Person 1"));
    assert_ok(vultus_classifier_read(path, &back, &error), &error);
    vultus_classifier_free(back);
    assert_ok(vultus_classifier_read_sealed(path, NULL, &back, &error), &error);
    vultus_classifier_free(back);
    vultus_classifier_free(classifier);
    close_data(&data);
}

static void damage_is_found(void **state)
{
    struct classifier_data data;
    vultus_classifier *classifier = make(&data), *back = NULL;
    struct buffer bytes;
    vultus_error error = {0};
    char path[4096], key[4096];
    (void)state;
    snprintf(path, sizeof path, "%s", support_join(support_folder(), "damaged.classifier"));
    snprintf(key, sizeof key, "%s", make_key("damaged.key"));
    assert_ok(vultus_classifier_write_sealed(classifier, path, key, &error), &error);
    assert_ok(file_read(path, 1 << 24, &bytes, &error), &error);
    for (size_t at = 0; at < bytes.size; at += bytes.size / 9) {
        bytes.data[at] ^= 1;
        assert_ok(file_write(path, bytes.data, bytes.size, &error), &error);
        assert_int_not_equal(vultus_classifier_read_sealed(path, key, &back, &error), VULTUS_OK);
        bytes.data[at] ^= 1;
    }
    for (size_t size = 0; size < bytes.size; size += bytes.size / 9 + 1) {
        assert_ok(file_write(path, bytes.data, size, &error), &error);
        assert_int_not_equal(vultus_classifier_read_sealed(path, key, &back, &error), VULTUS_OK);
    }
    buffer_clear(&bytes);
    vultus_classifier_free(classifier);
    close_data(&data);
}

static void memory_may_run_out(void **state)
{
    struct classifier_data data;
    vultus_classifier *classifier = make(&data), *back = NULL;
    char path[4096], key[4096];
    (void)state;
    snprintf(path, sizeof path, "%s", support_join(support_folder(), "memory.classifier"));
    snprintf(key, sizeof key, "%s", make_key("memory.key"));
    long live = mem_live();
    for (long n = 1;; n++) {
        vultus_error error = {0};
        mem_fail_after(n, true);
        vultus_status status = vultus_classifier_write_sealed(classifier, path, key, &error);
        if (!status)
            status = vultus_classifier_read_sealed(path, key, &back, &error);
        bool failed = mem_failed();
        mem_fail_after(0, false);
        if (!status)
            vultus_classifier_free(back);
        assert_int_equal(mem_live(), live);
        assert_int_equal(status, failed ? VULTUS_ERR_MEMORY : VULTUS_OK);
        if (!failed)
            break;
    }
    vultus_classifier_free(classifier);
    close_data(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_opens_what_it_sealed),
        cmocka_unit_test(without_a_key_it_is_plain),
        cmocka_unit_test(damage_is_found),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
