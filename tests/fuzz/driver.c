/*
 * Runs a fuzz target without libFuzzer: its seeds, then mutations of them from a generator with a
 * fixed start, so that every run is the same and a short one can be part of the normal tests.
 *
 *     fuzz_NAME_short [--runs N] [--seed N]   seeds and N mutations
 *     fuzz_NAME_short --write FOLDER          the seeds as files, to start libFuzzer from
 *     fuzz_NAME_short FILE...                 these inputs: for what the fuzzer has found
 */
#define _GNU_SOURCE
#include "fuzz.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INPUT_MAX ((size_t)64 << 10)
#define SEEDS_MAX 64
#define SECONDS 60 /* for one input: a hang */

#pragma weak fuzz_seed

struct seed {
    uint8_t *bytes;
    size_t size;
};

static struct seed seeds[SEEDS_MAX];
static unsigned seed_count;
static uint64_t state = 1;

/* xorshift64*, Vigna 2016 */
static uint32_t pick(size_t below)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return below ? (uint32_t)((state * 2685821657736338717u >> 32) % below) : 0;
}

static void *take(size_t size)
{
    void *block = malloc(size ? size : 1);
    if (!block)
        exit(2);
    return block;
}

/* In a block of exactly its size, so that sanitizers see a byte too many. */
static void try_input(const uint8_t *bytes, size_t size)
{
    uint8_t *exact = take(size);
    memcpy(exact, bytes, size);
    alarm(SECONDS);
    (void)LLVMFuzzerTestOneInput(exact, size);
    alarm(0);
    free(exact);
}

static void collect_seeds(void)
{
    uint8_t *bytes = take(INPUT_MAX);
    for (size_t size = 1; fuzz_seed && size && seed_count < SEEDS_MAX;) {
        size = fuzz_seed(seed_count, bytes, INPUT_MAX);
        if (!size)
            break;
        seeds[seed_count].bytes = take(size);
        memcpy(seeds[seed_count].bytes, bytes, size);
        seeds[seed_count++].size = size;
    }
    free(bytes);
    if (!seed_count)
        seeds[seed_count++] = (struct seed){take(16), 0};
}

static size_t mutate_once(uint8_t *bytes, size_t size)
{
    static const uint8_t odd[] = {0, 1, 2, 0x7F, 0x80, 0xFE, 0xFF};
    size_t at = pick(size), length = 1 + pick(16), other = pick(seed_count);
    switch (size ? pick(8) : 4) {
    case 0: bytes[at] ^= (uint8_t)(1u << pick(8)); break;
    case 1: bytes[at] = odd[pick(sizeof odd)]; break;
    case 2: bytes[at] = (uint8_t)(bytes[at] + pick(35) - 17); break;
    case 3: bytes[at] = (uint8_t)pick(256); break;
    case 4: /* some random bytes more */
        if (size + length > INPUT_MAX)
            break;
        memmove(bytes + at + length, bytes + at, size - at);
        for (size_t i = 0; i < length; i++)
            bytes[at + i] = (uint8_t)pick(256);
        return size + length;
    case 5: /* some bytes less */
        length = length < size - at ? length : size - at;
        memmove(bytes + at, bytes + at + length, size - at - length);
        return size - length;
    case 6: /* the head of this one, the tail of another */
        if (at < seeds[other].size) {
            memcpy(bytes + at, seeds[other].bytes + at, seeds[other].size - at);
            return seeds[other].size;
        }
        break;
    default: /* cut, now and then */ return pick(8) ? size : at;
    }
    return size;
}

static void run_mutations(unsigned long runs)
{
    uint8_t *bytes = take(INPUT_MAX);
    for (unsigned long run = 0; run < runs; run++) {
        const struct seed *seed = &seeds[run % seed_count];
        size_t size = seed->size;
        memcpy(bytes, seed->bytes, size);
        for (uint32_t count = 1 + pick(6); count; count--)
            size = mutate_once(bytes, size);
        try_input(bytes, size);
    }
    free(bytes);
}

static int write_seeds(const char *folder)
{
    (void)mkdir(folder, 0755);
    for (unsigned i = 0; i < seed_count; i++) {
        char path[4096];
        (void)snprintf(path, sizeof path, "%s/seed-%02u", folder, i);
        FILE *file = fopen(path, "wb");
        if (!file || fwrite(seeds[i].bytes, 1, seeds[i].size, file) != seeds[i].size) {
            perror(path);
            return 1;
        }
        fclose(file);
    }
    return 0;
}

static int try_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    size_t max = (size_t)64 << 20;
    if (!file) {
        perror(path);
        return 1;
    }
    uint8_t *bytes = take(max);
    size_t size = fread(bytes, 1, max, file);
    fclose(file);
    try_input(bytes, size);
    free(bytes);
    return 0;
}

int main(int count, char **arguments)
{
    unsigned long runs = 1000;
    int result = 0, files = 0;
    collect_seeds();
    for (int i = 1; i < count; i++) {
        if (!strcmp(arguments[i], "--runs") && i + 1 < count)
            runs = strtoul(arguments[++i], NULL, 10);
        else if (!strcmp(arguments[i], "--seed") && i + 1 < count)
            state = strtoul(arguments[++i], NULL, 10) | 1;
        else if (!strcmp(arguments[i], "--write") && i + 1 < count)
            return write_seeds(arguments[++i]);
        else
            result |= try_file(arguments[i]), files++;
    }
    for (unsigned i = 0; i < seed_count && !files; i++)
        try_input(seeds[i].bytes, seeds[i].size);
    if (!files)
        run_mutations(runs);
    for (unsigned i = 0; i < seed_count; i++)
        free(seeds[i].bytes);
    return result;
}
