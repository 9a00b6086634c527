/*
 * How fast a gallery takes faces: in bulk, a thousand in a transaction, and one at a time, each of which is on
 * the disk before the next. `bench_gallery_rate FOLDER [FACES [DIMENSION]]`; the disk is FOLDER's, and what it syncs in a second is
 * measured beside it.
 */
#include "base/clock.h"
#include "base/memory.h"
#include "base/random.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <vultus/vultus.h>

#define BATCH 1000
#define SINGLE 500

static double seconds_since(uint64_t start)
{
    return (double)(clock_ns() - start) / 1e9;
}

static void make_face(struct random *random, vultus_face_record *record)
{
    double squared = 0;
    for (size_t i = 0; i < record->dimension; i++) {
        record->embedding[i] = (float)random_normal(random);
        squared += (double)record->embedding[i] * (double)record->embedding[i];
    }
    for (size_t i = 0; i < record->dimension; i++)
        record->embedding[i] /= (float)sqrt(squared);
    for (size_t i = 0; i < sizeof record->picture; i++)
        record->picture[i] = (uint8_t)random_below(random, 256);
}

static vultus_status add(vultus_gallery *gallery, vultus_face_record *records, size_t batch,
                         size_t faces, double *rate, vultus_error *error)
{
    static struct random random;
    static char texts[BATCH][32];
    static const char *names[BATCH];
    uint64_t spent = 0;
    random_seed(&random, faces);
    for (size_t at = 0; at < faces; at += batch) {
        for (size_t i = 0; i < batch; i++) {
            make_face(&random, records + i);
            snprintf(texts[i], sizeof texts[i], "person %zu", (at + i) / 5);
            names[i] = texts[i];
        }
        uint64_t start = clock_ns();
        vultus_status status = vultus_gallery_import(gallery, names, records, batch, NULL, error);
        if (status)
            return status;
        spent += clock_ns() - start;
    }
    *rate = (double)faces / ((double)spent / 1e9);
    return VULTUS_OK;
}

/* Syncs of a page that is written anew, as a log is. */
static double syncs_a_second(const char *path)
{
    static const char page[4096];
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    uint64_t start = clock_ns();
    for (int i = 0; fd >= 0 && i < SINGLE; i++)
        if (pwrite(fd, page, sizeof page, 4096 * (off_t)i) < 0 || fdatasync(fd))
            break;
    double rate = SINGLE / seconds_since(start);
    if (fd >= 0)
        close(fd);
    unlink(path);
    return rate;
}

int main(int argc, char **argv)
{
    size_t faces = argc > 2 ? strtoul(argv[2], NULL, 10) : 100000;
    size_t dimension = argc > 3 ? strtoul(argv[3], NULL, 10) : 192;
    static char embedder[] = "synthetic@00000001";
    static vultus_face_record records[BATCH];
    char path[4096];
    vultus_error error = {0};
    vultus_gallery *gallery = NULL;
    double bulk = 0, single = 0;
    if (argc < 2 || !faces || faces % BATCH || !dimension || dimension > 4096) {
        fprintf(stderr,
                "usage: bench_gallery_rate FOLDER [FACES, in thousands of them [DIMENSION]]\n");
        return 2;
    }
    for (size_t i = 0; i < BATCH; i++) {
        records[i].embedder = embedder;
        records[i].dimension = dimension;
        records[i].embedding = mem_array(dimension, sizeof(float));
        if (!records[i].embedding)
            return 4;
    }
    snprintf(path, sizeof path, "%s/gallery_rate.db", argv[1]);
    unlink(path);
    if (vultus_gallery_open(path, NULL, &gallery, &error) ||
        add(gallery, records, BATCH, faces, &bulk, &error) ||
        add(gallery, records, 1, SINGLE, &single, &error)) {
        fprintf(stderr, "gallery_rate: %s\n", error.message);
        return 4;
    }
    vultus_gallery_close(gallery);
    unlink(path);
    printf("%zu faces of %zu numbers: %.0f a second in bulk, %.0f one at a time; %.0f syncs a "
           "second\n",
           faces, dimension, bulk, single, syncs_a_second(path));
    for (size_t i = 0; i < BATCH; i++)
        mem_free(records[i].embedding);
    return 0;
}
