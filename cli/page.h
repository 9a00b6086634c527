/*
 * A page of HTML that needs nothing but itself: style, plots and pictures are inside, nothing is loaded, and
 * a policy in its head says so to the browser. A failure is kept and every later call does nothing, so
 * whoever writes a page looks at the status once, at the end.
 */
#ifndef CLI_PAGE_H
#define CLI_PAGE_H

#include "base/buffer.h"
#include "figures.h"

struct page {
    struct buffer out;
    vultus_status status;
    vultus_error error;
};

void page_begin(struct page *page, const char *title, const char *lead);
/* Ends it and writes it; a page is cleared in any case. Returns an exit code. */
int page_finish(struct page *page, const char *path);

/* Markup of the program's own. */
void page_print(struct page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Text from anywhere: made UTF-8, and no part of it is markup. */
void page_text(struct page *page, const char *text);

/* A paragraph of the program's own words, with numbers in it. */
void page_note(struct page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));
void page_section(struct page *page, const char *title);

/* The few figures that come first, large, each on a card. */
void page_cards(struct page *page, const struct figure *figures, const char *const *keys,
                const void *value, const void *low, const void *high);
/* A table of all figures that can be told. */
void page_figures(struct page *page, const struct figure *figures, const void *value,
                  const void *low, const void *high);

/* Two faces side by side; `wrong` names are marked. A picture without bytes is an empty square. */
struct page_face {
    uint8_t *jpeg; /* vultus_thumbnail_free */
    size_t size;
    const char *name; /* under it */
    const char *hint; /* shown on hover: the file */
};
void page_faces(struct page *page, const struct page_face *left, const struct page_face *right,
                const char *why);

extern const char page_style[];

#endif
