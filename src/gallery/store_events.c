/* See store_events.h. Rows are as untrusted as files. */
#include "gallery/store_events.h"
#include "base/memory.h"
#include "gallery/names.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define FRAME_SIDE_MAX 65535

void store_event_numbers(const vultus_event_record *record, double out[STORE_EVENT_NUMBERS])
{
    const vultus_box *box = &record->box;
    const double numbers[STORE_EVENT_NUMBERS] = {[STORE_EVENT_SIMILARITY] =
                                                     (double)record->similarity,
                                                 [STORE_EVENT_FAR] = (double)record->far,
                                                 [STORE_EVENT_QUALITY] = (double)record->quality,
                                                 [STORE_EVENT_TIME] = record->time,
                                                 [STORE_EVENT_X] = (double)box->x,
                                                 [STORE_EVENT_Y] = (double)box->y,
                                                 [STORE_EVENT_WIDTH] = (double)box->width,
                                                 [STORE_EVENT_HEIGHT] = (double)box->height};
    memcpy(out, numbers, sizeof numbers);
}

static bool is_side(int64_t side)
{
    return side >= 0 && side <= FRAME_SIDE_MAX;
}

static const char *name_fault(const char *name)
{
    return name ? names_fault(name, strlen(name)) : NULL;
}

static const char *row_fault(const struct store_event_row *row)
{
    if (!row->at || strlen(row->at) != STORE_STAMP_SIZE - 1)
        return "has a bad date";
    if (row->expires && strlen(row->expires) != STORE_STAMP_SIZE - 1)
        return "has a bad date";
    if (row->kind < 0 || row->kind > VULTUS_EVENT_LEFT)
        return "is of no kind that there is";
    if (!row->camera)
        return "has a bad camera";
    if (name_fault(row->name) || name_fault(row->before))
        return "is of somebody whose name cannot be one";
    if (row->visit < 0 || row->track < 0 || row->person < 0 || row->frame < 0 ||
        !is_side(row->frame_width) || !is_side(row->frame_height))
        return "has a bad number";
    for (int i = 0; i < STORE_EVENT_NUMBERS; i++) {
        bool may_miss = i <= STORE_EVENT_QUALITY && isnan(row->numbers[i]);
        if (!may_miss && !(fabs(row->numbers[i]) <= (double)FLT_MAX))
            return "has a bad box or measure";
    }
    return row->picture.size > VULTUS_EVENT_PICTURE_MAX ? "has a picture that is too large" : NULL;
}

const char *store_event_read(const struct store_event_row *row, vultus_event_record *out,
                             bool *memory)
{
    const double *numbers = row->numbers;
    *out = (vultus_event_record){.id = row->id};
    const char *fault = row_fault(row);
    if (fault)
        return fault;
    *out = (vultus_event_record){
        .id = row->id,
        .visit = (uint64_t)row->visit,
        .kind = (vultus_event_kind)row->kind,
        .camera = mem_string(row->camera),
        .track = (uint64_t)row->track,
        .person = row->person,
        .name = row->name ? mem_string(row->name) : NULL,
        .before = row->before ? mem_string(row->before) : NULL,
        .similarity = (float)numbers[STORE_EVENT_SIMILARITY],
        .far = (float)numbers[STORE_EVENT_FAR],
        .quality = (float)numbers[STORE_EVENT_QUALITY],
        .time = numbers[STORE_EVENT_TIME],
        .frame = (uint64_t)row->frame,
        .box = {(float)numbers[STORE_EVENT_X], (float)numbers[STORE_EVENT_Y],
                (float)numbers[STORE_EVENT_WIDTH], (float)numbers[STORE_EVENT_HEIGHT]},
        .width = (unsigned)row->frame_width,
        .height = (unsigned)row->frame_height,
        .picture = row->picture.data ? mem_copy(row->picture.data, row->picture.size) : NULL,
        .picture_size = row->picture.size};
    memcpy(out->at, row->at, STORE_STAMP_SIZE);
    if (row->expires)
        memcpy(out->expires, row->expires, STORE_STAMP_SIZE);
    *memory = !out->camera || (row->name && !out->name) || (row->before && !out->before) ||
              (row->picture.data && !out->picture);
    return NULL;
}

vultus_event_record *store_event_room(vultus_event_records *records, size_t *capacity)
{
    if (records->count == *capacity) {
        size_t more = 2 * *capacity + 16;
        vultus_event_record *items = mem_resize(records->items, more, sizeof *items);
        if (!items)
            return NULL;
        records->items = items;
        *capacity = more;
    }
    vultus_event_record *room = records->items + records->count++;
    *room = (vultus_event_record){0};
    return room;
}

vultus_status store_no_event(int64_t id, vultus_error *error)
{
    return status_set(error, VULTUS_ERR_NOT_FOUND, "there is no event %lld", (long long)id);
}

vultus_status store_no_reader(const char *reader, vultus_error *error)
{
    return status_set(error, VULTUS_ERR_NOT_FOUND, "nobody called \"%.100s\" reads events", reader);
}

void vultus_event_record_clear(vultus_event_record *record)
{
    if (!record)
        return;
    mem_free(record->camera);
    mem_free(record->name);
    mem_free(record->before);
    mem_free_wiped(record->picture, record->picture ? record->picture_size : 0);
    *record = (vultus_event_record){0};
}

void vultus_event_records_clear(vultus_event_records *records)
{
    if (!records)
        return;
    for (size_t i = 0; i < records->count; i++)
        vultus_event_record_clear(records->items + i);
    mem_free(records->items);
    *records = (vultus_event_records){0};
}
