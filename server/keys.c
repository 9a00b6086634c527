/*
 * The file of keys, JSON: {"keys": [{"id", "name", "scope", "galleries", "workspaces", "created", "revoked", "rate",
 * "ends", "hash"}]}. It is replaced as a whole, under a lock between processes, so that a server sees either the old or
 * the new one.
 */
#include "keys.h"
#include "beside.h"
#include "answers/json_values.h"
#include "base/date.h"
#include "base/file.h"
#include "base/file_lock.h"
#include "base/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>

static const char *const scope_names[SCOPE_COUNT] = {NULL, "read", "enrol", "admin"};

const char *key_scope_name(enum key_scope scope)
{
    return scope_names[scope];
}

enum key_scope key_scope_find(const char *name)
{
    for (int scope = SCOPE_READ; scope < SCOPE_COUNT; scope++)
        if (!strcmp(name, scope_names[scope]))
            return (enum key_scope)scope;
    return SCOPE_NONE;
}

vultus_status keys_place(const char *file, const char *gallery, char *path, size_t size,
                         vultus_error *error)
{
    if (!file)
        return beside_gallery(gallery, ".keys", "keys.json", path, size, error);
    int length = snprintf(path, size, "%s", file);
    if (length < 0 || (size_t)length >= size)
        return status_set(error, VULTUS_ERR_LIMIT, "the path of the file of keys is too long");
    return VULTUS_OK;
}

/* ------------------------------------------------------------------ reading */

static bool read_hash(const char *text, uint8_t out[HASH_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    if (!text || strlen(text) != HASH_HEX_SIZE - 1 || strspn(text, digits) != HASH_HEX_SIZE - 1)
        return false;
    for (size_t i = 0; i < HASH_SIZE; i++)
        out[i] = (uint8_t)((strchr(digits, text[2 * i]) - digits) << 4 |
                           (strchr(digits, text[2 * i + 1]) - digits));
    return true;
}

static bool read_text(const json_t *object, const char *key, char *out, size_t size)
{
    const char *text = json_string_value(json_object_get(object, key));
    if (!text || strlen(text) >= size)
        return false;
    memcpy(out, text, strlen(text) + 1);
    return true;
}

static bool read_key(const json_t *object, struct key *out)
{
    const char *scope = json_string_value(json_object_get(object, "scope"));
    const json_t *revoked = json_object_get(object, "revoked");
    const json_t *rate = json_object_get(object, "rate"); /* files of before have none */
    json_int_t number = json_integer_value(rate);
    if (rate && (!json_is_integer(rate) || number < 0 || number > KEY_RATE_MAX))
        return false;
    out->rate = (unsigned)number;
    out->scope = scope ? key_scope_find(scope) : SCOPE_NONE;
    out->revoked = json_is_true(revoked);
    return out->scope && json_is_boolean(revoked) &&
           (!json_object_get(object, "ends") ||
            read_text(object, "ends", out->ends, sizeof out->ends)) &&
           key_bounds_read(object, &out->bounds) &&
           read_text(object, "id", out->id, sizeof out->id) && strlen(out->id) == KEY_ID_SIZE - 1 &&
           read_text(object, "name", out->name, sizeof out->name) &&
           read_text(object, "created", out->created, sizeof out->created) &&
           read_hash(json_string_value(json_object_get(object, "hash")), out->hash);
}

static vultus_status read_list(const json_t *root, const char *path, struct keys *out,
                               vultus_error *error)
{
    const json_t *list = json_object_get(root, "keys");
    size_t count = json_array_size(list);
    bool good = json_is_array(list) && count <= KEYS_MAX;
    struct keys keys = {.items = good ? mem_zalloc(count, sizeof *keys.items) : NULL};
    if (good && !keys.items)
        return status_memory(error, "the keys");
    for (; good && keys.count < count; keys.count++)
        good = read_key(json_array_get(list, keys.count), &keys.items[keys.count]);
    if (good) {
        *out = keys;
        return VULTUS_OK;
    }
    keys_clear(&keys);
    return status_set(error, VULTUS_ERR_FORMAT,
                      "%s: is no file of keys; move it away and make new keys", file_shown(path));
}

vultus_status keys_read(const char *path, struct keys *out, vultus_error *error)
{
    struct buffer text;
    struct stat info;
    if (stat(path, &info)) {
        if (errno != ENOENT)
            return status_set(error, VULTUS_ERR_IO, "%s: %s", file_shown(path), strerror(errno));
        *out = (struct keys){0};
        return VULTUS_OK;
    }
    if (info.st_mode & 077)
        return status_set(error, VULTUS_ERR_DATABASE,
                          "%s: others may use this file; run: chmod 600 on it", file_shown(path));
    buffer_init(&text, KEYS_FILE_MAX);
    vultus_status status = file_read(path, KEYS_FILE_MAX, &text, error);
    if (status)
        return status;
    json_t *root = json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, NULL);
    status = read_list(root, path, out, error);
    json_decref(root);
    buffer_clear(&text);
    return status;
}

void keys_clear(struct keys *keys)
{
    mem_free_wiped(keys->items, keys->count * sizeof *keys->items);
    *keys = (struct keys){0};
}

/* ------------------------------------------------------------------ writing */

static vultus_status write_keys(const char *path, const struct keys *keys, vultus_error *error)
{
    json_t *list = json_array();
    for (size_t i = 0; i < keys->count; i++) {
        const struct key *key = &keys->items[i];
        char hash[HASH_HEX_SIZE];
        hash_hex(key->hash, hash);
        json_t *own =
            json_pack("{s:s, s:s, s:s, s:s, s:b, s:i, s:s, s:s}", "id", key->id, "name", key->name,
                      "scope", scope_names[key->scope], "created", key->created, "revoked",
                      key->revoked, "rate", (int)key->rate, "ends", key->ends, "hash", hash);
        list = json_appended(list, json_joined(own, key_bounds_json(&key->bounds)));
    }
    json_t *root = json_pack("{s:o}", "keys", list);
    char *text = root ? json_dumps(root, JSON_INDENT(1)) : NULL;
    json_decref(root);
    if (!text)
        return status_memory(error, "the keys");
    vultus_status status = file_write_private(path, text, strlen(text), error);
    mem_free_wiped(text, strlen(text));
    return status;
}

