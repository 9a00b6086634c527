/*
 * The people whom probes are compared with: rows of labelled embeddings by person, and what stands for a
 * person with several (vultus_template), as galleries have it (gallery/search_templates.c).
 */
#ifndef DECIDE_ENROLLED_H
#define DECIDE_ENROLLED_H

#include "base/status.h"
#include "decide/decision.h"

struct enrolled { /* rows grouped by person */
    const vultus_labelled *set;
    vultus_template templates;
    uint32_t *rows;
    uint32_t *people; /* the numbers of those who are enrolled, rising */
    size_t *first;    /* of each of them, where their rows begin; one more is the end */
    size_t count;     /* of people */
    uint32_t *place;  /* of each number: its place in people; VULTUS_NOBODY: not enrolled */
    float *means;     /* count x dimension; NULL: another template */
    uint32_t *best;   /* of each of them: the row of the best quality; NULL: another template */
};

struct hit { /* a person, and the face that stands for the comparison */
    uint32_t row;
    float score, cosine, distance;
};

/* Free with enrolled_clear, also after a failure. MEMORY. */
vultus_status enrolled_make(const vultus_trials_request *request, struct enrolled *out,
                            vultus_error *error) VULTUS_MUST_USE;
void enrolled_clear(struct enrolled *enrolled);
/* How near the person at this place is; of equally near faces the first stands. */
struct hit enrolled_compare(const struct enrolled *enrolled, const struct decision_rule *rule,
                            const float *probe, size_t place);

#endif
