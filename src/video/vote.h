/*
 * Whose face a track is: a vote of all looks at it. A look counts by the quality of its picture
 * (and a match also by how rare it is among strangers), and old looks fade.
 * A name is given when enough speaks for it, and taken back only when clearly more speaks for another, so that names
 * do not flicker. When two people are nearly as likely, the vote says who they are and gives no new name.
 */
#ifndef VIDEO_VOTE_H
#define VIDEO_VOTE_H

#include <vultus/galleries.h>

struct vote_options { /* 0: the default */
    float sure;       /* weight that a name needs; 0.45: one look at a picture of that quality */
    float lead;       /* how many times more than the next; 1.5 */
    float fade;       /* what is left of the weight of earlier looks after each look; 0.85 */
};

struct look {           /* what one picture of the face says */
    const char *name;   /* the nearest person; "" or NULL: there is nobody */
    bool match;         /* near enough */
    const char *second; /* who is as near, where the two cannot be told apart; NULL: nobody */
    float quality;      /* 0..1; NaN: not known */
    float similarity, far;
};

enum vote_state {
    VOTE_OPEN,    /* not enough was seen */
    VOTE_NAMED,   /* name says who it is */
    VOTE_UNKNOWN, /* surely nobody that is known */
    VOTE_DOUBT    /* name or second: either may be it */
};

#define VOTE_PEOPLE 4 /* for whom something may speak at a time; the weakest gives way */

struct vote {
    struct vote_options options;
    struct vote_voice {
        char name[VULTUS_NAME_MAX + 1];
        float weight;
        float similarity, far; /* of its best look */
    } voices[VOTE_PEOPLE];
    float unknown; /* weight of: nobody */
    unsigned looks;
    enum vote_state state;
    char name[VULTUS_NAME_MAX + 1], second[VULTUS_NAME_MAX + 1]; /* "": none */
    float similarity, far; /* of the best look at whom `name` says; NaN: nobody */
};

void vote_open(struct vote *vote, const struct vote_options *options);
/* True when state or name is not what it was. */
bool vote_add(struct vote *vote, const struct look *look);

#endif
