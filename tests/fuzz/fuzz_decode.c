/* Any bytes as a picture: decoded within the limits or refused with one line, and nothing is left.
 */
#include "fuzz.h"
#include "base/memory.h"
#include "pictures.h"

#include <stdlib.h>
#include <string.h>

#include <png.h>

#define PIXELS_MAX ((size_t)1 << 18) /* small, to try many */

static void check(bool good)
{
    if (!good)
        abort();
}

static void use(vultus_image *image)
{
    vultus_image *part = NULL;
    struct buffer bytes;
    uint8_t hash[HASH_SIZE];
    vultus_box box = {1, 1, (float)image->width / 2 + 1, (float)image->height};
    image->has_hash = false;
    check(!image_hash(image, hash, NULL)); /* reads every pixel */
    check(image_crop(image, box, 8, &part, NULL) ==
          (image->width > 1 && image->height > 1 ? VULTUS_OK : VULTUS_ERR_ARGUMENT));
    if (part) {
        check(!image_encode_jpeg(part, 50, &bytes, NULL));
        buffer_clear(&bytes);
    }
    vultus_image_free(part);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vultus_decode_options options = {.max_pixels = PIXELS_MAX};
    vultus_image *image = NULL;
    vultus_error error = {0};
    long before = mem_live();
    vultus_status status = vultus_image_decode(data, size, "x", &options, &image, &error);
    if (status) {
        check(!image && error.code == status && error.message[0] && !strchr(error.message, '\n'));
        check(status == VULTUS_ERR_FORMAT || status == VULTUS_ERR_LIMIT);
    } else {
        check(image->width && image->height && image->stride >= (size_t)3 * image->width);
        check((size_t)image->width * image->height <= PIXELS_MAX);
        use(image);
    }
    vultus_image_free(image);
    check(mem_live() == before);
    return 0;
}

static void make(unsigned index, struct buffer *out)
{
    static const struct picture_jpeg jpegs[] = {
        {.quality = 50}, {.progressive = true}, {.grey = true, .restart = 2},
        {.cmyk = true},  {.ycck = true},        {.arithmetic = true, .progressive = true}};
    static const struct picture_png pngs[] = {
        {.type = PNG_COLOR_TYPE_RGB},
        {.type = PNG_COLOR_TYPE_PALETTE, .depth = 4, .trns = true, .interlaced = true},
        {.type = PNG_COLOR_TYPE_RGBA, .depth = 16, .alpha = 50},
        {.type = PNG_COLOR_TYPE_GRAY, .depth = 1}};
    vultus_image *pattern = picture_pattern(33, 21);
    if (index < 6)
        picture_jpeg(pattern, jpegs[index], out);
    else if (index < 10)
        picture_png(pattern, pngs[index - 6], out);
    else
        picture_webp(pattern, index & 1 ? -1 : 50, index < 12 ? 255 : 50, out);
    if (index % 3 == 0)
        picture_add_exif(out, 1 + index % 8, index & 1);
    vultus_image_free(pattern);
}

size_t fuzz_seed(unsigned index, uint8_t *out, size_t capacity)
{
    struct buffer bytes;
    if (index >= 14)
        return 0;
    make(index, &bytes);
    size_t size = bytes.size < capacity ? bytes.size : capacity;
    memcpy(out, bytes.data, size);
    buffer_clear(&bytes);
    return size;
}
