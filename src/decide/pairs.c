/*
 * Reading lists of pairs. LFW: a first line of numbers, "FOLDS<tab>PAIRS" or "PAIRS"; each fold has
 * PAIRS same lines "name n m" and PAIRS different ones "name n other m". CSV (RFC 4180, a record a
 * line): columns file_x, file_y and Decision, wherever they stand. Which of the two it is, the
 * first line says. Paths are built here and looked at only to find a picture's ending.
 */
#include "decide/pairs.h"
#include "base/file.h"
#include "base/memory.h"
#include "decide/lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NUMBER_MAX 10000000u

struct reader {
    struct lines lines;
    const char *root;
    vultus_pairs pairs;
    size_t capacity;
};

/* ------------------------------------------------------------------ pairs */

static vultus_status add_pair(struct reader *reader, const char *a, const char *b, bool same,
                              unsigned fold)
{
    vultus_pairs *pairs = &reader->pairs;
    if (pairs->count == PAIRS_MAX)
        return status_set(reader->lines.error, VULTUS_ERR_LIMIT, "%.140s: more than %u pairs",
                          reader->lines.name, PAIRS_MAX);
    if (pairs->count == reader->capacity) {
        size_t capacity = reader->capacity ? 2 * reader->capacity : 256;
        vultus_pair *items = mem_resize(pairs->items, capacity, sizeof *items);
        if (!items)
            return status_memory(reader->lines.error, "the pairs");
        pairs->items = items;
        reader->capacity = capacity;
    }
    vultus_pair pair = {.a = mem_string(a),
                        .b = mem_string(b),
                        .same = same,
                        .fold = fold,
                        .person_a = VULTUS_NOBODY,
                        .person_b = VULTUS_NOBODY};
    if (!pair.a || !pair.b) {
        mem_free(pair.a);
        mem_free(pair.b);
        return status_memory(reader->lines.error, "the pairs");
    }
    pairs->items[pairs->count++] = pair;
    return VULTUS_OK;
}

void pairs_clear(vultus_pairs *pairs)
{
    if (!pairs)
        return;
    for (size_t i = 0; i < pairs->count; i++) {
        mem_free(pairs->items[i].a);
        mem_free(pairs->items[i].b);
    }
    mem_free(pairs->items);
    *pairs = (vultus_pairs){0};
}

/* ------------------------------------------------------------------ LFW */

static void split_blanks(struct lines *lines)
{
    lines_split(lines, strchr(lines->text, '\t') ? "\t" : " "); /* a name may have spaces */
}

static bool read_number(const char *text, unsigned *out)
{
    unsigned value = 0;
    if (!*text)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9' ||
            (value = 10 * value + (unsigned)(*text - '0')) > NUMBER_MAX)
            return false;
    }
    *out = value;
    return value > 0;
}

/* ROOT/name/name_0001.jpg, or with another ending when only that is there. */
static vultus_status lfw_path(struct reader *reader, const char *name, const char *number_text,
                              char *out, size_t size)
{
    static const char *const endings[] = {".jpg", ".jpeg", ".png", ".webp"};
    unsigned number;
    if (strchr(name, '/') || !lines_path_inside(name) || !strcmp(name, "."))
        return lines_bad(&reader->lines, "a name that leads out of the folder");
    if (!read_number(number_text, &number))
        return lines_bad(&reader->lines, "a picture's number is expected, 1 to 10000000");
    for (size_t i = 0; i <= sizeof endings / sizeof endings[0]; i++) {
        const char *ending = endings[i % (sizeof endings / sizeof endings[0])];
        int length =
            snprintf(out, size, "%s/%s/%s_%04u%s", reader->root, name, name, number, ending);
        if (length < 0 || (size_t)length >= size)
            return lines_bad(&reader->lines, "the path is too long");
        if (file_exists(out))
            break;
    }
    return VULTUS_OK; /* when none is there, the last try was .jpg again: reading it will say so */
}

