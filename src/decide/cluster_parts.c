/*
 * Who may be one person: disjoint sets that refuse to join where two faces of one picture, or two that are
 * known to be different people, would meet. Every method joins through here, so no method can break a
 * constraint. A check walks both parts; nothing is stored of pairs, because a picture of a crowd has
 * a million of them.
 */
#include "base/memory.h"
#include "decide/cluster_problem.h"

#include <stdlib.h>
#include <string.h>

uint32_t cluster_part_of(struct cluster_parts *parts, uint32_t row)
{
    while (parts->parent[row] != row) {
        parts->parent[row] = parts->parent[parts->parent[row]];
        row = parts->parent[row];
    }
    return row;
}

static bool share_picture(struct cluster_parts *parts, uint32_t a, uint32_t b)
{
    const uint32_t mark = ++parts->serial;
    uint32_t row = a;
    do
        parts->stamp[parts->picture[row]] = mark;
    while ((row = parts->next[row]) != a);
    row = b;
    do {
        if (parts->stamp[parts->picture[row]] == mark)
            return true;
    } while ((row = parts->next[row]) != b);
    return false;
}

static bool are_told_apart(struct cluster_parts *parts, uint32_t a, uint32_t b)
{
    uint32_t small = parts->size[a] < parts->size[b] ? a : b, large = small == a ? b : a;
    uint32_t row = small;
    if (!parts->first[parts->count])
        return false;
    do {
        for (size_t k = parts->first[row]; k < parts->first[row + 1]; k++)
            if (cluster_part_of(parts, parts->never[k]) == large)
                return true;
    } while ((row = parts->next[row]) != small);
    return false;
}

bool cluster_may_join(struct cluster_parts *parts, uint32_t a, uint32_t b)
{
    a = cluster_part_of(parts, a);
    b = cluster_part_of(parts, b);
    if (a == b)
        return true;
    if (parts->person[a] != parts->person[b] && parts->person[a] != VULTUS_NOBODY &&
        parts->person[b] != VULTUS_NOBODY)
        return false;
    return !share_picture(parts, a, b) && !are_told_apart(parts, a, b);
}

uint32_t cluster_join(struct cluster_parts *parts, uint32_t a, uint32_t b)
{
    a = cluster_part_of(parts, a);
    b = cluster_part_of(parts, b);
    if (a == b)
        return a;
    if (parts->size[a] < parts->size[b] || (parts->size[a] == parts->size[b] && a > b)) {
        uint32_t swap = a;
        a = b;
        b = swap;
    }
    parts->parent[b] = a;
    parts->size[a] += parts->size[b];
    if (parts->person[a] == VULTUS_NOBODY)
        parts->person[a] = parts->person[b];
    uint32_t next = parts->next[a]; /* two rings become one */
    parts->next[a] = parts->next[b];
    parts->next[b] = next;
    return a;
}

size_t cluster_number(struct cluster_parts *parts, uint32_t *labels)
{
    uint32_t count = 0;
    for (size_t row = 0; row < parts->count; row++)
        labels[row] = UINT32_MAX;
    for (uint32_t row = 0; row < parts->count; row++) {
        uint32_t at = row;
        if (labels[row] != UINT32_MAX)
            continue;
        do
            labels[at] = count;
        while ((at = parts->next[at]) != row);
        count++;
    }
    return count;
}

/* ------------------------------------------------------------------ what is known */

