/*
 * Reading the XML of dlib's imglab: <image file>, in it <box top left width height ignore>, in it <part
 * name x y>, the parts 00 to 67 of a shape. That subset needs no parser of all of XML: tags and their
 * attributes in one pass, nothing nested but these three, and no declarations, so that no entity of a
 * file's own is ever expanded. Other elements and text are passed over.
 */
#include "decide/truth.h"
#include "base/file.h"

#include <string.h>

#define ATTRIBUTES_MAX 16
#define BLANKS " \t\r\n"

struct span {
    const char *start;
    size_t length;
};

struct xml {
    struct truth_reader *reader;
    const char *at, *end;
    const char *counted; /* lines up to here are in lines.number */
    struct span tag;     /* its name */
    bool closes, empty;  /* </tag>, <tag/> */
    struct span keys[ATTRIBUTES_MAX], values[ATTRIBUTES_MAX];
    size_t attributes;
    bool in_image, in_box;
    vultus_true_face face;
    vultus_point shape[TRUTH_SHAPE];
    bool seen[TRUTH_SHAPE];
    size_t parts;
};

/* Lets messages name the line that is being read. */
static void locate(struct xml *xml)
{
    for (; xml->counted < xml->at && xml->counted < xml->end; xml->counted++)
        xml->reader->lines.number += *xml->counted == '\n';
}

static vultus_status bad_xml(struct xml *xml, const char *fault)
{
    locate(xml);
    return lines_bad(&xml->reader->lines, fault);
}

static bool is(struct span span, const char *word)
{
    return span.length == strlen(word) && !memcmp(span.start, word, span.length);
}

static bool starts(const struct xml *xml, const char *word)
{
    return (size_t)(xml->end - xml->at) >= strlen(word) && !memcmp(xml->at, word, strlen(word));
}

/* Goes behind the next `word`; false when there is none. */
static bool skip_past(struct xml *xml, const char *word)
{
    for (; xml->at < xml->end; xml->at++)
        if (starts(xml, word)) {
            xml->at += strlen(word);
            return true;
        }
    return false;
}

static void skip_blanks(struct xml *xml)
{
    while (xml->at < xml->end && *xml->at && strchr(BLANKS, *xml->at))
        xml->at++;
}

static struct span take_until(struct xml *xml, const char *stops)
{
    struct span span = {xml->at, 0};
    while (xml->at < xml->end && *xml->at && !strchr(stops, *xml->at))
        xml->at++;
    span.length = (size_t)(xml->at - span.start);
    return span;
}

/* ------------------------------------------------------------------ tags */

static vultus_status read_attribute(struct xml *xml)
{
    struct span key = take_until(xml, BLANKS "=/><\"'");
    skip_blanks(xml);
    if (!key.length || xml->at >= xml->end || *xml->at != '=')
        return bad_xml(xml, "an attribute is expected: name='value'");
    xml->at++;
    skip_blanks(xml);
    if (xml->at >= xml->end || (*xml->at != '\'' && *xml->at != '"'))
        return bad_xml(xml, "a value in quotes is expected");
    const char quote[] = {*xml->at++, '<', '\0'};
    struct span value = take_until(xml, quote);
    if (xml->at >= xml->end || *xml->at != quote[0])
        return bad_xml(xml, "a quote that does not end");
    xml->at++;
    if (xml->attributes == ATTRIBUTES_MAX)
        return bad_xml(xml, "too many attributes");
    xml->keys[xml->attributes] = key;
    xml->values[xml->attributes++] = value;
    return VULTUS_OK;
}

/* The tag at `at`, behind its "<". */
static vultus_status read_tag(struct xml *xml)
{
    xml->closes = xml->empty = false;
    xml->attributes = 0;
    if (xml->at < xml->end && *xml->at == '/') {
        xml->closes = true;
        xml->at++;
    }
    xml->tag = take_until(xml, BLANKS "/><='\"");
    if (!xml->tag.length)
        return bad_xml(xml, "the name of a tag is expected");
    for (;;) {
        skip_blanks(xml);
        if (xml->at < xml->end && *xml->at == '/') {
            xml->empty = true;
            xml->at++;
        }
        if (xml->at < xml->end && *xml->at == '>') {
            xml->at++;
            return VULTUS_OK;
        }
        if (xml->empty || xml->closes || xml->at >= xml->end)
            return bad_xml(xml, "a tag that does not end");
        vultus_status status = read_attribute(xml);
        if (status)
            return status;
    }
}

static struct span attribute(const struct xml *xml, const char *key)
{
    for (size_t i = 0; i < xml->attributes; i++)
        if (is(xml->keys[i], key))
            return xml->values[i];
    return (struct span){"", 0};
}

