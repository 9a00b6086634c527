/*
 * See display_scene.h. All sizes follow from the height of a line of text, and that from the window: a screen of
 * 480 x 320 has few lines that can be read, not many that cannot.
 */
#include "video/display_scene.h"
#include "base/memory.h"
#include "base/utf8.h"

#include <math.h>
#include <string.h>

#define GROUND 0x111111u
#define GROUND_GREY 0x11
#define PANEL 0x1B2027u
#define EDGE 0x39424Du
#define FIELD 0x0B0D10u
#define TEXT 0xF3F5F7u
#define DIM 0x9FABB8u
#define ACCENT 0x1D8239u
#define WARM 0xC2410Cu

#define TEXT_PART 32.0f /* of the shorter side of the window */
#define TEXT_LEAST 16.0f
#define TEXT_MOST 40.0f

struct sheet { /* what is drawn on, and with what */
    vultus_image *canvas;
    struct draw_font *font;
    float width, height, text;
};

static struct sheet sheet_of(vultus_image *canvas, struct draw_font *font)
{
    float width = (float)canvas->width, height = (float)canvas->height;
    float text = roundf(fminf(width, height) / TEXT_PART);
    return (struct sheet){canvas, font, width, height, fmaxf(TEXT_LEAST, fminf(text, TEXT_MOST))};
}

/* ------------------------------------------------------------------ lines of text */

/* Cut to a width, with an ellipsis then. Returns how wide it is. */
static float put(const struct sheet *sheet, float x, float y, float width, const char *text,
                 uint32_t colour)
{
    char line[512] = "";
    size_t size = strlen(text), end = 0;
    strncat(line, text, sizeof line - 4);
    float wide = draw_text_width(sheet->font, line);
    if (wide > width || size > sizeof line - 4) {
        size_t at = 0, room = size < sizeof line - 4 ? size : sizeof line - 4;
        while (at < room) {
            (void)utf8_next(text, room, &at);
            memcpy(line, text, at);
            memcpy(line + at, "\xE2\x80\xA6", 4);
            if (draw_text_width(sheet->font, line) > width)
                break;
            end = at;
        }
        memcpy(line, text, end);
        memcpy(line + end, "\xE2\x80\xA6", 4);
        wide = draw_text_width(sheet->font, line);
    }
    draw_text(sheet->canvas, sheet->font, x, y, line, colour);
    return wide;
}

static void put_sized(const struct sheet *sheet, float size, float x, float y, float width,
                      const char *text, uint32_t colour)
{
    draw_font_resize(sheet->font, size);
    (void)put(sheet, x, y, width, text, colour);
}

static void panel(const struct sheet *sheet, vultus_box box, uint32_t colour, float opacity)
{
    float line = fmaxf(1, roundf(sheet->text / 14));
    draw_fill(sheet->canvas, box, colour, opacity);
    draw_rectangle(
        sheet->canvas,
        (vultus_box){box.x + line / 2, box.y + line / 2, box.width - line, box.height - line}, line,
        EDGE);
}

/* ------------------------------------------------------------------ tiles */

/* As many columns as give the largest tiles to pictures of 16:9. */
static size_t columns_of(float width, float height, size_t count)
{
    size_t best = 1;
    float most = 0;
    for (size_t columns = 1; columns <= count; columns++) {
        size_t rows = (count + columns - 1) / columns;
        float scale = fminf(width / (float)columns / 16, height / (float)rows / 9);
        if (scale > most * 1.001f) {
            most = scale;
            best = columns;
        }
    }
    return best;
}

static vultus_box place_of(const struct sheet *sheet, float height, size_t count, size_t index)
{
    float gap = count > 1 ? fmaxf(2, roundf(sheet->text / 8)) : 0;
    size_t columns = columns_of(sheet->width, height, count);
    size_t rows = (count + columns - 1) / columns;
    float wide = floorf((sheet->width - gap * (float)(columns - 1)) / (float)columns);
    float high = floorf((height - gap * (float)(rows - 1)) / (float)rows);
    return (vultus_box){(float)(index % columns) * (wide + gap),
                        (float)(index / columns) * (high + gap), wide, high};
}

static void put_caption(const struct sheet *sheet, vultus_box place, const char *caption)
{
    float pad = roundf(sheet->text * 0.3f), size = roundf(sheet->text * 0.8f);
    draw_font_resize(sheet->font, size);
    float wide = fminf(draw_text_width(sheet->font, caption), place.width - 4 * pad);
    vultus_box plate = {place.x + pad, place.y + pad, wide + 2 * pad, size + pad};
    draw_fill(sheet->canvas, plate, GROUND, 0.7f);
    (void)put(sheet, plate.x + pad, plate.y + pad / 2, wide + 1, caption, TEXT);
}

