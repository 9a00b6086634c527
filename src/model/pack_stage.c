/*
 * Making a pack of what a user has: the contract is read as strictly as an installed one, each
 * network is copied and its hash written into the new pack.json, so that from then on the pack is
 * protected like any other.
 */
#include "model/pack.h"
#include "model/pack_resolve.h"

#include <jansson.h>
#include <string.h>

static void free_text(char *text)
{
    json_free_t json_free;
    json_get_alloc_funcs(NULL, &json_free);
    json_free(text);
}

/* Fills in what the contract leaves to the network. */
static vultus_status resolve(const struct pack_source *source, json_t *root, vultus_error *error)
{
    struct buffer bytes;
    vultus_status status = file_read(source->network, SESSION_NETWORK_MAX, &bytes, error);
    if (status)
        return status;
    status = pack_resolve(root, &bytes, file_shown(source->network), error);
    buffer_clear(&bytes);
    return status;
}

/* Reads the JSON at `path`, completes it, and reads it as a contract. */
static vultus_status read_manifest(const struct pack_source *source, const char *path,
                                   struct contract_pack *pack, json_t **root, vultus_error *error)
{
    struct buffer text;
    json_error_t trouble;
    vultus_status status = file_read(path, CONTRACT_BYTES_MAX, &text, error);
    if (status)
        return status;
    *root = json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, &trouble);
    if (!*root) /* it says what is amiss */
        status = contract_parse(text.data, text.size, path, pack, error);
    buffer_clear(&text);
    if (*root && source->network)
        status = resolve(source, *root, error);
    if (status || !*root)
        return status ? status : status_memory(error, "a contract");
    char *complete = json_dumps(*root, 0);
    status = complete ? contract_parse(complete, strlen(complete), path, pack, error)
                      : status_memory(error, "a contract");
    free_text(complete);
    return status;
}

/* Copies one network to `to` and writes what it is into its JSON. */
static vultus_status stage_network(const struct pack_source *source,
                                   const struct contract_network *network, const char *to,
                                   json_t *object, vultus_error *error)
{
    char from[FILE_PATH_MAX], path[FILE_PATH_MAX], hex[HASH_HEX_SIZE];
    uint8_t hash[HASH_SIZE];
    struct buffer bytes;
    vultus_status status = VULTUS_OK;
    if (source->folder)
        status = file_join(from, sizeof from, source->folder, network->file, error);
    if (!status)
        status = file_join(path, sizeof path, to, network->file, error);
    if (!status)
        status =
            file_read(source->folder ? from : source->network, SESSION_NETWORK_MAX, &bytes, error);
    if (status)
        return status;
    status = hash_bytes(bytes.data, bytes.size, hash, error);
    if (!status && network->has_hash && memcmp(hash, network->hash, sizeof hash))
        status = status_set(error, VULTUS_ERR_MODEL,
                            "%s is not the file that the contract names (SHA-256 differs)",
                            source->folder ? from : source->network);
    hash_hex(hash, hex);
    json_object_del(object, "origin_sha256"); /* only the file itself can be believed */
    if (!status && (json_object_set_new(object, "sha256", json_string(hex)) ||
                    json_object_set_new(object, "bytes", json_integer((json_int_t)bytes.size))))
        status = status_memory(error, "a contract");
    if (!status)
        status = file_write(path, bytes.data, bytes.size, error);
    buffer_clear(&bytes);
    return status;
}

static vultus_status stage_networks(const struct pack_source *source,
                                    const struct contract_pack *pack, const char *to, json_t *root,
                                    vultus_error *error)
{
    json_t *models = json_object_get(root, "models");
    vultus_status status = VULTUS_OK;
    for (size_t m = 0; !status && m < pack->model_count; m++) {
        json_t *networks = json_object_get(json_array_get(models, m), "networks");
        for (size_t i = 0; !status && i < pack->models[m].network_count; i++)
            status = stage_network(source, &pack->models[m].networks[i], to,
                                   json_array_get(networks, i), error);
    }
    return status;
}

vultus_status pack_write_manifest(const char *folder, const json_t *root, vultus_error *error)
{
    char path[FILE_PATH_MAX];
    vultus_status status = file_join(path, sizeof path, folder, PACK_MANIFEST, error);
    if (status)
        return status;
    char *text = json_dumps(root, JSON_INDENT(2));
    if (!text)
        return status_memory(error, "a contract");
    status = file_write(path, text, strlen(text), error);
    free_text(text);
    return status;
}

vultus_status pack_stage(const struct pack_source *source, const char *stage,
                         char name[CONTRACT_NAME_MAX + 1], vultus_error *error)
{
    char manifest[FILE_PATH_MAX], to[FILE_PATH_MAX];
    struct contract_pack pack = {0};
    json_t *root = NULL;
    const char *path = source->contract;
    vultus_status status = VULTUS_OK;
    if (source->name && !contract_name_valid(source->name))
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "\"%.64s\" is not a pack's name (letters, digits and . _ -)",
                          source->name);
    if (source->folder) {
        status = file_join(manifest, sizeof manifest, source->folder, PACK_MANIFEST, error);
        path = manifest;
    }
    if (!status)
        status = read_manifest(source, path, &pack, &root, error);
    if (!status && !source->folder && (pack.model_count != 1 || pack.models[0].network_count != 1))
        status = status_set(error, VULTUS_ERR_FORMAT,
                            "%s: describes more than one network; give a folder with %s", path,
                            PACK_MANIFEST);
    if (!status)
        memcpy(name, pack.name, CONTRACT_NAME_MAX + 1);
    if (!status && source->name) {
        memcpy(name, source->name, strlen(source->name) + 1);
        if (json_object_set_new(root, "name", json_string(name)))
            status = status_memory(error, "a contract");
    }
    if (!status)
        status = file_join(to, sizeof to, stage, name, error);
    if (!status)
        status = file_make_folders(to, error);
    if (!status)
        status = stage_networks(source, &pack, to, root, error);
    if (!status)
        status = pack_write_manifest(to, root, error);
    json_decref(root);
    contract_clear(&pack);
    return status;
}
