/*
 * What tools/quality/fit.py learns from: the features of quality_occlusion.c, as the library itself
 * measures them. Reads paths from the standard input; for each writes a line with the path, the box of
 * the face in the middle, and the features, separated by tabs.
 */
#include "base/memory.h"
#include "engine/engine.h"
#include "face/quality.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const vultus_face *central(const vultus_faces *faces, const vultus_image *image)
{
    const vultus_face *best = NULL;
    double least = INFINITY;
    for (size_t i = 0; i < faces->count; i++) {
        const vultus_box *box = &faces->items[i].box;
        double far = fabs(box->x + box->width / 2.0 - vultus_image_width(image) / 2.0) +
                     fabs(box->y + box->height / 2.0 - vultus_image_height(image) / 2.0);
        if (far < least) {
            least = far;
            best = &faces->items[i];
        }
    }
    return best;
}

static vultus_status print_one(vultus_engine *engine, const char *path, vultus_error *error)
{
    const struct mips *mips = NULL;
    vultus_image *image = NULL;
    vultus_faces faces = {0};
    float features[QUALITY_FEATURES];
    vultus_status status = vultus_image_read(path, NULL, &image, error);
    if (!status)
        status = vultus_detect(engine, image, NULL, &faces, error);
    if (!status)
        status = mips_of(image, engine->kernels, &mips, error);
    const vultus_face *face = status ? NULL : central(&faces, image);
    if (face && quality_look(engine->embedder.contract, mips, face, features)) {
        printf("%s\t%g\t%g\t%g\t%g", path, (double)face->box.x, (double)face->box.y,
               (double)face->box.width, (double)face->box.height);
        for (size_t i = 0; i < QUALITY_FEATURES; i++)
            printf("\t%.5g", (double)features[i]);
        putchar('\n');
    }
    vultus_faces_clear(&faces);
    vultus_image_free(image);
    return status;
}

int main(void)
{
    char path[4096];
    vultus_error error = {0};
    vultus_engine *engine = NULL;
    vultus_status status = vultus_engine_open(NULL, &engine, &error);
    while (!status && fgets(path, sizeof path, stdin)) {
        path[strcspn(path, "\n")] = '\0';
        status = print_one(engine, path, &error);
    }
    if (status)
        fprintf(stderr, "%s\n", error.message);
    vultus_engine_close(engine);
    return status != VULTUS_OK;
}