static void put_waiting(const struct sheet *sheet, vultus_box place, const char *caption)
{
    float y = place.y + place.height / 2;
    draw_fill(sheet->canvas, place, FIELD, 1);
    draw_font_resize(sheet->font, sheet->text);
    float wide = fminf(draw_text_width(sheet->font, caption), place.width - sheet->text);
    (void)put(sheet, place.x + (place.width - wide) / 2, y - sheet->text * 1.2f, wide + 1, caption,
              TEXT);
    static const char waiting[] = "waiting for a picture";
    wide = fminf(draw_text_width(sheet->font, waiting), place.width - sheet->text);
    (void)put(sheet, place.x + (place.width - wide) / 2, y + sheet->text * 0.2f, wide + 1, waiting,
              DIM);
}

/* The marks of a tile where its picture is now. */
static size_t map_marks(const struct display_tile *tile, vultus_box at, vultus_label *out)
{
    float scale = at.width / (float)tile->picture->width;
    for (size_t i = 0; i < tile->count; i++) {
        vultus_box box = tile->marks[i].label.face.box;
        out[i] = tile->marks[i].label;
        out[i].text = tile->marks[i].text[0] ? tile->marks[i].text : NULL;
        out[i].face.box = (vultus_box){at.x + box.x * scale, at.y + box.y * scale,
                                       box.width * scale, box.height * scale};
    }
    return tile->count;
}

static vultus_status draw_tiles(const struct sheet *sheet, const struct display_scene *scene,
                                float height, vultus_error *error)
{
    size_t count = 0, most = 0;
    for (size_t i = 0; i < scene->count; i++)
        most += scene->tiles[i].count;
    vultus_label *labels = mem_zalloc(most, sizeof *labels);
    vultus_box *places = mem_zalloc(scene->count, sizeof *places);
    vultus_status status = labels && places ? VULTUS_OK : status_memory(error, "a window");
    for (size_t i = 0; !status && i < scene->count; i++) {
        const struct display_tile *tile = &scene->tiles[i];
        places[i] = place_of(sheet, height, scene->count, i);
        if (!tile->picture) {
            put_waiting(sheet, places[i], tile->caption);
            continue;
        }
        places[i] = image_fit(tile->picture, sheet->canvas, places[i]);
        count += map_marks(tile, places[i], labels + count);
    }
    if (!status)
        status = image_annotate(sheet->canvas, labels, count, sheet->font, sheet->text, error);
    for (size_t i = 0; !status && scene->count > 1 && i < scene->count; i++)
        if (scene->tiles[i].picture)
            put_caption(sheet, places[i], scene->tiles[i].caption);
    mem_free(places);
    mem_free(labels);
    return status;
}

/* ------------------------------------------------------------------ what lies over them */

static float strip_height(const struct sheet *sheet)
{
    return roundf(sheet->text * 1.6f);
}

static void put_status(const struct sheet *sheet, const struct display_scene *scene)
{
    float high = strip_height(sheet), top = sheet->height - high, pad = roundf(sheet->text * 0.5f);
    float y = top + roundf((high - sheet->text) / 2);
    const char *hint = scene->desk->paused ? "paused" : "h: help";
    draw_fill(sheet->canvas, (vultus_box){0, top, sheet->width, high}, PANEL, 1);
    draw_font_resize(sheet->font, sheet->text);
    float wide = draw_text_width(sheet->font, hint), left = sheet->width - wide - pad;
    if (scene->desk->paused)
        draw_fill(sheet->canvas, (vultus_box){left - pad, top, wide + 2 * pad, high}, WARM, 1);
    (void)put(sheet, left, y, wide + 1, hint, scene->desk->paused ? TEXT : DIM);
    (void)put(sheet, pad, y, left - 3 * pad, scene->status, TEXT);
}

static void put_message(const struct sheet *sheet, const char *message)
{
    float pad = roundf(sheet->text * 0.5f), high = roundf(sheet->text * 1.8f);
    draw_font_resize(sheet->font, sheet->text);
    float wide = fminf(draw_text_width(sheet->font, message), sheet->width - 6 * pad);
    vultus_box box = {roundf((sheet->width - wide) / 2) - pad,
                      sheet->height - strip_height(sheet) - high - pad, wide + 2 * pad, high};
    panel(sheet, box, PANEL, 0.92f);
    (void)put(sheet, box.x + pad, box.y + roundf((high - sheet->text) / 2), wide + 1, message,
              TEXT);
}

static vultus_box in_the_middle(const struct sheet *sheet, float width, float height)
{
    width = fminf(width, sheet->width - sheet->text);
    height = fminf(height, sheet->height - strip_height(sheet) - sheet->text / 2);
    return (vultus_box){roundf((sheet->width - width) / 2),
                        roundf((sheet->height - strip_height(sheet) - height) / 2), width, height};
}

