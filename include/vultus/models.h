/*
 * vultus, chapter models: the packs that the engine loads its networks from. Included by vultus.h, whose
 * contract holds here too.
 */
#ifndef VULTUS_MODELS_H
#define VULTUS_MODELS_H

#include <vultus/core.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct vultus_model {
    char *pack, *id, *kind,
        *method; /* for instance mobile, mobilefacenet, embedder, mobilefacenet */
    char *licence, *provenance;
    char *files; /* "pnet.onnx rnet.onnx" */
    char *landmarks; /* of a detector: the finder of shapes that goes with it, "PACK/MODEL"; else "" */
    uint64_t bytes;
    size_t dimension; /* embedders */
    char *metric;     /* embedders */
    float threshold;  /* embedders */
    bool installed;
    bool is_default;
    char *base; /* of an embedder that projects another one: that one, "PACK/MODEL"; else "" */
} vultus_model;

typedef struct vultus_models {
    vultus_model *items;
    size_t count;
} vultus_models;

/* All models of all packs in the folder (NULL: the default folder). A damaged pack is left out and
 * named in `error->message` while the call succeeds. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_models_list(const char *folder, vultus_models *out,
                                                            vultus_error *error);
/* The models that a pack manifest (pack.json) describes, installed or not. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_models_read(const char *manifest,
                                                            vultus_models *out,
                                                            vultus_error *error);
VULTUS_API void vultus_models_clear(vultus_models *models);
/* Reads a pack, checks every hash, loads every network and runs it once. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_models_check(const char *folder, const char *pack,
                                                             vultus_error *error);
/*
 * Adds a pack: `path` is a folder with pack.json, or a network whose contract is the JSON file
 * `contract`. It is checked as vultus_models_check does before it is copied. `name`: the pack's new
 * name, NULL: its own. EXISTS: that name is taken.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_models_add(const char *folder, const char *path,
                                                           const char *contract, const char *name,
                                                           vultus_error *error);
VULTUS_API VULTUS_MUST_USE vultus_status vultus_models_remove(const char *folder, const char *pack,
                                                              vultus_error *error);
/* The default folder, or what VULTUS_MODELS says; written to `path`. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_models_folder(char *path, size_t size,
                                                              vultus_error *error);

#ifdef __cplusplus
}
#endif
#endif
