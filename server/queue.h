/* The requests that wait for a worker: first come, first served, and never more than there is room for. */
#ifndef SERVER_QUEUE_H
#define SERVER_QUEUE_H

#include "request.h"

#include <pthread.h>

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct request *first, *last;
    size_t length, most;
    bool closed;
};

void queue_init(struct queue *queue, size_t most);
void queue_clear(struct queue *queue);
/* False: it is full or closed. What was reserved must be pushed. */
bool queue_reserve(struct queue *queue);
void queue_push(struct queue *queue, struct request *request);
/* Waits for a request; NULL: the queue was closed and is empty. */
struct request *queue_take(struct queue *queue);
/* Those who wait get what is there, then NULL. */
void queue_close(struct queue *queue);
size_t queue_length(struct queue *queue);

#endif
