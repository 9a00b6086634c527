/* See replays.h. What is pending is never overwritten: workers are fewer than places. */
#include "replays.h"
#include "journal.h"
#include "reply.h"

#include "base/memory.h"

#include <stdio.h>
#include <string.h>

/* The ring goes on behind the latest. */
static void recall(struct replays *replays, const struct replay_record *records)
{
    for (size_t i = 0; i < REPLAYS_MAX; i++) {
        struct replay *replay = &replays->items[i];
        if (!records[i].order)
            continue;
        *replay = (struct replay){.state = REPLAY_RECALLED,
                                  .recalled = true,
                                  .person = records[i].person,
                                  .face = records[i].face,
                                  .duplicate = records[i].duplicate,
                                  .new_person = records[i].new_person};
        memcpy(replay->who, records[i].who, HASH_SIZE);
        memcpy(replay->what, records[i].what, HASH_SIZE);
        if (records[i].order > replays->order) {
            replays->order = records[i].order;
            replays->next = (i + 1) % REPLAYS_MAX;
        }
    }
}

static vultus_status open_file(struct replays *replays, const char *path, vultus_error *error)
{
    struct replay_record *records = mem_array(REPLAY_FILE_RECORDS, sizeof *records);
    if (!records)
        return status_memory(error, "answers that may be asked for again");
    vultus_status status = replay_file_open(path, &replays->file, records, error);
    if (!status)
        recall(replays, records);
    mem_free(records);
    return status;
}

vultus_status replays_init(struct replays *replays, const char *path, vultus_error *error)
{
    *replays = (struct replays){.items = mem_zalloc(REPLAYS_MAX, sizeof *replays->items),
                                .file = {-1, -1}};
    if (!replays->items)
        return status_memory(error, "answers that may be asked for again");
    pthread_mutex_init(&replays->lock, NULL);
    vultus_status status = path ? open_file(replays, path, error) : VULTUS_OK;
    if (status == VULTUS_ERR_BUSY) {
        journal_say("another server has the gallery's file of answers: Idempotency-Keys hold until "
                    "the end of this one");
        status = VULTUS_OK;
    }
    if (status)
        replays_clear(replays);
    return status;
}

void replays_clear(struct replays *replays)
{
    if (!replays->items)
        return;
    for (size_t i = 0; i < REPLAYS_MAX; i++)
        buffer_clear(&replays->items[i].body);
    mem_free(replays->items);
    replay_file_close(&replays->file);
    pthread_mutex_destroy(&replays->lock);
    *replays = (struct replays){0};
}

static vultus_status hash_two(const void *a, size_t a_size, const char *b, const char *c,
                              uint8_t out[HASH_SIZE], vultus_error *error)
{
    uint8_t parts[HASH_SIZE + KEY_ID_SIZE + 2 * VULTUS_NAME_MAX];
    size_t size = HASH_SIZE;
    vultus_status status = hash_bytes(a, a_size, parts, error);
    const char *texts[] = {b, c};
    for (size_t i = 0; i < 2; i++) {
        size_t length = strlen(texts[i]) + 1; /* with the NUL, so that "a" "bc" is not "ab" "c" */
        if (length > sizeof parts - size)
            length = sizeof parts - size;
        memcpy(parts + size, texts[i], length);
        size += length;
    }
    return status ? status : hash_bytes(parts, size, out, error);
}

static struct replay *find(struct replays *replays, const uint8_t who[HASH_SIZE])
{
    for (size_t i = 0; i < REPLAYS_MAX; i++)
        if (replays->items[i].state != REPLAY_FREE &&
            !memcmp(replays->items[i].who, who, HASH_SIZE))
            return &replays->items[i];
    return NULL;
}

static struct replay *take_place(struct replays *replays)
{
    struct replay *place;
    do {
        place = &replays->items[replays->next];
        replays->next = (replays->next + 1) % REPLAYS_MAX;
    } while (place->state == REPLAY_PENDING);
    return place;
}

