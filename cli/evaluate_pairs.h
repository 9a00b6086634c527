/* What vultus evaluate pairs gathers, and how it is shown. */
#ifndef CLI_EVALUATE_PAIRS_H
#define CLI_EVALUATE_PAIRS_H

#include "cli_session.h"

struct subject { /* a picture of the pairs */
    const char *path;
    float *embedding; /* NULL: cannot be used */
    vultus_face face;
    bool faceless;
    vultus_status status;
    vultus_error error;
};

struct evaluation {
    const struct options *options;
    struct session *session;
    const char *file; /* the list of pairs; NULL: the operand */
    vultus_pairs pairs;
    struct subject *subjects; /* by path */
    size_t subject_count;
    bool distances; /* scores are distances, negated, because only they are what was trained */
    float *score;   /* of the pairs that were scored: similarities, else as above */
    bool *same;
    unsigned *fold;
    uint32_t *person_a, *person_b;
    size_t *pair; /* which one it is */
    size_t scored, faceless, unreadable;
    unsigned folds;
    float contract_threshold; /* in use: the model's own, a given one, or that of a rate */
    double seconds;
    vultus_report report;
    vultus_siamese *siamese; /* with --siamese, and what it says of the pairs */
    float *learnt;
    vultus_report learnt_report;
    int code;
};

/* --root, or the folder of the file. */
const char *evaluation_root(const struct options *options, const char *file, char *path,
                            size_t size);
/* The figures as the tables of figures.h know them. */
vultus_pair_figures evaluation_figures(const vultus_report *report);
/* Where the threshold in use is from, after a comma. */
void evaluation_basis(const struct evaluation *evaluation, char *text, size_t size);
/* The picture of a path; every path of the pairs is one. */
const struct subject *subject_of(const struct evaluation *evaluation, const char *path);
/* The page of --html; returns an exit code. */
int evaluation_write_page(const struct evaluation *evaluation, const char *path);
/* Embeds the pictures of the pairs in the file and scores the pairs. Returns an exit code. */
int evaluation_score(struct evaluation *evaluation);
/* Before the session is closed. */
void evaluation_clear(struct evaluation *evaluation);
/* Prints the report and writes --output. Returns an exit code. */
int evaluation_put(const struct evaluation *evaluation);

#endif
