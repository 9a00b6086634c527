/*
 * Hyper-parameters as text, under scikit-learn's names: one table says which there are, what they may be and
 * who listens to them, for options, for grids and for files.
 */
#include "decide/classifier.h"
#include "decide/lines.h"
#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define NAME_MAX_BYTES 32
#define VALUES_MAX 64 /* of one parameter in a grid */

enum kind { REAL, WHOLE, FLAG };

static const struct parameter {
    const char *name;
    unsigned use;
    enum kind kind;
    size_t offset;
    double least, most, fallback;
    const char *words[2]; /* a flag: for 0 and 1; a number: names of the two values below */
    double values[2];
} parameters[] = {
#define AT(field) offsetof(struct classifier_parameters, field)
    {"C", CLASSIFIER_C, REAL, AT(c), 1e-9, 1e9, 10, {0}, {0}},
    {"gamma",
     CLASSIFIER_GAMMA,
     REAL,
     AT(gamma),
     1e-9,
     1e9,
     CLASSIFIER_GAMMA_SCALE,
     {"scale", "auto"},
     {CLASSIFIER_GAMMA_SCALE, CLASSIFIER_GAMMA_AUTO}},
    {"n-neighbors", CLASSIFIER_NEIGHBORS, WHOLE, AT(neighbors), 1, 1000, 5, {0}, {0}},
    {"weights", CLASSIFIER_WEIGHTS, FLAG, AT(uniform), 0, 1, 0, {"distance", "uniform"}, {0}},
    {"n-estimators", CLASSIFIER_TREES, WHOLE, AT(trees), 1, 10000, 100, {0}, {0}},
    {"max-depth", CLASSIFIER_DEPTH, WHOLE, AT(depth), 1, 1000, 0, {"none", NULL}, {0, 0}},
    {"tol", CLASSIFIER_TOL, REAL, AT(tolerance), 1e-12, 0.5, 1e-3, {0}, {0}},
    {"max-iter", CLASSIFIER_ITERATIONS, WHOLE, AT(iterations), 1, 1000000, 1000, {0}, {0}},
    {"class-weight", CLASSIFIER_BALANCED, FLAG, AT(balanced), 0, 1, 0, {"none", "balanced"}, {0}},
#undef AT
};
enum { PARAMETERS = sizeof parameters / sizeof *parameters };

static void set(const struct parameter *parameter, struct classifier_parameters *out, double value)
{
    char *field = (char *)out + parameter->offset;
    if (parameter->kind == REAL)
        *(double *)field = value;
    else
        *(unsigned *)field = (unsigned)value;
}

static double get(const struct parameter *parameter, const struct classifier_parameters *from)
{
    const char *field = (const char *)from + parameter->offset;
    return parameter->kind == REAL ? *(const double *)field : *(const unsigned *)field;
}

void classifier_defaults(struct classifier_parameters *out)
{
    for (size_t i = 0; i < PARAMETERS; i++)
        set(&parameters[i], out, parameters[i].fallback);
}

static vultus_status bad_value(const struct parameter *parameter, const char *text,
                               vultus_error *error)
{
    char words[64] = "";
    if (parameter->kind == FLAG)
        return status_set(error, VULTUS_ERR_ARGUMENT, "%s: \"%.40s\" is neither %s nor %s",
                          parameter->name, text, parameter->words[0], parameter->words[1]);
    for (size_t i = 0; i < 2 && parameter->words[i]; i++)
        snprintf(words + strlen(words), sizeof words - strlen(words), "%s, ", parameter->words[i]);
    return status_set(error, VULTUS_ERR_ARGUMENT, "%s: \"%.40s\" is not %s%sa %s from %g to %g",
                      parameter->name, text, words, *words ? "or " : "",
                      parameter->kind == WHOLE ? "whole number" : "number", parameter->least,
                      parameter->most);
}

/* A number as lines_number reads it, also with an exponent, whatever the locale says. */
static bool read_number(const char *text, double *out)
{
    char mantissa[64];
    double exponent = 0;
    size_t length = strcspn(text, "eE");
    if (length >= sizeof mantissa || (text[length] && !lines_number(text + length + 1, &exponent)))
        return false;
    memcpy(mantissa, text, length);
    mantissa[length] = '\0';
    if (!lines_number(mantissa, out) || exponent != floor(exponent) || fabs(exponent) > 300)
        return false;
    /* ten to a whole number is exact, and so is what is divided by it; by its inverse it is not */
    *out = exponent < 0 ? *out / pow(10, -exponent) : *out * pow(10, exponent);
    return true;
}

static vultus_status read_value(const struct parameter *parameter, const char *text,
                                struct classifier_parameters *out, vultus_error *error)
{
    double value;
    for (unsigned i = 0; i < 2; i++)
        if (parameter->words[i] && !strcmp(parameter->words[i], text)) {
            set(parameter, out, parameter->kind == FLAG ? i : parameter->values[i]);
            return VULTUS_OK;
        }
    if (parameter->kind == FLAG || !read_number(text, &value) ||
        !(value >= parameter->least && value <= parameter->most) ||
        (parameter->kind == WHOLE && value != floor(value)))
        return bad_value(parameter, text, error);
    set(parameter, out, value);
    return VULTUS_OK;
}

