/* A doubt is told with the visitor of the next event, but is none itself: the face may still become somebody. */
#include "video/watch_events.h"
#include "base/memory.h"

#include <string.h>

const char *vultus_event_text(vultus_event_kind kind)
{
    static const char *const texts[] = {"appeared", "identified", "unknown", "changed", "left"};
    return (unsigned)kind < sizeof texts / sizeof *texts ? texts[kind] : "";
}

const char *vultus_recognition_text(vultus_recognition recognition)
{
    static const char *const texts[] = {"open", "named", "unknown", "doubt", "not live"};
    return (unsigned)recognition < sizeof texts / sizeof *texts ? texts[recognition] : "";
}

void events_clear(struct events *events)
{
    mem_free_wiped(events->people, EVENTS_PEOPLE * sizeof *events->people);
    events->people = NULL;
    events->count = 0;
}

/* Remembers that somebody was there at that time; *before says when that was so last, below 0: never. */
static vultus_status remember(struct events *events, const char *name, double time, double *before,
                              vultus_error *error)
{
    struct events_person *place = NULL;
    *before = -1;
    if (!(events->cooldown > 0) || !name[0])
        return VULTUS_OK;
    if (!events->people)
        events->people = mem_zalloc(EVENTS_PEOPLE, sizeof *events->people);
    if (!events->people)
        return status_memory(error, "who was seen");
    for (size_t i = 0; i < events->count; i++) {
        struct events_person *person = &events->people[i];
        if (!strcmp(person->name, name)) {
            *before = person->seen;
            person->seen = time;
            return VULTUS_OK;
        }
        if (!place || person->seen < place->seen)
            place = person;
    }
    if (events->count < EVENTS_PEOPLE)
        place = &events->people[events->count++];
    *place = (struct events_person){.seen = time};
    strncat(place->name, name, VULTUS_NAME_MAX);
    return VULTUS_OK;
}

static void tell(const struct events *events, vultus_event_kind kind, const struct subject *subject,
                 const struct track *track, double time, uint64_t frame)
{
    if (!events->tell)
        return;
    const vultus_event event = {.kind = kind,
                                .source = events->source,
                                .address = events->address,
                                .time = time,
                                .frame = frame,
                                .width = events->width,
                                .height = events->height,
                                .visitor = subject_visitor(subject, track),
                                .before = subject->told_name,
                                .thumbnail = subject->thumbnail,
                                .thumbnail_size = subject->thumbnail_size};
    events->tell(events->context, &event);
}

/* What a name that is new means after what was told; false: nothing. */
static bool is_news(const struct subject *subject, vultus_recognition now, const char *name,
                    vultus_event_kind *kind)
{
    if (now == VULTUS_RECOGNITION_OPEN || now == VULTUS_RECOGNITION_DOUBT)
        return false;
    bool same = now == subject->told && !strcmp(name, subject->told_name);
    *kind = subject->told_name[0]             ? VULTUS_EVENT_CHANGED
            : now == VULTUS_RECOGNITION_NAMED ? VULTUS_EVENT_IDENTIFIED
                                              : VULTUS_EVENT_UNKNOWN;
    return !same;
}

vultus_status events_review(struct events *events, struct subject *subject,
                            const struct track *track, double time, uint64_t frame,
                            vultus_error *error)
{
    vultus_visitor visitor = subject_visitor(subject, track);
    vultus_event_kind kind;
    vultus_status status = VULTUS_OK;
    double before;
    if (!track->id)
        return VULTUS_OK;
    if (!subject->appeared)
        tell(events, VULTUS_EVENT_APPEARED, subject, track, time, frame);
    subject->appeared = true;
    if (!is_news(subject, visitor.recognition, visitor.name, &kind))
        return VULTUS_OK;
    status = remember(events, visitor.name, time, &before, error);
    if (kind != VULTUS_EVENT_IDENTIFIED || before < 0 || time - before >= events->cooldown)
        tell(events, kind, subject, track, time, frame);
    subject->told = visitor.recognition;
    subject->told_name[0] = '\0';
    strncat(subject->told_name, visitor.name, VULTUS_NAME_MAX);
    return status;
}

vultus_status events_leave(struct events *events, struct subject *subject,
                           const struct track *track, uint64_t frame, vultus_error *error)
{
    double before;
    if (!subject->appeared)
        return VULTUS_OK;
    tell(events, VULTUS_EVENT_LEFT, subject, track, track->seen, frame);
    return remember(events, subject->told_name, track->seen, &before, error);
}
