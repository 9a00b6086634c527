/*
 * Matching boxes with true faces. As WIDER FACE's program does, each box stands for the true face that
 * it overlaps most, also when that face is taken and another would be free. Overlap is of areas in the
 * plane; that program adds a pixel to every side.
 */
#include "decide/match.h"
#include "base/box.h"
#include "base/memory.h"

#include <stdlib.h>

#define OVERLAP 0.5f

bool match_ignored(const vultus_findings *findings, const vultus_true_face *face)
{
    return face->ignored || face->box.height < findings->min_height;
}

bool match_used(const vultus_findings *findings, size_t picture)
{
    return !findings->left_out || !findings->left_out[picture];
}

vultus_status match_check(const vultus_findings *findings, vultus_error *error)
{
    if (!findings || !findings->truth || (findings->truth->count && !findings->faces))
        return status_set(error, VULTUS_ERR_ARGUMENT, "ground truth and findings are needed");
    if (!(findings->overlap >= 0 && findings->overlap <= 1) || !(findings->min_height >= 0))
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "the overlap is from 0 to 1, the least height 0 or more");
    for (size_t i = 0; i < findings->truth->count; i++)
        for (size_t k = 0; match_used(findings, i) && k < findings->faces[i].count; k++)
            if (isnan(findings->faces[i].items[k].score))
                return status_set(error, VULTUS_ERR_ARGUMENT, "picture %zu, face %zu has no score",
                                  i, k);
    return VULTUS_OK;
}

vultus_status matches_open(const vultus_findings *findings, struct matches *out,
                           vultus_error *error)
{
    size_t most = 0;
    for (size_t i = 0; i < findings->truth->count; i++)
        if (match_used(findings, i) && findings->faces[i].count > most)
            most = findings->faces[i].count;
    *out = (struct matches){.items = mem_array(most, sizeof *out->items)};
    return out->items ? VULTUS_OK : status_memory(error, "evaluation");
}

void matches_clear(struct matches *matches)
{
    mem_free(matches->items);
    *matches = (struct matches){0};
}

static int by_score(const void *a, const void *b)
{
    const struct match *p = a, *q = b;
    if (p->score != q->score)
        return p->score > q->score ? -1 : 1;
    return (p->found > q->found) - (p->found < q->found);
}

static bool is_taken(const struct matches *matches, size_t before, size_t truth)
{
    for (size_t i = 0; i < before; i++)
        if (matches->items[i].verdict == MATCH_RIGHT && matches->items[i].truth == truth)
            return true;
    return false;
}

void match_picture(const vultus_findings *findings, size_t picture, struct matches *out)
{
    const vultus_true_picture *truth = &findings->truth->items[picture];
    const vultus_faces *faces = &findings->faces[picture];
    double least = findings->overlap > 0 ? findings->overlap : OVERLAP;
    out->count = faces->count;
    for (size_t i = 0; i < faces->count; i++)
        out->items[i] = (struct match){.score = faces->items[i].score, .found = i};
    if (out->count > 1)
        qsort(out->items, out->count, sizeof *out->items, by_score);
    for (size_t i = 0; i < out->count; i++) {
        struct match *match = &out->items[i];
        double best = 0;
        for (size_t k = 0; k < truth->count; k++) {
            double overlap = box_overlap(&faces->items[match->found].box, &truth->faces[k].box);
            if (overlap > best) {
                best = overlap;
                match->truth = k;
            }
        }
        if (best < least || best <= 0)
            match->verdict = MATCH_WRONG;
        else if (match_ignored(findings, &truth->faces[match->truth]))
            match->verdict = MATCH_NEUTRAL;
        else
            match->verdict = is_taken(out, i, match->truth) ? MATCH_WRONG : MATCH_RIGHT;
    }
}