static vultus_status unknown(const struct classifier_method *method, const char *name,
                             vultus_error *error)
{
    char known[160] = "";
    for (size_t i = 0; i < PARAMETERS; i++)
        if (method->uses & parameters[i].use)
            snprintf(known + strlen(known), sizeof known - strlen(known), "%s%s",
                     *known ? ", " : "", parameters[i].name);
    return status_set(error, VULTUS_ERR_ARGUMENT, "%s has no parameter \"%.40s\"; it has: %s",
                      method->name, name, *known ? known : "none");
}

/* The next of "a=1;b=2" from *at on: its parameter, and its value in `value`. */
static vultus_status next_pair(const struct classifier_method *method, const char **at,
                               char value[CLASSIFIER_TEXT_MAX + 1], const struct parameter **out,
                               vultus_error *error)
{
    char name[NAME_MAX_BYTES + 1];
    size_t length = strcspn(*at, ";"), equals = strcspn(*at, "=;");
    if (equals == length || !equals || equals > NAME_MAX_BYTES || length == equals + 1 ||
        length - equals > CLASSIFIER_TEXT_MAX)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "\"%.60s\" is not of the form C=1;gamma=scale", *at);
    snprintf(name, sizeof name, "%.*s", (int)equals, *at);
    for (char *underscore = name; (underscore = strchr(underscore, '_'));) /* scikit-learn's own */
        *underscore = '-';
    snprintf(value, CLASSIFIER_TEXT_MAX + 1, "%.*s", (int)(length - equals - 1), *at + equals + 1);
    *at += length + ((*at)[length] == ';');
    for (size_t i = 0; i < PARAMETERS; i++)
        if ((method->uses & parameters[i].use) && !strcmp(parameters[i].name, name)) {
            *out = &parameters[i];
            return VULTUS_OK;
        }
    return unknown(method, name, error);
}

vultus_status classifier_parse(const struct classifier_method *method, const char *text,
                               struct classifier_parameters *inout, vultus_error *error)
{
    struct classifier_parameters read = *inout;
    char value[CLASSIFIER_TEXT_MAX + 1];
    const struct parameter *parameter = NULL;
    vultus_status status = VULTUS_OK;
    while (!status && text && *text) {
        status = next_pair(method, &text, value, &parameter, error);
        if (!status)
            status = read_value(parameter, value, &read, error);
    }
    if (!status)
        *inout = read;
    return status;
}

void classifier_print(const struct classifier_method *method,
                      const struct classifier_parameters *from, char *out, size_t size)
{
    *out = '\0';
    for (size_t i = 0; i < PARAMETERS; i++) {
        const struct parameter *parameter = &parameters[i];
        double value = get(parameter, from);
        const char *word = NULL;
        size_t used = strlen(out);
        if (!(method->uses & parameter->use))
            continue;
        for (unsigned k = 0; k < 2; k++)
            if (parameter->words[k] &&
                value == (parameter->kind == FLAG ? k : parameter->values[k]))
                word = parameter->words[k];
        if (word)
            snprintf(out + used, size - used, "%s%s=%s", used ? ";" : "", parameter->name, word);
        else
            snprintf(out + used, size - used, "%s%s=%.9g", used ? ";" : "", parameter->name, value);
    }
}

/* ------------------------------------------------------------------ grids */

/* Cuts "1,2,3" up in place. */
static size_t cut(char *text, char *values[VALUES_MAX])
{
    size_t count = 0;
    for (char *at = text; at && count < VALUES_MAX; count++) {
        char *comma = strchr(at, ',');
        values[count] = at;
        if (comma)
            *comma++ = '\0';
        at = comma;
    }
    return count;
}

/* Every combination so far with every value; the new ones come behind their origin. */
static vultus_status multiply(struct classifier_parameters **all, size_t *count,
                              const struct parameter *parameter, char *text, vultus_error *error)
{
    char *values[VALUES_MAX];
    size_t n = cut(text, values), total = *count * n;
    vultus_status status = VULTUS_OK;
    if (total > CLASSIFIER_GRID_MAX)
        return status_set(error, VULTUS_ERR_LIMIT, "the grid has more than %d combinations",
                          CLASSIFIER_GRID_MAX);
    struct classifier_parameters *grown = mem_array(total, sizeof *grown);
    if (!grown)
        return status_memory(error, "a grid");
    for (size_t i = 0; !status && i < total; i++) {
        grown[i] = (*all)[i / n];
        status = read_value(parameter, values[i % n], &grown[i], error);
    }
    if (status) {
        mem_free(grown);
        return status;
    }
    mem_free(*all);
    *all = grown;
    *count = total;
    return VULTUS_OK;
}

vultus_status classifier_grid(const struct classifier_method *method, const char *text,
                              const struct classifier_parameters *base,
                              struct classifier_parameters **out, size_t *count,
                              vultus_error *error)
{
    char value[CLASSIFIER_TEXT_MAX + 1];
    const struct parameter *parameter = NULL;
    size_t n = 1;
    vultus_status status = VULTUS_OK;
    struct classifier_parameters *all = mem_copy(base, sizeof *base);
    if (!all)
        return status_memory(error, "a grid");
    while (!status && text && *text) {
        status = next_pair(method, &text, value, &parameter, error);
        if (!status)
            status = multiply(&all, &n, parameter, value, error);
    }
    if (status) {
        mem_free(all);
        return status;
    }
    *out = all;
    *count = n;
    return VULTUS_OK;
}
