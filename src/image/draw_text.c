/*
 * One line of UTF-8 text by FreeType: anti-aliased, placed to a quarter of a pixel, kerned where
 * the font has a kerning table. There is no shaping: scripts that need it come out letter by
 * letter. Fonts belong to the system; vultus has none of its own. Memory of FreeType comes from
 * base/memory.
 */
#include "image/image.h"
#include "base/memory.h"
#include "base/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_MODULE_H
#include FT_OUTLINE_H

struct draw_font {
    struct FT_MemoryRec_ memory;
    FT_Library library;
    FT_Face face;
    float ascent; /* pixels from the top of the line to the base line */
    bool out_of_memory;
};

/* Bold first: names stand small and white on a coloured plate. */
static const char *const font_files[] = {
    "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans-Bold.ttf",
    "/usr/share/fonts/dejavu/DejaVuSans-Bold.ttf",
    "/usr/share/fonts/TTF/DejaVuSans-Bold.ttf",
    "/usr/share/fonts/truetype/liberation/LiberationSans-Bold.ttf",
    "/usr/share/fonts/truetype/liberation2/LiberationSans-Bold.ttf",
    "/usr/share/fonts/liberation-sans/LiberationSans-Bold.ttf",
    "/usr/share/fonts/liberation/LiberationSans-Bold.ttf",
    "/usr/share/fonts/truetype/noto/NotoSans-Bold.ttf",
    "/usr/share/fonts/noto/NotoSans-Bold.ttf",
    "/usr/share/fonts/google-noto/NotoSans-Bold.ttf",
    "/usr/share/fonts/truetype/freefont/FreeSansBold.ttf",
    "/usr/local/share/fonts/DejaVuSans-Bold.ttf",
    "/System/Library/Fonts/Supplemental/Arial Bold.ttf",
};

const char *draw_font_path(void)
{
    const char *wanted = getenv("VULTUS_FONT");
    if (wanted && wanted[0])
        return access(wanted, R_OK) ? NULL : wanted;
    for (size_t i = 0; i < sizeof font_files / sizeof *font_files; i++)
        if (!access(font_files[i], R_OK))
            return font_files[i];
    return NULL;
}

static void *noted(FT_Memory memory, void *block)
{
    if (!block)
        ((struct draw_font *)memory->user)->out_of_memory = true;
    return block;
}

static void *font_alloc(FT_Memory memory, long size)
{
    return noted(memory, mem_alloc((size_t)size));
}

static void font_free(FT_Memory memory, void *block)
{
    (void)memory;
    mem_free(block);
}

static void *font_resize(FT_Memory memory, long old_size, long size, void *block)
{
    (void)old_size;
    return noted(memory, mem_resize(block, (size_t)size, 1));
}

static vultus_status load(struct draw_font *font, const char *path, vultus_error *error)
{
    font->memory.user = font;
    font->memory.alloc = font_alloc;
    font->memory.free = font_free;
    font->memory.realloc = font_resize;
    if (FT_New_Library(&font->memory, &font->library))
        return status_memory(error, "a font");
    FT_Add_Default_Modules(font->library);
    FT_Error code = FT_New_Face(font->library, path, 0, &font->face);
    if (font->out_of_memory)
        return status_memory(error, "a font");
    if (code || !FT_IS_SCALABLE(font->face))
        return status_set(error, VULTUS_ERR_NOT_FOUND,
                          "%s: not a font that can be scaled; set VULTUS_FONT to another", path);
    return VULTUS_OK;
}

vultus_status draw_font_open(float pixels, struct draw_font **out, vultus_error *error)
{
    const char *path = draw_font_path(), *wanted = getenv("VULTUS_FONT");
    if (!path && wanted && wanted[0])
        return status_set(error, VULTUS_ERR_NOT_FOUND,
                          "%s: the font that VULTUS_FONT names cannot be read; set it to a .ttf or "
                          ".otf file",
                          wanted);
    if (!path)
        return status_set(error, VULTUS_ERR_NOT_FOUND,
                          "no font to write names with; install fonts-dejavu-core or set "
                          "VULTUS_FONT to a .ttf file");
    struct draw_font *font = mem_zalloc(1, sizeof *font);
    if (!font)
        return status_memory(error, "a font");
    vultus_status status = load(font, path, error);
    if (status) {
        draw_font_close(font);
        return status;
    }
    draw_font_resize(font, pixels);
    *out = font;
    return VULTUS_OK;
}

