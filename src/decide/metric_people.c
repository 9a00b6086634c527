/*
 * People are split as wholes, never their faces. A batch takes a few faces of each of its people
 * with several, and fills a quarter of itself with people who have one: they are of no use as positives, but
 * good negatives.
 */
#include "decide/metric_people.h"
#include "base/memory.h"

#include <string.h>

/* Rows in the order of their person's number; groups in the order of persons, the empty ones left out. */
static size_t group_rows(const vultus_labelled *labelled, uint32_t *first,
                         struct metric_people *people)
{
    size_t groups = 0;
    memset(first, 0, (labelled->people + 1) * sizeof *first);
    for (size_t i = 0; i < labelled->count; i++)
        if (labelled->person[i] != VULTUS_NOBODY)
            first[labelled->person[i] + 1]++;
    for (size_t p = 0; p < labelled->people; p++) {
        if (first[p + 1])
            people->groups[groups++] = (struct metric_group){people->rows + first[p], first[p + 1]};
        first[p + 1] += first[p];
    }
    for (size_t i = 0; i < labelled->count; i++)
        if (labelled->person[i] != VULTUS_NOBODY)
            people->rows[first[labelled->person[i]]++] = (uint32_t)i;
    return groups;
}

/* Moves the groups with several faces before the others, and keeps the order. */
static size_t several_first(struct metric_group *groups, size_t count, struct metric_group *room)
{
    size_t several = 0, single = 0;
    for (size_t i = 0; i < count; i++)
        if (groups[i].count > 1)
            groups[several++] = groups[i];
        else
            room[single++] = groups[i];
    memcpy(groups + several, room, single * sizeof *room);
    return several;
}

static void shuffle_groups(struct metric_group *groups, size_t count, struct random *random)
{
    for (size_t i = count; i > 1; i--) {
        size_t other = (size_t)random_below(random, i);
        struct metric_group group = groups[i - 1];
        groups[i - 1] = groups[other];
        groups[other] = group;
    }
}

static size_t faces_of(const struct metric_group *groups, size_t count)
{
    size_t faces = 0;
    for (size_t i = 0; i < count; i++)
        faces += groups[i].count;
    return faces;
}

/* From [several | single] to [several | single | held], where that is possible. */
static void hold_out(struct metric_people *people, size_t several, size_t single, double share,
                     struct metric_group *room)
{
    struct metric_group *groups = people->groups;
    size_t first = (size_t)((double)several * share + 0.5);
    size_t second = (size_t)((double)single * share + 0.5);
    if (share > 0 && !first && several > 1)
        first = 1;
    if (share > 0 && first + second < 2)
        first = 2;
    bool good = share > 0 && first >= 1 && several > first && several - first + single - second > 1;
    if (!good)
        first = second = 0;
    memcpy(room, groups, first * sizeof *room);
    memcpy(room + first, groups + several, second * sizeof *room);
    memmove(groups, groups + first, (several - first) * sizeof *groups);
    memmove(groups + several - first, groups + several + second,
            (single - second) * sizeof *groups);
    memcpy(groups + several - first + single - second, room, (first + second) * sizeof *room);
    people->several = several - first;
    people->single = single - second;
    people->held = first + second;
}

vultus_status metric_people_init(struct metric_people *people, const vultus_labelled *labelled,
                                 double held, struct random *random, vultus_error *error)
{
    struct metric_people made = {.rows = mem_array(labelled->count, sizeof *made.rows),
                                 .groups = mem_array(labelled->people, sizeof *made.groups),
                                 .order = mem_array(labelled->people, sizeof *made.order),
                                 .shuffle = mem_array(labelled->count, sizeof *made.shuffle)};
    uint32_t *first = mem_array(labelled->people + 1, sizeof *first);
    struct metric_group *room = mem_array(labelled->people, sizeof *room);
    vultus_status status = VULTUS_OK;
    if (!made.rows || !made.groups || !made.order || !made.shuffle || !first || !room)
        status = status_memory(error, "training");
    if (!status) {
        size_t groups = group_rows(labelled, first, &made);
        size_t several = several_first(made.groups, groups, room);
        if (groups < 2 || !several)
            status = status_set(error, VULTUS_ERR_ARGUMENT,
                                "%zu %s, %zu of them with several faces; two people, and one of "
                                "them with two faces, are the least to learn from",
                                groups, groups == 1 ? "person" : "people", several);
        shuffle_groups(made.groups, several, random);
        shuffle_groups(made.groups + several, groups - several, random);
        hold_out(&made, several, groups - several, held, room);
        size_t learnt = made.several + made.single;
        made.faces = faces_of(made.groups, learnt);
        made.held_faces = faces_of(made.groups + learnt, made.held);
        for (size_t i = 0; i < learnt; i++)
            made.order[i] = (uint32_t)i;
    }
    mem_free(first);
    mem_free(room);
    if (status)
        metric_people_clear(&made);
    else
        *people = made;
    return status;
}

void metric_people_clear(struct metric_people *people)
{
    mem_free(people->rows);
    mem_free(people->groups);
    mem_free(people->order);
    mem_free(people->shuffle);
    *people = (struct metric_people){0};
}

/* People with several faces in a batch: at least two, unless there are singles beside. */
static size_t people_each(const struct metric_people *people, size_t batch)
{
    size_t most = batch / METRIC_FACES_EACH;
    if (people->single)
        most = (batch - batch / 4) / METRIC_FACES_EACH;
    return most < 2 ? 2 : most;
}

size_t metric_people_shuffle(struct metric_people *people, size_t batch, struct random *random)
{
    size_t each = people_each(people, batch);
    random_shuffle(random, people->order, people->several);
    random_shuffle(random, people->order + people->several, people->single);
    size_t batches = people->several / each, rest = people->several % each;
    if (rest > 1 || (rest && people->single) || !batches)
        batches++; /* one person alone is no batch */
    return batches;
}

static size_t take(struct metric_people *people, uint32_t number, size_t most,
                   struct random *random, uint32_t *rows, uint32_t *person)
{
    const struct metric_group *group = &people->groups[number];
    size_t count = group->count < most ? group->count : most;
    memcpy(people->shuffle, group->rows, group->count * sizeof *rows);
    random_shuffle(random, people->shuffle, group->count);
    for (size_t i = 0; i < count; i++) {
        rows[i] = people->shuffle[i];
        person[i] = number;
    }
    return count;
}

size_t metric_people_batch(struct metric_people *people, size_t index, size_t batch,
                           struct random *random, uint32_t *rows, uint32_t *person)
{
    size_t each = people_each(people, batch), begin = index * each, count = 0;
    size_t end = begin + each < people->several ? begin + each : people->several;
    size_t singles = people->single < batch / 4 ? people->single : batch / 4;
    for (size_t i = begin; i < end; i++)
        count +=
            take(people, people->order[i], METRIC_FACES_EACH, random, rows + count, person + count);
    for (size_t i = 0; i < singles; i++)
        count +=
            take(people, people->order[people->several + (index * singles + i) % people->single], 1,
                 random, rows + count, person + count);
    return count;
}
