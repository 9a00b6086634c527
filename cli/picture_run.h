/* One picture after another through detection and embedding: what detect, identify and bench share.
 */
#ifndef CLI_PICTURE_RUN_H
#define CLI_PICTURE_RUN_H

#include "base/file.h"
#include "cli_session.h"
#include "table.h"

struct picture {
    const char *path;
    size_t index; /* in the list of files */
    uint32_t width, height;
    vultus_image *image; /* on the worker only: pictures that wait for their turn are too large */
    vultus_faces faces;
    uint64_t detect_ns; /* what finding them took */
    float *embeddings;  /* of all faces, when asked for */
    size_t floats;
    vultus_attributes *attributes; /* of all faces, with --attributes */
    float *live;                   /* scores of all faces, with --liveness or --require-live */
    vultus_status status;          /* not 0: this picture cannot be used, error says why */
    vultus_error error;
    const char *copy;     /* where its tagged copy goes, or NULL */
    vultus_error trouble; /* of finish(); code 0: none */
    void *answer;         /* what the command's finish() found */
};

struct picture_errand {
    struct session *session;
    const char *what;
    const struct file_list *files;
    const struct file_list *copies; /* a path for each file, or NULL; see tagged_copy.h */
    bool embed;
    /* On a worker, with the image still there: look up, draw, write. May be NULL. What it leaves in
     * picture->answer is given to forget(). */
    void (*finish)(void *context, struct picture *picture);
    void (*forget)(void *answer);
    /* Does not own the picture; returns 0 to go on or the exit code to stop with. */
    int (*deliver)(void *context, struct picture *picture);
    void *context;
};
int pictures_run(const struct picture_errand *errand);

/* The cells that a face's row begins with: file, number, x, y, width, height, score. */
void picture_cells(const struct picture *picture, size_t index, struct table *table);
/* The line of a picture that cannot be used in the JSON stream: {"file":..., "error":...}. */
int picture_answer_error(const struct picture *picture, const struct options *options);

#endif
