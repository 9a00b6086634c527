/*
 * Finds and reads installed packs. A network whose hash is not the one in its contract is refused:
 * a changed file would give other embeddings under the same name.
 */
#include "model/pack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

vultus_status pack_folder(const char *folder, char *out, size_t size, vultus_error *error)
{
    if (!folder || !folder[0])
        folder = getenv("VULTUS_MODELS");
    if (!folder || !folder[0])
        return file_data_path("models", out, size, error);
    int length = snprintf(out, size, "%s", folder);
    if (length < 0 || (size_t)length >= size)
        return status_set(error, VULTUS_ERR_LIMIT, "the path of the models' folder is too long");
    return VULTUS_OK;
}

static vultus_status pack_path(const char *folder, const char *name, const char *file, char *out,
                               vultus_error *error)
{
    char base[FILE_PATH_MAX], pack[FILE_PATH_MAX];
    vultus_status status = pack_folder(folder, base, sizeof base, error);
    if (!status)
        status = file_join(pack, sizeof pack, base, name, error);
    if (!status)
        status = file_join(out, FILE_PATH_MAX, pack, file, error);
    return status;
}

bool pack_published(const char *name)
{
    static const char *const names[] = {"mobile",   "dlib",      "cascades",
                                        "face-api", "mediapipe", "liveness"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(names[i], name))
            return true;
    return false;
}

void pack_add_name(char list[PACK_NAMES_SIZE], const char *name)
{
    static const char more[] = ", ...";
    size_t used = strlen(list), end = strlen(more);
    if (used >= end && !strcmp(list + used - end, more))
        return;
    if (used + strlen(name) + 2 + sizeof more <= PACK_NAMES_SIZE)
        (void)snprintf(list + used, PACK_NAMES_SIZE - used, "%s%s", used ? ", " : "", name);
    else
        memcpy(list + used, more, sizeof more);
}

static vultus_status not_installed(const char *folder, const char *name, vultus_error *error)
{
    char base[FILE_PATH_MAX], names[PACK_NAMES_SIZE] = "";
    struct file_list packs = {0};
    if (pack_published(name))
        return status_set(error, VULTUS_ERR_MODEL,
                          "model pack %s is not installed; run: vultus models install %s, or see: "
                          "vultus models list",
                          name, name);
    if (!pack_folder(folder, base, sizeof base, NULL) &&
        !file_list_folder(base, FILE_LIST_FOLDERS, &packs, NULL))
        for (size_t i = 0; i < packs.count; i++)
            pack_add_name(names, file_name(packs.items[i]));
    file_list_clear(&packs);
    return status_set(error, VULTUS_ERR_MODEL,
                      "there is no model pack %s; installed: %s; see: vultus models list", name,
                      names[0] ? names : "none");
}

vultus_status pack_read(const char *folder, const char *name, struct contract_pack *out,
                        vultus_error *error)
{
    char path[FILE_PATH_MAX];
    struct buffer text;
    if (!contract_name_valid(name))
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "\"%.64s\" is not a pack's name (letters, digits and . _ -)", name);
    vultus_status status = pack_path(folder, name, PACK_MANIFEST, path, error);
    if (status)
        return status;
    if (!file_exists(path))
        return not_installed(folder, name, error);
    status = file_read(path, CONTRACT_BYTES_MAX, &text, error);
    if (status)
        return status;
    status = contract_parse(text.data, text.size, path, out, error);
    buffer_clear(&text);
    if (!status) /* a folder that was copied or renamed must not read the networks of another */
        memcpy(out->name, name, strlen(name) + 1);
    return status;
}

static vultus_status network_path(const char *folder, const char *name,
                                  const struct contract_network *network, char *out,
                                  vultus_error *error)
{
    vultus_status status = pack_path(folder, name, network->file, out, error);
    if (!status && !file_exists(out))
        status = status_set(error, VULTUS_ERR_MODEL,
                            "%s is missing; run: vultus models install %s --force", file_shown(out),
                            name);
    return status;
}

vultus_status pack_differs(const char *path, const char *pack, vultus_error *error)
{
    return status_set(error, VULTUS_ERR_MODEL,
                      "%s is not the file of its contract (SHA-256 differs); run: vultus models "
                      "install %s --force",
                      file_shown(path), pack);
}

vultus_status pack_map_weights(const char *folder, const char *name,
                               const struct contract_network *network, struct weights **out,
                               vultus_error *error)
{
    static const uint8_t none[HASH_SIZE];
    char path[FILE_PATH_MAX];
    vultus_status status = network_path(folder, name, network, path, error);
    return status ? status
                  : weights_map(path, network->has_hash ? network->hash : none, name, out, error);
}

vultus_status pack_read_network(const char *folder, const char *name,
                                const struct contract_network *network, struct buffer *out,
                                vultus_error *error)
{
    char path[FILE_PATH_MAX];
    uint8_t hash[HASH_SIZE];
    vultus_status status = network_path(folder, name, network, path, error);
    if (status)
        return status;
    status = file_read(path, SESSION_NETWORK_MAX, out, error);
    if (status)
        return status;
    status = hash_bytes(out->data, out->size, hash, error);
    if (!status && (!network->has_hash || memcmp(hash, network->hash, sizeof hash)))
        status = pack_differs(path, name, error);
    if (status)
        buffer_clear(out);
    return status;
}
