/*
 * Tells whether two pictures show one person: no gallery, no files but the pictures.
 *
 *     cc verify.c $(pkg-config --cflags --libs vultus) -o verify
 *     ./verify passport.jpg selfie.jpg
 *
 * Exits 0 when it is one person, 1 when it is two, 2 with a message when that cannot be told.
 */
#include <stdio.h>
#include <vultus/vultus.h>

/* The embedding of the largest face; NULL with a message when there is none. */
static float *read_face(vultus_engine *engine, const char *path, vultus_error *error)
{
    vultus_image *image = NULL;
    vultus_faces faces = {0};
    float *embedding = NULL;

    if (vultus_image_read(path, NULL, &image, error))
        return NULL;
    vultus_status status = vultus_detect(engine, image, NULL, &faces, error);
    if (!status && faces.count == 0)
        snprintf(error->message, sizeof error->message, "%.200s: no face found", path);
    else if (!status) /* faces come largest first */
        status = vultus_embed(engine, image, faces.items, 1, NULL, &embedding, error);
    vultus_faces_clear(&faces);
    vultus_image_free(image);
    return status ? NULL : embedding;
}

int main(int argc, char **argv)
{
    vultus_error error = {0};
    vultus_engine *engine = NULL;
    vultus_comparison result;
    float *a = NULL, *b = NULL;
    int code = 2;

    if (argc != 3) {
        fprintf(stderr, "usage: verify PICTURE PICTURE\n");
        return 2;
    }
    if (!vultus_engine_open(NULL, &engine, &error) &&
        (a = read_face(engine, argv[1], &error)) != NULL &&
        (b = read_face(engine, argv[2], &error)) != NULL &&
        !vultus_compare(engine, a, b, NULL, &result, &error)) {
        printf("%s (cosine %.3f, threshold %.3f)\n", result.match ? "one person" : "two people",
               result.cosine, result.threshold);
        code = result.match ? 0 : 1;
    } else {
        fprintf(stderr, "verify: %s\n", error.message);
    }
    vultus_embeddings_free(b, vultus_engine_dimension(engine));
    vultus_embeddings_free(a, vultus_engine_dimension(engine));
    vultus_engine_close(engine);
    return code;
}