static vultus_status lfw_line(struct reader *reader, unsigned fold, size_t left[2])
{
    char a[FILE_PATH_MAX], b[FILE_PATH_MAX];
    split_blanks(&reader->lines);
    char **fields = reader->lines.fields;
    bool same = reader->lines.field_count == 3;
    if (!same && reader->lines.field_count != 4)
        return lines_bad(&reader->lines, "\"name n m\" or \"name n other m\" is expected");
    if (!left[same])
        return lines_bad(&reader->lines, same ? "more same pairs than the first line says"
                                              : "more different pairs than the first line says");
    left[same]--;
    vultus_status status = lfw_path(reader, fields[0], fields[1], a, sizeof a);
    if (!status)
        status = lfw_path(reader, fields[same ? 0 : 2], fields[same ? 2 : 3], b, sizeof b);
    return status ? status : add_pair(reader, a, b, same, fold);
}

struct named {        /* one side of a pair */
    const char *path; /* ROOT/name/name_number */
    size_t length;    /* of the path up to the end of the folder's name */
    uint32_t *person;
};

static struct named named_by(const char *path, uint32_t *person)
{
    return (struct named){path, (size_t)(strrchr(path, '/') - path), person};
}

static int by_person(const void *left, const void *right)
{
    const struct named *a = left, *b = right;
    int order = memcmp(a->path, b->path, a->length < b->length ? a->length : b->length);
    return order ? order : (a->length > b->length) - (a->length < b->length);
}

/* All paths begin with the root, so the folder of a picture is its person. */
static vultus_status number_people(struct reader *reader)
{
    vultus_pairs *pairs = &reader->pairs;
    size_t count = 2 * pairs->count;
    struct named *sides = mem_array(count, sizeof *sides);
    if (!sides)
        return status_memory(reader->lines.error, "the pairs");
    for (size_t i = 0; i < pairs->count; i++) {
        vultus_pair *pair = &pairs->items[i];
        sides[2 * i] = named_by(pair->a, &pair->person_a);
        sides[2 * i + 1] = named_by(pair->b, &pair->person_b);
    }
    qsort(sides, count, sizeof *sides, by_person);
    for (size_t i = 0; i < count; i++) {
        pairs->people += !i || by_person(&sides[i - 1], &sides[i]) != 0;
        *sides[i].person = (uint32_t)pairs->people - 1;
    }
    mem_free(sides);
    return VULTUS_OK;
}

static vultus_status read_lfw(struct reader *reader)
{
    unsigned folds = 1, each = 0;
    bool more = true;
    split_blanks(&reader->lines);
    if (!reader->lines.field_count || reader->lines.field_count > 2 ||
        !read_number(reader->lines.fields[reader->lines.field_count - 1], &each) ||
        (reader->lines.field_count == 2 && !read_number(reader->lines.fields[0], &folds)))
        return lines_bad(&reader->lines,
                         "neither a list of pairs as LFW has them nor CSV with file_x,file_y,"
                         "Decision");
    if ((uint64_t)folds * each * 2 > PAIRS_MAX)
        return status_set(reader->lines.error, VULTUS_ERR_LIMIT, "%.140s:%zu: more than %u pairs",
                          reader->lines.name, reader->lines.number, PAIRS_MAX);
    for (unsigned fold = 0; fold < folds; fold++) {
        size_t left[2] = {each, each};
        while (left[0] + left[1]) {
            vultus_status status = lines_next(&reader->lines, &more);
            if (!status && !more) {
                reader->lines.number++;
                status = lines_bad(&reader->lines,
                                   "the file ends before all pairs that its first line says");
            }
            if (!status)
                status = lfw_line(reader, fold, left);
            if (status)
                return status;
        }
    }
    reader->pairs.folds = folds;
    vultus_status status = lines_next(&reader->lines, &more);
    if (!status && more)
        status = lines_bad(&reader->lines, "more pairs than the first line says");
    return status ? status : number_people(reader);
}

/* ------------------------------------------------------------------ CSV */

