/* Small pictures of faces, cut again from the files that they are in, for pages. */
#ifndef CLI_CHIP_H
#define CLI_CHIP_H

#include "page.h"
#include "cli_session.h"

/*
 * Fills in the JPEG of the face, or leaves it empty where the file is not there or cannot be read. Where the
 * place of the face is not known (score 0) the detector says it, or, without an engine, the whole picture is
 * taken.
 */
void chip_cut(struct session *session, const char *path, const vultus_face *face,
              struct page_face *out);
void chip_clear(struct page_face *chip);

#endif
