/*
 * Typed getters over the JSON of a contract. Each names the path of the field in its message, so that
 * somebody who writes a contract by hand sees at once what is amiss; none knows what a field is for.
 */
#include "model/contract_read.h"
#include "base/memory.h"

#include <math.h>
#include <string.h>

vultus_status contract_wrong(struct contract_reader *reader, const char *field,
                             const char *expected)
{
    return status_set(reader->error, VULTUS_ERR_FORMAT, "%s: %s%s%s: %s", reader->file,
                      reader->where, reader->where[0] ? "." : "", field, expected);
}

static bool is_one_of(const char *key, const char *const *keys)
{
    while (keys && *keys && strcmp(*keys, key) != 0)
        keys++;
    return keys && *keys;
}

vultus_status contract_known_keys(struct contract_reader *reader, const json_t *object,
                                  const char *const *keys, const char *const *more)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        char shown[CONTRACT_NAME_MAX + 1];
        if (is_one_of(key, keys) || is_one_of(key, more))
            continue;
        (void)snprintf(shown, sizeof shown, "%s", key);
        return contract_wrong(reader, shown, "no contract has such a field; see docs/contracts.md");
    }
    return VULTUS_OK;
}

vultus_status contract_read_name(struct contract_reader *reader, const json_t *object,
                                 const char *field, char out[CONTRACT_NAME_MAX + 1])
{
    const char *text = json_string_value(json_object_get(object, field));
    if (!text || !contract_name_valid(text))
        return contract_wrong(reader, field,
                              "a name of 1 to 63 letters, digits and . _ - is expected");
    memcpy(out, text, strlen(text) + 1);
    return VULTUS_OK;
}

vultus_status contract_read_tensor(struct contract_reader *reader, const json_t *value,
                                   const char *field, char out[CONTRACT_NAME_MAX + 1])
{
    const char *text = json_string_value(value);
    if (!text || !text[0] || strlen(text) > CONTRACT_NAME_MAX)
        return contract_wrong(reader, field, "the name of a tensor (1 to 63 bytes) is expected");
    memcpy(out, text, strlen(text) + 1);
    return VULTUS_OK;
}

vultus_status contract_read_text(struct contract_reader *reader, const json_t *object,
                                 const char *field, char **out)
{
    const json_t *value = json_object_get(object, field);
    const char *text = value ? json_string_value(value) : "";
    if (!text || strlen(text) > CONTRACT_TEXT_MAX)
        return contract_wrong(reader, field, "text of at most 4000 bytes is expected");
    *out = mem_string(text);
    return *out ? VULTUS_OK : status_memory(reader->error, "a contract");
}

vultus_status contract_read_number(struct contract_reader *reader, const json_t *object,
                                   const char *field, double low, double high, double *out)
{
    const json_t *value = json_object_get(object, field);
    double number = json_number_value(value);
    if (!json_is_number(value) || !(number >= low && number <= high)) {
        char expected[80];
        (void)snprintf(expected, sizeof expected, "a number from %g to %g is expected", low, high);
        return contract_wrong(reader, field, expected);
    }
    *out = number;
    return VULTUS_OK;
}

vultus_status contract_read_whole(struct contract_reader *reader, const json_t *object,
                                  const char *field, size_t low, size_t high, size_t *out)
{
    const json_t *value = json_object_get(object, field);
    json_int_t number = json_integer_value(value);
    if (!json_is_integer(value) || number < (json_int_t)low || number > (json_int_t)high) {
        char expected[80];
        (void)snprintf(expected, sizeof expected, "a whole number from %zu to %zu is expected", low,
                       high);
        return contract_wrong(reader, field, expected);
    }
    *out = (size_t)number;
    return VULTUS_OK;
}

vultus_status contract_read_floats(struct contract_reader *reader, const json_t *object,
                                   const char *field, size_t count, float low, float high,
                                   float *out)
{
    const json_t *list = json_object_get(object, field);
    bool good = json_array_size(list) == count;
    for (size_t i = 0; good && i < count; i++) {
        double number = json_number_value(json_array_get(list, i));
        good = json_is_number(json_array_get(list, i)) && number >= (double)low &&
               number <= (double)high;
        out[i] = (float)number;
    }
    if (!good) {
        char expected[96];
        (void)snprintf(expected, sizeof expected, "%zu numbers from %g to %g are expected", count,
                       (double)low, (double)high);
        return contract_wrong(reader, field, expected);
    }
    return VULTUS_OK;
}

bool contract_read_hash(const char *text, uint8_t out[HASH_SIZE])
{
    if (!text || strlen(text) != 2 * HASH_SIZE)
        return false;
    for (size_t i = 0; i < 2 * HASH_SIZE; i++) {
        char c = text[i];
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0)
            return false;
        out[i / 2] = (uint8_t)(i % 2 ? out[i / 2] | digit : digit << 4);
    }
    return true;
}

bool contract_read_point(const json_t *point, vultus_point *out)
{
    double x = json_number_value(json_array_get(point, 0));
    double y = json_number_value(json_array_get(point, 1));
    *out = (vultus_point){(float)x, (float)y};
    return json_array_size(point) == 2 && json_is_number(json_array_get(point, 0)) &&
           json_is_number(json_array_get(point, 1)) && fabs(x) < 1e5 && fabs(y) < 1e5;
}
