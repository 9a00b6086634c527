/* See chip.h. What fails is not an error of the report: the figures stand without pictures. */
#include "chip.h"
#include "gather.h"

#define CHIP_SIDE 128

static vultus_face whole(const vultus_image *image)
{
    /* with_margin of the library makes it half as large again: this is the picture's middle */
    float width = (float)vultus_image_width(image), height = (float)vultus_image_height(image);
    return (vultus_face){.box = {width / 6, height / 6, width * 2 / 3, height * 2 / 3}};
}

/* Where the face is, of a picture that was embedded before. */
static vultus_face find(struct session *session, const vultus_image *image)
{
    vultus_faces faces = {0};
    vultus_error error;
    vultus_face face = whole(image);
    vultus_detect_options detect = session_detection(session->options);
    if (!session->engine || vultus_detect(session->engine, image, &detect, &faces, &error))
        return face;
    const vultus_face *central = gather_central(&faces, image);
    if (central)
        face = *central;
    vultus_faces_clear(&faces);
    return face;
}

void chip_cut(struct session *session, const char *path, const vultus_face *face,
              struct page_face *out)
{
    vultus_image *image = NULL;
    vultus_error error;
    if (!path || !*path || vultus_image_read(path, NULL, &image, &error))
        return;
    vultus_face found = face->score > 0 ? *face : find(session, image);
    if (vultus_image_thumbnail(image, &found, CHIP_SIDE, &out->jpeg, &out->size, &error)) {
        out->jpeg = NULL;
        out->size = 0;
    }
    vultus_image_free(image);
}

void chip_clear(struct page_face *chip)
{
    vultus_thumbnail_free(chip->jpeg, chip->size);
    chip->jpeg = NULL;
    chip->size = 0;
}
