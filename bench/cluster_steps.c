/*
 * How an album that grows compares with one that is made at once:
 *
 *     bench_cluster_steps FACES.safetensors [PARTS [SEED]]
 *
 * The faces come in a random order, in equal parts, each as a picture of its own. Printed are BCubed F1 and the
 * seconds of the last grouping: at once; in parts; in parts with the clusters that are there kept; and in
 * parts while somebody names every cluster of three faces or more after each of them, also the wrong ones.
 * The embedder that made the faces has to be installed.
 */
#include "base/clock.h"
#include "base/memory.h"
#include "base/random.h"

#include <vultus/vultus.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAMED_FACES 3

struct trial {
    vultus_labelled set;
    vultus_engine *engine;
    uint32_t *order, *labels;
    const char *path; /* of the album */
    vultus_album *album;
};

static void die(const char *why)
{
    fprintf(stderr, "cluster_steps: %s\n", why);
    exit(1);
}

static void need(vultus_status status, const vultus_error *error)
{
    if (status)
        die(error->message);
}

static void put(struct trial *trial, uint32_t row)
{
    char name[32];
    const vultus_face face = {.score = 1};
    const vultus_album_picture picture = {name, 1, 1};
    vultus_error error = {0};
    (void)snprintf(name, sizeof name, "%08u", row);
    need(vultus_album_put(trial->album, &picture, &face, 1,
                          trial->set.embeddings + row * trial->set.dimension, &error),
         &error);
}

static void name_all(vultus_album *album)
{
    vultus_cluster_list list;
    vultus_error error = {0};
    need(vultus_album_clusters(album, &list, &error), &error);
    for (size_t i = 0; i < list.count && list.items[i].faces >= NAMED_FACES; i++) {
        char name[32];
        const uint32_t id = list.items[i].id;
        (void)snprintf(name, sizeof name, "person %u", id);
        need(vultus_album_name(album, id, name, &error), &error);
    }
    vultus_cluster_list_clear(&list);
}

static void run(struct trial *trial, const char *what, size_t parts, bool keep, bool named)
{
    const size_t count = trial->set.count;
    vultus_album_grouping made = {0};
    vultus_cluster_report report;
    vultus_error error = {0};
    double seconds = 0;
    (void)unlink(trial->path);
    need(vultus_album_open(trial->path, NULL, &trial->album, &error), &error);
    need(vultus_album_use(trial->album, trial->engine, &error), &error);
    for (size_t part = 0; part < parts; part++) {
        const vultus_cluster_options options = {
            .calibration = vultus_engine_calibration(trial->engine),
            .own_threshold = vultus_engine_threshold(trial->engine, VULTUS_METRIC_OWN),
            .threads = 2};
        for (size_t i = count * part / parts; i < count * (part + 1) / parts; i++)
            put(trial, trial->order[i]);
        const uint64_t begin = clock_ns();
        need(vultus_album_group(trial->album, &options, keep, &made, &error), &error);
        seconds = (double)(clock_ns() - begin) / 1e9;
        if (named)
            name_all(trial->album);
    }
    vultus_album_face face;
    for (size_t i = 0; vultus_album_face_at(trial->album, i, &face); i++)
        trial->labels[strtoul(face.path, NULL, 10)] = face.cluster;
    need(vultus_cluster_evaluate(trial->labels, trial->set.person, count, &report, &error), &error);
    printf("%-34s%9zu%10.4f%9.2f\n", what, report.clusters, report.bcubed_f1, seconds);
    vultus_album_close(trial->album);
    (void)unlink(trial->path);
}

int main(int count, char **arguments)
{
    struct trial trial = {0};
    struct random random;
    char path[] = "/tmp/vultus-album-XXXXXX", lock[sizeof path + 8], text[64];
    vultus_error error = {0};
    if (count < 2)
        die("usage: bench_cluster_steps FACES.safetensors [PARTS [SEED]]");
    const size_t parts = count > 2 ? strtoul(arguments[2], NULL, 10) : 4;
    need(vultus_labelled_read(arguments[1], &trial.set, &error), &error);
    char *embedder = mem_string(trial.set.embedder ? trial.set.embedder : "");
    trial.order = mem_array(trial.set.count, sizeof *trial.order);
    trial.labels = mem_array(trial.set.count, sizeof *trial.labels);
    int file = mkstemp(path);
    if (!parts || !embedder || !trial.order || !trial.labels || file < 0)
        die("no parts, memory or temporary file");
    close(file);
    embedder[strcspn(embedder, "@")] = '\0';
    const vultus_engine_options wanted = {.embedder = embedder, .threads = 1};
    need(vultus_engine_open(&wanted, &trial.engine, &error), &error);
    trial.path = path;
    for (size_t i = 0; i < trial.set.count; i++)
        trial.order[i] = (uint32_t)i;
    random_seed(&random, count > 3 ? strtoul(arguments[3], NULL, 10) : 1);
    random_shuffle(&random, trial.order, trial.set.count);
    printf("%zu faces of %zu people\n%-34s%9s%10s%9s\n", trial.set.count, trial.set.people, "",
           "clusters", "BCubed F1", "seconds");
    run(&trial, "at once", 1, false, false);
    (void)snprintf(text, sizeof text, "in %zu parts", parts);
    run(&trial, text, parts, false, false);
    run(&trial, "the same, with names", parts, false, true);
    run(&trial, "the same, clusters kept", parts, true, false);
    (void)snprintf(lock, sizeof lock, "%s.lock", path);
    (void)unlink(lock);
    vultus_engine_close(trial.engine);
    vultus_labelled_clear(&trial.set);
    mem_free(embedder);
    mem_free(trial.order);
    mem_free(trial.labels);
    return 0;
}
