/*
 * Boxes and names on a picture. All sizes follow from the shorter side of the picture and the size
 * of the face, so that a thumbnail and a picture of twelve megapixels both read well. Every shape
 * has a white rim, to stand out on any ground. First all boxes are drawn, then the plates with the
 * names: a name is never crossed by its neighbour's box, and where there is room, not covered by
 * its neighbour's plate.
 */
#include "image/image.h"
#include "image/resample.h"
#include "base/memory.h"

#include <math.h>
#include <string.h>

#define COLOUR_MATCH 0x1D8239u
#define COLOUR_UNKNOWN 0xC2410Cu
#define COLOUR_RIM 0xFFFFFFu
#define TEXT_PART 28.0f /* of the shorter side of the picture */
#define TEXT_MIN 11.0f
#define TEXT_MAX 110.0f
#define FACE_PART 5.0f  /* of the width of the face: the text is not larger, */
#define WIDTH_PART 2.2f /* and smaller where the name would be wider than this many faces */
#define TEXT_BYTES_MAX 511
#define CROWD 12     /* more faces than this may leave no room for all texts: then a text of */
#define CROWDED 0.5f /* "unknown" goes away when more than this part of it is in the way */

struct plate {
    vultus_box box;
    float line; /* pixels of a line of text; 0: no plate */
};

struct style {
    float text, line, rim;
    float text_least;
    float width, height; /* of the picture */
};

static float least(float a, float b)
{
    return a < b ? a : b;
}

static float most(float a, float b)
{
    return a > b ? a : b;
}

static struct style style_of(const vultus_image *image, float text_least)
{
    struct style style = {
        .width = (float)image->width, .height = (float)image->height, .text_least = text_least};
    float shorter = least(style.width, style.height);
    style.text = roundf(least(most(shorter / TEXT_PART, text_least), TEXT_MAX));
    style.line = roundf(least(most(shorter / 220, 2), 14));
    style.rim = roundf(most(style.line / 3, 1));
    return style;
}

static bool drawable(const vultus_label *label)
{
    vultus_box box = label->face.box;
    return isfinite(box.x) && isfinite(box.y) && isfinite(box.width) && isfinite(box.height) &&
           box.width > 0 && box.height > 0;
}

static uint32_t colour_of(const vultus_label *label)
{
    return label->match ? COLOUR_MATCH : COLOUR_UNKNOWN;
}

static float line_of(const vultus_label *label, const struct style *style)
{
    float shorter = least(label->face.box.width, label->face.box.height);
    return least(style->line, most(roundf(shorter / 16), 1));
}

/* The middle of the frame's line, on whole pixels at its edges: sharp on small pictures. */
static vultus_box frame_of(const vultus_label *label, float line)
{
    vultus_box box = label->face.box;
    float half = line / 2;
    float left = roundf(box.x - half) + half, top = roundf(box.y - half) + half;
    return (vultus_box){left, top, most(roundf(box.x + box.width - left), 1),
                        most(roundf(box.y + box.height - top), 1)};
}

static void draw_frame(vultus_image *image, const vultus_label *label, const struct style *style,
                       float rim)
{
    float line = line_of(label, style);
    vultus_box frame = frame_of(label, line);
    if (rim > 0)
        draw_rectangle(image, frame, line + 2 * rim, COLOUR_RIM);
    draw_rectangle(image, frame, line, colour_of(label));
}

/* The shape, or where there is none the five landmarks. */
static void draw_points(vultus_image *image, const vultus_label *label)
{
    const vultus_face *face = &label->face;
    bool shape = face->shape_count > 0 && face->shape_count <= VULTUS_SHAPE_MAX;
    draw_shape(image, shape ? face->shape : face->landmarks,
               shape ? face->shape_count : VULTUS_LANDMARKS,
               least(face->box.width, face->box.height), colour_of(label), COLOUR_RIM);
}

static vultus_box grown(vultus_box box, float by)
{
    return (vultus_box){box.x - by, box.y - by, box.width + 2 * by, box.height + 2 * by};
}

static float overlap(vultus_box a, vultus_box b)
{
    float width = least(a.x + a.width, b.x + b.width) - most(a.x, b.x);
    float height = least(a.y + a.height, b.y + b.height) - most(a.y, b.y);
    return width > 0 && height > 0 ? width * height : 0;
}

