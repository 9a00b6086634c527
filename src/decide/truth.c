/*
 * Reading ground truth in lines. WIDER FACE: a line with the file, one with the number of faces, then a
 * line for each of them: x y width height blur expression illumination invalid occlusion pose; where
 * there are none, one line of zeros. Landmarks: a line for each face, FILE x1 y1 x2 y2 and five points.
 * Which of the formats it is, the first line says; XML is truth_xml.c.
 */
#include "decide/truth.h"
#include "base/file.h"
#include "base/memory.h"

#include <stdio.h>
#include <string.h>

#define BLANKS " \t"
#define WIDER_INVALID 7 /* which number of a face's line */
#define LANDMARK_NUMBERS (4 + 2 * VULTUS_LANDMARKS)

static vultus_status too_many(const struct truth_reader *reader, const char *what)
{
    return status_set(reader->lines.error, VULTUS_ERR_LIMIT, "%.140s: more than %u %s",
                      reader->lines.name, *what == 'p' ? TRUTH_PICTURES_MAX : TRUTH_FACES_MAX,
                      what);
}

vultus_status truth_add_picture(struct truth_reader *reader, const char *file)
{
    vultus_truth *truth = &reader->truth;
    char path[FILE_PATH_MAX];
    if (!lines_path_inside(file))
        return lines_bad(&reader->lines, "a file that is not inside the folder");
    int length = snprintf(path, sizeof path, "%s/%s", reader->root, file);
    if (length < 0 || (size_t)length >= sizeof path)
        return lines_bad(&reader->lines, "the path is too long");
    if (truth->count == TRUTH_PICTURES_MAX)
        return too_many(reader, "pictures");
    if (truth->count == reader->picture_capacity) {
        size_t capacity = truth->count ? 2 * truth->count : 256;
        vultus_true_picture *items = mem_resize(truth->items, capacity, sizeof *items);
        if (!items)
            return status_memory(reader->lines.error, "the ground truth");
        truth->items = items;
        reader->picture_capacity = capacity;
    }
    char *copy = mem_string(path);
    if (!copy)
        return status_memory(reader->lines.error, "the ground truth");
    truth->items[truth->count++] = (vultus_true_picture){.path = copy};
    reader->face_capacity = 0;
    return VULTUS_OK;
}

vultus_status truth_add_face(struct truth_reader *reader, const vultus_true_face *face,
                             const vultus_point *shape)
{
    vultus_true_picture *picture = &reader->truth.items[reader->truth.count - 1];
    if (picture->count == TRUTH_FACES_MAX)
        return too_many(reader, "faces in a picture");
    if (picture->count == reader->face_capacity) {
        size_t capacity = picture->count ? 2 * picture->count : 4;
        vultus_true_face *faces = mem_resize(picture->faces, capacity, sizeof *faces);
        if (!faces)
            return status_memory(reader->lines.error, "the ground truth");
        picture->faces = faces;
        reader->face_capacity = capacity;
    }
    vultus_true_face *added = &picture->faces[picture->count];
    *added = *face;
    if (shape && !(added->shape = mem_copy(shape, TRUTH_SHAPE * sizeof *shape)))
        return status_memory(reader->lines.error, "the ground truth");
    added->shape_count = shape ? TRUTH_SHAPE : 0;
    added->ignored = face->ignored || !(face->box.width > 0 && face->box.height > 0);
    picture->count++;
    return VULTUS_OK;
}

void truth_clear(vultus_truth *truth)
{
    if (!truth)
        return;
    for (size_t i = 0; i < truth->count; i++) {
        for (size_t k = 0; k < truth->items[i].count; k++)
            mem_free(truth->items[i].faces[k].shape);
        mem_free(truth->items[i].faces);
        mem_free(truth->items[i].path);
    }
    mem_free(truth->items);
    *truth = (vultus_truth){0};
}

/* ------------------------------------------------------------------ lines of numbers */

/* All fields from `first` on; false when one of them is no number, or out of range. */
static bool read_numbers(const struct lines *lines, size_t first, float out[LINES_FIELDS_MAX])
{
    for (size_t i = first; i < lines->field_count; i++) {
        double value;
        if (!lines_number(lines->fields[i], &value) || value < -TRUTH_COORDINATE_MAX ||
            value > TRUTH_COORDINATE_MAX)
            return false;
        out[i - first] = (float)value;
    }
    return true;
}

/* The text without blanks at its ends, in place. */
static char *trim(char *text)
{
    text += strspn(text, BLANKS);
    for (size_t length = strlen(text); length && strchr(BLANKS, text[length - 1]);)
        text[--length] = '\0';
    return text;
}

/* ------------------------------------------------------------------ WIDER FACE */

static vultus_status expect_line(struct lines *lines, const char *what)
{
    bool more = false;
    vultus_status status = lines_next(lines, &more);
    if (status || more)
        return status;
    lines->number++;
    return lines_bad(lines, what);
}

static vultus_status wider_count(struct lines *lines, size_t *count)
{
    double value = 0;
    vultus_status status = expect_line(lines, "the file ends before the number of faces");
    if (status)
        return status;
    if (!lines_number(trim(lines->text), &value) || value < 0 || value > TRUTH_FACES_MAX ||
        value != (double)(size_t)value)
        return lines_bad(lines, "the number of faces is expected, 0 to 10000");
    *count = (size_t)value;
    return VULTUS_OK;
}

