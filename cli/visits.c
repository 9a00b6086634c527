/* Lists grow as people leave; both files are written at the end, whole. */
#include "visits.h"
#include "base/buffer.h"
#include "base/file.h"
#include "base/memory.h"
#include "cli_session.h"
#include "command.h"
#include "console.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool visits_add(struct visits *visits, const vultus_event *event)
{
    const vultus_visitor *visitor = &event->visitor;
    if (visits->count == VISITS_MAX) {
        visits->left_out++;
        return true;
    }
    if (visits->count == visits->room) {
        size_t room = visits->room ? 2 * visits->room : 64;
        struct visit *items = mem_resize(visits->items, room, sizeof *items);
        if (!items)
            return false;
        visits->items = items;
        visits->room = room;
    }
    struct visit *visit = &visits->items[visits->count++];
    *visit = (struct visit){.source = event->source,
                            .track = visitor->track,
                            .since = visitor->since,
                            .until = visitor->seen,
                            .similarity = visitor->similarity,
                            .quality = visitor->quality};
    if (visitor->recognition == VULTUS_RECOGNITION_NAMED)
        strncat(visit->name, visitor->name, VULTUS_NAME_MAX);
    return true;
}

static int by_time(const void *a, const void *b)
{
    const struct visit *p = a, *q = b;
    if (p->since != q->since)
        return p->since < q->since ? -1 : 1;
    if (p->source != q->source)
        return p->source < q->source ? -1 : 1;
    return (p->track > q->track) - (p->track < q->track);
}

static vultus_status print_quoted(struct buffer *out, const char *text, vultus_error *error)
{
    vultus_status status = buffer_append(out, "\"", 1, error);
    for (; !status && *text; text++)
        status = buffer_append(out, *text == '"' ? "\"\"" : text, *text == '"' ? 2 : 1, error);
    return status ? status : buffer_append(out, "\"", 1, error);
}

static vultus_status print_number(struct buffer *out, float value, vultus_error *error)
{
    return isnan(value) ? buffer_print(out, error, ",")
                        : buffer_print(out, error, ",%.3f", (double)value);
}

static vultus_status print_visit(struct buffer *out, const struct visit *visit, const char *source,
                                 vultus_error *error)
{
    vultus_status status = print_quoted(out, source, error);
    if (!status)
        status = buffer_print(out, error, ",%llu,", (unsigned long long)visit->track);
    if (!status)
        status = print_quoted(out, visit->name, error);
    if (!status)
        status = buffer_print(out, error, ",%.2f,%.2f,%.2f", visit->since, visit->until,
                              visit->until - visit->since);
    if (!status)
        status = print_number(out, visit->similarity, error);
    if (!status)
        status = print_number(out, visit->quality, error);
    return status ? status : buffer_print(out, error, "\n");
}

static int fail_file(const vultus_error *error)
{
    fail(error);
    return EXIT_ENVIRONMENT;
}

int visits_write(const struct visits *visits, const char *const *sources, const char *path)
{
    struct buffer out;
    vultus_error error = {0};
    buffer_init(&out, (size_t)256 << 20);
    qsort(visits->items, visits->count, sizeof *visits->items, by_time);
    vultus_status status =
        buffer_print(&out, &error, "source,track,name,since,until,seconds,similarity,quality\n");
    for (size_t i = 0; !status && i < visits->count; i++)
        status = print_visit(&out, &visits->items[i], sources[visits->items[i].source], &error);
    if (!status)
        status = file_write(path, out.data, out.size, &error);
    buffer_clear(&out);
    if (visits->left_out)
        complain("%s: %zu visits over %d are left out", path, visits->left_out, VISITS_MAX);
    return status ? fail_file(&error) : EXIT_DONE;
}

int visits_draw(const struct visits *visits, const char *path)
{
    vultus_image *image = NULL;
    vultus_error error = {0};
    vultus_visit *rows = mem_array(visits->count ? visits->count : 1, sizeof *rows);
    if (!rows) {
        complain("not enough memory");
        return EXIT_ENVIRONMENT;
    }
    for (size_t i = 0; i < visits->count; i++)
        rows[i] =
            (vultus_visit){visits->items[i].name, visits->items[i].since, visits->items[i].until};
    vultus_status status = vultus_timeline(rows, visits->count, &image, &error);
    if (!status)
        status = vultus_image_write(image, path, &error);
    vultus_image_free(image);
    mem_free(rows);
    return status ? fail_file(&error) : EXIT_DONE;
}

void visits_clear(struct visits *visits)
{
    mem_free_wiped(visits->items, visits->room * sizeof *visits->items);
    *visits = (struct visits){0};
}