static void put_help(const struct sheet *sheet, bool enrolls)
{
    float row = roundf(sheet->text * 1.7f), pad = sheet->text, key = roundf(sheet->text * 4);
    const struct display_help *first = display_helps + !enrolls;
    size_t rows = 0;
    while (first[rows].key)
        rows++;
    vultus_box box = in_the_middle(sheet, sheet->text * 22, row * (float)rows + 2 * pad);
    panel(sheet, box, PANEL, 0.94f);
    draw_font_resize(sheet->font, sheet->text);
    for (size_t i = 0; i < rows; i++) {
        float y = box.y + pad + row * (float)i + roundf((row - sheet->text) / 2);
        float wide = draw_text_width(sheet->font, first[i].key) + roundf(sheet->text * 0.7f);
        float cap = fmaxf(wide, roundf(sheet->text * 1.5f));
        draw_fill(sheet->canvas,
                  (vultus_box){box.x + pad, y - sheet->text * 0.12f, cap, sheet->text * 1.3f}, EDGE,
                  1);
        (void)put(sheet, box.x + pad + roundf((cap - wide) / 2 + sheet->text * 0.35f), y, wide,
                  first[i].key, TEXT);
        (void)put(sheet, box.x + pad + key, y, box.width - 2 * pad - key, first[i].text, TEXT);
    }
}

static void put_name(const struct sheet *sheet, vultus_box field, const char *name)
{
    float pad = roundf(sheet->text * 0.5f), y = field.y + roundf((field.height - sheet->text) / 2);
    draw_fill(sheet->canvas, field, FIELD, 1);
    draw_rectangle(sheet->canvas, field, fmaxf(1, roundf(sheet->text / 10)), ACCENT);
    draw_font_resize(sheet->font, sheet->text);
    float room = field.width - 2 * pad - sheet->text / 4;
    const char *shown = name; /* of a long name its end, where letters are added */
    while (*shown && draw_text_width(sheet->font, shown) > room) {
        size_t at = 0;
        (void)utf8_next(shown, strlen(shown), &at);
        shown += at;
    }
    float wide = put(sheet, field.x + pad, y, room + 1, shown, TEXT);
    draw_fill(
        sheet->canvas,
        (vultus_box){field.x + pad + wide + 2, y, fmaxf(2, roundf(sheet->text / 9)), sheet->text},
        ACCENT, 1);
}

static void put_form(const struct sheet *sheet, const vultus_image *face, const char *name)
{
    float pad = roundf(sheet->text * 0.8f), picture = roundf(sheet->text * 8);
    vultus_box box = in_the_middle(sheet, sheet->text * 28, picture + 2 * pad);
    vultus_box at = {box.x + pad, box.y + pad, picture, box.height - 2 * pad};
    panel(sheet, box, PANEL, 0.96f);
    draw_fill(sheet->canvas, at, FIELD, 1);
    (void)image_fit(face, sheet->canvas, at);
    float left = at.x + picture + pad, width = box.x + box.width - pad - left;
    put_sized(sheet, roundf(sheet->text * 1.15f), left, at.y, width, "Who is this?", TEXT);
    put_name(sheet,
             (vultus_box){left, at.y + roundf(sheet->text * 2), width, roundf(sheet->text * 1.9f)},
             name);
    put_sized(sheet, sheet->text, left, at.y + roundf(sheet->text * 4.7f), width, "Enter: enrol",
              DIM);
    put_sized(sheet, sheet->text, left, at.y + roundf(sheet->text * 6.2f), width, "Esc: leave",
              DIM);
}

/* ------------------------------------------------------------------ all of it */

static void clear(vultus_image *canvas)
{
    memset(canvas->pixels, GROUND_GREY, canvas->stride * canvas->height);
}

vultus_status display_draw_tiles(const struct display_scene *scene, struct draw_font *font,
                                 vultus_image *canvas, vultus_error *error)
{
    const struct sheet sheet = sheet_of(canvas, font);
    clear(canvas);
    return draw_tiles(&sheet, scene, sheet.height, error);
}

vultus_status display_draw_scene(const struct display_scene *scene, struct draw_font *font,
                                 vultus_image *canvas, vultus_error *error)
{
    const struct sheet sheet = sheet_of(canvas, font);
    clear(canvas);
    vultus_status status = draw_tiles(&sheet, scene, sheet.height - strip_height(&sheet), error);
    if (status)
        return status;
    put_status(&sheet, scene);
    if (scene->desk->mode == DISPLAY_HELP)
        put_help(&sheet, scene->desk->enrolls);
    if (scene->desk->mode == DISPLAY_NAMING && scene->face)
        put_form(&sheet, scene->face, scene->desk->name);
    if (scene->message)
        put_message(&sheet, scene->message);
    return VULTUS_OK;
}
