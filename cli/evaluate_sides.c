/*
 * Who is enrolled and who is looked up. A split goes by pictures, not by faces: all faces of a picture are
 * on one side. People come in the order of their names and pictures in that of the files, so a seed gives
 * the same split wherever the folder lies.
 */
#include "base/memory.h"
#include "base/random.h"
#include "command.h"
#include "console.h"
#include "evaluate_folder.h"

#include <math.h>
#include <stdlib.h>

struct splitting {
    const vultus_labelled *set;
    struct sides *sides;
    uint32_t *rows;  /* by person, then picture */
    uint32_t *first; /* of the pictures of the person in hand: their first places in rows */
    bool *enrolled;  /* of each row */
};

static int no_memory(void)
{
    complain("not enough memory");
    return EXIT_ENVIRONMENT;
}

static int by_operand(const struct gathering *gathering, struct sides *out)
{
    for (size_t i = 0; i < gathering->set.count; i++) {
        if (gathering->rows[i].operand == 1)
            out->probes[out->probe_count++] = (uint32_t)i;
        else if (gathering->set.person[i] == VULTUS_NOBODY)
            out->nameless++;
        else
            out->known[out->known_count++] = (uint32_t)i;
    }
    return EXIT_DONE;
}

/* ------------------------------------------------------------------ a split */

/* How many of `all` X means: a share, of which at least one, or a number. */
static size_t amount(float x, size_t all)
{
    size_t wanted = x < 1 ? (size_t)lround((double)x * (double)all) : (size_t)x;
    if (x > 0 && !wanted)
        wanted = 1;
    return wanted < all ? wanted : all;
}

/* Rows in the order of people and pictures, by counting: rows come by picture already. */
static bool order_rows(struct splitting *splitting)
{
    const vultus_labelled *set = splitting->set;
    size_t *next = mem_zalloc(set->people + 2, sizeof *next);
    if (!next)
        return false;
    for (size_t i = 0; i < set->count; i++)
        if (set->person[i] != VULTUS_NOBODY)
            next[set->person[i] + 1]++;
    for (size_t p = 0; p < set->people; p++)
        next[p + 1] += next[p];
    size_t nobody = next[set->people]; /* behind all people */
    for (size_t i = 0; i < set->count; i++) {
        size_t at = set->person[i] == VULTUS_NOBODY ? nobody++ : next[set->person[i]]++;
        splitting->rows[at] = (uint32_t)i;
    }
    mem_free(next);
    return true;
}

/* One person, whose rows are rows[begin .. end): enrols X of their pictures. */
static void split_person(struct splitting *splitting, float x, size_t begin, size_t end,
                         struct random *random)
{
    const vultus_labelled *set = splitting->set;
    size_t pictures = 0;
    for (size_t i = begin; i < end; i++)
        if (i == begin || set->picture[splitting->rows[i]] != set->picture[splitting->rows[i - 1]])
            splitting->first[pictures++] = (uint32_t)i;
    size_t enrolled = amount(x, pictures);
    if (enrolled == pictures && pictures > 1 && x < 1)
        enrolled--; /* a share leaves somebody to look up */
    splitting->sides->single += pictures == 1;
    random_shuffle(random, splitting->first, pictures);
    for (size_t k = 0; k < enrolled; k++) {
        uint32_t picture = set->picture[splitting->rows[splitting->first[k]]];
        for (size_t i = splitting->first[k]; i < end && set->picture[splitting->rows[i]] == picture;
             i++)
            splitting->enrolled[splitting->rows[i]] = true;
    }
}

static void split_people(struct splitting *splitting, const struct options *options,
                         const uint32_t *strangers)
{
    const vultus_labelled *set = splitting->set;
    struct random random;
    random_seed(&random, options->seed);
    for (size_t begin = 0, end; begin < set->count; begin = end) {
        uint32_t person = set->person[splitting->rows[begin]];
        for (end = begin + 1; end < set->count && set->person[splitting->rows[end]] == person;)
            end++;
        if (person != VULTUS_NOBODY && !strangers[person])
            split_person(splitting, options->split, begin, end, &random);
    }
}

/* Marks the people who are kept out, drawn apart from the pictures: one does not change the other. */
static void draw_strangers(const struct options *options, uint32_t *order, uint32_t *strangers,
                           struct splitting *splitting)
{
    size_t people = splitting->set->people;
    struct random random;
    random_seed(&random, (uint64_t)options->seed + (UINT64_C(1) << 32));
    for (size_t i = 0; i < people; i++)
        order[i] = (uint32_t)i;
    random_shuffle(&random, order, people);
    splitting->sides->kept_out = amount(options->strangers, people);
    for (size_t i = 0; i < splitting->sides->kept_out; i++)
        strangers[order[i]] = 1;
}

static int by_split(const struct options *options, const struct gathering *gathering,
                    struct sides *out)
{
    const vultus_labelled *set = &gathering->set;
    struct splitting splitting = {.set = set,
                                  .sides = out,
                                  .rows = mem_array(set->count, sizeof(uint32_t)),
                                  .first = mem_array(set->count, sizeof(uint32_t)),
                                  .enrolled = mem_zalloc(set->count, sizeof(bool))};
    uint32_t *order = mem_array(set->people, sizeof *order);
    uint32_t *strangers = mem_zalloc(set->people, sizeof *strangers);
    int code = splitting.rows && splitting.first && splitting.enrolled && order && strangers &&
                       order_rows(&splitting)
                   ? EXIT_DONE
                   : no_memory();
    if (!code) {
        draw_strangers(options, order, strangers, &splitting);
        split_people(&splitting, options, strangers);
    }
    for (size_t i = 0; !code && i < set->count; i++)
        if (splitting.enrolled[i])
            out->known[out->known_count++] = (uint32_t)i;
        else
            out->probes[out->probe_count++] = (uint32_t)i;
    mem_free(splitting.rows);
    mem_free(splitting.first);
    mem_free(splitting.enrolled);
    mem_free(order);
    mem_free(strangers);
    return code;
}

int sides_make(const struct options *options, const struct gathering *gathering, struct sides *out)
{
    size_t count = gathering->set.count;
    *out = (struct sides){.known = mem_array(count, sizeof *out->known),
                          .probes = mem_array(count, sizeof *out->probes)};
    if (!out->known || !out->probes)
        return no_memory();
    return options_has(options, OPTION_SPLIT) ? by_split(options, gathering, out)
                                              : by_operand(gathering, out);
}

void sides_clear(struct sides *sides)
{
    mem_free(sides->known);
    mem_free(sides->probes);
    *sides = (struct sides){0};
}