static int by_picture(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Numbers of pictures, whatever they were, become numbers below the count of rows. */
static vultus_status number_pictures(struct cluster_parts *parts, const uint32_t *picture,
                                     vultus_error *error)
{
    uint64_t *order = mem_array(parts->count, sizeof *order);
    uint32_t number = 0;
    if (!order)
        return status_memory(error, "pictures");
    for (size_t row = 0; row < parts->count; row++)
        order[row] = (uint64_t)(picture ? picture[row] : row) << 32 | row;
    qsort(order, parts->count, sizeof *order, by_picture);
    for (size_t i = 0; i < parts->count; i++) {
        number += i && order[i] >> 32 != order[i - 1] >> 32;
        parts->picture[(uint32_t)order[i]] = number;
    }
    mem_free(order);
    return VULTUS_OK;
}

static vultus_status list_never(struct cluster_parts *parts, const struct cluster_known *known,
                                vultus_error *error)
{
    size_t count = 0;
    for (size_t i = 0; i < known->link_count; i++) {
        const vultus_cluster_link *link = &known->links[i];
        if (link->a >= parts->count || link->b >= parts->count || link->a == link->b)
            return status_set(error, VULTUS_ERR_ARGUMENT,
                              "a link is of faces %zu and %zu, of %zu there are", link->a, link->b,
                              parts->count);
        if (link->same)
            continue;
        parts->first[link->a + 1]++;
        parts->first[link->b + 1]++;
        count += 2;
    }
    parts->never = mem_array(count, sizeof *parts->never);
    size_t *at = mem_array(parts->count, sizeof *at);
    if (!parts->never || !at) {
        mem_free(at);
        return status_memory(error, "links between faces");
    }
    for (size_t row = 0; row < parts->count; row++) {
        parts->first[row + 1] += parts->first[row];
        at[row] = parts->first[row];
    }
    for (size_t i = 0; i < known->link_count; i++) {
        const vultus_cluster_link *link = &known->links[i];
        if (link->same)
            continue;
        parts->never[at[link->a]++] = (uint32_t)link->b;
        parts->never[at[link->b]++] = (uint32_t)link->a;
    }
    mem_free(at);
    return VULTUS_OK;
}

static vultus_status must_join(struct cluster_parts *parts, size_t a, size_t b, vultus_error *error)
{
    if (!cluster_may_join(parts, (uint32_t)a, (uint32_t)b))
        return status_set(
            error, VULTUS_ERR_ARGUMENT,
            "faces %zu and %zu are said to be one person, but with what else is known "
            "they are not",
            a, b);
    cluster_join(parts, (uint32_t)a, (uint32_t)b);
    return VULTUS_OK;
}

/* Rows of one start are joined to the first of them. */
static vultus_status join_start(struct cluster_parts *parts, const uint32_t *start,
                                vultus_error *error)
{
    uint64_t *order = mem_array(parts->count, sizeof *order);
    vultus_status status = VULTUS_OK;
    if (!order)
        return status_memory(error, "clusters");
    for (size_t row = 0; row < parts->count; row++)
        order[row] = (uint64_t)start[row] << 32 | row;
    qsort(order, parts->count, sizeof *order, by_picture);
    for (size_t i = 1; i < parts->count && !status; i++)
        if (order[i] >> 32 == order[i - 1] >> 32 && order[i] >> 32 != VULTUS_NOBODY)
            status = must_join(parts, (uint32_t)order[i - 1], (uint32_t)order[i], error);
    mem_free(order);
    return status;
}

vultus_status cluster_parts_open(size_t count, const struct cluster_known *known,
                                 struct cluster_parts *out, vultus_error *error)
{
    struct cluster_parts parts = {.parent = mem_array(count, sizeof *parts.parent),
                                  .next = mem_array(count, sizeof *parts.next),
                                  .size = mem_array(count, sizeof *parts.size),
                                  .person = mem_array(count, sizeof *parts.person),
                                  .picture = mem_array(count, sizeof *parts.picture),
                                  .stamp = mem_zalloc(count, sizeof *parts.stamp),
                                  .first = mem_zalloc(count + 1, sizeof *parts.first),
                                  .count = count};
    vultus_status status = VULTUS_OK;
    if (!parts.parent || !parts.next || !parts.size || !parts.person || !parts.picture ||
        !parts.stamp || !parts.first)
        status = status_memory(error, "clusters");
    for (uint32_t row = 0; !status && row < count; row++) {
        parts.parent[row] = parts.next[row] = row;
        parts.size[row] = 1;
        parts.person[row] = known->person ? known->person[row] : VULTUS_NOBODY;
    }
    if (!status)
        status = number_pictures(&parts, known->picture, error);
    if (!status)
        status = list_never(&parts, known, error);
    if (!status && known->start)
        status = join_start(&parts, known->start, error);
    for (size_t i = 0; !status && i < known->link_count; i++)
        if (known->links[i].same)
            status = must_join(&parts, known->links[i].a, known->links[i].b, error);
    if (status)
        cluster_parts_close(&parts);
    else
        *out = parts;
    return status;
}

void cluster_parts_close(struct cluster_parts *parts)
{
    mem_free(parts->parent);
    mem_free(parts->next);
    mem_free(parts->size);
    mem_free(parts->person);
    mem_free(parts->picture);
    mem_free(parts->stamp);
    mem_free(parts->first);
    mem_free(parts->never);
    *parts = (struct cluster_parts){0};
}
