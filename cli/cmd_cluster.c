/*
 * vultus cluster: pictures into an album, the album into people. What was looked at is saved also when the
 * work is interrupted, so that it is not looked at again; what is saved is always a whole album.
 */
#include "album_answer.h"
#include "base/memory.h"
#include "cluster_commands.h"
#include "command.h"
#include "console.h"
#include "inputs.h"
#include "picture_run.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MIN_SIZE 32.0f /* as enrolment has them: see engine/sample.c */
#define MIN_SHARPNESS 0.15f

struct cluster {
    const struct options *options;
    struct session *session;
    vultus_album *album;
    struct file_list pictures; /* all that were named, by their full paths, sorted */
    struct file_list fresh;    /* those to look at */
    size_t looked, faces, unclear, gone;
    int code;
};

/* ------------------------------------------------------------------ which pictures */

static int by_text(const void *x, const void *y)
{
    return strcmp(*(char *const *)x, *(char *const *)y);
}

/* Full paths: an album is the same from wherever it is used. */
static int list_pictures(struct cluster *cluster)
{
    struct file_list found = {0};
    vultus_error error = {0};
    vultus_status status = VULTUS_OK;
    char full[PATH_MAX];
    int code = inputs_collect(cluster->options->operands, cluster->options->operand_count, &found);
    for (size_t i = 0; !status && code != EXIT_ENVIRONMENT && i < found.count; i++)
        status = file_list_add(&cluster->pictures,
                               realpath(found.items[i], full) ? full : found.items[i], &error);
    file_list_clear(&found);
    if (status) {
        fail(&error);
        return EXIT_ENVIRONMENT;
    }
    if (cluster->pictures.count)
        qsort(cluster->pictures.items, cluster->pictures.count, sizeof *cluster->pictures.items,
              by_text);
    size_t kept = 0; /* one that was named twice is one */
    for (size_t i = 0; i < cluster->pictures.count; i++) {
        char *item = cluster->pictures.items[i];
        if (kept && !strcmp(cluster->pictures.items[kept - 1], item))
            mem_free(item);
        else
            cluster->pictures.items[kept++] = item;
    }
    cluster->pictures.count = kept;
    return code;
}

static vultus_album_picture stamp_of(const char *path)
{
    struct stat info;
    vultus_album_picture picture = {.path = path, .bytes = UINT64_MAX};
    if (!stat(path, &info)) {
        picture.bytes = (uint64_t)info.st_size;
        picture.modified = (int64_t)info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec;
    }
    return picture;
}

static int choose_fresh(struct cluster *cluster)
{
    vultus_error error = {0};
    for (size_t i = 0; i < cluster->pictures.count; i++) {
        const vultus_album_picture picture = stamp_of(cluster->pictures.items[i]);
        if (!vultus_album_has(cluster->album, &picture) &&
            file_list_add(&cluster->fresh, picture.path, &error)) {
            fail(&error);
            return EXIT_ENVIRONMENT;
        }
    }
    return EXIT_DONE;
}

static bool is_below(const char *path, const char *folder)
{
    size_t length = strlen(folder);
    return !strncmp(path, folder, length) && (path[length] == '/' || !strcmp(folder, "/"));
}

/* Pictures that were in these folders the last time, and are not any more. */
static void forget_gone(struct cluster *cluster)
{
    char full[PATH_MAX];
    for (size_t i = 0; i < cluster->options->operand_count; i++) {
        vultus_album_picture picture;
        if (!file_is_folder(cluster->options->operands[i]) ||
            !realpath(cluster->options->operands[i], full))
            continue;
        for (size_t k = 0; vultus_album_picture_at(cluster->album, k, &picture);) {
            struct stat info;
            if (is_below(picture.path, full) && lstat(picture.path, &info)) {
                (void)vultus_album_forget(cluster->album, picture.path);
                cluster->gone++;
            } else {
                k++;
            }
        }
    }
}

/* ------------------------------------------------------------------ looking */

