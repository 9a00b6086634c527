/* See enrolling.h. A face is reported after the gallery has it on the disk, so that what was reported survives a crash. */
#include "enrolling.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "command.h"
#include "console.h"
#include "json_answer.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

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
static void try_to_store(struct enroll *enroll, const char *name, struct enroll_result *result)
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
static int store(struct enroll *enroll, const char *name, const char *path,
                 struct enroll_result *result)
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

static const char *status_of(const struct enroll_result *result)
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
                        const struct enroll_result *result, const vultus_face *face)
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
                       const struct enroll_result *result, const vultus_face *face)
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
                   const struct enroll_result *result)
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

int enroll_settle(struct enroll *enroll, const char *path, size_t person,
                  struct enroll_result *result)
{
    const char *name = enroll->roster.names.items[person], *reason = NULL;
    char other[VULTUS_NAME_MAX + 32];
    int code = store(enroll, name, path, result);
    if (code)
        return code;
    if (result->outcome == KNOWN && strcmp(result->enrolled.name, name) != 0) {
        result->outcome = OTHER_NAME;
        snprintf(other, sizeof other, "already enrolled as %s", result->enrolled.name);
        reason = other;
    } else if (result->status) {
        reason = error_reason(path, &result->error);
        if (exit_of(result->status) == EXIT_ENVIRONMENT && result->status != VULTUS_ERR_MEMORY)
            enroll->code = EXIT_ENVIRONMENT;
    } else if (result->outcome > KNOWN) {
        reason = vultus_sample_reason(result->sample);
    }
    if (reason)
        say("%s: %s", path, reason);
    count(enroll, person, result->outcome);
    return answer(enroll, path, name, reason, result) ? EXIT_DONE : EXIT_ENVIRONMENT;
}

void enroll_summarize(const struct enroll *enroll)
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

int enroll_begin(struct enroll *enroll, size_t pictures, const char *camera)
{
    const struct file_list *names = &enroll->roster.names;
    bool trial = enroll->options->dry_run;
    enroll->seen = mem_zalloc(names->count, sizeof *enroll->seen);
    enroll->capacity = 2 * pictures + 1;
    if (trial)
        enroll->trials = mem_zalloc(enroll->capacity, sizeof *enroll->trials);
    if (camera)
        column_fit(&columns[0], camera);
    for (size_t i = 0; i < enroll->roster.count; i++)
        column_fit(&columns[0], enroll->roster.items[i].path);
    for (size_t i = 0; i < names->count; i++)
        column_fit(&columns[1], names->items[i]);
    enroll->table = (struct table){.columns = columns,
                                   .count = sizeof columns / sizeof *columns,
                                   .format = enroll->options->format};
    if (enroll->seen && (!trial || enroll->trials))
        return EXIT_DONE;
    complain("not enough memory");
    return EXIT_ENVIRONMENT;
}

void enroll_end(struct enroll *enroll)
{
    mem_free(enroll->seen);
    mem_free(enroll->trials);
    roster_clear(&enroll->roster);
}
