/*
 * Clusters beside people: pairs, and BCubed (Bagga and Baldwin 1998; Amigo et al. 2009 say why it is the one
 * to trust). All of it follows from how many faces each cluster has of each person: faces are sorted by both,
 * and the runs are counted.
 */
#include "base/memory.h"
#include "decide/cluster_problem.h"

#include <math.h>
#include <stdlib.h>

struct face {
    uint32_t cluster, person;
};

static int by_cluster(const void *x, const void *y)
{
    const struct face *a = x, *b = y;
    if (a->cluster != b->cluster)
        return a->cluster < b->cluster ? -1 : 1;
    return a->person < b->person ? -1 : a->person > b->person;
}

static int by_person(const void *x, const void *y)
{
    const struct face *a = x, *b = y;
    if (a->person != b->person)
        return a->person < b->person ? -1 : 1;
    return a->cluster < b->cluster ? -1 : a->cluster > b->cluster;
}

struct tally { /* of the groups that faces are sorted into first: clusters, or people */
    size_t groups, mixed, single;
    double pairs;        /* of faces in one group */
    double common_pairs; /* of them those that agree in the other number too */
    double shares;       /* sum over faces of the share of its group that agrees with it */
    size_t largest;      /* sum over groups of the faces that agree most */
};

static double pairs_of(size_t count)
{
    return (double)count * ((double)count - 1) / 2;
}

static struct tally count_groups(const struct face *faces, size_t count, bool clusters)
{
    struct tally tally = {0};
    for (size_t begin = 0, end; begin < count; begin = end) {
        size_t most = 0, runs = 0;
        double squares = 0;
        uint32_t group = clusters ? faces[begin].cluster : faces[begin].person;
        end = begin;
        while (end < count && (clusters ? faces[end].cluster : faces[end].person) == group) {
            size_t run = end;
            while (run < count && faces[run].cluster == faces[end].cluster &&
                   faces[run].person == faces[end].person)
                run++;
            size_t same = run - end;
            tally.common_pairs += pairs_of(same);
            squares += (double)same * (double)same;
            most = same > most ? same : most;
            runs++;
            end = run;
        }
        tally.groups++;
        tally.mixed += runs > 1;
        tally.single += end - begin == 1;
        tally.pairs += pairs_of(end - begin);
        tally.shares += squares / (double)(end - begin);
        tally.largest += most;
    }
    return tally;
}

static double f1(double precision, double recall)
{
    return precision + recall > 0 ? 2 * precision * recall / (precision + recall) : NAN;
}

vultus_status cluster_evaluate(const uint32_t *labels, const uint32_t *person, size_t count,
                               vultus_cluster_report *out, vultus_error *error)
{
    size_t known = 0;
    if (!labels || !person || !out)
        return status_set(error, VULTUS_ERR_ARGUMENT, "clusters and people to compare are needed");
    struct face *faces = mem_array(count, sizeof *faces);
    if (!faces)
        return status_memory(error, "clusters to compare");
    for (size_t i = 0; i < count; i++)
        if (person[i] != VULTUS_NOBODY)
            faces[known++] = (struct face){labels[i], person[i]};
    if (!known) {
        mem_free(faces);
        return status_set(error, VULTUS_ERR_ARGUMENT, "the person of no face is known");
    }
    qsort(faces, known, sizeof *faces, by_cluster);
    const struct tally clusters = count_groups(faces, known, true);
    qsort(faces, known, sizeof *faces, by_person);
    const struct tally people = count_groups(faces, known, false);
    mem_free(faces);
    *out = (vultus_cluster_report){
        .faces = known,
        .clusters = clusters.groups,
        .people = people.groups,
        .pair_precision = clusters.pairs > 0 ? clusters.common_pairs / clusters.pairs : NAN,
        .pair_recall = people.pairs > 0 ? people.common_pairs / people.pairs : NAN,
        .bcubed_precision = clusters.shares / (double)known,
        .bcubed_recall = people.shares / (double)known,
        .impurity = 1 - (double)clusters.largest / (double)known,
        .mixed_clusters = clusters.mixed,
        .split_people = people.mixed,
        .single_clusters = clusters.single,
    };
    out->pair_f1 = f1(out->pair_precision, out->pair_recall);
    out->bcubed_f1 = f1(out->bcubed_precision, out->bcubed_recall);
    return VULTUS_OK;
}
