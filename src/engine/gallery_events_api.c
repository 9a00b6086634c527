/* Events of a gallery. What callers pass in is checked here; whether it exists, in the store. */
#include "base/utf8.h"
#include "engine/gallery.h"
#include "gallery/names.h"
#include "gallery/store_events.h"

#include <math.h>
#include <string.h>

#define PAGE 100
#define ALL_KINDS ((1u << (VULTUS_EVENT_LEFT + 1)) - 1)

/* A moment with milliseconds, of one with or without; "" of what is none. */
static const char *stamp_of(const char *text, char out[STORE_STAMP_SIZE])
{
    char second[STORE_DATE_SIZE];
    const size_t length = strlen(text), whole = STORE_DATE_SIZE - 1;
    out[0] = '\0';
    if (length != whole && length != STORE_STAMP_SIZE - 1)
        return out;
    memcpy(second, text, whole - 1);
    memcpy(second + whole - 1, "Z", 2);
    bool good = gallery_is_date(second) && text[length - 1] == 'Z';
    for (size_t i = whole; good && i + 1 < length; i++)
        good = text[i] >= '0' && text[i] <= '9';
    good &= length == whole || text[whole - 1] == '.';
    if (good) {
        memcpy(out, second, whole - 1);
        memcpy(out + whole - 1, length == whole ? ".000Z" : text + whole - 1, 6);
    }
    return out;
}

static vultus_status need_stamp(const char *text, char out[STORE_STAMP_SIZE], vultus_error *error)
{
    return stamp_of(text, out)[0]
               ? VULTUS_OK
               : status_set(error, VULTUS_ERR_ARGUMENT,
                            "\"%.40s\" is no time; give one as 2026-01-31T23:59:59Z", text);
}

static bool is_number(double value, bool may_miss)
{
    return isfinite(value) || (may_miss && isnan(value));
}

static bool is_utf8(const char *text)
{
    const size_t size = strlen(text);
    for (size_t at = 0; at < size;)
        if (utf8_next(text, size, &at) == UTF8_BAD)
            return false;
    return true;
}

static const char *record_fault(const vultus_event_record *record)
{
    double numbers[STORE_EVENT_NUMBERS];
    store_event_numbers(record, numbers);
    if ((unsigned)record->kind > VULTUS_EVENT_LEFT)
        return "is of no kind that there is";
    if (!record->camera || !record->camera[0] || strlen(record->camera) > VULTUS_SOURCE_MAX)
        return "has no camera, or one whose name is too long";
    if (!is_utf8(record->camera))
        return "has a camera whose name is not UTF-8";
    if (record->visit > INT64_MAX || record->track > INT64_MAX || record->frame > INT64_MAX ||
        record->width > UINT16_MAX || record->height > UINT16_MAX)
        return "has a number that is too large";
    for (int i = 0; i < STORE_EVENT_NUMBERS; i++)
        if (!is_number(numbers[i], i <= STORE_EVENT_QUALITY))
            return "has a box or a time that is not finite";
    if (record->picture_size > VULTUS_EVENT_PICTURE_MAX)
        return "has a picture that is too large";
    return NULL;
}

/* Makes it as stores expect it. */
static vultus_status check_record(vultus_event_record *record, vultus_error *error)
{
    char stamp[STORE_STAMP_SIZE];
    const char *fault = record_fault(record);
    if (fault)
        return status_set(error, VULTUS_ERR_ARGUMENT, "an event %s", fault);
    vultus_status status = record->name ? names_check(record->name, error) : VULTUS_OK;
    if (!status && record->before)
        status = names_check(record->before, error);
    if (status)
        return status;
    if (!record->at[0])
        store_stamp(0, stamp);
    else
        status = need_stamp(record->at, stamp, error);
    if (!status)
        memcpy(record->at, stamp, sizeof stamp);
    if (!status && record->expires[0] && !(status = need_stamp(record->expires, stamp, error)))
        memcpy(record->expires, stamp, sizeof stamp);
    return status;
}

static vultus_status check_records(const vultus_gallery *gallery, vultus_event_record *records,
                                   size_t count, vultus_error *error)
{
    vultus_status status = gallery_need(gallery && (records || !count), error);
    if (!status && count > VULTUS_EVENT_BATCH_MAX)
        status = status_set(error, VULTUS_ERR_ARGUMENT, "at most %d events are added at once",
                            VULTUS_EVENT_BATCH_MAX);
    for (size_t i = 0; !status && i < count; i++)
        status = check_record(&records[i], error);
    return status;
}

vultus_status vultus_gallery_add_events(vultus_gallery *gallery, vultus_event_record *records,
                                        size_t count, const vultus_event_keeping *keeping,
                                        vultus_error *error)
{
    struct store_keeping own = {.most = VULTUS_EVENTS_MOST};
    vultus_status status = check_records(gallery, records, count, error);
    if (status || !count)
        return status;
    if (keeping && keeping->days)
        store_stamp(keeping->days, own.expires);
    if (keeping && keeping->most)
        own.most = keeping->most < INT64_MAX ? (int64_t)keeping->most : INT64_MAX;
    return gallery->store->methods->add_events(gallery->store, records, count, &own, error);
}

