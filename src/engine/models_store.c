/*
 * Adding and removing packs. What is added is copied to a folder beside the others that no listing
 * shows, checked there as a whole, and appears under its name by one rename.
 */
#include "engine/engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Removes the files that the contract names, its pack.json and the folder: nothing else. */
static vultus_status remove_pack(const char *path, const struct contract_pack *pack,
                                 vultus_error *error)
{
    char file[FILE_PATH_MAX];
    vultus_status status = VULTUS_OK;
    for (size_t m = 0; !status && m < pack->model_count; m++)
        for (size_t i = 0; !status && i < pack->models[m].network_count; i++) {
            status = file_join(file, sizeof file, path, pack->models[m].networks[i].file, error);
            if (!status && unlink(file) && errno != ENOENT)
                status = status_set(error, VULTUS_ERR_IO, "%s: %s", file, strerror(errno));
        }
    if (!status)
        status = file_join(file, sizeof file, path, PACK_MANIFEST, error);
    if (!status && unlink(file) && errno != ENOENT)
        status = status_set(error, VULTUS_ERR_IO, "%s: %s", file, strerror(errno));
    if (!status && rmdir(path) && errno != ENOENT)
        status = status_set(error, VULTUS_ERR_IO, "%s: %s", path, strerror(errno));
    return status;
}

vultus_status vultus_models_remove(const char *folder, const char *pack_name, vultus_error *error)
{
    char base[FILE_PATH_MAX], path[FILE_PATH_MAX];
    struct contract_pack pack = {0};
    vultus_status status = pack_read(folder, pack_name, &pack, error);
    if (status == VULTUS_ERR_MODEL)
        return status_set(error, VULTUS_ERR_NOT_FOUND, "model pack %s is not installed", pack_name);
    if (status)
        return status;
    status = pack_folder(folder, base, sizeof base, error);
    if (!status)
        status = file_join(path, sizeof path, base, pack_name, error);
    if (!status)
        status = remove_pack(path, &pack, error);
    contract_clear(&pack);
    return status;
}

/* ------------------------------------------------------------------ adding */

static vultus_status place(const char *base, const char *stage, const char *name,
                           vultus_error *error)
{
    char from[FILE_PATH_MAX], to[FILE_PATH_MAX];
    vultus_status status = engine_check_pack(stage, base, name, error);
    if (!status)
        status = file_join(from, sizeof from, stage, name, error);
    if (!status)
        status = file_join(to, sizeof to, base, name, error);
    if (!status && file_exists(to))
        status = status_set(error, VULTUS_ERR_EXISTS,
                            "model pack %s exists already; remove it first, or give another --name",
                            name);
    if (!status && rename(from, to))
        status = status_set(error, VULTUS_ERR_IO, "%s: %s", to, strerror(errno));
    return status;
}

/* What a failure left of the staged pack. */
static void clear_stage(const char *stage, const char *name)
{
    char path[FILE_PATH_MAX];
    struct file_list files = {0};
    if (name[0] && !file_join(path, sizeof path, stage, name, NULL) &&
        !file_list_folder(path, FILE_LIST_FILES, &files, NULL)) {
        for (size_t i = 0; i < files.count; i++)
            unlink(files.items[i]);
        file_list_clear(&files);
        rmdir(path);
    }
    rmdir(stage);
}

vultus_status vultus_models_add(const char *folder, const char *path, const char *contract,
                                const char *name, vultus_error *error)
{
    char base[FILE_PATH_MAX], stage[FILE_PATH_MAX], pack[CONTRACT_NAME_MAX + 1] = "";
    struct pack_source source = {.contract = contract, .name = name};
    if (!path)
        return status_set(error, VULTUS_ERR_ARGUMENT, "a pack's folder or a network is needed");
    if (file_is_folder(path))
        source.folder = path;
    else
        source.network = path;
    if (!file_exists(path))
        return status_set(error, VULTUS_ERR_IO, "%s: no such file or folder", path);
    if (source.network && !contract)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "%s: a network needs a contract that says how "
                          "to feed it",
                          path);
    vultus_status status = pack_folder(folder, base, sizeof base, error);
    if (!status)
        status = file_make_folders(base, error);
    if (!status)
        status = file_join(stage, sizeof stage, base, ".adding.XXXXXX", error);
    if (!status && !mkdtemp(stage))
        status = status_set(error, VULTUS_ERR_IO, "%s: %s", base, strerror(errno));
    if (status)
        return status;
    status = pack_stage(&source, stage, pack, error);
    if (!status)
        status = place(base, stage, pack, error);
    clear_stage(stage, pack);
    return status;
}
