/* A header is a magic number, a length and the text of a dictionary with three keys, filled up with spaces. */
#include "base/npy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC "\x93NUMPY"
#define MAGIC_SIZE ((size_t)6)
#define ALIGNMENT 64

static const struct {
    const char *text;
    size_t size;
    bool wide; /* followed by a width */
} kinds[NPY_KINDS] = {{"<f4", 4, false}, {"<f8", 8, false}, {"<i8", 8, false},
                      {"|u1", 1, false}, {"<U", 4, true},   {"|S", 1, true}};

size_t npy_item(const struct npy *npy)
{
    return kinds[npy->kind].size * npy->width;
}

bool npy_bytes(const struct npy *npy, size_t *bytes)
{
    if (__builtin_mul_overflow(kinds[npy->kind].size, npy->width, bytes))
        return false;
    for (size_t i = 0; i < npy->axes; i++)
        if (__builtin_mul_overflow(*bytes, npy->shape[i], bytes))
            return false;
    return true;
}

/* ------------------------------------------------------------------ reading */

static vultus_status bad(const char *what, vultus_error *error)
{
    return status_set(error, VULTUS_ERR_FORMAT, "%s", what);
}

/* What follows 'key': in the dictionary. NULL: the key is not there. */
static const char *value_of(const char *text, const char *key)
{
    char quoted[32];
    snprintf(quoted, sizeof quoted, "'%s'", key);
    const char *at = strstr(text, quoted);
    if (!at)
        return NULL;
    at += strlen(quoted);
    at += strspn(at, " ");
    if (*at != ':')
        return NULL;
    return at + 1 + strspn(at + 1, " ");
}

/* Digits, at most 18 of them. */
static bool read_number(const char **at, size_t *out)
{
    size_t digits = strspn(*at, "0123456789");
    if (!digits || digits > 18)
        return false;
    *out = (size_t)strtoull(*at, NULL, 10);
    *at += digits;
    return true;
}

static vultus_status read_kind(const char *value, struct npy *out, vultus_error *error)
{
    for (unsigned i = 0; value && *value == '\'' && i < NPY_KINDS; i++) {
        size_t length = strlen(kinds[i].text);
        const char *rest = value + 1 + length;
        if (strncmp(value + 1, kinds[i].text, length) != 0)
            continue;
        out->kind = (enum npy_kind)i;
        out->width = 1;
        if (kinds[i].wide && (!read_number(&rest, &out->width) || !out->width))
            continue;
        if (*rest == '\'')
            return VULTUS_OK;
    }
    return bad("is of a kind that is not read here; save it as float32 or, of texts, as str",
               error);
}

static vultus_status read_shape(const char *value, struct npy *out, vultus_error *error)
{
    out->axes = 0;
    if (!value || *value++ != '(')
        return bad("has no shape", error);
    for (value += strspn(value, " "); *value != ')'; value += strspn(value, ", ")) {
        if (out->axes == NPY_AXES_MAX || !read_number(&value, &out->shape[out->axes]))
            return bad("has a shape that is not read here", error);
        out->axes++;
    }
    return VULTUS_OK;
}

vultus_status npy_read(const uint8_t *bytes, size_t have, struct npy *out, size_t *size,
                       vultus_error *error)
{
    char text[NPY_HEADER_MAX + 1];
    if (have < MAGIC_SIZE + 6 || memcmp(bytes, MAGIC, MAGIC_SIZE) != 0)
        return bad("is no array of NumPy", error);
    bool first = bytes[6] == 1;
    size_t start = first ? 10 : 12, length = bytes[8] | (size_t)bytes[9] << 8;
    if (bytes[6] < 1 || bytes[6] > 3)
        return bad("is of a newer version of NumPy's format", error);
    if (!first)
        length |= (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24;
    if (length > NPY_HEADER_MAX || length > have - start)
        return bad("has a header that is cut off, or too long", error);
    memcpy(text, bytes + start, length);
    text[length] = '\0';
    struct npy npy = {.width = 1};
    vultus_status status = read_kind(value_of(text, "descr"), &npy, error);
    if (!status)
        status = read_shape(value_of(text, "shape"), &npy, error);
    const char *order = value_of(text, "fortran_order");
    if (!status && (!order || strncmp(order, "False", 5) != 0) && npy.axes > 1)
        status = bad("is in Fortran's order; save numpy.ascontiguousarray(it)", error);
    if (status)
        return status;
    *out = npy;
    *size = start + length;
    return VULTUS_OK;
}

/* ------------------------------------------------------------------ writing */

size_t npy_write(const struct npy *npy, uint8_t out[NPY_HEADER_MAX])
{
    char text[256], width[24] = "", shape[96] = "";
    size_t at = 0;
    if (kinds[npy->kind].wide)
        snprintf(width, sizeof width, "%zu", npy->width);
    for (size_t i = 0; i < npy->axes; i++)
        at += (size_t)snprintf(shape + at, sizeof shape - at, "%zu,%s", npy->shape[i],
                               i + 1 < npy->axes ? " " : "");
    size_t length = (size_t)snprintf(text, sizeof text,
                                     "{'descr': '%s%s', 'fortran_order': False, 'shape': (%s), }",
                                     kinds[npy->kind].text, width, shape);
    size_t size = (10 + length + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    memset(out, ' ', size);
    memcpy(out, MAGIC "\x01", 8); /* version 1.0: the NUL is its second byte */
    out[8] = (uint8_t)(size - 10);
    out[9] = (uint8_t)((size - 10) >> 8);
    memcpy(out + 10, text, length);
    out[size - 1] = '\n';
    return size;
}
