/* The figures of a learnt comparison beside those of the plain one. */
#ifndef CLI_SIAMESE_FIGURES_H
#define CLI_SIAMESE_FIGURES_H

#include "json_answer.h"
#include "page.h"

/* A table for people, of what both reports have. `heading` is its first column's. */
void siamese_put_figures(const char *heading, const vultus_report *plain,
                         const vultus_report *siamese);
/* The same as a section of a page. */
void siamese_page_figures(struct page *page, const vultus_report *plain,
                          const vultus_report *siamese);
/* By the keys of figures.h; NULL: no memory. */
json_t *siamese_json_figures(const vultus_report *report);

#endif
