/*
 * Steps: a change is applied, then the whole album is checked against all that is known, and where it does
 * not hold the change is taken back: one check for all kinds, and an album never contradicts itself. What
 * a step changed is kept as differences, so that a hundred steps cost little.
 */
#include "engine/album_step.h"
#include "base/file.h"
#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static vultus_status no_memory(vultus_error *error)
{
    return status_memory(error, "a change of an album");
}

/* Room for every face to move and for as many links, so that applying cannot fail. */
vultus_status step_begin(struct album_edit *edit, vultus_album *album, vultus_error *error,
                         const char *format, ...)
{
    char text[ALBUM_STEP_TEXT_MAX + 1];
    va_list arguments;
    *edit = (struct album_edit){.album = album};
    if (!album || album->read_only)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "an album that is open for changes is needed");
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    const size_t wanted = album->link_count + 2 * album->face_count + 1;
    if (album->link_capacity < wanted) {
        struct album_link *links = mem_resize(album->links, wanted, sizeof *links);
        if (!links)
            return no_memory(error);
        album->links = links;
        album->link_capacity = wanted;
    }
    struct album_step *steps = mem_resize(album->steps, VULTUS_ALBUM_STEPS_MAX + 1, sizeof *steps);
    if (!steps)
        return no_memory(error);
    album->steps = steps;
    edit->step.serial = album->next_step;
    edit->step.text = mem_string(text);
    edit->step.moves = mem_array(album->face_count, sizeof *edit->step.moves);
    if (edit->step.text && edit->step.moves)
        return VULTUS_OK;
    album_step_clear(&edit->step);
    return no_memory(error);
}

void step_move(struct album_edit *edit, struct album_face *face, uint32_t cluster)
{
    if (face->cluster == cluster)
        return;
    edit->step.moves[edit->step.move_count++] = (struct album_move){face->id, face->cluster};
    face->cluster = cluster;
    face->said = true;
}

void step_say(struct album_edit *edit, uint32_t a, uint32_t b, bool same)
{
    vultus_album *album = edit->album;
    album->links[album->link_count++] = (struct album_link){a, b, same, edit->step.serial};
}

/* Moves and links back; what is not there any more is passed over. */
static void take_back(vultus_album *album, const struct album_step *step)
{
    size_t kept = 0;
    for (size_t i = step->move_count; i-- > 0;) {
        struct album_face *face = album_find_face(album, step->moves[i].face);
        if (face) {
            face->cluster = step->moves[i].cluster;
            face->said = true;
        }
    }
    for (size_t i = 0; i < album->link_count; i++)
        if (album->links[i].step != step->serial)
            album->links[kept++] = album->links[i];
    album->link_count = kept;
}

/* ------------------------------------------------------------------ does it hold? */

static int by_place(const void *x, const void *y)
{
    const struct album_face *const *a = x, *const *b = y;
    if ((*a)->cluster != (*b)->cluster)
        return (*a)->cluster < (*b)->cluster ? -1 : 1;
    if ((*a)->picture != (*b)->picture)
        return (*a)->picture < (*b)->picture ? -1 : 1;
    return (*a)->id < (*b)->id ? -1 : (*a)->id > (*b)->id;
}

static vultus_status check(const vultus_album *album, vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    const struct album_face **order = mem_array(album->face_count, sizeof *order);
    if (!order)
        return no_memory(error);
    for (size_t i = 0; i < album->face_count; i++)
        order[i] = &album->faces[i];
    qsort(order, album->face_count, sizeof *order, by_place);
    for (size_t i = 1; i < album->face_count && !status; i++)
        if (order[i]->cluster && order[i]->cluster == order[i - 1]->cluster &&
            order[i]->picture == order[i - 1]->picture)
            status = status_set(error, VULTUS_ERR_ARGUMENT,
                                "faces %u and %u are in one picture, so they are two people: %s",
                                order[i - 1]->id, order[i]->id,
                                file_shown(album->pictures[order[i]->picture].path));
    mem_free(order);
    for (size_t i = 0; i < album->link_count && !status; i++) {
        const struct album_link *link = &album->links[i];
        const struct album_face *a = album_find_face(album, link->a),
                                *b = album_find_face(album, link->b);
        if (link->same && a->cluster != b->cluster)
            status = status_set(error, VULTUS_ERR_ARGUMENT,
                                "faces %u and %u are known to be one person (cluster undo takes "
                                "the last word back)",
                                link->a, link->b);
        else if (!link->same && a->cluster && a->cluster == b->cluster)
            status = status_set(error, VULTUS_ERR_ARGUMENT,
                                "faces %u and %u are known to be two people (cluster undo takes "
                                "the last word back)",
                                link->a, link->b);
    }
    return status;
}

/* Where it holds it becomes a step, else all is as it was. */
vultus_status step_finish(struct album_edit *edit, vultus_error *error)
{
    vultus_album *album = edit->album;
    vultus_status status = album->link_count > ALBUM_LINKS_MAX
                               ? status_set(error, VULTUS_ERR_LIMIT,
                                            "more than %zu links between faces", ALBUM_LINKS_MAX)
                               : check(album, error);
    if (status) {
        take_back(album, &edit->step);
        album_step_clear(&edit->step);
        return status;
    }
    struct album_move *moves =
        mem_resize(edit->step.moves, edit->step.move_count, sizeof *edit->step.moves);
    if (moves)
        edit->step.moves = moves; /* smaller; the larger one serves as well */
    album->next_step++;
    album->steps[album->step_count++] = edit->step;
    if (album->step_count > VULTUS_ALBUM_STEPS_MAX) {
        for (size_t i = 0; i < album->link_count; i++)
            if (album->links[i].step == album->steps[0].serial)
                album->links[i].step = 0;
        album_step_clear(&album->steps[0]);
        memmove(album->steps, album->steps + 1, --album->step_count * sizeof *album->steps);
    }
    album_drop_names(album);
    return VULTUS_OK;
}

vultus_status vultus_album_undo(vultus_album *album, char *text, size_t size, vultus_error *error)
{
    if (!album || album->read_only)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "an album that is open for changes is needed");
    if (!album->step_count)
        return status_set(error, VULTUS_ERR_NOT_FOUND, "there is nothing to take back");
    struct album_step *step = &album->steps[album->step_count - 1];
    uint32_t *now = mem_array(album->face_count, sizeof *now);
    struct album_link *links = mem_array(album->link_count, sizeof *links);
    vultus_status status = now && links ? VULTUS_OK : no_memory(error);
    const size_t link_count = album->link_count;
    for (size_t i = 0; !status && i < album->face_count; i++)
        now[i] = album->faces[i].cluster;
    if (!status && link_count)
        memcpy(links, album->links, link_count * sizeof *links);
    if (!status) {
        take_back(album, step);
        status = check(album, error);
        for (size_t i = 0; !status && i < step->name_count; i++)
            status = album_set_name(album, step->names[i].cluster,
                                    step->names[i].text[0] ? step->names[i].text : NULL, error);
        if (status) { /* a later grouping put a face where another has to go back */
            for (size_t i = 0; i < album->face_count; i++)
                album->faces[i].cluster = now[i];
            if (link_count)
                memcpy(album->links, links, link_count * sizeof *links);
            album->link_count = link_count;
        }
    }
    mem_free(now);
    mem_free(links);
    if (status)
        return status;
    if (text && size)
        (void)snprintf(text, size, "%s", step->text);
    album_step_clear(step);
    album->step_count--;
    album_drop_names(album);
    return VULTUS_OK;
}
