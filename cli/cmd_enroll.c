/*
 * vultus enroll: learns people. Workers decode, detect and embed; this thread stores, in order, and
 * reports a face only after the gallery has it on the disk, so whatever was reported survives a
 * crash. Pictures that the gallery has already are passed over before the networks see them.
 */
#include "base/memory.h"
#include "base/utf8.h"
#include "cli_session.h"
#include "command.h"
#include "console.h"
#include "json_answer.h"
#include "roster.h"
#include "table.h"

#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum outcome {
    ENROLLED,
    KNOWN,
    REFUSED, /* the sample's verdict says why */
    UNREADABLE,
    OTHER_NAME,
    BAD_NAME
};

static struct column columns[] = {
    {.key = "file"},
    {.key = "name"},
    {.key = "status"},
    {.key = "reason", .side = COLUMN_CSV},
    {.key = "person", .side = COLUMN_CSV},
    {.key = "face", .side = COLUMN_CSV},
    {.key = "x", .side = COLUMN_CSV},
    {.key = "y", .side = COLUMN_CSV},
    {.key = "width", .side = COLUMN_CSV},
    {.key = "height", .side = COLUMN_CSV},
    {.key = "score", .side = COLUMN_CSV},
    {.key = "sharpness", .side = COLUMN_CSV},
};

struct enroll {
    const struct options *options;
    struct session *session;
    struct roster roster;
    struct table table;
    pthread_mutex_t lock; /* of the gallery, which workers ask and this thread writes */
    bool *seen;           /* by name: a face of this person was enrolled */
    struct trial *trials; /* of --dry-run, by content: what would be enrolled; capacity of them */
    size_t capacity;
    size_t faces, people, known, unused;
    int code;
};

struct trial { /* a picture that --dry-run has met */
    uint8_t picture[VULTUS_IMAGE_HASH];
    const char *name; /* NULL: none here */
};

struct result {
    uint8_t picture[VULTUS_IMAGE_HASH]; /* of --dry-run */
    vultus_sample *sample;
    vultus_enrolled enrolled;
    enum outcome outcome;
    vultus_status status; /* of what could not be read */
    vultus_error error;
};

static vultus_sample_options sample_options(const struct options *options)
{
    /* For the library 0 is its default and less than 0 is none; here 0 is none. */
    bool size = options_has(options, OPTION_MIN_SIZE);
    bool sharpness = options_has(options, OPTION_MIN_SHARPNESS);
    return (vultus_sample_options){
        .detect = session_detection(options),
        .embed = session_embedding(options),
        .largest = options->select == 1,
        .whole_picture = options->aligned,
        .min_size = size && options->min_size <= 0 ? -1 : options->min_size,
        .min_sharpness = sharpness && options->min_sharpness <= 0 ? -1 : options->min_sharpness,
        .min_quality = sharpness && options->min_sharpness <= 0 ? -1 : 0, /* 0 takes all */
    };
}

static vultus_status look_for(struct enroll *enroll, const vultus_image *image,
                              struct result *result, bool *has)
{
    struct session *session = enroll->session;
    *has = false;
    if (!session->gallery) /* --dry-run where there is no gallery yet */
        return VULTUS_OK;
    pthread_mutex_lock(&enroll->lock);
    vultus_status status = vultus_gallery_has(session->gallery, session->engine, image,
                                              &result->enrolled, has, &result->error);
    pthread_mutex_unlock(&enroll->lock);
    return status;
}

static void *work(void *context, size_t index)
{
    struct enroll *enroll = context;
    struct result *result = mem_zalloc(1, sizeof *result);
    vultus_sample_options options = sample_options(enroll->options);
    vultus_image *image = NULL;
    bool has = false;
    if (!result)
        return NULL;
    result->status =
        vultus_image_read(enroll->roster.items[index].path, NULL, &image, &result->error);
    if (!result->status && enroll->trials)
        result->status = vultus_image_hash(image, result->picture, &result->error);
    if (!result->status)
        result->status = look_for(enroll, image, result, &has);
    if (!result->status && has)
        result->outcome = KNOWN;
    else if (!result->status)
        result->status = vultus_sample_take(enroll->session->engine, image, &options,
                                            &result->sample, &result->error);
    if (result->status)
        result->outcome = UNREADABLE;
    vultus_image_free(image);
    return result;
}

static void discard(void *context, void *result)
{
    (void)context;
    vultus_sample_free(((struct result *)result)->sample);
    mem_free(result);
}

/* What the gallery keeps of where a picture was: its full path. NULL when there is none to keep. */
static char *source_of(const char *path)
{
    char full[PATH_MAX];
    char *source = utf8_repaired(realpath(path, full) ? full : path);
    if (source && strlen(source) > VULTUS_SOURCE_MAX) {
        mem_free(source);
        source = NULL;
    }
    return source;
}

/* What storing would say: a bad name, or a picture that came before in this run. The hashes are as good as
 * random, so the first bytes of one say where to look. */
