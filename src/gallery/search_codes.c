/*
 * The codes beside an index. Axes are learnt when the index has become large enough, and again when it
 * has grown so much that they may have been a matter of chance; what they are changes the speed of a
 * search, never its answer.
 */
#include "gallery/search_index.h"

#include <string.h>

#define LEAST_FACES 4096 /* a plain search of so many takes 0.1 ms */
#define LEARN_AGAIN 16   /* times as many faces */
#define SAMPLE_STEP 64   /* embeddings, around which 2 MiB each are in memory at the most */

void search_codes_clear(struct search *search)
{
    search_release(search, search->codes,
                   search->codes ? search->groups_capacity * codes_group_bytes(&search->axes) : 0);
    search_release(
        search, search->fine,
        search->fine ? search->groups_capacity * CODES_GROUP * codes_fine_bytes(&search->axes) : 0);
    codes_scratch_free(search->scratch);
    axes_clear(&search->axes);
    search->codes = search->fine = NULL;
    search->scratch = NULL;
    search->coded = search->groups_capacity = search->learnt_from = 0;
}

/* Some of all embeddings, one behind the other: learning would keep the pages around each of them in memory, which
 * of a large file are all. */
static float *take_sample(const struct search *search, size_t count)
{
    float *sample = mem_array(count, search->stride * sizeof *sample);
    size_t left = 0;
    if (sample && search->guarded)
        mem_guard(sample, count * search->stride * sizeof *sample);
    for (size_t i = 0; sample && i < count; i++) {
        const size_t row = i * search->faces / count;
        memcpy(sample + i * search->stride, search_vector(search, row),
               search->stride * sizeof *sample);
        if (i % SAMPLE_STEP)
            continue;
        search_map_leave_rows(search, left, row + 1);
        left = row;
    }
    return sample;
}

static bool learn(struct search *search)
{
    const size_t count = search->faces < AXES_SAMPLE ? search->faces : AXES_SAMPLE;
    if (search->scratch && search->faces < LEARN_AGAIN * search->learnt_from)
        return true;
    search_codes_clear(search);
    float *sample = take_sample(search, count);
    const bool learnt = sample && !axes_learn(sample, search->stride, count, search->dimension,
                                              &search->axes, NULL);
    mem_free_wiped(sample, sample ? count * search->stride * sizeof *sample : 0);
    if (!learnt)
        return false;
    search->learnt_from = search->faces;
    return !codes_scratch_new(&search->axes, &search->scratch, NULL);
}

/* Room for codes of all rows that there is room for, in the file that is being made or in memory. */
static bool grow(struct search *search, size_t groups)
{
    const size_t bytes = codes_group_bytes(&search->axes);
    const size_t fine_bytes = CODES_GROUP * codes_fine_bytes(&search->axes);
    const size_t used = search->coded / CODES_GROUP, old = search->groups_capacity;
    const bool with_fine = search->fine || !search->coded;
    if (groups <= old)
        return true;
    if (!search->codes && search_map_codes(search))
        return true;
    size_t capacity = search->capacity / CODES_GROUP;
    uint8_t *fine = with_fine ? mem_aligned(capacity, fine_bytes) : NULL;
    uint8_t *codes =
        fine || !with_fine ? search_grow(search, search->codes, used, old, capacity, bytes) : NULL;
    if (!codes) {
        mem_free(fine);
        return false;
    }
    if (fine && used)
        memcpy(fine, search->fine, used * fine_bytes);
    search_release(search, search->fine, search->fine ? old * fine_bytes : 0);
    search->codes = codes;
    search->fine = fine;
    search->groups_capacity = capacity;
    return true;
}

void search_codes_update(struct search *search)
{
    size_t groups = search->faces / CODES_GROUP;
    if (search->faces < LEAST_FACES || groups * CODES_GROUP == search->coded)
        return;
    if (!learn(search) || !grow(search, groups))
        return;
    const size_t bytes = codes_group_bytes(&search->axes);
    const size_t fine_bytes = CODES_GROUP * codes_fine_bytes(&search->axes);
    for (size_t g = search->coded / CODES_GROUP; g < groups; g++) {
        codes_write(&search->axes, search->scratch,
                    search->matrix + g * CODES_GROUP * search->stride, search->stride,
                    search->codes + g * bytes, search->fine ? search->fine + g * fine_bytes : NULL);
        search_map_passed(search, g * CODES_GROUP);
    }
    search->coded = groups * CODES_GROUP;
}

struct search_codes_size search_prepare(struct search *search)
{
    search_codes_update(search);
    if (!search->coded)
        return (struct search_codes_size){0};
    return (struct search_codes_size){
        .bytes = search->coded / CODES_GROUP * codes_group_bytes(&search->axes),
        .axes = search->axes.count,
        .fine_bytes = search->fine ? search->coded * codes_fine_bytes(&search->axes) : 0};
}
