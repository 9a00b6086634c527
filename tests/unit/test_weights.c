/* safetensors files: what is in them is read in place, and what is wrong with them is refused. */
#include "base/file.h"
#include "base/memory.h"
#include "model/weights.h"
#include "support.h"
#include "tensors.h"

static struct tensors tensors;

static const float floats[] = {1, 2, 3, 4, 5, 6};
static const int16_t shorts[] = {-1, 2};

static const void *good_file(size_t *size)
{
    memset(&tensors, 0, sizeof tensors);
    tensors_add(&tensors, "floats", "F32", "3,2", floats, sizeof floats);
    tensors_add(&tensors, "shorts", "I16", "2", shorts, sizeof shorts);
    tensors_add(&tensors, "none", "F16", "0,7", "", 0);
    tensors_add(&tensors, "one", "U8", "", "x", 1);
    return tensors_file(&tensors, size);
}

/* Opens bytes that must be refused, from a block that ends where they do. */
static void refused(const void *bytes, size_t size, const char *why)
{
    struct weights *weights = (struct weights *)&tensors, *untouched = weights;
    vultus_error error = {0};
    long live = mem_live();
    uint64_t *exact = malloc(size ? size : 1);
    memcpy(exact, bytes, size);
    assert_error(VULTUS_ERR_MODEL, weights_wrap(exact, size, "odd.safetensors", &weights, &error),
                 &error, why);
    assert_non_null(strstr(error.message, "odd.safetensors"));
    assert_ptr_equal(weights, untouched);
    assert_int_equal(mem_live(), live);
    free(exact);
}

/* A header over 24 bytes of data. */
static void refused_header(const char *header, const char *why)
{
    size_t size;
    memset(&tensors, 0, sizeof tensors);
    tensors.data_size = 24;
    const void *file = tensors_file_of(&tensors, header, &size);
    refused(file, size, why);
}

static void tensors_are_read_in_place(void **state)
{
    (void)state;
    size_t size;
    const uint8_t *file = good_file(&size);
    struct weights *weights = NULL;
    vultus_error error = {0};
    const void *data;
    assert_ok(weights_wrap(file, size, "w", &weights, &error), &error);
    struct weights_shape shape = {2, {0, 2}};
    assert_ok(weights_tensor(weights, "floats", WEIGHTS_F32, &shape, &data, &error), &error);
    assert_int_equal(shape.sizes[0], 3);
    assert_memory_equal(data, floats, sizeof floats);
    assert_in_range((uintptr_t)data, (uintptr_t)file, (uintptr_t)file + size - sizeof floats);
    shape = (struct weights_shape){1, {2}};
    assert_ok(weights_tensor(weights, "shorts", WEIGHTS_I16, &shape, &data, &error), &error);
    assert_memory_equal(data, shorts, sizeof shorts);
    shape = (struct weights_shape){0};
    assert_ok(weights_tensor(weights, "one", WEIGHTS_U8, &shape, &data, &error), &error);
    assert_int_equal(*(const uint8_t *)data, 'x');
    shape = (struct weights_shape){2, {0, 0}};
    assert_ok(weights_tensor(weights, "none", WEIGHTS_F16, &shape, &data, &error), &error);
    assert_int_equal(shape.sizes[0], 0);
    assert_int_equal(shape.sizes[1], 7);
    weights_close(weights);
    weights_close(NULL);
}

static void what_is_not_as_expected_is_named(void **state)
{
    static const struct {
        const char *name;
        enum weights_type type;
        struct weights_shape shape;
        const char *why;
    } odd[] = {
        {"nothing", WEIGHTS_F32, {2, {0, 0}}, "tensor nothing: is missing"},
        {"float", WEIGHTS_F32, {2, {0, 0}}, "tensor float: is missing"},
        {"floats", WEIGHTS_I32, {2, {0, 0}}, "tensor floats: not of the expected"},
        {"floats", WEIGHTS_F32, {1, {0}}, "tensor floats: not of the expected"},
        {"floats", WEIGHTS_F32, {3, {0, 0, 0}}, "tensor floats: not of the expected"},
        {"floats", WEIGHTS_F32, {2, {0, 3}}, "tensor floats: not of the expected"},
        {"one", WEIGHTS_I8, {0, {0}}, "tensor one: not of the expected"},
    };
    (void)state;
    size_t size;
    struct weights *weights = NULL;
    vultus_error error = {0};
    const void *file = good_file(&size), *data = file;
    assert_ok(weights_wrap(file, size, "w.safetensors", &weights, &error), &error);
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        struct weights_shape shape = odd[i].shape;
        assert_error(VULTUS_ERR_MODEL,
                     weights_tensor(weights, odd[i].name, odd[i].type, &shape, &data, &error),
                     &error, odd[i].why);
        assert_memory_equal(&shape, &odd[i].shape, sizeof shape);
        assert_ptr_equal(data, file);
    }
    weights_close(weights);
}