static void copy_text(const char *text, size_t count, const char *end, char *out)
{
    while (count && ((unsigned char)text[count] & 0xC0) == 0x80)
        count--; /* no half of a character */
    memcpy(out, text, count);
    memcpy(out + count, end, strlen(end) + 1);
}

/* The text that is written: the name, or as much of it as `width` has room for. */
static void fit_text(struct draw_font *font, const char *text, float width, char *out)
{
    size_t length = strlen(text);
    if (length <= TEXT_BYTES_MAX) {
        copy_text(text, length, "", out);
        if (draw_text_width(font, out) <= width)
            return;
    }
    size_t low = 0, high = length < TEXT_BYTES_MAX - 3 ? length : TEXT_BYTES_MAX - 3;
    while (low < high) {
        size_t middle = (low + high + 1) / 2;
        copy_text(text, middle, "\xE2\x80\xA6", out);
        if (draw_text_width(font, out) <= width)
            low = middle;
        else
            high = middle - 1;
    }
    copy_text(text, low, "\xE2\x80\xA6", out);
}

static float padding(float line)
{
    return roundf(line * 0.3f);
}

static struct plate size_plate(struct draw_font *font, const vultus_label *label,
                               const struct style *style)
{
    char text[TEXT_BYTES_MAX + 1];
    float smallest = most(roundf(style->text / 3), style->text_least);
    float face = label->face.box.width, room = WIDTH_PART * face;
    struct plate plate = {.line = most(least(roundf(face / FACE_PART), style->text), smallest)};
    draw_font_resize(font, plate.line);
    fit_text(font, label->text, 1e6f, text);
    float width = draw_text_width(font, text);
    if (width > room)
        plate.line = most(floorf(plate.line * room / width), smallest);
    float pad = padding(plate.line);
    draw_font_resize(font, plate.line);
    fit_text(font, label->text, style->width - 2 * pad - 2 * style->rim, text);
    plate.box.width = ceilf(draw_text_width(font, text)) + 2 * pad;
    plate.box.height = plate.line + 2 * roundf(plate.line * 0.08f);
    return plate;
}

struct layout {
    const vultus_label *labels;
    struct plate *plates;
    size_t count;
};

/* How bad a place is: plates that cover each other are worse than plates over faces. */
static float penalty(const struct layout *layout, size_t index, vultus_box place, float enough)
{
    float sum = 0;
    for (size_t i = 0; i < layout->count && sum < enough; i++) {
        if (i != index && layout->plates[i].line > 0)
            sum += 4 * overlap(place, layout->plates[i].box);
        if (i != index && drawable(&layout->labels[i]))
            sum += overlap(place, layout->labels[i].face.box);
    }
    return sum;
}

struct place {
    int row;            /* above the face, below it, inside at the top, inside at the bottom */
    float column, cost; /* left edge 0, middle, right edge 1; how much it is avoided */
};

static const struct place places[] = {{0, 0, 0},    {0, 1, 0.02f}, {0, 0.5f, 0.03f},
                                      {1, 0, 0.1f}, {1, 1, 0.12f}, {1, 0.5f, 0.13f},
                                      {3, 0, 0.8f}, {2, 0, 0.9f}};

/* The plate at a place, pushed into the picture; *cost is what that is worth without neighbours. */
static vultus_box put_plate(struct place place, vultus_box outer, float line, vultus_box plate,
                            const struct style *style, float *cost)
{
    float bottom = outer.y + outer.height;
    float rows[] = {outer.y + line - plate.height, bottom - line, outer.y, bottom - plate.height};
    float x = outer.x + place.column * (outer.width - plate.width), y = rows[place.row];
    plate.x = roundf(most(least(x, style->width - plate.width - style->rim), style->rim));
    plate.y = roundf(most(least(y, style->height - plate.height - style->rim), style->rim));
    *cost = place.cost * plate.width * plate.height;
    if (place.row < 2) /* the edge of the picture pushes it over the face */
        *cost += 2 * fabsf(y - plate.y) * plate.width;
    return plate;
}

