/* The container of trained files, and labelled embeddings in it: what is written comes back, what is
 * damaged is refused. */
#include "base/file.h"
#include "base/memory.h"
#include "model/trained.h"
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[] = "/tmp/vultus-trained-XXXXXX";
static char path[64];

static int make_folder(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "%s/file.safetensors", mkdtemp(folder) ? folder : "");
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static void write_numbers(unsigned version)
{
    static const float weights[2][3] = {{1, 2, 3}, {4, 5, 6}};
    static const uint8_t bytes[3] = {7, 8, 9};
    static const int32_t last[1] = {-5};
    const struct trained_tensor tensors[] = {{"weights", WEIGHTS_F32, {2, {2, 3}}, weights},
                                             {"bytes", WEIGHTS_U8, {1, {3}}, bytes},
                                             {"last", WEIGHTS_I32, {1, {1}}, last}};
    vultus_error error = {0};
    json_t *head = json_pack("{s:s, s:f}", "text", "Grüße \"x\"", "number", 0.1);
    const struct trained_file file = {"thing", version, head, tensors, 3};
    assert_ok(trained_write(path, &file, &error), &error);
    assert_int_equal(json_object_size(head), 2);
    json_decref(head);
}

static void what_is_written_comes_back(void **state)
{
    (void)state;
    struct trained trained;
    struct weights_shape shape = {2, {2, 0}}, one = {1, {1}};
    const float *weights;
    const int32_t *last;
    const char *text;
    double number;
    vultus_error error = {0};
    write_numbers(2);
    assert_ok(trained_read(path, "thing", 3, &trained, &error), &error);
    assert_int_equal(trained.version, 2);
    assert_ok(trained_text(&trained, "text", 20, &text, &error), &error);
    assert_string_equal(text, "Grüße \"x\"");
    assert_ok(trained_number(&trained, "number", 0, 1, &number, &error), &error);
    assert_true(number == 0.1); /* to the last bit */
    assert_ok(weights_tensor(trained.weights, "weights", WEIGHTS_F32, &shape,
                             (const void **)&weights, &error),
              &error);
    assert_int_equal(shape.sizes[1], 3);
    assert_true(weights[5] == 6);
    assert_ok(
        weights_tensor(trained.weights, "last", WEIGHTS_I32, &one, (const void **)&last, &error),
        &error);
    assert_int_equal(*last, -5);
    assert_error(VULTUS_ERR_FORMAT, trained_text(&trained, "text", 3, &text, &error), &error,
                 "text");
    assert_error(VULTUS_ERR_FORMAT, trained_text(&trained, "other", 3, &text, &error), &error,
                 "other");
    assert_error(VULTUS_ERR_FORMAT, trained_number(&trained, "number", 1, 2, &number, &error),
                 &error, "number");
    trained_clear(&trained);
    trained_clear(&trained);
}

static void equal_contents_are_equal_bytes(void **state)
{
    (void)state;
    struct buffer first, second;
    vultus_error error = {0};
    write_numbers(1);
    assert_ok(file_read(path, 1 << 20, &first, &error), &error);
    write_numbers(1);
    assert_ok(file_read(path, 1 << 20, &second, &error), &error);
    assert_int_equal(first.size, second.size);
    assert_memory_equal(first.data, second.data, first.size);
    buffer_clear(&first);
    buffer_clear(&second);
}

static void other_files_are_refused(void **state)
{
    (void)state;
    struct trained trained;
    vultus_error error = {0};
    struct buffer bytes;
    write_numbers(2);
    assert_error(VULTUS_ERR_FORMAT, trained_read(path, "other", 3, &trained, &error), &error,
                 "holds \"thing\", not \"other\"");
    assert_error(VULTUS_ERR_FORMAT, trained_read(path, "thing", 1, &trained, &error), &error,
                 "newer vultus");
    assert_error(VULTUS_ERR_IO, trained_read("/nowhere/x", "thing", 1, &trained, &error), &error,
                 "/nowhere/x");
    assert_ok(file_read(path, 1 << 20, &bytes, &error), &error);
    for (size_t size = 0; size < bytes.size; size++) {
        error = (vultus_error){0};
        vultus_status status = trained_parse(bytes.data, size, "cut", "thing", 2, &trained, &error);
        if (!status) /* what is missing is only the padding behind the last tensor */
            trained_clear(&trained);
        assert_true(status == VULTUS_ERR_FORMAT || (!status && size + 8 > bytes.size));
    }
    buffer_clear(&bytes);
    static const char plain[] = "\x35\0\0\0\0\0\0\0{\"x\":{\"dtype\":\"U8\",\"shape\":[0],\"data_"
                                "offsets\":[0,0]}}";
    assert_error(VULTUS_ERR_FORMAT,
                 trained_parse(plain, sizeof plain - 1, "plain", "thing", 1, &trained, &error),
                 &error, "not a file that vultus wrote");
}