static void damaged_files_are_refused(void **state)
{
    (void)state;
    size_t size;
    uint8_t copy[1024];
    const void *file = good_file(&size);
    memcpy(copy, file, size);
    for (size_t cut = 1; cut <= size; cut++) /* any byte less is missed by somebody */
        refused(copy, size - cut, "odd.safetensors");
    for (uint64_t length = 0; length < 64; length += 63)
        for (size_t bit = 1; bit < 64; bit += 4) {
            uint64_t long_header = length ? (uint64_t)1 << bit << 10 : 1;
            memcpy(copy, &long_header, 8);
            refused(copy, size, "not a safetensors file");
        }
}

static void odd_headers_are_refused(void **state)
{
    static const struct {
        const char *header, *why;
    } odd[] = {
        {"", "not a safetensors file"},
        {"[]", "its header is not JSON"},
        {"1234", "its header is not JSON"},
        {"{\"a\":", "its header is not JSON"},
        {"{\"a\":1,\"a\":1}", "its header is not JSON"},
        {"{\"a\":1}", "tensor a: of an unknown type"},
        {"{\"a\":{\"dtype\":\"F64\",\"shape\":[3],\"data_offsets\":[0,24]}}", "of an unknown type"},
        {"{\"a\":{\"dtype\":7,\"shape\":[6],\"data_offsets\":[0,24]}}", "of an unknown type"},
        {"{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,24]}}", "of too many dimensions"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":6,\"data_offsets\":[0,24]}}", "of too many"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[6,1,1,1,1],\"data_offsets\":[0,24]}}",
         "of too many"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[-6],\"data_offsets\":[0,24]}}", "impossible shape"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[6.0],\"data_offsets\":[0,24]}}", "impossible shape"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[\"6\"],\"data_offsets\":[0,24]}}", "impossible"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387910],\"data_offsets\":[0,24]}}",
         "impossible shape"},
        {"{\"a\":{\"dtype\":\"I8\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}}",
         "impossible shape"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[6]}}", "its bytes are not in the file"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[6],\"data_offsets\":[0]}}", "its bytes are not"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[6],\"data_offsets\":[0,24,48]}}", "its bytes are"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[6],\"data_offsets\":[24,0]}}", "its bytes are not"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[6],\"data_offsets\":[-24,0]}}", "its bytes are not"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[6],\"data_offsets\":[4,28]}}", "its bytes are not"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[5],\"data_offsets\":[0,24]}}", "its bytes are not"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[30,30]}}", "its bytes are not"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[\"0\",1]}}",
         "its bytes are not"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0.0,1]}}", "its bytes are not"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[2,6]}}", "is not aligned"},
        {"{\"a\":{\"dtype\":\"I16\",\"shape\":[1],\"data_offsets\":[1,3]}}", "is not aligned"},
        {"{\"0123456789012345678901234567890123456789012345678901234567890123\":{}}",
         "its name is too long"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        refused_header(odd[i].header, odd[i].why);
}