void draw_font_close(struct draw_font *font)
{
    if (!font)
        return;
    if (font->face)
        FT_Done_Face(font->face);
    if (font->library)
        FT_Done_Library(font->library);
    mem_free(font);
}

void draw_font_resize(struct draw_font *font, float pixels)
{
    pixels = pixels > 1 ? pixels < 2000 ? pixels : 2000 : 1;
    FT_Size_RequestRec request = {.type = FT_SIZE_REQUEST_TYPE_REAL_DIM,
                                  .height = lroundf(pixels * 64)};
    if (!FT_Request_Size(font->face, &request))
        font->ascent = (float)font->face->size->metrics.ascender / 64;
}

/* The next character, with blanks for control characters; what is none becomes U+FFFD. */
static uint32_t next_character(const char **text)
{
    size_t at = 0;
    uint32_t point = utf8_next(*text, strlen(*text), &at);
    *text += at;
    return point == UTF8_BAD ? 0xFFFD : point < 0x20 ? ' ' : point;
}

struct pen {
    float x;
    FT_UInt last;
};

/* Moves to the next glyph and loads it; false: the font cannot, or there is no memory for it. */
static bool next_glyph(struct draw_font *font, struct pen *pen, const char **text, int flags)
{
    FT_UInt glyph = FT_Get_Char_Index(font->face, next_character(text));
    FT_Vector kerning;
    if (pen->last && FT_HAS_KERNING(font->face) &&
        !FT_Get_Kerning(font->face, pen->last, glyph, FT_KERNING_UNFITTED, &kerning))
        pen->x += (float)kerning.x / 64;
    pen->last = glyph;
    return !FT_Load_Glyph(font->face, glyph, flags | FT_LOAD_NO_BITMAP);
}

float draw_text_width(struct draw_font *font, const char *text)
{
    struct pen pen = {0};
    while (*text)
        if (next_glyph(font, &pen, &text, FT_LOAD_NO_HINTING))
            pen.x += (float)font->face->glyph->linearHoriAdvance / 65536;
    return pen.x;
}

static void blend_glyph(vultus_image *image, const FT_Bitmap *bitmap, long left, long top,
                        uint32_t colour)
{
    for (long y = 0; y < (long)bitmap->rows; y++) {
        if (top + y < 0 || top + y >= (long)image->height)
            continue;
        const uint8_t *from = bitmap->buffer + y * bitmap->pitch;
        uint8_t *row = image->pixels + (size_t)(top + y) * image->stride;
        for (long x = 0; x < (long)bitmap->width; x++) {
            if (left + x < 0 || left + x >= (long)image->width)
                continue;
            uint8_t *pixel = row + 3 * (size_t)(left + x);
            for (int c = 0; c < 3; c++) {
                int wanted = (int)(colour >> (16 - 8 * c) & 0xFF);
                pixel[c] = (uint8_t)(pixel[c] + (wanted - pixel[c]) * from[x] / 255);
            }
        }
    }
}

void draw_text(vultus_image *image, struct draw_font *font, float x, float y, const char *text,
               uint32_t colour)
{
    struct pen pen = {.x = x};
    if (!(fabsf(x) < 1e6f) || !(fabsf(y) < 1e6f))
        return;
    long base = lroundf(y + font->ascent); /* whole rows: the hinter keeps them sharp */
    while (*text) {
        if (!next_glyph(font, &pen, &text, FT_LOAD_TARGET_LIGHT))
            continue;
        FT_GlyphSlot slot = font->face->glyph;
        float advance = (float)slot->linearHoriAdvance / 65536;
        float whole = floorf(pen.x);
        if (slot->format == FT_GLYPH_FORMAT_OUTLINE)
            FT_Outline_Translate(&slot->outline, (long)((pen.x - whole) * 4) * 16, 0);
        if (!FT_Render_Glyph(slot, FT_RENDER_MODE_NORMAL) &&
            slot->bitmap.pixel_mode == FT_PIXEL_MODE_GRAY)
            blend_glyph(image, &slot->bitmap, (long)whole + slot->bitmap_left,
                        base - slot->bitmap_top, colour);
        pen.x += advance;
    }
}
