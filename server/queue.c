/*
 * See queue.h. Room is reserved before a connection is suspended, because one that is cannot be told that there is
 * none. The lists go through the requests themselves: the first of whoever waits stands in the ring of turns and has the
 * others of the same behind it.
 */
#include "queue.h"

/* Nobody may have more than so many times the room that is left over: one who asks much cannot fill a lane, while one
 * who is alone gets nearly all of it. (Choudhury and Hahne, "Dynamic Queue Length Thresholds", 1998.) */
#define SHARE 8

void queue_init(struct queue *queue, size_t most)
{
    *queue = (struct queue){0};
    pthread_mutex_init(&queue->lock, NULL);
    for (size_t i = 0; i < QUEUE_LANES; i++) {
        queue->lanes[i].most = most;
        pthread_cond_init(&queue->filled[i], NULL);
    }
}

void queue_clear(struct queue *queue)
{
    pthread_mutex_destroy(&queue->lock);
    for (size_t i = 0; i < QUEUE_LANES; i++)
        pthread_cond_destroy(&queue->filled[i]);
}

static struct queue_lane *lane_of(struct queue *queue, const struct request *request)
{
    return &queue->lanes[request->route->lane == LANE_QUICK ? LANE_QUICK : LANE_LONG];
}

/* FNV-1a; two who have the same one only share their turns. */
static uint64_t hash_of(const char *text)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
    return hash;
}

/* The first that waits of the same, or NULL. */
static struct request *first_of(const struct queue_lane *lane, uint64_t who)
{
    struct request *each = lane->turn;
    while (each && each->wait.who != who)
        each = each->wait.turn;
    return each;
}

bool queue_reserve(struct queue *queue, struct request *request)
{
    struct queue_lane *lane = lane_of(queue, request);
    request->wait =
        (struct waiting){.who = hash_of(request->key[0] ? request->key : request->address)};
    pthread_mutex_lock(&queue->lock);
    const struct request *first = first_of(lane, request->wait.who);
    size_t own = first ? first->wait.count : 0, left = lane->most - lane->length;
    bool room = !queue->closed && left && own < SHARE * left;
    lane->length += room;
    pthread_mutex_unlock(&queue->lock);
    return room;
}

/* Puts the first of somebody at the end of the ring. */
static void add_turn(struct queue_lane *lane, struct request *first)
{
    first->wait.turn = NULL;
    if (lane->last_turn)
        lane->last_turn->wait.turn = first;
    else
        lane->turn = first;
    lane->last_turn = first;
}

void queue_push(struct queue *queue, struct request *request)
{
    struct queue_lane *lane = lane_of(queue, request);
    pthread_mutex_lock(&queue->lock);
    struct request *first = first_of(lane, request->wait.who);
    if (first) {
        first->wait.last->wait.next = request;
        first->wait.last = request;
        first->wait.count++;
    } else {
        request->wait.last = request;
        request->wait.count = 1;
        add_turn(lane, request);
    }
    /* a worker for pictures may be idle while the one for quick requests is not, and the other way round */
    pthread_cond_signal(&queue->filled[LANE_LONG]);
    if (lane == &queue->lanes[LANE_QUICK])
        pthread_cond_signal(&queue->filled[LANE_QUICK]);
    pthread_mutex_unlock(&queue->lock);
}

/* Whoever is next; the rest of the same has the last turn. */
static struct request *take_turn(struct queue_lane *lane)
{
    struct request *request = lane->turn;
    if (!request)
        return NULL;
    lane->turn = request->wait.turn;
    if (!lane->turn)
        lane->last_turn = NULL;
    struct request *next = request->wait.next;
    if (next) {
        next->wait.last = request->wait.last;
        next->wait.count = request->wait.count - 1;
        add_turn(lane, next);
    }
    lane->length--;
    return request;
}

/* What was reserved will come. */
static bool may_come(const struct queue *queue, enum lane lane)
{
    return !queue->closed || queue->lanes[LANE_QUICK].length ||
           (lane == LANE_LONG && queue->lanes[LANE_LONG].length);
}

struct request *queue_take(struct queue *queue, enum lane lane)
{
    struct request *request = NULL;
    pthread_mutex_lock(&queue->lock);
    for (;;) {
        if (lane == LANE_LONG)
            request = take_turn(&queue->lanes[LANE_LONG]);
        if (!request)
            request = take_turn(&queue->lanes[LANE_QUICK]);
        if (request || !may_come(queue, lane))
            break;
        pthread_cond_wait(&queue->filled[lane], &queue->lock);
    }
    for (size_t i = 0; queue->closed && i < QUEUE_LANES; i++)
        pthread_cond_broadcast(&queue->filled[i]);
    pthread_mutex_unlock(&queue->lock);
    return request;
}

void queue_close(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->closed = true;
    for (size_t i = 0; i < QUEUE_LANES; i++)
        pthread_cond_broadcast(&queue->filled[i]);
    pthread_mutex_unlock(&queue->lock);
}

size_t queue_length(struct queue *queue, enum lane lane)
{
    pthread_mutex_lock(&queue->lock);
    size_t length = queue->lanes[lane].length;
    pthread_mutex_unlock(&queue->lock);
    return length;
}
