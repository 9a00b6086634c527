/*
 * The best few pictures of one person: from three sides, spread over time, the better ones first. What a picture is
 * is the caller's; here are its side, its time and how good it is.
 */
#ifndef VIDEO_PICK_H
#define VIDEO_PICK_H

#include <stdbool.h>
#include <stddef.h>

#define PICK_MOST 16

enum pick_side { PICK_MIDDLE, PICK_LEFT, PICK_RIGHT, PICK_SIDES }; /* as seen in the picture */

struct pick_view {
    double time; /* seconds */
    float yaw;   /* as of vultus_quality; NaN: as if from the middle */
    float score; /* 0..1 */
    void *picture;
};

struct pick {
    size_t wanted; /* 1 .. PICK_MOST */
    struct pick_view views[PICK_SIDES][PICK_MOST];
    size_t counts[PICK_SIDES];
};

/* None is taken yet; more than PICK_MOST are not wanted. */
void pick_begin(struct pick *pick, size_t wanted);
enum pick_side pick_side_of(float yaw);
/* How many of the wanted pictures are meant to be from this side. */
size_t pick_quota(const struct pick *pick, enum pick_side side);
/* Takes a view; returns the picture that is not wanted: this one, the one that it replaces, or NULL. */
void *pick_offer(struct pick *pick, const struct pick_view *view);
/* How many of the wanted ones there are, each side counted up to its quota. */
size_t pick_taken(const struct pick *pick);
/* The side that lacks most; PICK_SIDES: none, all are there. */
enum pick_side pick_missing(const struct pick *pick);
/* The pictures to use, at most as many as are wanted: of each side its best, then the best of the others. They are
 * the caller's then; what is left is handed over by pick_spare until it returns NULL. */
size_t pick_choose(struct pick *pick, void *out[PICK_MOST]);
void *pick_spare(struct pick *pick);

#endif
