/* What vultus evaluate folder gathers, and who shows it: tables and JSON, rows, a page. */
#ifndef CLI_EVALUATE_FOLDER_H
#define CLI_EVALUATE_FOLDER_H

#include "gather.h"

struct sides { /* rows of the set */
    uint32_t *known, *probes;
    size_t known_count, probe_count;
    size_t nameless; /* rows of KNOWN without a person: not enrolled */
    size_t single;   /* people of a split who have one picture only: enrolled, not looked up */
    size_t kept_out; /* people of a split who are strangers */
};

struct folder_evaluation {
    const struct options *options;
    struct session session;
    struct gathering gathering;
    struct sides sides;
    vultus_trials trials;
    vultus_identification_report report;
    double seconds; /* of the comparisons and the figures */
    int code;
};

/* Who is enrolled and who is looked up: by operand, or by --split. Returns an exit code. */
int sides_make(const struct options *options, const struct gathering *gathering, struct sides *out);
void sides_clear(struct sides *sides);

/* Where a row is from, and what a person is called; "unknown" for VULTUS_NOBODY. Never NULL. */
const char *folder_source(const struct folder_evaluation *evaluation, uint32_t row);
const char *folder_name(const struct folder_evaluation *evaluation, uint32_t person);
/* Why the answer is what it is, in a few words; whether it is right. */
const char *folder_why(const vultus_trial *trial);
bool folder_right(const vultus_trial *trial);

/* Each returns an exit code. */
int folder_put(const struct folder_evaluation *evaluation);
int folder_write_predictions(const struct folder_evaluation *evaluation, const char *path);
int folder_write_page(struct folder_evaluation *evaluation, const char *path);

#endif
