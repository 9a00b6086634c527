/*
 * bench_watch_truth FILM TRUTH.csv [GALLERY]: what vultus_watch says of faces whose places and people are known. A line of the truth
 * is "frame,person,x,y,width,height" of a face that can be seen well; between two lines of a person at most GAP frames apart
 * the box lies between theirs. Prints for each person in how many of those frames the face was followed, and had
 * its own name, another one or none, and how often its track changed; and what was named where nobody is. What stands
 * in brackets behind a person is not of the name: "Ada (in profile)" is counted by itself.
 */
#include "base/box.h"
#include "base/clock.h"
#include "base/memory.h"

#include <vultus/vultus.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MARKS_MAX 4096
#define PEOPLE_MAX 64
#define GAP 20 /* frames */
#define SAME                                                                                       \
    0.25f /* overlap: boxes of detectors and of people differ in how much of the head they have */
#define NAME_SIZE 64

struct mark {
    unsigned frame;
    size_t person;
    vultus_box box;
};

struct person {
    char name[NAME_SIZE];
    size_t frames, followed, right, wrong, changes;
    uint64_t track; /* the last one; 0: none yet */
};

struct bench {
    struct mark marks[MARKS_MAX]; /* by frame for each person */
    struct person people[PEOPLE_MAX];
    size_t mark_count, person_count;
    size_t strays;  /* frames of faces with a name where the truth has nobody */
    size_t changes; /* of names that were told */
};

static bool person_of(struct bench *bench, const char *name, size_t *out)
{
    for (*out = 0; *out < bench->person_count; ++*out)
        if (!strcmp(bench->people[*out].name, name))
            return true;
    if (bench->person_count == PEOPLE_MAX)
        return false;
    snprintf(bench->people[bench->person_count++].name, NAME_SIZE, "%s", name);
    return true;
}

/* The next number of a line, which goes on behind it and its comma. */
static bool next_number(char **at, float *out)
{
    char *end = *at;
    *out = strtof(*at, &end);
    bool good = end != *at;
    *at = *end == ',' ? end + 1 : end;
    return good;
}

static bool read_mark(struct bench *bench, char *line)
{
    struct mark *mark = &bench->marks[bench->mark_count];
    vultus_box *box = &mark->box;
    float frame;
    bool good = bench->mark_count < MARKS_MAX && next_number(&line, &frame);
    char *name = line, *comma = strchr(line, ',');
    if (!good || !comma)
        return false;
    *comma = '\0';
    line = comma + 1;
    mark->frame = (unsigned)frame;
    good = person_of(bench, name, &mark->person) && next_number(&line, &box->x) &&
           next_number(&line, &box->y) && next_number(&line, &box->width) &&
           next_number(&line, &box->height);
    bench->mark_count += good;
    return good;
}

static bool read_truth(struct bench *bench, const char *path)
{
    char line[256];
    FILE *file = fopen(path, "r");
    bool good = file;
    while (good && fgets(line, sizeof line, file))
        good = line[0] == '#' || !strncmp(line, "frame,", 6) || read_mark(bench, line);
    if (file)
        fclose(file);
    return good;
}

/* Where the person's face is; false: nowhere, or nobody can say. */
static bool place_of(const struct bench *bench, size_t person, uint64_t frame, vultus_box *out)
{
    const struct mark *before = NULL, *after = NULL;
    for (size_t i = 0; i < bench->mark_count; i++) {
        const struct mark *mark = &bench->marks[i];
        if (mark->person != person)
            continue;
        if (mark->frame <= frame && (!before || mark->frame > before->frame))
            before = mark;
        if (mark->frame >= frame && (!after || mark->frame < after->frame))
            after = mark;
    }
    if (!before || !after || after->frame - before->frame > GAP)
        return false;
    float span = (float)(after->frame - before->frame);
    float part = span > 0 ? (float)(frame - before->frame) / span : 0;
    const vultus_box *a = &before->box, *b = &after->box;
    *out = (vultus_box){a->x + part * (b->x - a->x), a->y + part * (b->y - a->y),
                        a->width + part * (b->width - a->width),
                        a->height + part * (b->height - a->height)};
    return true;
}

