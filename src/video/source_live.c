/*
 * See source_kind.h. The reader thread decodes and puts what it has into the slot; what was there is dropped. Who
 * takes waits for the slot to be filled. Everything between the two threads is under one lock, and notices
 * are told on the thread that takes, so that callers need no locks of their own.
 */
#include "video/source_kind.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/wait.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define SECOND UINT64_C(1000000000)
#define WAIT_FIRST                                                                                 \
    (1 * SECOND) /* before the first try to connect again; each next one doubles it */
#define WAIT_LAST (30 * SECOND)
#define STEADY (10 * SECOND) /* a connection that lasted so long was a good one: waits begin anew */
#define NOTICES 4            /* that wait to be told; what is older is less interesting */

struct notice {
    enum source_state state;
    char message[sizeof((vultus_error){0}.message)];
};

struct live {
    struct live_terms terms;
    char *address;
    struct source_facts facts; /* of the newest connection; the reader's */
    pthread_t thread;
    void *self; /* the reader's; NULL: not connected */
    uint64_t opened;
    /* Below: under the lock. */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct source_shot shot; /* data NULL: nobody has put one in yet */
    uint64_t number, dropped, connections;
    bool connected,
        fresh; /* the next shot, and the one in the slot, is the first of its connection */
    struct notice notices[NOTICES];
    size_t notice_count;
    uint64_t away_since;  /* 0: it is there */
    vultus_error failure; /* code not 0: the reader has given up */
    double due;           /* the taker's: clock_ns() before which no frame is wanted */
};

static bool must_stop(const struct live *live)
{
    return patience_stopped(&live->terms.terms.patience);
}

/* Under the lock. */
static void tell_later(struct live *live, enum source_state state, const char *message)
{
    if (live->notice_count == NOTICES) {
        memmove(live->notices, live->notices + 1, sizeof *live->notices * (NOTICES - 1));
        live->notice_count--;
    }
    struct notice *notice = &live->notices[live->notice_count++];
    notice->state = state;
    (void)snprintf(notice->message, sizeof notice->message, "%.*s", (int)sizeof notice->message - 1,
                   message);
    pthread_cond_signal(&live->changed);
}

static void on_connected(struct live *live)
{
    pthread_mutex_lock(&live->lock);
    bool first = !live->connections++;
    live->away_since = 0;
    live->connected = true;
    char text[SOURCE_NAME_SIZE + 16];
    (void)snprintf(text, sizeof text, "%s: %s", live->terms.terms.name,
                   first ? "connected" : "back again");
    tell_later(live, first ? SOURCE_CONNECTED : SOURCE_BACK, text);
    pthread_mutex_unlock(&live->lock);
}

/* False: it has been away for too long, or somebody asked to stop. */
static bool on_lost(struct live *live, const vultus_error *why)
{
    double give_up = live->terms.options->give_up;
    pthread_mutex_lock(&live->lock);
    if (!live->away_since) {
        live->away_since = clock_ns();
        tell_later(live, SOURCE_LOST, why->message);
    }
    bool over = must_stop(live) ||
                (give_up > 0 && (double)(clock_ns() - live->away_since) >= give_up * 1e9);
    if (over) {
        live->failure = *why;
        pthread_cond_signal(&live->changed);
    }
    pthread_mutex_unlock(&live->lock);
    return !over;
}

static void put(struct live *live, struct source_shot *shot)
{
    struct source_shot old = {0};
    pthread_mutex_lock(&live->lock);
    if (live->shot.data) {
        old = live->shot;
        live->dropped++;
    }
    live->shot = *shot;
    live->number++;
    live->fresh |= live->connected;
    live->connected = false;
    pthread_cond_signal(&live->changed);
    pthread_mutex_unlock(&live->lock);
    if (old.data)
        live->terms.kind->drop(&old);
}

/* Reads until the source is lost; how far it is behind is measured from its smallest delay. */
static void read_all(struct live *live, vultus_error *why)
{
    const struct source_kind *kind = live->terms.kind;
    int64_t least = INT64_MAX;
    vultus_status status = VULTUS_OK;
    while (!status && !must_stop(live)) {
        struct source_shot shot = {0};
        status = kind->read(live->self, &shot, why);
        if (status)
            break;
        if (!shot.data) {
            (void)status_set(why, VULTUS_ERR_IO, "%s: the other side has ended the stream",
                             live->terms.terms.name);
            return;
        }
        int64_t now = (int64_t)((shot.arrived - live->opened) / 1000), delay = now - shot.time;
        least = delay < least ? delay : least;
        if (kind->hurry)
            kind->hurry(live->self, delay - least);
        shot.time = now; /* clocks of cameras jump, and begin anew with each connection */
        put(live, &shot);
    }
    if (!status)
        (void)status_set(why, VULTUS_ERR_CANCELLED, "%s: stopped", live->terms.terms.name);
}

