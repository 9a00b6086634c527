/* Who was there, when and how long: what --summary and --timeline of watch are made of. */
#ifndef CLI_VISITS_H
#define CLI_VISITS_H

#include <vultus/vultus.h>

#define VISITS_MAX                                                                                 \
    100000 /* a day of a busy door, and a list that a person may still want to look through */

struct visits { /* all zero: none */
    struct visit {
        size_t source;
        uint64_t track;
        char name[VULTUS_NAME_MAX + 1]; /* "": unknown */
        double since, until;            /* seconds of the source */
        float similarity, quality;
    } * items;
    size_t count, room;
    size_t left_out; /* over VISITS_MAX */
};

/* Of an event "left". False when memory runs out. */
bool visits_add(struct visits *visits, const vultus_event *event);
/* Writes CSV: a line for each visit, in the order of their beginnings. Returns an exit code; what failed was said. */
int visits_write(const struct visits *visits, const char *const *sources, const char *path);
/* Draws a picture, JPEG or PNG: a row for each person, time to the right. */
int visits_draw(const struct visits *visits, const char *path);
void visits_clear(struct visits *visits);

#endif