static const vultus_visitor *visitor_at(const vultus_watched_frame *frame, const vultus_box *box)
{
    const vultus_visitor *best = NULL;
    float most = SAME;
    for (size_t i = 0; i < frame->count; i++) {
        float overlap = (float)box_overlap(&frame->visitors[i].box, box);
        if (frame->visitors[i].visible && overlap > most) {
            best = &frame->visitors[i];
            most = overlap;
        }
    }
    return best;
}

static bool is_named(const vultus_visitor *visitor)
{
    return visitor->recognition == VULTUS_RECOGNITION_NAMED;
}

static bool has_name(const struct person *person, const char *name)
{
    const char *bracket = strstr(person->name, " (");
    size_t length = bracket ? (size_t)(bracket - person->name) : strlen(person->name);
    return strlen(name) == length && !strncmp(person->name, name, length);
}

static void judge(struct person *person, const vultus_visitor *visitor)
{
    person->frames++;
    if (!visitor)
        return;
    person->followed++;
    person->right += is_named(visitor) && has_name(person, visitor->name);
    person->wrong += is_named(visitor) && !has_name(person, visitor->name);
    if (!visitor->track) /* not told yet */
        return;
    person->changes += person->track && visitor->track != person->track;
    person->track = visitor->track;
}

static void on_frame(void *context, const vultus_watched_frame *frame)
{
    struct bench *bench = context;
    const vultus_visitor *met[PEOPLE_MAX];
    for (size_t i = 0; i < bench->person_count; i++) {
        vultus_box box;
        bool there = place_of(bench, i, frame->number, &box);
        met[i] = there ? visitor_at(frame, &box) : NULL;
        if (there)
            judge(&bench->people[i], met[i]);
    }
    for (size_t k = 0; k < frame->count; k++) {
        const vultus_visitor *visitor = &frame->visitors[k];
        bool known = !visitor->visible || !is_named(visitor);
        for (size_t i = 0; i < bench->person_count; i++)
            known |= met[i] == visitor || has_name(&bench->people[i], visitor->name);
        bench->strays += !known;
    }
}

static void on_event(void *context, const vultus_event *event)
{
    struct bench *bench = context;
    bench->changes += event->kind == VULTUS_EVENT_CHANGED;
}

static void print(const struct bench *bench, const vultus_watch_report *report, double cpu)
{
    printf("| person | frames seen well | followed | right name | other name | changes of track "
           "|\n|---|---:|---:|---:|---:|---:|\n");
    for (size_t i = 0; i < bench->person_count; i++) {
        const struct person *person = &bench->people[i];
        double frames = (double)person->frames / 100;
        printf("| %s | %zu | %.1f %% | %.1f %% | %zu | %zu |\n", person->name, person->frames,
               (double)person->followed / frames, (double)person->right / frames, person->wrong,
               person->changes);
    }
    printf("%llu frames, %llu tracks, %zu names changed, %zu frames of named faces that are "
           "nobody's; %.1f "
           "ms of a processor a frame\n",
           (unsigned long long)report->frames, (unsigned long long)report->tracks, bench->changes,
           bench->strays, 1e3 * cpu / (double)report->frames);
}

int main(int argc, char **argv)
{
    vultus_error error = {0};
    vultus_engine *engine = NULL;
    vultus_gallery *gallery = NULL;
    vultus_watch_report report = {0};
    struct bench *bench = mem_zalloc(1, sizeof *bench);
    if (argc < 3 || argc > 4 || !bench || !read_truth(bench, argv[2])) {
        fprintf(stderr, "bench_watch_truth FILM TRUTH.csv [GALLERY]\n");
        mem_free(bench);
        return 2;
    }
    const vultus_watch_options options = {.event = on_event, .frame = on_frame, .context = bench};
    const char *film = argv[1];
    vultus_status status = vultus_engine_open(NULL, &engine, &error);
    if (!status && argc == 4)
        status = vultus_gallery_open(argv[3], NULL, &gallery, &error);
    double begin = clock_cpu_seconds();
    if (!status)
        status = vultus_watch(engine, gallery, &film, 1, &options, &report, &error);
    if (!status)
        print(bench, &report, clock_cpu_seconds() - begin);
    else
        fprintf(stderr, "%s\n", error.message);
    vultus_gallery_close(gallery);
    vultus_engine_close(engine);
    mem_free(bench);
    return status ? 1 : 0;
}