/* Leaves the faces that can be told apart, with their embeddings. */
static void choose_faces(struct cluster *cluster, struct picture *picture)
{
    const struct options *options = cluster->options;
    const size_t dimension = vultus_engine_dimension(cluster->session->engine);
    float size = options_has(options, OPTION_MIN_FACE) ? options->min_face : MIN_SIZE;
    float sharpness =
        options_has(options, OPTION_MIN_SHARPNESS) ? options->min_sharpness : MIN_SHARPNESS;
    vultus_faces *faces = &picture->faces;
    size_t kept = 0;
    for (size_t i = 0; i < faces->count; i++) {
        const vultus_quality *quality = &faces->items[i].quality;
        if (quality->size < size || quality->sharpness < sharpness)
            continue;
        if (kept != i) {
            faces->items[kept] = faces->items[i];
            memcpy(picture->embeddings + kept * dimension, picture->embeddings + i * dimension,
                   dimension * sizeof *picture->embeddings);
        }
        kept++;
    }
    cluster->unclear += faces->count - kept;
    faces->count = kept;
}

static int deliver(void *context, struct picture *picture)
{
    struct cluster *cluster = context;
    const vultus_album_picture stamp = stamp_of(picture->path);
    vultus_error error = {0};
    if (picture->status) {
        cluster->code = worse(cluster->code, fail_picture(picture->path, &picture->error));
        (void)vultus_album_forget(cluster->album, picture->path);
        return EXIT_DONE;
    }
    choose_faces(cluster, picture);
    if (vultus_album_put(cluster->album, &stamp, picture->faces.items, picture->faces.count,
                         picture->embeddings, &error)) {
        fail(&error);
        return EXIT_ENVIRONMENT;
    }
    cluster->looked++;
    cluster->faces += picture->faces.count;
    return EXIT_DONE;
}

static int look(struct cluster *cluster)
{
    struct picture_errand errand = {.session = cluster->session,
                                    .what = "looking for faces",
                                    .files = &cluster->fresh,
                                    .embed = true,
                                    .deliver = deliver,
                                    .context = cluster};
    return cluster->fresh.count ? pictures_run(&errand) : EXIT_DONE;
}

/* ------------------------------------------------------------------ grouping */

vultus_cluster_options cluster_options(const struct session *session)
{
    const struct options *options = session->options;
    return (vultus_cluster_options){
        .method = options->method,
        .threshold = options->threshold,
        .has_threshold = options_has(options, OPTION_THRESHOLD),
        .far = (double)options->far,
        .calibration = vultus_engine_calibration(session->engine),
        .own_threshold =
            session->engine ? vultus_engine_threshold(session->engine, VULTUS_METRIC_OWN) : 0,
        .seed = options->seed,
        .threads = pool_threads(session->pool),
        .progress = cluster_progress};
}

const char *cluster_basis_word(vultus_cluster_basis basis)
{
    static const char *const words[] = {"given", "calibrated", "assumed"};
    return words[basis];
}

void cluster_basis_text(const struct session *session, const vultus_clustering *made, char *text,
                        size_t size)
{
    if (made->basis == VULTUS_CLUSTER_GIVEN)
        snprintf(text, size, "as it was given");
    else if (made->basis == VULTUS_CLUSTER_CALIBRATED)
        snprintf(text, size, "which %.2g of strangers reach by the calibration", made->far);
    else
        snprintf(text, size,
                 "which %.2g of strangers reach if theirs are normally distributed; there is no "
                 "calibration of %s, vultus calibrate makes one",
                 made->far, vultus_engine_embedder(session->engine));
}

bool cluster_progress(void *context, size_t done, size_t total)
{
    (void)context;
    if (!done)
        progress_begin("grouping", total);
    progress_step(done);
    return !interrupted();
}

static int group(struct cluster *cluster, vultus_album_grouping *made)
{
    const struct options *options = cluster->options;
    const vultus_cluster_options asked = cluster_options(cluster->session);
    vultus_error error = {0};
    vultus_status status = vultus_album_group(cluster->album, &asked, options->keep, made, &error);
    progress_end();
    if (!status)
        return EXIT_DONE;
    int code = fail(&error);
    return code == EXIT_INPUTS ? EXIT_ENVIRONMENT : code;
}