/* Cuts the line at commas, in place; quoted fields lose their quotes. */
static vultus_status split_commas(struct reader *reader)
{
    char *at = reader->lines.text;
    reader->lines.field_count = 0;
    for (;;) {
        if (reader->lines.field_count == LINES_FIELDS_MAX)
            return lines_bad(&reader->lines, "too many columns");
        char *put = at;
        reader->lines.fields[reader->lines.field_count++] = at;
        if (*at == '"') {
            for (at++; *at && (*at != '"' || at[1] == '"'); at++) {
                if (*at == '"')
                    at++;
                *put++ = *at;
            }
            if (!*at++ || (*at && *at != ','))
                return lines_bad(&reader->lines, "a quote that does not end, or text behind it");
        } else {
            at += strcspn(at, ",");
            put = at;
        }
        char stop = *at;
        *put = '\0';
        if (!stop)
            return VULTUS_OK;
        at++;
    }
}

static bool read_decision(const char *text, bool *same)
{
    static const struct {
        const char *text;
        bool same;
    } words[] = {{"yes", true}, {"no", false},  {"1", true},
                 {"0", false},  {"true", true}, {"false", false}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (!strcasecmp(text, words[i].text)) {
            *same = words[i].same;
            return true;
        }
    return false;
}

static vultus_status csv_path(struct reader *reader, const char *file, char *out, size_t size)
{
    if (!lines_path_inside(file))
        return lines_bad(&reader->lines, "a file that is not inside the folder");
    int length = snprintf(out, size, "%s/%s", reader->root, file);
    return length < 0 || (size_t)length >= size ? lines_bad(&reader->lines, "the path is too long")
                                                : VULTUS_OK;
}

static vultus_status csv_columns(struct reader *reader, size_t columns[3], size_t *highest)
{
    static const char *const names[3] = {"file_x", "file_y", "decision"};
    vultus_status status = split_commas(reader);
    *highest = 0;
    for (size_t c = 0; !status && c < 3; c++) {
        columns[c] = LINES_FIELDS_MAX;
        for (size_t i = 0; i < reader->lines.field_count; i++)
            if (!strcasecmp(reader->lines.fields[i], names[c]))
                columns[c] = i;
        if (columns[c] == LINES_FIELDS_MAX)
            status = lines_bad(&reader->lines, "the columns file_x,file_y,Decision are expected");
        if (columns[c] > *highest)
            *highest = columns[c];
    }
    return status;
}

static vultus_status read_csv(struct reader *reader)
{
    char a[FILE_PATH_MAX], b[FILE_PATH_MAX];
    size_t columns[3], highest = 0;
    bool more = true, same = false;
    vultus_status status = csv_columns(reader, columns, &highest);
    while (!status && !(status = lines_next(&reader->lines, &more)) && more) {
        char **fields = reader->lines.fields;
        status = split_commas(reader);
        if (!status && reader->lines.field_count <= highest)
            status = lines_bad(&reader->lines, "a column is missing");
        if (!status && !read_decision(fields[columns[2]], &same))
            status = lines_bad(&reader->lines, "the decision is neither Yes nor No");
        if (!status)
            status = csv_path(reader, fields[columns[0]], a, sizeof a);
        if (!status)
            status = csv_path(reader, fields[columns[1]], b, sizeof b);
        if (!status)
            status = add_pair(reader, a, b, same, 0);
    }
    reader->pairs.folds = 1;
    return status;
}

vultus_status pairs_parse(const char *text, size_t size, const char *name, const char *root,
                          vultus_pairs *out, vultus_error *error)
{
    bool more = false;
    struct reader *reader = mem_zalloc(1, sizeof *reader);
    if (!reader)
        return status_memory(error, "the pairs");
    reader->root = root;
    lines_open(&reader->lines, text, size, name, error);
    vultus_status status = lines_next(&reader->lines, &more);
    if (!status && more)
        status = strchr(reader->lines.text, ',') ? read_csv(reader) : read_lfw(reader);
    if (!status && !reader->pairs.count)
        status = status_set(error, VULTUS_ERR_FORMAT, "%.140s:%zu: no pairs in it", name,
                            reader->lines.number ? reader->lines.number : 1);
    if (status)
        pairs_clear(&reader->pairs);
    else
        *out = reader->pairs;
    mem_free(reader);
    return status;
}