static vultus_status wider_face(struct truth_reader *reader)
{
    struct lines *lines = &reader->lines;
    float v[LINES_FIELDS_MAX] = {0};
    vultus_status status = expect_line(lines, "the file ends before all faces of a picture");
    if (status)
        return status;
    lines_split(lines, BLANKS);
    if (lines->field_count < 4 || !read_numbers(lines, 0, v))
        return lines_bad(lines, "a face is expected: x y width height and attributes");
    vultus_true_face face = {.box = {v[0], v[1], v[2], v[3]}, .ignored = v[WIDER_INVALID] != 0};
    return truth_add_face(reader, &face, NULL);
}

/* WIDER FACE writes a line of zeros for a picture without faces; other tools leave it out. */
static bool is_zeros(const char *text)
{
    return text[strspn(text, "0" BLANKS)] == '\0';
}

/* The first line is there already. */
static vultus_status read_wider(struct truth_reader *reader)
{
    struct lines *lines = &reader->lines;
    bool more = true;
    vultus_status status = VULTUS_OK;
    while (!status && more) {
        size_t faces = 0;
        status = truth_add_picture(reader, trim(lines->text));
        if (!status)
            status = wider_count(lines, &faces);
        for (size_t i = 0; !status && i < faces; i++)
            status = wider_face(reader);
        if (!status)
            status = lines_next(lines, &more);
        if (!status && more && !faces && is_zeros(lines->text))
            status = lines_next(lines, &more);
    }
    return status;
}

/* ------------------------------------------------------------------ five landmarks */

/* Where the numbers behind the file's name, which may have blanks, begin; 0 when they are too few. */
static size_t find_numbers(const char *text)
{
    size_t at = strlen(text);
    for (size_t left = LANDMARK_NUMBERS; left; left--) {
        while (at && strchr(BLANKS, text[at - 1]))
            at--;
        while (at && !strchr(BLANKS, text[at - 1]))
            at--;
    }
    return at;
}

/* Cuts the line into file and numbers; false when it is none of the format. */
static bool read_landmarks(struct lines *lines, char file[FILE_PATH_MAX], float v[LINES_FIELDS_MAX])
{
    size_t at = find_numbers(lines->text);
    if (!at || at >= FILE_PATH_MAX)
        return false;
    memcpy(file, lines->text, at);
    file[at - 1] = '\0';
    memmove(file, trim(file), strlen(trim(file)) + 1);
    memmove(lines->text, lines->text + at, strlen(lines->text + at) + 1);
    lines_split(lines, BLANKS);
    return file[0] && lines->field_count == LANDMARK_NUMBERS && read_numbers(lines, 0, v);
}

static vultus_status add_landmarks(struct truth_reader *reader, const char *file,
                                   const float v[LINES_FIELDS_MAX])
{
    const vultus_truth *truth = &reader->truth;
    size_t root = strlen(reader->root) + 1;
    vultus_true_face face = {.box = {v[0], v[1], v[2] - v[0], v[3] - v[1]}, .has_landmarks = true};
    for (size_t i = 0; i < VULTUS_LANDMARKS; i++)
        face.landmarks[i] = (vultus_point){v[4 + 2 * i], v[5 + 2 * i]};
    vultus_status status = VULTUS_OK;
    if (!truth->count || strcmp(truth->items[truth->count - 1].path + root, file) != 0)
        status = truth_add_picture(reader, file);
    return status ? status : truth_add_face(reader, &face, NULL);
}

/* The first line is there already. */
static vultus_status read_five(struct truth_reader *reader)
{
    char file[FILE_PATH_MAX];
    float v[LINES_FIELDS_MAX] = {0};
    bool more = true;
    vultus_status status = VULTUS_OK;
    while (!status && more) {
        if (read_landmarks(&reader->lines, file, v))
            status = add_landmarks(reader, file, v);
        else
            status = lines_bad(&reader->lines, "\"FILE x1 y1 x2 y2\" and five points are expected");
        if (!status)
            status = lines_next(&reader->lines, &more);
    }
    return status;
}

/* ------------------------------------------------------------------ which of them */

static vultus_status read_lines(struct truth_reader *reader)
{
    bool more = false;
    vultus_status status = lines_next(&reader->lines, &more);
    if (status || !more)
        return status;
    return find_numbers(reader->lines.text) ? read_five(reader) : read_wider(reader);
}

vultus_status truth_parse(const char *text, size_t size, const char *name, const char *root,
                          vultus_truth *out, vultus_error *error)
{
    struct truth_reader *reader = mem_zalloc(1, sizeof *reader);
    if (!reader)
        return status_memory(error, "the ground truth");
    reader->root = root;
    lines_open(&reader->lines, text, size, name, error);
    const char *start = reader->lines.next;
    bool xml = start < reader->lines.end && *start == '<';
    vultus_status status = xml ? truth_read_xml(reader, start, (size_t)(reader->lines.end - start))
                               : read_lines(reader);
    if (!status && !reader->truth.count)
        status = status_set(error, VULTUS_ERR_FORMAT, "%.140s: no pictures in it", name);
    if (status)
        truth_clear(&reader->truth);
    else
        *out = reader->truth;
    mem_free(reader);
    return status;
}