static void summarize(const struct cluster *cluster, const struct groups *groups,
                      const vultus_album_grouping *made)
{
    char line[640], joined[64] = "", unclear[80] = "", gone[64] = "", small[80] = "", basis[240];
    char moved[80] = "";
    if (made->moved_faces)
        snprintf(moved, sizeof moved, "; %zu face%s went to another", made->moved_faces,
                 made->moved_faces == 1 ? "" : "s");
    if (made->joined_clusters)
        snprintf(joined, sizeof joined, "; %zu joined others", made->joined_clusters);
    if (cluster->unclear)
        snprintf(unclear, sizeof unclear, "; %zu face%s too small or blurred", cluster->unclear,
                 cluster->unclear == 1 ? " was" : "s were");
    if (cluster->gone)
        snprintf(gone, sizeof gone, "; %zu picture%s gone", cluster->gone,
                 cluster->gone == 1 ? " is" : "s are");
    if (groups->small)
        snprintf(small, sizeof small, "; %zu in smaller clusters", groups->small);
    snprintf(line, sizeof line,
             "%zu cluster%s of %zu faces%s; looked at %zu new picture%s with %zu face%s%s%s%s%s",
             groups->count, groups->count == 1 ? "" : "s", groups->face_count - groups->small,
             small, cluster->looked, cluster->looked == 1 ? "" : "s", cluster->faces,
             cluster->faces == 1 ? "" : "s", joined, moved, unclear, gone);
    if (cluster->options->format == FORMAT_TABLE)
        answer_line("%s", line);
    else
        say("%s", line);
    if (made->faces) {
        cluster_basis_text(cluster->session, &made->clustering, basis, sizeof basis);
        say("%s with threshold %.3f, %s", made->clustering.method,
            (double)made->clustering.threshold, basis);
    }
}

static int answer(struct cluster *cluster, const vultus_album_grouping *made)
{
    const struct options *options = cluster->options;
    struct groups groups;
    size_t least = options->min_size > 1 ? (size_t)options->min_size : 1;
    int code = groups_collect(cluster->album, &cluster->pictures, least, &groups);
    if (!code)
        code = groups_answer(&groups, options->format);
    if (!code)
        summarize(cluster, &groups, made);
    if (!code && options->output)
        code = groups_export(&groups, options->output, options->copy);
    groups_clear(&groups);
    return code;
}

/* ------------------------------------------------------------------ the command */

static int run(struct cluster *cluster)
{
    vultus_album_grouping made = {0};
    vultus_error error = {0};
    int code = session_open_engine(cluster->session, cluster->fresh.count);
    if (!code && vultus_album_use(cluster->album, cluster->session->engine, &error)) {
        fail(&error);
        code = EXIT_ENVIRONMENT;
    }
    if (!code)
        forget_gone(cluster);
    if (!code)
        code = look(cluster);
    const bool stopped = code >= EXIT_SIGNAL;
    if (!code)
        code = group(cluster, &made);
    if ((!code || stopped) && vultus_album_save(cluster->album, &error)) {
        fail(&error);
        code = EXIT_ENVIRONMENT;
    }
    return code ? code : answer(cluster, &made);
}

static int check_options(const struct options *options)
{
    if (options_has(options, OPTION_THRESHOLD) && options_has(options, OPTION_FAR)) {
        complain("--threshold or --far, not both");
        return EXIT_USAGE;
    }
    if (options->copy && !options->output) {
        complain("--copy goes with --output DIR");
        return EXIT_USAGE;
    }
    for (size_t i = 0; options->method; i++) {
        const char *name = vultus_cluster_method(i, NULL);
        if (name && !strcmp(name, options->method))
            break;
        if (!name) {
            complain("--method: \"%s\" is none of linkage, whispers, density", options->method);
            return EXIT_USAGE;
        }
    }
    return EXIT_DONE;
}

int cmd_cluster(const struct options *options)
{
    struct session session = {0};
    struct cluster cluster = {.options = options, .session = &session};
    vultus_error error = {0};
    int code = check_options(options);
    if (code || options->truth)
        return code ? code : cluster_truth(options);
    code = session_open(&session, options);
    if (!code)
        cluster.code = list_pictures(&cluster);
    if (!code && cluster.code != EXIT_ENVIRONMENT &&
        vultus_album_open(options->state, NULL, &cluster.album, &error)) {
        fail(&error);
        code = EXIT_ENVIRONMENT;
    }
    if (!code && cluster.album)
        code = choose_fresh(&cluster);
    if (!code && cluster.album)
        code = run(&cluster);
    vultus_album_close(cluster.album);
    file_list_clear(&cluster.pictures);
    file_list_clear(&cluster.fresh);
    session_close(&session);
    return worse(code, cluster.code);
}
