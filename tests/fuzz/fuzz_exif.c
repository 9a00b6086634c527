/* Any bytes as EXIF, alone and inside of the three formats: an orientation from 1 to 8. */
#include "fuzz.h"
#include "pictures.h"

#include <stdlib.h>
#include <string.h>

#include <png.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int whole = exif_orientation(data, size), alone = exif_tiff_orientation(data, size);
    if (whole < 1 || whole > 8 || alone < 0 || alone > 8)
        abort();
    return 0;
}

size_t fuzz_seed(unsigned index, uint8_t *out, size_t capacity)
{
    struct buffer bytes;
    vultus_image *pattern = picture_pattern(3, 2);
    switch (index) {
    case 0: picture_tiff(6, true, 3, &bytes); break;
    case 1: picture_tiff(8, false, 4, &bytes); break;
    case 2: picture_jpeg(pattern, (struct picture_jpeg){0}, &bytes); break;
    case 3: picture_png(pattern, (struct picture_png){.type = PNG_COLOR_TYPE_RGB}, &bytes); break;
    case 4: picture_webp(pattern, -1, 255, &bytes); break;
    default: vultus_image_free(pattern); return 0;
    }
    if (index >= 2)
        picture_add_exif(&bytes, index, index & 1);
    size_t size = bytes.size < capacity ? bytes.size : capacity;
    memcpy(out, bytes.data, size);
    buffer_clear(&bytes);
    vultus_image_free(pattern);
    return size;
}
