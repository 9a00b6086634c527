/*
 * Faces as arrays of NumPy, one item for each face; what they are called is in npz_rows.c.
 */
#ifndef CLI_NPZ_ROWS_H
#define CLI_NPZ_ROWS_H

#include "import_batch.h"
#include "options.h"

#define NPZ_QUALITY 5 /* size, sharpness, brightness, roll, yaw */

/* Writes everybody's faces by one embedder; see export.c. */
int export_npz(const struct options *options, vultus_gallery *gallery);
/* Adds the faces of import->path. */
int import_npz(struct import *import);

#endif
