/* Weights that are hashed on a thread of their own, because hashing them takes longer than all else. */
#define _GNU_SOURCE /* pthread_setattr_default_np */

#include "base/file.h"
#include "base/memory.h"
#include "model/weights.h"
#include "support.h"

#include <pthread.h>

#define LARGE ((size_t)6 << 20) /* bytes of data: more than are hashed at once */

/* A file of one tensor of zeros, its name, and its hash. */
static const char *large_file(uint8_t hash[HASH_SIZE])
{
    static const char header[] =
        "{\"zeros\":{\"dtype\":\"U8\",\"shape\":[6291456],\"data_offsets\":[0,6291456]}}   ";
    const char *path = support_join(support_folder(), "large.safetensors");
    uint64_t length = sizeof header - 1;
    size_t size = 8 + length + LARGE;
    uint8_t *file = calloc(1, size);
    vultus_error error = {0};
    assert_int_equal(length % 8, 0);
    memcpy(file, &length, 8);
    memcpy(file + 8, header, length);
    assert_ok(file_write(path, file, size, &error), &error);
    assert_ok(hash_bytes(file, size, hash, &error), &error);
    free(file);
    return path;
}

static void *check_many(void *argument)
{
    vultus_error error = {0};
    for (size_t i = 0; i < 20; i++)
        if (weights_check(argument, &error) != VULTUS_ERR_MODEL)
            return argument;
    return NULL;
}

static void large_files_are_hashed_beside(void **state)
{
    uint8_t hash[HASH_SIZE];
    const char *path = large_file(hash);
    struct weights *weights = NULL;
    vultus_error error = {0};
    pthread_t threads[3];
    void *wrong = NULL;
    long live = mem_live();
    (void)state;
    assert_ok(weights_map(path, hash, "tiny", &weights, &error), &error);
    assert_ok(weights_check(weights, &error), &error);
    assert_ok(weights_check(weights, &error), &error);
    weights_close(weights);
    assert_ok(weights_map(path, hash, "tiny", &weights, &error), &error);
    weights_close(weights); /* nobody waits for its hash */

    hash[0] ^= 1;
    assert_ok(weights_map(path, hash, "tiny", &weights, &error), &error);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, check_many, weights), 0);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(pthread_join(threads[i], &wrong), 0);
        assert_null(wrong);
    }
    assert_error(VULTUS_ERR_MODEL, weights_check(weights, &error), &error,
                 "large.safetensors is not the file of its contract (SHA-256 differs); run: vultus "
                 "models install tiny --force");
    weights_close(weights);
    assert_int_equal(mem_live(), live);
}

static void large_files_that_are_odd_and_changed_are_called_changed(void **state)
{
    uint8_t hash[HASH_SIZE];
    const char *path = large_file(hash);
    struct weights *weights = NULL;
    struct buffer bytes;
    vultus_error error = {0};
    (void)state;
    assert_ok(file_read(path, 2 * LARGE, &bytes, &error), &error);
    memset(bytes.data + 8, ' ', 8);
    assert_ok(file_write(path, bytes.data, bytes.size, &error), &error);
    assert_error(VULTUS_ERR_MODEL, weights_map(path, hash, "tiny", &weights, &error), &error,
                 "SHA-256 differs");
    assert_ok(hash_bytes(bytes.data, bytes.size, hash, &error), &error);
    assert_error(VULTUS_ERR_MODEL, weights_map(path, hash, "tiny", &weights, &error), &error,
                 "its header is not JSON");
    assert_null(weights);
    buffer_clear(&bytes);
}

/* Threads ask for so much stack that none can be started. */
static void without_a_thread_files_are_hashed_at_once(void **state)
{
    uint8_t hash[HASH_SIZE];
    const char *path = large_file(hash);
    struct weights *weights = NULL;
    vultus_error error = {0};
    pthread_attr_t before, huge;
    pthread_t thread;
    (void)state;
    assert_int_equal(pthread_getattr_default_np(&before), 0);
    assert_int_equal(pthread_attr_init(&huge), 0);
    assert_int_equal(pthread_attr_setstacksize(&huge, (size_t)1 << 47), 0);
    assert_int_equal(pthread_setattr_default_np(&huge), 0);
    assert_int_not_equal(pthread_create(&thread, NULL, check_many, NULL), 0);
    assert_ok(weights_map(path, hash, "tiny", &weights, &error), &error);
    assert_ok(weights_check(weights, &error), &error);
    weights_close(weights);
    hash[31] ^= 1;
    assert_ok(weights_map(path, hash, "tiny", &weights, &error), &error);
    assert_error(VULTUS_ERR_MODEL, weights_check(weights, &error), &error, "SHA-256 differs");
    weights_close(weights);
    assert_int_equal(pthread_setattr_default_np(&before), 0);
    pthread_attr_destroy(&huge);
    pthread_attr_destroy(&before);
}

static void memory_runs_out_beside(void **state)
{
    uint8_t hash[HASH_SIZE];
    const char *path = large_file(hash);
    long live = mem_live();
    bool failed = true;
    (void)state;
    for (long n = 1; failed; n++) {
        struct weights *weights = NULL;
        vultus_error error = {0};
        mem_fail_after(n, false);
        vultus_status status = weights_map(path, hash, "tiny", &weights, &error);
        failed = mem_failed();
        mem_fail_after(0, false);
        assert_int_equal(status, failed ? VULTUS_ERR_MEMORY : VULTUS_OK);
        assert_true(!failed == !!weights);
        weights_close(weights);
        assert_int_equal(mem_live(), live);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(large_files_are_hashed_beside),
        cmocka_unit_test(large_files_that_are_odd_and_changed_are_called_changed),
        cmocka_unit_test(without_a_thread_files_are_hashed_at_once),
        cmocka_unit_test(memory_runs_out_beside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
