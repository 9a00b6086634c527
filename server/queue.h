/*
 * The requests that wait for a worker, in two lanes: those that look at pictures, and quick ones, which never wait
 * behind those. Within a lane whoever asks (a key, else an address) has turns: one request of each, then the next of
 * each, so that somebody who asks much makes only himself wait. Never more wait than there is room for.
 */
#ifndef SERVER_QUEUE_H
#define SERVER_QUEUE_H

#include "request.h"

#include <pthread.h>

#define QUEUE_LANES 2 /* LANE_LONG and LANE_QUICK */

struct queue_lane {
    struct request *turn; /* the first of whoever is next; `turn` of it leads to who comes then */
    struct request *last_turn;
    size_t length; /* with what is reserved */
    size_t most;
};

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t filled[QUEUE_LANES];
    struct queue_lane lanes[QUEUE_LANES];
    bool closed;
};

/* Room for `most` in each lane. */
void queue_init(struct queue *queue, size_t most);
void queue_clear(struct queue *queue);
/* Sets whose the request is. False: there is no room for it, or the queue is closed. What was reserved must be pushed. */
bool queue_reserve(struct queue *queue, struct request *request);
void queue_push(struct queue *queue, struct request *request);
/* Waits for a request; NULL: the queue was closed and is empty. `lane` is what the caller is there for: LANE_LONG takes
 * quick ones too when nothing else is there. */
struct request *queue_take(struct queue *queue, enum lane lane);
/* Those who wait get what is there, then NULL. */
void queue_close(struct queue *queue);
size_t queue_length(struct queue *queue, enum lane lane);

#endif