json_t *key_json(const struct key *key)
{
    return json_joined(
        json_pack("{s:s, s:o, s:s, s:o, s:s, s:o, s:b}", "id", key->id, "name",
                  json_text(key->name), "scope", key_scope_name(key->scope), "rate",
                  key->rate ? json_whole(key->rate) : json_null(), "created", key->created, "ends",
                  key->ends[0] ? json_string(key->ends) : json_null(), "revoked", key->revoked),
        key_bounds_json(&key->bounds));
}

static vultus_status draw(void *out, size_t size, vultus_error *error)
{
    if (getrandom(out, size, 0) == (ssize_t)size)
        return VULTUS_OK;
    return status_set(error, VULTUS_ERR_INTERNAL, "the system has no random numbers");
}

static vultus_status make_key(const struct key_wish *wish, char text[KEY_TEXT_SIZE],
                              struct key *out, vultus_error *error)
{
    uint8_t secret[HASH_SIZE], id[4];
    char digits[HASH_HEX_SIZE];
    struct key key = {.scope = wish->scope, .rate = wish->rate};
    vultus_status status = key_bounds_set(&key.bounds, &wish->galleries, &wish->workspaces, error);
    if (!status)
        status = draw(secret, sizeof secret, error);
    if (!status)
        status = draw(id, sizeof id, error);
    if (status)
        return status;
    snprintf(key.id, sizeof key.id, "%02x%02x%02x%02x", id[0], id[1], id[2], id[3]);
    snprintf(key.name, sizeof key.name, "%s", wish->name);
    date_now(key.created);
    hash_hex(secret, digits);
    snprintf(text, KEY_TEXT_SIZE, "vultus_%s_%s", key.id, digits);
    memcpy(key.ends, digits + sizeof digits - sizeof key.ends, sizeof key.ends);
    mem_wipe(secret, sizeof secret);
    mem_wipe(digits, sizeof digits);
    status = hash_bytes(text, strlen(text), key.hash, error);
    *out = key;
    return status;
}

static vultus_status add_key(const char *path, const struct key *key, vultus_error *error)
{
    struct keys keys = {0}, more = {0};
    vultus_status status = keys_read(path, &keys, error);
    if (status)
        return status;
    if (keys.count == KEYS_MAX) {
        keys_clear(&keys);
        return status_set(error, VULTUS_ERR_LIMIT, "%s: has %d keys already", file_shown(path),
                          KEYS_MAX);
    }
    more = (struct keys){mem_zalloc(keys.count + 1, sizeof *more.items), keys.count + 1};
    if (!more.items) {
        keys_clear(&keys);
        return status_memory(error, "the keys");
    }
    if (keys.count)
        memcpy(more.items, keys.items, keys.count * sizeof *keys.items);
    more.items[keys.count] = *key;
    status = write_keys(path, &more, error);
    keys_clear(&keys);
    keys_clear(&more);
    return status;
}

static vultus_status check_wish(const struct key_wish *wish, vultus_error *error)
{
    if (strlen(wish->name) > KEY_NAME_MAX || vultus_name_check(wish->name, NULL))
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "a key's name has 1 to %d bytes of UTF-8 without control characters",
                          KEY_NAME_MAX);
    return VULTUS_OK;
}

vultus_status keys_create(const char *path, const struct key_wish *wish, char text[KEY_TEXT_SIZE],
                          struct key *out, vultus_error *error)
{
    int lock = -1;
    vultus_status status = check_wish(wish, error);
    if (!status)
        status = make_key(wish, text, out, error);
    if (!status)
        status = file_lock(path, &lock, error);
    if (!status)
        status = add_key(path, out, error);
    file_unlock(lock);
    return status;
}

vultus_status keys_revoke(const char *path, const char *id, vultus_error *error)
{
    struct keys keys = {0};
    int lock = -1;
    bool found = false;
    vultus_status status = file_lock(path, &lock, error);
    if (!status)
        status = keys_read(path, &keys, error);
    for (size_t i = 0; i < keys.count; i++)
        if (!strcmp(keys.items[i].id, id) && !keys.items[i].revoked)
            found = keys.items[i].revoked = true;
    if (!status && !found)
        status =
            status_set(error, VULTUS_ERR_NOT_FOUND,
                       "there is no key %.20s that still counts; vultus keys list has them", id);
    if (!status)
        status = write_keys(path, &keys, error);
    keys_clear(&keys);
    file_unlock(lock);
    return status;
}

/* ------------------------------------------------------------------ asking */

const struct key *keys_find(const struct keys *keys, const char *text)
{
    uint8_t hash[HASH_SIZE];
    const struct key *found = NULL;
    if (hash_bytes(text, strlen(text), hash, NULL))
        return NULL;
    for (size_t i = 0; i < keys->count; i++) {
        const struct key *key = &keys->items[i];
        uint8_t difference = key->revoked;
        for (size_t k = 0; k < HASH_SIZE; k++)
            difference |= (uint8_t)(hash[k] ^ key->hash[k]);
        found = difference ? found : key;
    }
    return found;
}

bool keys_any(const struct keys *keys)
{
    for (size_t i = 0; i < keys->count; i++)
        if (!keys->items[i].revoked)
            return true;
    return false;
}
