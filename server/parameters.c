/* The table of parameters, and how it reads a query. A route lists those that it takes in routes.c. */
#include "parameters.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT(field) offsetof(struct parameters, field)

enum kind {
    WHOLE,
    REAL,
    OWN_REAL, /* a number, or "true": what the model has, which is kept as -1 */
    FLAG,
    CHOICE,
    TEXT,
    TEXTS
};

struct spec {
    const char *name;
    enum kind kind;
    const char *words; /* of a choice: "a|b" */
    size_t offset;
    double least, most;
};

static const struct spec specs[PARAMETER_COUNT] = {
    [PARAMETER_MIN_FACE] = {"min_face", REAL, NULL, AT(min_face), 1, VULTUS_SIDE_MAX},
    [PARAMETER_MAX_FACES] = {"max_faces", WHOLE, NULL, AT(max_faces), 1, FACES_LIMIT},
    [PARAMETER_FLIP] = {"flip", FLAG, NULL, AT(flip), 0, 0},
    [PARAMETER_METRIC] = {"metric", CHOICE, "cosine|euclidean", AT(metric), 0, 0},
    [PARAMETER_THRESHOLD] = {"threshold", REAL, NULL, AT(threshold), -10, 10},
    [PARAMETER_FAR] = {"far", REAL, NULL, AT(far), 1e-9, 0.999},
    [PARAMETER_MIN_MARGIN] = {"min_margin", REAL, NULL, AT(min_margin), 0, 10},
    [PARAMETER_MIN_QUALITY] = {"min_quality", REAL, NULL, AT(min_quality), 0, 1},
    [PARAMETER_LIVENESS] = {"liveness", FLAG, NULL, AT(liveness), 0, 0},
    [PARAMETER_REQUIRE_LIVE] = {"require_live", OWN_REAL, NULL, AT(require_live), 0, 1},
    [PARAMETER_TOP] = {"top", WHOLE, NULL, AT(top), 1, VULTUS_TOP_MAX},
    [PARAMETER_NAME] = {"name", TEXT, NULL, AT(name), 0, 0},
    [PARAMETER_SELECT] = {"select", CHOICE, "one|largest", AT(select), 0, 0},
    [PARAMETER_MIN_SIZE] = {"min_size", REAL, NULL, AT(min_size), 0, VULTUS_SIDE_MAX},
    [PARAMETER_MIN_SHARPNESS] = {"min_sharpness", REAL, NULL, AT(min_sharpness), 0, 1},
    [PARAMETER_LIMIT] = {"limit", WHOLE, NULL, AT(limit), 1, PAGE_LIMIT},
    [PARAMETER_AFTER] = {"after", TEXT, NULL, AT(after), 0, 0},
    [PARAMETER_SEARCH] = {"search", TEXT, NULL, AT(search), 0, 0},
    [PARAMETER_GALLERY] = {"gallery", TEXT, NULL, AT(gallery), 0, 0},
    [PARAMETER_IN_GROUP] = {"group", TEXT, NULL, AT(in_group), 0, 0},
    [PARAMETER_WITH_TAG] = {"tag", TEXT, NULL, AT(with_tag), 0, 0},
    [PARAMETER_PERSON] = {"person", TEXTS, NULL, AT(people), 0, 0},
    [PARAMETER_GROUP] = {"group", TEXTS, NULL, AT(groups), 0, 0},
    [PARAMETER_TAG] = {"tag", TEXTS, NULL, AT(tags), 0, 0},
    [PARAMETER_AFTER_FACE] = {"after", WHOLE, NULL, AT(after_face), 0, UINT32_MAX},
    [PARAMETER_DAYS] = {"days", WHOLE, NULL, AT(days), 1, 365},
    [PARAMETER_LABEL] = {"label", TEXT, NULL, AT(label), 0, 0},
    [PARAMETER_PICTURE] = {"picture", FLAG, NULL, AT(picture), 0, 0},
    [PARAMETER_METHOD] = {"method", TEXT, NULL, AT(method), 0, 0},
#define HYPER(id, name) [id] = {name, TEXT, NULL, AT(hyper[id - PARAMETER_C]), 0, 0}
    HYPER(PARAMETER_C, "C"),
    HYPER(PARAMETER_GAMMA, "gamma"),
    HYPER(PARAMETER_N_NEIGHBORS, "n_neighbors"),
    HYPER(PARAMETER_WEIGHTS, "weights"),
    HYPER(PARAMETER_N_ESTIMATORS, "n_estimators"),
    HYPER(PARAMETER_MAX_DEPTH, "max_depth"),
    HYPER(PARAMETER_CLASS_WEIGHT, "class_weight"),
    HYPER(PARAMETER_TOL, "tol"),
    HYPER(PARAMETER_MAX_ITER, "max_iter"),
#undef HYPER
    [PARAMETER_GRID] = {"grid", TEXT, NULL, AT(grid), 0, 0},
    [PARAMETER_CV] = {"cv", WHOLE, NULL, AT(cv), 1, FOLDS_LIMIT},
    [PARAMETER_SEED] = {"seed", WHOLE, NULL, AT(seed), 0, UINT32_MAX},
};

static bool in_range(const struct spec *spec, double value)
{
    return isfinite(value) && value >= spec->least && value <= spec->most;
}

static bool read_choice(const struct spec *spec, const char *text, unsigned *out)
{
    size_t length = strlen(text);
    unsigned index = 0;
    for (const char *word = spec->words; length && word; index++) {
        const char *end = strchr(word, '|');
        if (strcspn(word, "|") == length && !memcmp(word, text, length)) {
            *out = index;
            return true;
        }
        word = end ? end + 1 : NULL;
    }
    return false;
}

