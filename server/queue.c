/* See queue.h. Room is reserved before a connection is suspended, because one that is cannot be told that there is
 * none. */
#include "queue.h"

void queue_init(struct queue *queue, size_t most)
{
    *queue = (struct queue){.most = most};
    pthread_mutex_init(&queue->lock, NULL);
    pthread_cond_init(&queue->filled, NULL);
}

void queue_clear(struct queue *queue)
{
    pthread_mutex_destroy(&queue->lock);
    pthread_cond_destroy(&queue->filled);
}

bool queue_reserve(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    bool room = !queue->closed && queue->length < queue->most;
    queue->length += room;
    pthread_mutex_unlock(&queue->lock);
    return room;
}

void queue_push(struct queue *queue, struct request *request)
{
    request->next = NULL;
    pthread_mutex_lock(&queue->lock);
    if (queue->last)
        queue->last->next = request;
    else
        queue->first = request;
    queue->last = request;
    pthread_cond_signal(&queue->filled);
    pthread_mutex_unlock(&queue->lock);
}

struct request *queue_take(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    while (!queue->first && !(queue->closed && !queue->length)) /* what was reserved will come */
        pthread_cond_wait(&queue->filled, &queue->lock);
    struct request *request = queue->first;
    if (request) {
        queue->first = request->next;
        queue->last = queue->first ? queue->last : NULL;
        queue->length--;
    }
    if (queue->closed && !queue->length)
        pthread_cond_broadcast(&queue->filled);
    pthread_mutex_unlock(&queue->lock);
    return request;
}

void queue_close(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->closed = true;
    pthread_cond_broadcast(&queue->filled);
    pthread_mutex_unlock(&queue->lock);
}

size_t queue_length(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    size_t length = queue->length;
    pthread_mutex_unlock(&queue->lock);
    return length;
}