/* Takes the place with the least in the way; says how much of the plate still is, as a part. */
static float place_plate(const struct layout *layout, size_t index, const struct style *style)
{
    struct plate *plate = &layout->plates[index];
    float line = line_of(&layout->labels[index], style), lowest = INFINITY, in_the_way = 0;
    vultus_box outer = grown(frame_of(&layout->labels[index], line), line / 2), best = plate->box;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        float cost, more;
        vultus_box place = put_plate(places[i], outer, line, plate->box, style, &cost);
        if (cost >= lowest)
            continue;
        more = penalty(layout, index, grown(place, style->rim), lowest - cost);
        if (cost + more < lowest) {
            lowest = cost + more;
            in_the_way = more;
            best = place;
        }
    }
    plate->box = best;
    return in_the_way / (best.width * best.height);
}

static void draw_plate(vultus_image *image, struct draw_font *font, const vultus_label *label,
                       const struct plate *plate)
{
    char text[TEXT_BYTES_MAX + 1];
    vultus_box box = plate->box;
    float pad = padding(plate->line);
    draw_font_resize(font, plate->line);
    fit_text(font, label->text, box.width - 2 * pad, text);
    draw_fill(image, box, colour_of(label), 1);
    draw_text(image, font, box.x + pad, box.y + roundf((box.height - plate->line) / 2), text,
              COLOUR_RIM);
}

static bool has_text(const vultus_label *label)
{
    return label->text && label->text[0] && drawable(label);
}

/* Names come first; where there is no room, the colour of the box alone says "unknown". */
static void place_all(const struct layout *layout, struct draw_font *font,
                      const struct style *style)
{
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < layout->count; i++) {
            const vultus_label *label = &layout->labels[i];
            if (!has_text(label) || label->match != (pass == 0))
                continue;
            layout->plates[i] = size_plate(font, label, style);
            float in_the_way = place_plate(layout, i, style);
            if (layout->count > CROWD && in_the_way > CROWDED && !label->match)
                layout->plates[i].line = 0;
        }
}

static void draw_all(vultus_image *image, struct draw_font *font, const struct layout *layout,
                     float text_least)
{
    struct style style = style_of(image, text_least);
    for (size_t i = 0; i < layout->count; i++)
        if (drawable(&layout->labels[i]))
            draw_frame(image, &layout->labels[i], &style, style.rim);
    for (size_t i = 0; i < layout->count; i++)
        if (layout->labels[i].landmarks)
            draw_points(image, &layout->labels[i]);
    if (font)
        place_all(layout, font, &style);
    for (size_t i = 0; i < layout->count; i++)
        if (layout->plates[i].line > 0)
            draw_fill(image, grown(layout->plates[i].box, style.rim), COLOUR_RIM, 1);
    for (size_t i = 0; i < layout->count; i++)
        if (layout->plates[i].line > 0) /* again: a rim lies over it where the plate touches it */
            draw_frame(image, &layout->labels[i], &style, 0);
    for (int match = 0; match < 2; match++) /* names on top */
        for (size_t i = 0; i < layout->count; i++)
            if (layout->plates[i].line > 0 && layout->labels[i].match == match)
                draw_plate(image, font, &layout->labels[i], &layout->plates[i]);
}

vultus_status image_annotate(vultus_image *image, const vultus_label *labels, size_t count,
                             struct draw_font *font, float text_least, vultus_error *error)
{
    struct draw_font *opened = NULL;
    bool text = false;
    if (!image || (!labels && count))
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "vultus_image_annotate: no picture or no labels");
    if (count > VULTUS_FACES_MAX)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "vultus_image_annotate: %zu labels, at most %d", count, VULTUS_FACES_MAX);
    for (size_t i = 0; i < count; i++)
        text = text || has_text(&labels[i]);
    struct layout layout = {labels, mem_zalloc(count, sizeof *layout.plates), count};
    vultus_status status = VULTUS_OK;
    if (!layout.plates)
        return status_memory(error, "tagging a picture");
    if (text && !font)
        status = draw_font_open(TEXT_MIN, &opened, error);
    if (!status)
        status = image_own(image, error);
    if (!status) {
        draw_all(image, !text ? NULL : font ? font : opened, &layout, text_least);
        image->has_hash = false; /* it is another picture now */
        mips_clear(image->mips);
    }
    draw_font_close(opened);
    mem_free(layout.plates);
    return status;
}

vultus_status vultus_image_annotate(vultus_image *image, const vultus_label *labels, size_t count,
                                    vultus_error *error)
{
    return image_annotate(image, labels, count, NULL, TEXT_MIN, error);
}