static const float rows[3][2] = {{1, 0}, {0, 1}, {0.6f, 0.8f}};
static const uint32_t person[3] = {1, 0, VULTUS_NOBODY};
static const float quality[3] = {0, 0.5f, 1};
static const char *const names[2] = {"Ada", "Böb, \"the\" builder"};
static const char *const sources[3] = {"a.jpg", "", "c d.jpg"};

static vultus_labelled labelled_good(void)
{
    return (vultus_labelled){.embeddings = rows[0],
                             .count = 3,
                             .dimension = 2,
                             .person = person,
                             .quality = quality,
                             .people = 2,
                             .names = names,
                             .metric = VULTUS_METRIC_COSINE,
                             .embedder = "made-up@1",
                             .sources = sources};
}

static void labelled_embeddings_come_back(void **state)
{
    (void)state;
    vultus_error error = {0};
    vultus_labelled good = labelled_good(), back;
    assert_ok(vultus_labelled_write(&good, path, &error), &error);
    assert_ok(vultus_labelled_read(path, &back, &error), &error);
    assert_true(back.count == 3 && back.dimension == 2 && back.people == 2 && !back.raw);
    assert_true(back.metric == VULTUS_METRIC_COSINE && !back.picture);
    assert_memory_equal(back.embeddings, rows, sizeof rows);
    assert_memory_equal(back.person, person, sizeof person);
    assert_memory_equal(back.quality, quality, sizeof quality);
    assert_string_equal(back.embedder, "made-up@1");
    for (size_t i = 0; i < 2; i++)
        assert_string_equal(back.names[i], names[i]);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(back.sources[i], sources[i]);
    vultus_labelled_clear(&back);
    vultus_labelled_clear(&back);
    vultus_labelled_clear(NULL);
    good.names = NULL;
    good.sources = NULL;
    good.quality = NULL;
    good.embedder = NULL;
    good.picture = person;
    assert_ok(vultus_labelled_write(&good, path, &error), &error);
    assert_ok(vultus_labelled_read(path, &back, &error), &error);
    assert_true(!back.names && !back.sources && !back.quality && !back.embedder);
    assert_memory_equal(back.picture, person, sizeof person);
    vultus_labelled_clear(&back);
}

static void bad_labelled_embeddings_are_refused(void **state)
{
    (void)state;
    vultus_error error = {0};
    vultus_labelled bad = labelled_good(), back;
    static const float far[2] = {3, 4};
    bad.people = 1;
    assert_error(VULTUS_ERR_ARGUMENT, vultus_labelled_write(&bad, path, &error), &error, "person");
    bad = labelled_good();
    bad.embeddings = far;
    bad.count = 1;
    assert_error(VULTUS_ERR_ARGUMENT, vultus_labelled_write(&bad, path, &error), &error,
                 "length 5");
    bad.raw = true;
    bad.metric = VULTUS_METRIC_OWN;
    assert_error(VULTUS_ERR_ARGUMENT, vultus_labelled_write(&bad, path, &error), &error, "metric");
    write_numbers(1);
    assert_error(VULTUS_ERR_FORMAT, vultus_labelled_read(path, &back, &error), &error,
                 "not \"embeddings\"");
}

static void memory_may_run_out(void **state)
{
    (void)state;
    vultus_error error = {0};
    vultus_labelled good = labelled_good(), back;
    long live = mem_live();
    assert_ok(vultus_labelled_write(&good, path, &error), &error);
    for (long n = 1;; n++) {
        mem_fail_after(n, true);
        vultus_status status = vultus_labelled_write(&good, path, &error);
        if (!status)
            status = vultus_labelled_read(path, &back, &error);
        bool failed = mem_failed();
        mem_fail_after(0, false);
        if (!status)
            vultus_labelled_clear(&back);
        assert_int_equal(mem_live(), live);
        if (!failed)
            break;
        assert_int_equal(status, VULTUS_ERR_MEMORY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_comes_back),
        cmocka_unit_test(equal_contents_are_equal_bytes),
        cmocka_unit_test(other_files_are_refused),
        cmocka_unit_test(labelled_embeddings_come_back),
        cmocka_unit_test(bad_labelled_embeddings_are_refused),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