/* With the lock held. */
static void answer_again(struct request *request, const struct replay *replay,
                         const uint8_t what[HASH_SIZE])
{
    struct reply *reply = &request->reply;
    if (memcmp(replay->what, what, HASH_SIZE) != 0) {
        reply_error(request, ERROR_KEY_REUSED,
                    "this Idempotency-Key came with another request before");
    } else if (replay->state == REPLAY_PENDING) {
        reply_error(request, ERROR_IN_PROGRESS, "the same request is being answered");
    } else {
        buffer_init(&reply->body, REPLY_MAX);
        if (buffer_append(&reply->body, replay->body.data, replay->body.size, NULL)) {
            reply_error(request, ERROR_BUSY, "not enough memory for the answer");
            return;
        }
        reply->status = replay->status;
        reply->code = replay->code;
        reply->type = replay->type;
    }
}

/* What else the answer depends on. */
static void describe(const struct request *request, char *out, size_t size)
{
    const struct parameters *options = &request->parameters;
    snprintf(out, size, "%s %a %a %a %u %d", request->gallery, (double)options->min_face,
             (double)options->min_size, (double)options->min_sharpness, options->select,
             options->flip);
}

bool replays_begin(struct replays *replays, struct request *request, const char *name,
                   struct replay **out)
{
    uint8_t who[HASH_SIZE], what[HASH_SIZE];
    char options[256];
    vultus_error error = {0};
    *out = NULL;
    describe(request, options, sizeof options);
    if (!request->has_idempotency)
        return false;
    if (hash_two(request->idempotency, strlen(request->idempotency), request->key, "", who,
                 &error) ||
        hash_two(request->body.data, request->body.size, name, options, what, &error)) {
        reply_failure(request, &error);
        return true;
    }
    pthread_mutex_lock(&replays->lock);
    struct replay *replay = find(replays, who);
    bool same =
        replay && replay->state == REPLAY_RECALLED && !memcmp(replay->what, what, HASH_SIZE);
    if (same) {
        replay->state = REPLAY_PENDING;
        *out = replay;
    } else if (replay) {
        answer_again(request, replay, what);
    } else {
        *out = take_place(replays);
        buffer_clear(&(*out)->body);
        **out = (struct replay){.state = REPLAY_PENDING};
        memcpy((*out)->who, who, sizeof who);
        memcpy((*out)->what, what, sizeof what);
    }
    pthread_mutex_unlock(&replays->lock);
    return replay && !same;
}

void replays_keep(struct replays *replays, struct replay *replay, const vultus_enrolled *enrolled)
{
    struct replay_record record = {.person = enrolled->person,
                                   .face = enrolled->face,
                                   .duplicate = enrolled->duplicate,
                                   .new_person = enrolled->new_person};
    vultus_error error = {0};
    if (!replay || replays->file.fd < 0)
        return;
    memcpy(record.who, replay->who, HASH_SIZE);
    memcpy(record.what, replay->what, HASH_SIZE);
    pthread_mutex_lock(&replays->lock);
    record.order = ++replays->order;
    if (replay_file_put(&replays->file, (size_t)(replay - replays->items), &record, &error))
        journal_say("%s", error.message); /* the enrolment is done, and its answer is true */
    pthread_mutex_unlock(&replays->lock);
}

void replays_end(struct replays *replays, struct replay *replay, const struct request *request)
{
    const struct reply *reply = &request->reply;
    if (!replay)
        return;
    pthread_mutex_lock(&replays->lock);
    buffer_init(&replay->body, REPLAY_BYTES_MAX);
    bool keep = reply->status && reply->status < 499 && /* not where nobody waited */
                !buffer_append(&replay->body, reply->body.data, reply->body.size, NULL);
    replay->state = keep               ? REPLAY_DONE
                    : replay->recalled ? REPLAY_RECALLED
                                       : REPLAY_FREE; /* what failed may be tried again */
    replay->status = reply->status;
    replay->code = reply->code;
    replay->type = reply->type;
    pthread_mutex_unlock(&replays->lock);
}
