/*
 * Enrols one person and names the faces of another picture.
 *
 *     cc identify.c $(pkg-config --cflags --libs vultus) -o identify
 *     ./identify people.db "Ada Lovelace" ada.jpg party.jpg
 *
 * Prints a line for each face of the last picture. Exits 0, or 1 with a message.
 */
#include <stdio.h>
#include <vultus/vultus.h>

static int name_faces(vultus_engine *engine, vultus_gallery *gallery, const vultus_image *picture,
                      vultus_error *error)
{
    vultus_faces faces = {0};
    float *embeddings = NULL;
    size_t dimension = vultus_engine_dimension(engine), count = 0;
    int result = 1;

    if (vultus_detect(engine, picture, NULL, &faces, error))
        return 1;
    if (faces.count == 0)
        puts("no face found");
    else if (vultus_embed(engine, picture, faces.items, faces.count, NULL, &embeddings, error))
        goto out;
    count = faces.count;
    for (size_t i = 0; i < count; i++) {
        vultus_identity who;
        if (vultus_gallery_identify(gallery, engine, embeddings + i * dimension, NULL, &who, error))
            goto out;
        printf("%s (cosine %.3f) at %.0f,%.0f\n", who.match ? who.best.name : "unknown",
               who.best.cosine, faces.items[i].box.x, faces.items[i].box.y);
    }
    result = 0;
out:
    vultus_embeddings_free(embeddings, count * dimension);
    vultus_faces_clear(&faces);
    return result;
}

int main(int argc, char **argv)
{
    vultus_error error = {0};
    vultus_engine *engine = NULL;
    vultus_gallery *gallery = NULL;
    vultus_image *known = NULL, *asked = NULL;
    vultus_sample *sample = NULL;
    int result = 1;

    if (argc != 5) {
        fprintf(stderr, "usage: identify GALLERY NAME PICTURE-OF-NAME PICTURE\n");
        return 2;
    }
    if (vultus_engine_open(NULL, &engine, &error) ||
        vultus_gallery_open(argv[1], NULL, &gallery, &error) ||
        vultus_image_read(argv[3], NULL, &known, &error) ||
        vultus_sample_take(engine, known, NULL, &sample, &error))
        goto out;
    if (vultus_sample_verdict(sample) != VULTUS_SAMPLE_OK) {
        snprintf(error.message, sizeof error.message, "%.150s: %s", argv[3],
                 vultus_sample_reason(sample));
        goto out;
    }
    if (vultus_gallery_enroll(gallery, argv[2], argv[3], sample, NULL, &error) ||
        vultus_image_read(argv[4], NULL, &asked, &error))
        goto out;
    result = name_faces(engine, gallery, asked, &error);
out:
    if (result)
        fprintf(stderr, "identify: %s\n", error.message);
    vultus_sample_free(sample);
    vultus_image_free(asked);
    vultus_image_free(known);
    vultus_gallery_close(gallery);
    vultus_engine_close(engine);
    return result;
}
