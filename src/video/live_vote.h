/*
 * Whether a face that is followed is live: a mean of the scores of several pictures of it, of which the good ones count
 * more and old ones fade. Nobody has a name before there were enough of them, and who is near the threshold
 * does not go back and forth.
 */
#ifndef VIDEO_LIVE_VOTE_H
#define VIDEO_LIVE_VOTE_H

#include <stdbool.h>

enum live_state {
    LIVE_OPEN, /* too few pictures were looked at */
    LIVE_PASSED,
    LIVE_FAILED
};

struct live_vote {   /* all zero: nothing was seen, and nothing is asked for */
    float threshold; /* the mean that a live face has */
    bool required;   /* for a name */
    float sum, weight;
    unsigned looks;
    double looked; /* seconds of the source */
    enum live_state state;
};

/* A score from 0 to 1 of a picture of this quality (0..1). */
void live_vote_add(struct live_vote *vote, float score, float quality, double now);
/* NaN: there was none yet. */
float live_vote_score(const struct live_vote *vote);
/* Whether it is time to look (again); `hurry`: it may have become another face. */
bool live_vote_wants(const struct live_vote *vote, double now, bool hurry);
/* False where liveness is required and not (yet) seen. */
bool live_vote_allows(const struct live_vote *vote);

#endif
