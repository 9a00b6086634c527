/*
 * The orientation in the EXIF data of a JPEG, PNG or WebP: nothing else of it is looked at. The
 * bytes are untrusted; every read goes through struct view, which knows where they end. What makes
 * no sense is no orientation, as in viewers.
 */
#include "image/image.h"

#include <string.h>

#define TAG_ORIENTATION 0x0112
#define TYPE_SHORT 3
#define TYPE_LONG 4

struct view {
    const uint8_t *bytes;
    size_t size;
    bool big_endian;
};

static uint32_t get(struct view view, size_t at, size_t count)
{
    uint32_t value = 0;
    if (at > view.size || count > view.size - at)
        return 0;
    for (size_t i = 0; i < count; i++)
        value = value << 8 | view.bytes[at + (view.big_endian ? i : count - 1 - i)];
    return value;
}

static bool has(struct view view, size_t at, const char *text, size_t size)
{
    return at <= view.size && size <= view.size - at && !memcmp(view.bytes + at, text, size);
}

int exif_tiff_orientation(const uint8_t *bytes, size_t size)
{
    struct view view = {bytes, size, false};
    if (has(view, 0, "Exif\0", 5) && size >= 6)
        view.bytes += 6, view.size -= 6;
    if (has(view, 0, "MM\0*", 4))
        view.big_endian = true;
    else if (!has(view, 0, "II*\0", 4))
        return 0;
    size_t directory = get(view, 4, 4);
    size_t entries = get(view, directory, 2);
    for (size_t i = 0; i < entries; i++) {
        size_t entry = directory + 2 + 12 * i;
        if (entry > view.size || view.size - entry < 12)
            return 0;
        if (get(view, entry, 2) != TAG_ORIENTATION)
            continue;
        uint32_t type = get(view, entry + 2, 2), count = get(view, entry + 4, 4), value = 0;
        if (count == 1 && type == TYPE_SHORT)
            value = get(view, entry + 8, 2);
        else if (count == 1 && type == TYPE_LONG)
            value = get(view, entry + 8, 4);
        return value >= 1 && value <= 8 ? (int)value : 0;
    }
    return 0;
}

/* Segments from the start of the picture up to its first scan. */
static int jpeg_orientation(struct view view)
{
    view.big_endian = true;
    for (size_t at = 2; at + 4 <= view.size;) {
        unsigned marker = view.bytes[at + 1];
        if (view.bytes[at] != 0xFF ||
            marker == 0xFF) { /* fill bytes, or garbage between segments */
            at++;
            continue;
        }
        if (marker == 0xDA || marker == 0xD9)
            return 0;
        if (marker == 0 || marker == 1 || (marker >= 0xD0 && marker <= 0xD8)) { /* have no length */
            at += 2;
            continue;
        }
        size_t length = get(view, at + 2, 2);
        if (length < 2 || length > view.size - at - 2)
            return 0;
        if (marker == 0xE1 && has(view, at + 4, "Exif\0", 5)) {
            int orientation = exif_tiff_orientation(view.bytes + at + 4, length - 2);
            if (orientation)
                return orientation;
        }
        at += 2 + length;
    }
    return 0;
}

static int png_orientation(struct view view)
{
    view.big_endian = true;
    for (size_t at = 8; at + 12 <= view.size;) {
        size_t length = get(view, at, 4);
        if (length > view.size - at - 12)
            return 0;
        if (has(view, at + 4, "eXIf", 4))
            return exif_tiff_orientation(view.bytes + at + 8, length);
        at += 12 + length;
    }
    return 0;
}

static int webp_orientation(struct view view)
{
    for (size_t at = 12; at + 8 <= view.size;) {
        size_t length = get(view, at + 4, 4);
        if (length > view.size - at - 8)
            return 0;
        if (has(view, at, "EXIF", 4))
            return exif_tiff_orientation(view.bytes + at + 8, length);
        at += 8 + length + (length & 1);
    }
    return 0;
}

int exif_orientation(const uint8_t *bytes, size_t size)
{
    struct view view = {bytes, size, false};
    int orientation = 0;
    switch (image_kind_of(bytes, size)) {
    case IMAGE_JPEG: orientation = jpeg_orientation(view); break;
    case IMAGE_PNG: orientation = png_orientation(view); break;
    case IMAGE_WEBP: orientation = webp_orientation(view); break;
    case IMAGE_UNKNOWN: break;
    }
    return orientation ? orientation : 1;
}