static vultus_status connect(struct live *live, vultus_error *why)
{
    struct source_terms *terms = &live->terms.terms;
    struct source_facts facts = {0};
    memcpy(facts.name, terms->name, strlen(terms->name) + 1);
    patience_begin(&terms->patience);
    vultus_status status = live->terms.kind->open(live->address, terms, &live->self, &facts, why);
    pthread_mutex_lock(&live->lock);
    if (!status)
        live->facts = facts;
    pthread_mutex_unlock(&live->lock);
    return status;
}

static void *read_live(void *context)
{
    struct live *live = context;
    struct patience patience = live->terms.terms.patience;
    struct random random;
    uint64_t wait = WAIT_FIRST;
    random_seed(&random, clock_ns()); /* many readers of one server shall not come at once */
    for (;;) {
        vultus_error why = {0};
        uint64_t begun = clock_ns();
        if (live->self || !connect(live, &why)) {
            on_connected(live);
            read_all(live, &why);
            live->terms.kind->close(live->self);
            live->self = NULL;
        }
        if (clock_ns() - begun >= STEADY)
            wait = WAIT_FIRST;
        if (!on_lost(live, &why))
            return NULL;
        patience_sleep(&patience, (uint64_t)((double)wait * (0.8 + 0.4 * random_real(&random))));
        wait = 2 * wait < WAIT_LAST ? 2 * wait : WAIT_LAST;
    }
}

static void free_live(struct live *live)
{
    if (live->self)
        live->terms.kind->close(live->self);
    if (live->shot.data)
        live->terms.kind->drop(&live->shot);
    pthread_cond_destroy(&live->changed);
    pthread_mutex_destroy(&live->lock);
    mem_free(live->address);
    mem_free(live);
}

vultus_status live_open(const struct live_terms *terms, void *self, const vultus_error *why,
                        struct live **out, vultus_error *error)
{
    struct live *live = mem_zalloc(1, sizeof *live);
    char *address = mem_string(terms->address);
    if (!live || !address) {
        mem_free(live);
        mem_free(address);
        if (self)
            terms->kind->close(self);
        return status_memory(error, "a live source");
    }
    live->terms = *terms;
    live->address = address;
    live->self = self;
    live->opened = clock_ns();
    live->terms.terms.threads = 1; /* more would each hold a frame back */
    pthread_mutex_init(&live->lock, NULL);
    wait_open(&live->changed);
    if (!self)
        tell_later(live, SOURCE_LOST, why->message);
    if (pthread_create(&live->thread, NULL, read_live, live)) {
        free_live(live);
        return status_set(error, VULTUS_ERR_INTERNAL, "%s: the system gives no thread",
                          terms->terms.name);
    }
    *out = live;
    return VULTUS_OK;
}

/* Under the lock, which is let go meanwhile. */
static void tell(struct live *live)
{
    const struct source_options *options = live->terms.options;
    while (live->notice_count) {
        struct notice notice = live->notices[0];
        live->notice_count--;
        memmove(live->notices, live->notices + 1, sizeof notice * live->notice_count);
        pthread_mutex_unlock(&live->lock);
        if (options->notice)
            options->notice(options->context, notice.state, notice.message);
        pthread_mutex_lock(&live->lock);
    }
}

static void wait_a_slice(struct live *live)
{
    const uint64_t slice = PATIENCE_SLICE_MS * UINT64_C(1000000);
    (void)wait_until(&live->changed, &live->lock, clock_ns() + slice);
}

vultus_status live_take(struct live *live, struct source_shot *out, uint64_t *number, bool *fresh,
                        vultus_error *error)
{
    const struct source_options *options = live->terms.options;
    vultus_status status = VULTUS_OK;
    pthread_mutex_lock(&live->lock);
    for (;;) {
        tell(live);
        if (must_stop(live))
            status = status_set(error, VULTUS_ERR_CANCELLED, "%s: stopped", live->terms.terms.name);
        else if (live->failure.code && !live->shot.data) {
            status = live->failure.code;
            if (error)
                *error = live->failure;
        }
        if (status || (live->shot.data && (double)clock_ns() >= live->due))
            break;
        wait_a_slice(live);
    }
    if (!status) {
        *out = live->shot;
        *number = live->number - 1;
        *fresh = live->fresh;
        live->shot = (struct source_shot){0};
        live->fresh = false;
        if (options->rate > 0)
            live->due = (double)clock_ns() + 1e9 / options->rate;
    }
    pthread_mutex_unlock(&live->lock);
    return status;
}

void live_describe(struct live *live, struct source_facts *facts)
{
    pthread_mutex_lock(&live->lock);
    if (live->facts.width) {
        facts->width = live->facts.width;
        facts->height = live->facts.height;
        facts->rate = live->facts.rate;
    }
    facts->dropped = live->dropped;
    facts->connections = live->connections;
    pthread_mutex_unlock(&live->lock);
}

void live_close(struct live *live)
{
    if (!live)
        return;
    pthread_join(live->thread, NULL);
    free_live(live);
}