static bool read_value(const struct spec *spec, const char *text, struct parameters *out)
{
    void *field = (char *)out + spec->offset;
    char *end = NULL;
    bool digit = (*text >= '0' && *text <= '9') || *text == '-' || *text == '.';
    errno = 0;
    switch (spec->kind) {
    case WHOLE: {
        long value = digit ? strtol(text, &end, 10) : 0;
        *(unsigned *)field = (unsigned)value;
        return digit && !*end && !errno && in_range(spec, (double)value);
    }
    case REAL:
    case OWN_REAL: {
        double value = digit ? strtod(text, &end) : 0;
        bool own = spec->kind == OWN_REAL && !strcmp(text, "true");
        *(float *)field = own ? -1 : (float)value;
        if (own)
            return true;
        return digit && !*end && !errno && in_range(spec, value);
    }
    case FLAG:
        *(bool *)field = !strcmp(text, "true") || !strcmp(text, "1");
        return *(bool *)field || !strcmp(text, "false") || !strcmp(text, "0");
    case CHOICE: return read_choice(spec, text, field);
    case TEXT: *(const char **)field = text; return *text != '\0';
    case TEXTS: {
        struct parameter_texts *texts = field; /* a query has no more pairs than there is room */
        texts->items[texts->count++] = text;
        return *text != '\0';
    }
    }
    return false;
}

static void explain(const struct spec *spec, char *message, size_t size)
{
    switch (spec->kind) {
    case WHOLE:
    case REAL:
    case OWN_REAL:
        snprintf(message, size, "%s is not a %s from %g to %g", spec->name,
                 spec->kind == WHOLE ? "whole number" : "number", spec->least, spec->most);
        break;
    case FLAG: snprintf(message, size, "%s is neither true nor false", spec->name); break;
    case CHOICE: snprintf(message, size, "%s is none of %s", spec->name, spec->words); break;
    case TEXT:
    case TEXTS: snprintf(message, size, "%s is empty", spec->name); break;
    }
}

const char *parameter_name(enum parameter_id id)
{
    return specs[id].name;
}

/* The command line has hyphens where names here have underscores; both will do. */
static bool is_named(const struct spec *spec, const char *text)
{
    const char *name = spec->name;
    while (*name && (*name == *text || (*name == '_' && *text == '-'))) {
        name++;
        text++;
    }
    return !*name && !*text;
}

bool parameters_read(const struct target *target, const unsigned char *allowed,
                     struct parameters *out, char *message, size_t size)
{
    *out = (struct parameters){.max_faces = FACES_DEFAULT, .limit = PAGE_DEFAULT};
    for (size_t i = 0; i < target->query_count; i++) {
        const struct target_pair *pair = &target->query[i];
        const unsigned char *id = allowed;
        while (id && *id != PARAMETER_COUNT && !is_named(&specs[*id], pair->name))
            id++;
        if (!id || *id == PARAMETER_COUNT) {
            snprintf(message, size, "there is no parameter %.60s here", pair->name);
            return false;
        }
        if (out->given[*id] && specs[*id].kind != TEXTS) {
            snprintf(message, size, "%s is given twice", pair->name);
            return false;
        }
        out->given[*id] = true;
        if (!read_value(&specs[*id], pair->value, out)) {
            explain(&specs[*id], message, size);
            return false;
        }
    }
    if (out->given[PARAMETER_FAR] && out->given[PARAMETER_THRESHOLD]) {
        snprintf(message, size, "far or threshold, not both");
        return false;
    }
    out->filter = (vultus_filter){.people = out->people.items,
                                  .people_count = out->people.count,
                                  .groups = out->groups.items,
                                  .group_count = out->groups.count,
                                  .tags = out->tags.items,
                                  .tag_count = out->tags.count};
    return true;
}

vultus_detect_options parameters_detection(const struct parameters *parameters)
{
    return (vultus_detect_options){.min_face = parameters->min_face,
                                   .max_faces = parameters->max_faces};
}

vultus_sample_options parameters_sample(const struct parameters *parameters)
{
    /* For the library 0 is its default and less than 0 is none; here 0 is none. */
    bool size = parameters->given[PARAMETER_MIN_SIZE];
    bool sharpness = parameters->given[PARAMETER_MIN_SHARPNESS];
    bool any = sharpness && parameters->min_sharpness <= 0;
    return (vultus_sample_options){
        .detect = {.min_face = parameters->min_face},
        .embed = {.flip = parameters->flip},
        .largest = parameters->select == 1,
        .min_size = size && parameters->min_size <= 0 ? -1 : parameters->min_size,
        .min_sharpness = any ? -1 : parameters->min_sharpness,
        .min_quality = any ? -1 : 0,
    };
}

vultus_decision parameters_decision(const struct parameters *parameters)
{
    return (vultus_decision){
        .metric = !parameters->given[PARAMETER_METRIC] ? VULTUS_METRIC_OWN
                  : parameters->metric                 ? VULTUS_METRIC_EUCLIDEAN
                                                       : VULTUS_METRIC_COSINE,
        .threshold = parameters->threshold,
        .has_threshold = parameters->given[PARAMETER_THRESHOLD],
        .top = parameters->top > 2 ? parameters->top : 2,
        .far = parameters->far,
        .min_margin = parameters->min_margin,
        .min_quality = parameters->min_quality,
        .filter = parameters->people.count || parameters->groups.count || parameters->tags.count
                      ? &parameters->filter
                      : NULL,
    };
}