static void try_to_store(struct enroll *enroll, const char *name, struct result *result)
{
    size_t at = 0;
    if (vultus_name_check(name, &result->error)) {
        result->status = result->error.code;
        result->outcome = BAD_NAME;
        return;
    }
    memcpy(&at, result->picture, sizeof at);
    for (at %= enroll->capacity; enroll->trials[at].name; at = (at + 1) % enroll->capacity)
        if (!memcmp(enroll->trials[at].picture, result->picture, sizeof result->picture)) {
            result->outcome = KNOWN;
            snprintf(result->enrolled.name, sizeof result->enrolled.name, "%s",
                     enroll->trials[at].name);
            return;
        }
    memcpy(enroll->trials[at].picture, result->picture, sizeof result->picture);
    enroll->trials[at].name = name;
}

/* Stores what can be stored; returns an exit code when nothing more can be. */
static int store(struct enroll *enroll, const char *name, const char *path, struct result *result)
{
    if (result->status || result->outcome == KNOWN)
        return EXIT_DONE;
    result->outcome = vultus_sample_verdict(result->sample) ? REFUSED : ENROLLED;
    if (result->outcome == ENROLLED && enroll->trials)
        try_to_store(enroll, name, result);
    if (result->outcome != ENROLLED || enroll->trials)
        return EXIT_DONE;
    char *source = source_of(path);
    pthread_mutex_lock(&enroll->lock);
    result->status = vultus_gallery_enroll(enroll->session->gallery, name, source, result->sample,
                                           &result->enrolled, &result->error);
    pthread_mutex_unlock(&enroll->lock);
    mem_free(source);
    if (result->status == VULTUS_ERR_ARGUMENT) {
        result->outcome = BAD_NAME;
    } else if (result->status) {
        fail(&result->error);
        return EXIT_ENVIRONMENT;
    } else if (result->enrolled.duplicate) {
        result->outcome = KNOWN;
    }
    return EXIT_DONE;
}

static const char *status_of(const struct result *result)
{
    static const char *const keys[] = {[KNOWN] = "already_enrolled",
                                       [UNREADABLE] = "unreadable",
                                       [OTHER_NAME] = "other_name",
                                       [BAD_NAME] = "bad_name"};
    return result->outcome == ENROLLED || result->outcome == REFUSED
               ? verdict_key(vultus_sample_verdict(result->sample))
               : keys[result->outcome];
}

static void answer_json(const char *path, const char *name, const char *reason,
                        const struct result *result, const vultus_face *face)
{
    bool have = result->outcome <= KNOWN;
    json_t *value =
        json_pack("{s:o, s:o, s:s, s:o}", "file", json_text(path), "name", json_text(name),
                  "status", status_of(result), "reason", json_text(reason));
    if (value && have && result->enrolled.face &&
        (json_object_set_new(value, "person", json_integer(result->enrolled.person)) ||
         json_object_set_new(value, "face", json_integer(result->enrolled.face)))) {
        json_decref(value);
        value = NULL;
    }
    if (value && face) {
        json_t *box = json_box(face);
        if (!box || json_object_update(value, box) ||
            json_object_set_new(value, "quality", json_quality(face))) {
            json_decref(value);
            value = NULL;
        }
        json_decref(box);
    }
    (void)json_line(stdout, value, JSON_DIGITS);
}

static void answer_row(struct table *table, const char *path, const char *name, const char *reason,
                       const struct result *result, const vultus_face *face)
{
    bool have = result->outcome <= KNOWN && result->enrolled.face;
    bool csv = table->format == FORMAT_CSV;
    table_text(table, path);
    table_text(table, name);
    table_text(table, !csv && result->outcome == KNOWN ? "already enrolled" : status_of(result));
    table_text(table, reason);
    table_number(table, have ? (double)result->enrolled.person : NAN, 0, 0);
    table_number(table, have ? (double)result->enrolled.face : NAN, 0, 0);
    table_number(table, face ? face->box.x : NAN, 0, 2);
    table_number(table, face ? face->box.y : NAN, 0, 2);
    table_number(table, face ? face->box.width : NAN, 0, 2);
    table_number(table, face ? face->box.height : NAN, 0, 2);
    table_number(table, face ? face->score : NAN, 3, 5);
    table_number(table, face ? face->quality.sharpness : NAN, 2, 4);
    table_end(table);
}

static bool answer(struct enroll *enroll, const char *path, const char *name, const char *reason,
                   const struct result *result)
{
    const vultus_face *face = result->sample ? vultus_sample_face(result->sample) : NULL;
    answer_begin();
    if (enroll->options->format == FORMAT_JSON)
        answer_json(path, name, reason, result, face);
    else if (enroll->options->format == FORMAT_CSV || result->outcome <= KNOWN)
        answer_row(&enroll->table, path, name, reason, result, face);
    return answer_end();
}