vultus_status vultus_gallery_import_events(vultus_gallery *gallery, vultus_event_record *records,
                                           size_t count, size_t *added, vultus_error *error)
{
    const struct store_keeping all = {.most = VULTUS_EVENTS_MOST, .import = true};
    size_t sum = 0;
    vultus_status status = check_records(gallery, records, count, error);
    if (!status && count)
        status = gallery->store->methods->add_events(gallery->store, records, count, &all, error);
    for (size_t i = 0; !status && i < count; i++)
        sum += records[i].id != 0;
    if (!status && added)
        *added = sum;
    return status;
}

/* ------------------------------------------------------------------ reading */

vultus_status vultus_gallery_events(vultus_gallery *gallery, const vultus_event_query *query,
                                    vultus_event_records *out, vultus_error *error)
{
    vultus_event_query own = query ? *query : (vultus_event_query){0};
    char since[STORE_STAMP_SIZE], until[STORE_STAMP_SIZE];
    vultus_status status = gallery_need(gallery && out, error);
    own.most = own.most ? own.most : PAGE;
    own.kinds = own.kinds ? own.kinds : UINT32_MAX; /* damaged rows, too */
    if (!status && (own.most > VULTUS_EVENT_BATCH_MAX || (query && query->kinds & ~ALL_KINDS) ||
                    own.after < 0 || own.before < 0))
        status = status_set(error, VULTUS_ERR_ARGUMENT,
                            "a page has up to %d events of the kinds that there are, and ids are "
                            "1 or more",
                            VULTUS_EVENT_BATCH_MAX);
    if (!status && own.person)
        status = names_check(own.person, error);
    if (!status && own.since)
        status = need_stamp(own.since, since, error);
    if (!status && own.until)
        status = need_stamp(own.until, until, error);
    own.since = own.since ? since : NULL;
    own.until = own.until ? until : NULL;
    return status ? status : gallery->store->methods->events(gallery->store, &own, out, error);
}

vultus_status vultus_gallery_event(vultus_gallery *gallery, int64_t id, vultus_event_record *out,
                                   vultus_error *error)
{
    vultus_event_query query = {.after = id - 1, .pictures = true, .most = 1};
    vultus_event_records found = {0};
    vultus_status status = gallery_need(gallery && out, error);
    if (!status && id > 0)
        status = vultus_gallery_events(gallery, &query, &found, error);
    if (!status && (!found.count || found.items[0].id != id))
        status = store_no_event(id, error);
    if (!status) {
        *out = found.items[0];
        found.items[0] = (vultus_event_record){0};
    }
    vultus_event_records_clear(&found);
    return status;
}

vultus_status vultus_event_kind_of(const char *text, vultus_event_kind *out, vultus_error *error)
{
    for (unsigned kind = 0; text && out && kind <= VULTUS_EVENT_LEFT; kind++)
        if (!strcmp(vultus_event_text((vultus_event_kind)kind), text)) {
            *out = (vultus_event_kind)kind;
            return VULTUS_OK;
        }
    return status_set(error, VULTUS_ERR_ARGUMENT,
                      "%.40s: no such event; there are appeared, identified, unknown, changed, "
                      "left",
                      text ? text : "nothing");
}

/* ------------------------------------------------------------------ deleting */

vultus_status vultus_gallery_delete_event(vultus_gallery *gallery, int64_t id, vultus_error *error)
{
    vultus_status status = gallery_need(gallery != NULL, error);
    return status ? status : gallery->store->methods->delete_event(gallery->store, id, error);
}

vultus_status vultus_gallery_prune_events(vultus_gallery *gallery, const char *before,
                                          size_t *erased, vultus_error *error)
{
    char stamp[STORE_STAMP_SIZE];
    size_t count = 0;
    vultus_status status = gallery_need(gallery != NULL, error);
    if (!status && before)
        status = need_stamp(before, stamp, error);
    if (!status)
        status = gallery->store->methods->prune_events(gallery->store, before ? stamp : NULL,
                                                       &count, error);
    if (!status && erased)
        *erased = count;
    return status;
}

/* ------------------------------------------------------------------ readers */

static vultus_status check_reader(const vultus_gallery *gallery, const char *reader,
                                  vultus_error *error)
{
    vultus_status status = gallery_need(gallery && reader, error);
    const char *fault = status ? NULL : names_fault(reader, strlen(reader));
    return fault ? status_set(error, VULTUS_ERR_ARGUMENT, "a reader's name %s", fault) : status;
}

vultus_status vultus_gallery_reader(vultus_gallery *gallery, const char *reader, int64_t *event,
                                    vultus_error *error)
{
    vultus_status status = check_reader(gallery, reader, error);
    if (!status)
        status = gallery_need(event != NULL, error);
    return status ? status : gallery->store->methods->reader(gallery->store, reader, event, error);
}

vultus_status vultus_gallery_reader_done(vultus_gallery *gallery, const char *reader, int64_t event,
                                         vultus_error *error)
{
    vultus_status status = check_reader(gallery, reader, error);
    return status ? status
                  : gallery->store->methods->reader_done(gallery->store, reader, event, error);
}
