/*
 * See pick.h. A side keeps more views than its quota, so that somebody who never turns still gives as many pictures as
 * are wanted; two views within a moment are one, of which the better one stays.
 */
#include "video/pick.h"

#include <math.h>
#include <string.h>

#define ASIDE                                                                                      \
    0.28f /* yaw from which a face counts as turned: the nose is a seventh of the eyes' distance off */
#define MOMENT 0.4   /* seconds within which two views show the same */
#define BETTER 0.02f /* what is only this much better replaces nothing */

void pick_begin(struct pick *pick, size_t wanted)
{
    *pick = (struct pick){.wanted = wanted < PICK_MOST ? wanted : PICK_MOST};
}

enum pick_side pick_side_of(float yaw)
{
    return yaw < -ASIDE ? PICK_LEFT : yaw > ASIDE ? PICK_RIGHT : PICK_MIDDLE;
}

size_t pick_quota(const struct pick *pick, enum pick_side side)
{
    return pick->wanted / PICK_SIDES + (pick->wanted % PICK_SIDES > (size_t)side);
}

static size_t worst_of(const struct pick_view *views, size_t count)
{
    size_t worst = 0;
    for (size_t i = 1; i < count; i++)
        if (views[i].score < views[worst].score)
            worst = i;
    return worst;
}

void *pick_offer(struct pick *pick, const struct pick_view *view)
{
    enum pick_side side = pick_side_of(view->yaw);
    struct pick_view *views = pick->views[side];
    size_t at = 0, count = pick->counts[side];
    while (at < count && fabs(views[at].time - view->time) >= MOMENT)
        at++;
    if (at == count && count < pick->wanted) {
        views[pick->counts[side]++] = *view;
        return NULL;
    }
    if (at == count)
        at = worst_of(views, count);
    if (!count || !(view->score > views[at].score + BETTER))
        return view->picture;
    void *replaced = views[at].picture;
    views[at] = *view;
    return replaced;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t pick_taken(const struct pick *pick)
{
    size_t sum = 0;
    for (enum pick_side side = 0; side < PICK_SIDES; side++)
        sum += smaller(pick->counts[side], pick_quota(pick, side));
    return sum;
}

enum pick_side pick_missing(const struct pick *pick)
{
    enum pick_side most = PICK_SIDES;
    size_t lack = 0;
    for (enum pick_side side = 0; side < PICK_SIDES; side++) {
        size_t quota = pick_quota(pick, side);
        if (quota > pick->counts[side] && quota - pick->counts[side] > lack) {
            lack = quota - pick->counts[side];
            most = side;
        }
    }
    return most;
}

static void *take(struct pick *pick, enum pick_side side, size_t at)
{
    struct pick_view *views = pick->views[side];
    void *picture = views[at].picture;
    pick->counts[side]--;
    memmove(views + at, views + at + 1, (pick->counts[side] - at) * sizeof *views);
    return picture;
}

/* The best view of a side; its count: there is none. */
static size_t best_of(const struct pick *pick, enum pick_side side)
{
    size_t best = 0;
    for (size_t i = 1; i < pick->counts[side]; i++)
        if (pick->views[side][i].score > pick->views[side][best].score)
            best = i;
    return best;
}

size_t pick_choose(struct pick *pick, void *out[PICK_MOST])
{
    size_t count = 0;
    for (enum pick_side side = 0; side < PICK_SIDES; side++)
        for (size_t n = pick_quota(pick, side); n && pick->counts[side]; n--)
            out[count++] = take(pick, side, best_of(pick, side));
    while (count < pick->wanted) {
        enum pick_side from = PICK_SIDES;
        float most = -INFINITY;
        for (enum pick_side side = 0; side < PICK_SIDES; side++)
            if (pick->counts[side] && pick->views[side][best_of(pick, side)].score > most) {
                most = pick->views[side][best_of(pick, side)].score;
                from = side;
            }
        if (from == PICK_SIDES)
            break;
        out[count++] = take(pick, from, best_of(pick, from));
    }
    return count;
}

void *pick_spare(struct pick *pick)
{
    for (enum pick_side side = 0; side < PICK_SIDES; side++)
        if (pick->counts[side])
            return take(pick, side, 0);
    return NULL;
}
