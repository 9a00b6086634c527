/* pack_stage.c's own: what a contract leaves to the file that it is for. */
#ifndef MODEL_PACK_RESOLVE_H
#define MODEL_PACK_RESOLVE_H

#include "base/buffer.h"

#include <jansson.h>

/*
 * Files of one kind name their inputs and outputs differently, have other layouts, sizes and
 * dimensions. A contract with one network may say "*" for these, and gets the file's own in their
 * place: networks[0].input and outputs, input.layout, input.width and height (left out where they are
 * free), output.dimension. Other contracts stay as they are. MODEL: the file has none that fits.
 * `name` stands in messages.
 */
vultus_status pack_resolve(json_t *root, const struct buffer *network, const char *name,
                           vultus_error *error) VULTUS_MUST_USE;

/* Writes FOLDER/pack.json (pack_stage.c). */
vultus_status pack_write_manifest(const char *folder, const json_t *root,
                                  vultus_error *error) VULTUS_MUST_USE;

#endif
