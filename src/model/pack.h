/* Packs: folders with pack.json and the networks it names, below the models' folder. */
#ifndef MODEL_PACK_H
#define MODEL_PACK_H

#include "base/file.h"
#include "model/contract.h"
#include "model/weights.h"

#define PACK_DEFAULT "mobile"
#define PACK_MANIFEST "pack.json"

/* `folder` if not NULL, else VULTUS_MODELS, else the user's data folder. */
vultus_status pack_folder(const char *folder, char *out, size_t size,
                          vultus_error *error) VULTUS_MUST_USE;

#define PACK_NAMES_SIZE 110 /* of a list of names for a message, which it leaves room for */
/* Adds a name to such a list, or "..." where it is full. */
void pack_add_name(char list[PACK_NAMES_SIZE], const char *name);

/* True for a pack that `vultus models install` offers. */
bool pack_published(const char *name);

/* Reads FOLDER/NAME/pack.json. MODEL: not installed (with the mend, or what is), damaged. */
vultus_status pack_read(const char *folder, const char *name, struct contract_pack *out,
                        vultus_error *error) VULTUS_MUST_USE;

/* Reads a pack's network and checks its hash. MODEL names the file. Clear `out` afterwards. */
vultus_status pack_read_network(const char *folder, const char *name,
                                const struct contract_network *network, struct buffer *out,
                                vultus_error *error) VULTUS_MUST_USE;

/* Maps a pack's weights as weights_map does. MODEL names the file. Close `out` afterwards. */
vultus_status pack_map_weights(const char *folder, const char *name,
                               const struct contract_network *network, struct weights **out,
                               vultus_error *error) VULTUS_MUST_USE;

/* MODEL: the hash of a pack's file is not its contract's; says how to mend it. */
vultus_status pack_differs(const char *path, const char *pack, vultus_error *error);

struct pack_source {      /* what somebody wants to add */
    const char *folder;   /* a folder with pack.json and its networks, or NULL */
    const char *network;  /* else: one network, */
    const char *contract; /* and the contract that describes it */
    const char *name;     /* the pack's new name; NULL: its own */
};

/*
 * Copies a pack to STAGE/NAME, with sizes and hashes of its networks filled in, and writes its name.
 * A hash that the contract gives and the file has not is refused. STAGE exists and is empty.
 */
vultus_status pack_stage(const struct pack_source *source, const char *stage,
                         char name[CONTRACT_NAME_MAX + 1], vultus_error *error) VULTUS_MUST_USE;

#endif
