/*
 * Faces with embeddings and names from folders of people, or from files that `vultus embed` wrote: what
 * evaluation, calibration and training start from.
 */
#ifndef CLI_GATHER_H
#define CLI_GATHER_H

#include "cli_session.h"

enum gather_faces {
    GATHER_CENTRAL, /* one face of each picture: pictures of a person have them in the middle */
    GATHER_ALL      /* every face: a picture's person is each of them */
};

struct gather_row {
    const char *path; /* NULL: not known */
    size_t operand;   /* the number of the folder or file it is from */
    vultus_face face; /* score 0: not known, as for rows of a file */
};

struct gather_request {
    const char *what; /* for the progress bar */
    char *const *operands;
    size_t count;
    enum gather_faces faces;
    bool whole_picture; /* take the whole picture where no face is found */
};

struct gathering {
    vultus_labelled
        set; /* all rows; people by name, so that one name is one person in all operands */
    struct gather_row *rows; /* set.count */
    size_t pictures;         /* looked at */
    size_t faceless, unreadable;
    double seconds;
    int code; /* of what could not be used; it was said */
    struct gather_store *store;
};

/*
 * Opens the engine unless all operands are files and no --embedder is given; with it, files by its base
 * are projected. Returns an exit code; clear in every case. Without a
 * single row: EXIT_INPUTS, and it was said.
 */
int gather(struct session *session, const struct gather_request *request, struct gathering *out);
void gathering_clear(struct gathering *gathering);

/* The face with the greatest area minus twice the squared distance of its centre from the picture's; NULL: none. */
const vultus_face *gather_central(const vultus_faces *faces, const vultus_image *image);

/* gather_file.c: the rows of a file by the engine's base, projected; without embeddings in `out` where they are
 * by the engine's embedder already. EXIT_INPUTS: by another one, and it was said. */
int gather_project(const vultus_engine *engine, const vultus_labelled *file, const char *name,
                   vultus_labelled *out);

#endif
