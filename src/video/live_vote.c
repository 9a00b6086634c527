/* A look costs a tenth of a second: three to begin with, then one now and then, because a picture may be held up
 * at any time. */
#include "video/live_vote.h"

#include <math.h>

#define LOOKS 3            /* before anything is decided */
#define FADE 0.85f         /* what is left of earlier looks after each look */
#define WEIGHT_LEAST 0.05f /* even a bad picture says something */
#define SLACK 0.05f        /* beyond the threshold, that takes back what was decided */
#define SPACE 0.2          /* seconds between the first looks, */
#define SPACE_HURRY 0.15   /* between looks at what may be another face, */
#define SPACE_DECIDED 2.0  /* and afterwards */

void live_vote_add(struct live_vote *vote, float score, float quality, double now)
{
    float weight = fmaxf(isnan(quality) ? 0 : quality, WEIGHT_LEAST);
    vote->sum = vote->sum * FADE + score * weight;
    vote->weight = vote->weight * FADE + weight;
    vote->looked = now;
    vote->looks++;
    if (vote->looks < LOOKS)
        return;
    float slack = vote->state == LIVE_PASSED ? -SLACK : vote->state == LIVE_FAILED ? SLACK : 0;
    vote->state = live_vote_score(vote) >= vote->threshold + slack ? LIVE_PASSED : LIVE_FAILED;
}

float live_vote_score(const struct live_vote *vote)
{
    return vote->looks ? vote->sum / vote->weight : NAN;
}

bool live_vote_wants(const struct live_vote *vote, double now, bool hurry)
{
    double since = now - vote->looked;
    return !vote->looks || since >= (vote->looks < LOOKS ? SPACE
                                     : hurry             ? SPACE_HURRY
                                                         : SPACE_DECIDED);
}

bool live_vote_allows(const struct live_vote *vote)
{
    return !vote->required || vote->state == LIVE_PASSED;
}
