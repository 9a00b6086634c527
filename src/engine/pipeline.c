/*
 * The pipelines that people know by name. Thresholds, metrics and alignment are not here: they belong
 * to the embedder's contract. Packs that nobody may distribute are the user's to add, under the names
 * that `models add --contract` gives them.
 */
#include "engine/pipeline.h"

#include <string.h>

static const struct {
    const char *name;
    struct pipeline parts;
    const char *summary;
} pipelines[] = {
    {"mobile", {"mobile", NULL, "mobile"}, "MTCNN and MobileFaceNet: the default"},
    {"dlib",
     {"dlib/hog", "dlib/points5", "dlib/resnet29"},
     "HOG, five points and ResNet-29, as dlib and face_recognition"},
    {"facenet", {"mobile/mtcnn", NULL, "facenet"}, "MTCNN and your FaceNet"},
    {"openface", {"dlib/hog", "dlib/points68", "openface"}, "HOG, 68 points and your nn4.small2"},
    {"opencv", {"yunet", NULL, "sface"}, "your YuNet and SFace"},
    {"insightface", {"scrfd", NULL, "arcface"}, "your SCRFD and ArcFace"},
};

#define COUNT (sizeof pipelines / sizeof *pipelines)

struct pipeline pipeline_of(const char *name)
{
    if (!name)
        name = pipelines[0].name;
    for (size_t i = 0; i < COUNT; i++)
        if (!strcmp(pipelines[i].name, name))
            return pipelines[i].parts;
    return (struct pipeline){name, NULL, name};
}

bool pipeline_known(const char *name)
{
    for (size_t i = 0; i < COUNT; i++)
        if (!strcmp(pipelines[i].name, name))
            return true;
    return false;
}

void pipeline_models(const char *folder, enum contract_kind kind, char out[PACK_NAMES_SIZE])
{
    char base[FILE_PATH_MAX];
    struct file_list packs = {0};
    out[0] = '\0';
    if (!pack_folder(folder, base, sizeof base, NULL) &&
        !file_list_folder(base, FILE_LIST_FOLDERS, &packs, NULL))
        for (size_t i = 0; i < packs.count; i++) {
            struct contract_pack pack = {0};
            if (pack_read(base, file_name(packs.items[i]), &pack, NULL))
                continue;
            for (size_t k = 0; k < pack.model_count; k++)
                if (pack.models[k].kind == kind)
                    pack_add_name(out, pack.models[k].id);
            contract_clear(&pack);
        }
    file_list_clear(&packs);
    if (!out[0])
        memcpy(out, "none", sizeof "none");
}

bool pipeline_installed(const char *folder, const char *name)
{
    char pack[CONTRACT_NAME_MAX + 1], id[CONTRACT_NAME_MAX + 1];
    char base[FILE_PATH_MAX], path[FILE_PATH_MAX];
    return !pipeline_resolve(folder, name, CONTRACT_LANDMARKS, pack, id, NULL) &&
           !pack_folder(folder, base, sizeof base, NULL) &&
           !file_join(path, sizeof path, base, pack, NULL) && file_exists(path);
}

bool pipeline_brings(const char *pack)
{
    for (size_t i = 1; i < COUNT; i++) /* the first, the default, is installed */
        if (!strcmp(pipelines[i].parts.detector, pack) ||
            !strcmp(pipelines[i].parts.embedder, pack))
            return true;
    return false;
}

const char *vultus_pipeline(size_t index, const char **summary)
{
    if (index >= COUNT)
        return NULL;
    if (summary)
        *summary = pipelines[index].summary;
    return pipelines[index].name;
}

/* The pack among those installed that has a model of this kind and name; "" if none has. */
static vultus_status search(const char *base, const char *model, enum contract_kind kind,
                            char out[CONTRACT_NAME_MAX + 1], vultus_error *error)
{
    struct file_list packs = {0};
    vultus_status status = file_list_folder(base, FILE_LIST_FOLDERS, &packs, error);
    out[0] = '\0';
    for (size_t i = 0; !status && !out[0] && i < packs.count; i++) {
        struct contract_pack pack = {0};
        if (pack_read(base, file_name(packs.items[i]), &pack, NULL))
            continue; /* a damaged pack hides none of the others */
        for (size_t k = 0; k < pack.model_count; k++)
            if (pack.models[k].kind == kind && !strcmp(pack.models[k].id, model))
                memcpy(out, pack.name, sizeof pack.name);
        contract_clear(&pack);
    }
    file_list_clear(&packs);
    return status;
}

vultus_status pipeline_resolve(const char *folder, const char *name, enum contract_kind kind,
                               char pack[CONTRACT_NAME_MAX + 1], char id[CONTRACT_NAME_MAX + 1],
                               vultus_error *error)
{
    char base[FILE_PATH_MAX], path[FILE_PATH_MAX], found[CONTRACT_NAME_MAX + 1];
    const char *slash = strchr(name, '/');
    size_t length = slash ? (size_t)(slash - name) : strlen(name);
    const char *model = slash ? slash + 1 : "";
    if (length > CONTRACT_NAME_MAX || strlen(model) > CONTRACT_NAME_MAX)
        return status_set(error, VULTUS_ERR_ARGUMENT, "\"%.64s...\" is too long for a model's name",
                          name);
    memcpy(pack, name, length);
    pack[length] = '\0';
    memcpy(id, model, strlen(model) + 1);
    if (slash || !contract_name_valid(pack))
        return VULTUS_OK;
    vultus_status status = pack_folder(folder, base, sizeof base, error);
    if (!status)
        status = file_join(path, sizeof path, base, pack, error);
    if (status || file_exists(path) || !file_exists(base))
        return status;
    status = search(base, pack, kind, found, error);
    if (!status && found[0]) {
        memcpy(id, pack, sizeof found);
        memcpy(pack, found, sizeof found);
    }
    return status;
}