static void headers_have_limits(void **state)
{
    (void)state;
    static char header[TENSORS_BYTES];
    size_t length = 1;
    vultus_error error = {0};
    struct weights *weights = NULL;
    header[0] = '{';
    for (size_t i = 0; i < WEIGHTS_TENSORS_MAX + 1; i++)
        length += (size_t)snprintf(header + length, 16, "%s\"%zu\":0", i ? "," : "", i);
    header[length] = '}';
    refused_header(header, "too many tensors");

    /* spaces behind the JSON, as writers pad it, and the entry that is no tensor */
    static const char padded[] = "{\"__metadata__\":{\"format\":\"pt\"},\"a\":{\"dtype\":\"F32\","
                                 "\"shape\":[6],\"data_offsets\":[0,24]}}   ";
    size_t size;
    struct weights_shape shape = {1, {6}};
    const void *data;
    memset(&tensors, 0, sizeof tensors);
    tensors.data_size = 24;
    const void *file = tensors_file_of(&tensors, padded, &size);
    assert_ok(weights_wrap(file, size, "w", &weights, &error), &error);
    assert_ok(weights_tensor(weights, "a", WEIGHTS_F32, &shape, &data, &error), &error);
    weights_close(weights);

    uint64_t large = WEIGHTS_HEADER_MAX + 1;
    uint8_t *bytes = calloc(1, 8 + large);
    memcpy(bytes, &large, 8);
    refused(bytes, 8 + large, "not a safetensors file");
    free(bytes);
}

static void files_are_mapped_and_known_by_their_hash(void **state)
{
    (void)state;
    size_t size;
    const void *file = good_file(&size), *data;
    const char *path = support_join(support_folder(), "w.safetensors");
    vultus_error error = {0};
    struct weights *weights = NULL;
    struct weights_shape shape = {2, {3, 2}};
    uint8_t hash[HASH_SIZE];
    long live = mem_live();
    assert_ok(file_write(path, file, size, &error), &error);
    assert_ok(hash_bytes(file, size, hash, &error), &error);
    assert_ok(weights_map(path, hash, "tiny", &weights, &error), &error);
    assert_ok(weights_tensor(weights, "floats", WEIGHTS_F32, &shape, &data, &error), &error);
    assert_memory_equal(data, floats, sizeof floats);
    weights_close(weights);
    assert_ok(weights_map(path, NULL, NULL, &weights, &error), &error);
    weights_close(weights);

    hash[31] ^= 1;
    weights = NULL;
    assert_error(VULTUS_ERR_MODEL, weights_map(path, hash, "tiny", &weights, &error), &error,
                 "w.safetensors is not the file of its contract (SHA-256 differs)");
    assert_ok(file_write(path, file, 40, &error), &error);
    assert_error(VULTUS_ERR_MODEL, weights_map(path, NULL, NULL, &weights, &error), &error,
                 "w.safetensors: not a safetensors file");
    assert_ok(file_write(path, file, 0, &error), &error);
    assert_error(VULTUS_ERR_MODEL, weights_map(path, NULL, NULL, &weights, &error), &error,
                 "not a file of weights");
    assert_error(VULTUS_ERR_MODEL, weights_map(support_folder(), NULL, NULL, &weights, &error),
                 &error, "not a file of weights");
    assert_error(VULTUS_ERR_IO,
                 weights_map(support_join(support_folder(), "none"), NULL, NULL, &weights, &error),
                 &error, "No such file");
    assert_null(weights);
    assert_int_equal(mem_live(), live);
}

static void memory_runs_out(void **state)
{
    (void)state;
    size_t size;
    const void *file = good_file(&size);
    long live = mem_live();
    bool failed = true;
    for (long n = 1; failed; n++) {
        struct weights *weights = NULL;
        vultus_error error = {0};
        mem_fail_after(n, false);
        vultus_status status = weights_wrap(file, size, "w", &weights, &error);
        failed = mem_failed();
        mem_fail_after(0, false);
        assert_int_equal(status, failed ? VULTUS_ERR_MEMORY : VULTUS_OK);
        assert_int_equal(error.code, status);
        assert_true(!failed == !!weights);
        weights_close(weights);
        assert_int_equal(mem_live(), live);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tensors_are_read_in_place),
        cmocka_unit_test(what_is_not_as_expected_is_named),
        cmocka_unit_test(damaged_files_are_refused),
        cmocka_unit_test(odd_headers_are_refused),
        cmocka_unit_test(headers_have_limits),
        cmocka_unit_test(files_are_mapped_and_known_by_their_hash),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
