/*
 * What a run of bytes is, told by its first bytes and never by the name of a file. Three kinds are
 * read; the others are known only so that the message can name them.
 */
#include "image/image.h"

#include <string.h>

enum image_kind image_kind_of(const uint8_t *bytes, size_t size)
{
    if (size >= 3 && !memcmp(bytes, "\xFF\xD8\xFF", 3))
        return IMAGE_JPEG;
    if (size >= 8 && !memcmp(bytes, "\x89PNG\r\n\x1A\n", 8))
        return IMAGE_PNG;
    if (size >= 12 && !memcmp(bytes, "RIFF", 4) && !memcmp(bytes + 8, "WEBP", 4))
        return IMAGE_WEBP;
    return IMAGE_UNKNOWN;
}

struct magic {
    size_t offset;
    const char *bytes;
    size_t size;
    const char *kind;
};

#define MAGIC(offset, bytes, kind)                                                                 \
    {                                                                                              \
        offset, bytes, sizeof(bytes) - 1, kind                                                     \
    }

static const struct magic magics[] = {
    MAGIC(0, "GIF8", "GIF"),
    MAGIC(0, "BM", "BMP"),
    MAGIC(0, "II*\0", "TIFF"),
    MAGIC(0, "MM\0*", "TIFF"),
    MAGIC(0, "II+\0", "TIFF"),
    MAGIC(0, "MM\0+", "TIFF"),
    MAGIC(4, "ftypavif", "AVIF"),
    MAGIC(4, "ftypavis", "AVIF"),
    MAGIC(4, "ftyphei", "HEIC"),
    MAGIC(4, "ftyphev", "HEIC"),
    MAGIC(4, "ftypmif1", "HEIF"),
    MAGIC(4, "ftypmsf1", "HEIF"),
    MAGIC(4, "ftypcrx", "camera raw"),
    MAGIC(4, "ftyp", "MP4 video"),
    MAGIC(0, "\x1A\x45\xDF\xA3", "WebM video"),
    MAGIC(8, "AVI ", "AVI video"),
    MAGIC(0, "%PDF", "PDF"),
    MAGIC(0, "%!PS", "PostScript"),
    MAGIC(0, "8BPS", "PSD"),
    MAGIC(0, "\0\0\0\x0CjP  ", "JPEG 2000"),
    MAGIC(0, "\xFF\x4F\xFF\x51", "JPEG 2000"),
    MAGIC(0, "\0\0\0\x0CJXL ", "JPEG XL"),
    MAGIC(0, "\xFF\x0A", "JPEG XL"),
    MAGIC(0, "\0\0\1\0", "ICO"),
    MAGIC(0, "\x8AMNG", "MNG"),
    MAGIC(0, "\x8BJNG", "JNG"),
    MAGIC(0, "PK\3\4", "a ZIP archive"),
    MAGIC(0, "\x1F\x8B", "a gzip file"),
};

/* "P6" and white space: PBM, PGM, PPM, PAM. */
static bool is_pnm(const uint8_t *bytes, size_t size)
{
    return size >= 3 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '7' &&
           memchr(" \t\r\n#", bytes[2], 5);
}

/* No control characters, and no byte that UTF-8 does not have. */
static bool is_text(const uint8_t *bytes, size_t size)
{
    size_t look = size < 256 ? size : 256;
    for (size_t i = 0; i < look; i++) {
        uint8_t byte = bytes[i];
        if (byte < 0x20 ? !memchr("\t\r\n\f", byte, 4)
                        : byte == 0x7F || byte == 0xC0 || byte == 0xC1 || byte > 0xF4)
            return false;
    }
    return true;
}

static bool starts_markup(const uint8_t *bytes, size_t size)
{
    size_t i = 0;
    while (i < size && memchr(" \t\r\n\xEF\xBB\xBF", bytes[i], 7))
        i++;
    return i + 1 < size && bytes[i] == '<' &&
           (bytes[i + 1] == '!' || bytes[i + 1] == '?' || (bytes[i + 1] | 0x20) == 'h' ||
            (bytes[i + 1] | 0x20) == 's');
}

vultus_status image_refuse_kind(const uint8_t *bytes, size_t size, const char *name,
                                vultus_error *error)
{
    const char *kind = NULL;
    if (!size)
        return status_set(error, VULTUS_ERR_FORMAT, "%s: the file is empty", name);
    for (size_t i = 0; i < sizeof magics / sizeof *magics && !kind; i++)
        if (size >= magics[i].offset + magics[i].size &&
            !memcmp(bytes + magics[i].offset, magics[i].bytes, magics[i].size))
            kind = magics[i].kind;
    if (!kind && is_pnm(bytes, size))
        kind = "PNM";
    if (kind)
        return status_set(error, VULTUS_ERR_FORMAT,
                          "%s: %s is not read; convert it to JPEG, PNG or WebP", name, kind);
    if (is_text(bytes, size))
        return status_set(error, VULTUS_ERR_FORMAT,
                          "%s: %s, not a picture; pictures are JPEG, PNG or WebP", name,
                          starts_markup(bytes, size) ? "HTML, SVG or XML" : "text");
    return status_set(error, VULTUS_ERR_FORMAT,
                      "%s: of an unknown kind; pictures are JPEG, PNG or WebP", name);
}