static void count(struct enroll *enroll, size_t person, enum outcome outcome)
{
    if (outcome == ENROLLED) {
        enroll->faces++;
        enroll->people += !enroll->seen[person];
        enroll->seen[person] = true;
    } else if (outcome == KNOWN) {
        enroll->known++;
    } else {
        enroll->unused++;
        enroll->code = worse(enroll->code, EXIT_INPUTS);
    }
}

static int deliver(void *context, size_t index, void *delivered)
{
    struct enroll *enroll = context;
    struct result *result = delivered;
    const struct roster_entry *entry = &enroll->roster.items[index];
    const char *name = enroll->roster.names.items[entry->person], *reason = NULL;
    char other[VULTUS_NAME_MAX + 32];
    int code = store(enroll, name, entry->path, result);
    if (code) {
        discard(enroll, result);
        return code;
    }
    if (result->outcome == KNOWN && strcmp(result->enrolled.name, name) != 0) {
        result->outcome = OTHER_NAME;
        snprintf(other, sizeof other, "already enrolled as %s", result->enrolled.name);
        reason = other;
    } else if (result->status) {
        reason = error_reason(entry->path, &result->error);
        if (exit_of(result->status) == EXIT_ENVIRONMENT && result->status != VULTUS_ERR_MEMORY)
            enroll->code = EXIT_ENVIRONMENT;
    } else if (result->outcome > KNOWN) {
        reason = vultus_sample_reason(result->sample);
    }
    if (reason)
        say("%s: %s", entry->path, reason);
    count(enroll, entry->person, result->outcome);
    bool good = answer(enroll, entry->path, name, reason, result);
    discard(enroll, result);
    return good ? EXIT_DONE : EXIT_ENVIRONMENT;
}

/* "enrolled 12 faces of 5 people; 3 pictures were not used" */
static void summarize(const struct enroll *enroll)
{
    char line[256], known[64] = "", unused[64] = "";
    if (enroll->known)
        snprintf(known, sizeof known, "; %zu picture%s already enrolled", enroll->known,
                 enroll->known == 1 ? " was" : "s were");
    if (enroll->unused)
        snprintf(unused, sizeof unused, "; %zu picture%s not used", enroll->unused,
                 enroll->unused == 1 ? " was" : "s were");
    snprintf(line, sizeof line, "%s %zu face%s of %zu %s%s%s",
             enroll->options->dry_run ? "would enroll" : "enrolled", enroll->faces,
             enroll->faces == 1 ? "" : "s", enroll->people,
             enroll->people == 1 ? "person" : "people", known, unused);
    if (enroll->options->format == FORMAT_TABLE)
        puts(line);
    else
        say("%s", line);
}

static int open_all(struct enroll *enroll)
{
    const struct options *options = enroll->options;
    struct session *session = enroll->session;
    vultus_error error = {0};
    int code = session_open(session, options);
    if (!code && options->name && vultus_name_check(options->name, &error))
        return fail(&error);
    if (!code)
        enroll->code = roster_read(options, &enroll->roster);
    if (enroll->code == EXIT_USAGE || enroll->code == EXIT_ENVIRONMENT)
        return enroll->code;
    if (!code)
        code = session_open_engine(session, enroll->roster.count);
    if (!code && !options->dry_run)
        code = session_open_gallery(session, GALLERY_MAKE);
    else if (!code && session_gallery_there(options))
        code = session_open_gallery(session, GALLERY_READ);
    enroll->seen = mem_zalloc(enroll->roster.names.count, sizeof *enroll->seen);
    enroll->capacity = 2 * enroll->roster.count + 1;
    if (options->dry_run)
        enroll->trials = mem_zalloc(enroll->capacity, sizeof *enroll->trials);
    if (!code && (!enroll->seen || (options->dry_run && !enroll->trials))) {
        complain("not enough memory");
        code = EXIT_ENVIRONMENT;
    }
    for (size_t i = 0; i < enroll->roster.count; i++)
        column_fit(&columns[0], enroll->roster.items[i].path);
    for (size_t i = 0; i < enroll->roster.names.count; i++)
        column_fit(&columns[1], enroll->roster.names.items[i]);
    return code;
}

int cmd_enroll(const struct options *options)
{
    struct session session = {0};
    struct enroll enroll = {.options = options,
                            .session = &session,
                            .table = {.columns = columns,
                                      .count = sizeof columns / sizeof *columns,
                                      .format = options->format},
                            .lock = PTHREAD_MUTEX_INITIALIZER};
    int code = open_all(&enroll);
    struct errand errand = {.what = "enrolling",
                            .count = enroll.roster.count,
                            .work = work,
                            .deliver = deliver,
                            .discard = discard,
                            .context = &enroll};
    if (!code) {
        code = session_run(&session, &errand);
        if (options->format == FORMAT_CSV)
            table_finish(&enroll.table);
        summarize(&enroll);
    }
    mem_free(enroll.seen);
    mem_free(enroll.trials);
    roster_clear(&enroll.roster);
    session_close(&session);
    return worse(code, enroll.code);
}