/* A value with its five predefined entities; false when it does not fit or has others. */
static bool decode(struct span span, char *out, size_t size)
{
    static const struct {
        const char *name;
        char is;
    } entities[] = {
        {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
    size_t length = 0;
    for (size_t i = 0; i < span.length; i++) {
        char c = span.start[i];
        if (length + 1 >= size || (unsigned char)c < 0x20 || c == 0x7F)
            return false;
        for (size_t k = 0; c == '&' && k < sizeof entities / sizeof *entities; k++) {
            size_t name = strlen(entities[k].name);
            if (span.length - i >= name && !memcmp(span.start + i, entities[k].name, name)) {
                out[length++] = entities[k].is;
                i += name - 1;
                c = '\0';
            }
        }
        if (c == '&')
            return false;
        if (c)
            out[length++] = c;
    }
    out[length] = '\0';
    return length > 0;
}

static bool number(const struct xml *xml, const char *key, float *out)
{
    char text[32];
    double value;
    if (!decode(attribute(xml, key), text, sizeof text) || !lines_number(text, &value) ||
        value < -TRUTH_COORDINATE_MAX || value > TRUTH_COORDINATE_MAX)
        return false;
    *out = (float)value;
    return true;
}

/* ------------------------------------------------------------------ image, box, part */

static vultus_status end_box(struct xml *xml)
{
    bool whole = xml->parts == TRUTH_SHAPE;
    for (size_t i = 0; whole && i < TRUTH_SHAPE; i++)
        whole = xml->seen[i];
    xml->in_box = false;
    return truth_add_face(xml->reader, &xml->face, whole ? xml->shape : NULL);
}

static vultus_status on_image(struct xml *xml)
{
    char file[FILE_PATH_MAX];
    if (xml->in_box || xml->in_image != xml->closes)
        return bad_xml(xml, "an image inside another, or an end without a beginning");
    xml->in_image = !xml->closes && !xml->empty;
    if (xml->closes)
        return VULTUS_OK;
    if (!decode(attribute(xml, "file"), file, sizeof file))
        return bad_xml(xml, "the image has no usable file='...'");
    locate(xml);
    return truth_add_picture(xml->reader, file);
}

static vultus_status on_box(struct xml *xml)
{
    if (!xml->in_image || xml->in_box != xml->closes)
        return bad_xml(xml, "a box outside an image or inside another");
    if (xml->closes)
        return end_box(xml);
    xml->face = (vultus_true_face){.ignored = is(attribute(xml, "ignore"), "1")};
    memset(xml->seen, 0, sizeof xml->seen);
    xml->parts = 0;
    xml->in_box = true;
    if (!number(xml, "left", &xml->face.box.x) || !number(xml, "top", &xml->face.box.y) ||
        !number(xml, "width", &xml->face.box.width) ||
        !number(xml, "height", &xml->face.box.height))
        return bad_xml(xml, "the box has no left, top, width and height in numbers");
    return xml->empty ? end_box(xml) : VULTUS_OK;
}

static vultus_status on_part(struct xml *xml)
{
    char name[8];
    double index = 0;
    vultus_point point;
    if (xml->closes)
        return VULTUS_OK;
    if (!xml->in_box)
        return bad_xml(xml, "a part outside a box");
    if (!number(xml, "x", &point.x) || !number(xml, "y", &point.y))
        return bad_xml(xml, "the part has no x and y in numbers");
    xml->parts++;
    if (decode(attribute(xml, "name"), name, sizeof name) && lines_number(name, &index) &&
        index >= 0 && index < TRUTH_SHAPE) {
        xml->shape[(size_t)index] = point;
        xml->seen[(size_t)index] = true;
    }
    return VULTUS_OK;
}

vultus_status truth_read_xml(struct truth_reader *reader, const char *text, size_t size)
{
    struct xml xml = {.reader = reader, .at = text, .end = text + size, .counted = text};
    vultus_status status = VULTUS_OK;
    reader->lines.number = 1;
    while (!status && skip_past(&xml, "<")) {
        bool comment = starts(&xml, "!--"), instruction = starts(&xml, "?");
        if (comment || instruction) {
            if (!skip_past(&xml, comment ? "-->" : "?>"))
                return bad_xml(&xml, "a comment that does not end");
            continue;
        }
        if (starts(&xml, "!"))
            return bad_xml(&xml, "declarations are not read");
        status = read_tag(&xml);
        if (!status && is(xml.tag, "image"))
            status = on_image(&xml);
        else if (!status && is(xml.tag, "box"))
            status = on_box(&xml);
        else if (!status && is(xml.tag, "part"))
            status = on_part(&xml);
    }
    if (!status && (xml.in_image || xml.in_box))
        status = bad_xml(&xml, "the file ends inside an image");
    return status;
}
