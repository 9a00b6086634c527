/*
 * Detection over pictures with ground truth. Pictures share the threads, one thread for each, so times
 * are of one thread; on a machine with other work, or more threads than memory can feed, they grow.
 */
#include "evaluate_faces.h"
#include "base/clock.h"
#include "base/memory.h"
#include "command.h"
#include "console.h"
#include "evaluate_pairs.h"

#include <stdio.h>
#include <sys/resource.h>

static void finish(void *context, struct picture *picture)
{
    struct face_evaluation *evaluation = context;
    evaluation->look(evaluation, picture);
}

static int deliver(void *context, struct picture *picture)
{
    struct face_evaluation *evaluation = context;
    size_t index = picture->index;
    if (picture->status) {
        evaluation->code = worse(evaluation->code, fail_picture(picture->path, &picture->error));
        evaluation->left_out[index] = true;
        evaluation->unreadable++;
        return EXIT_DONE;
    }
    evaluation->faces[index] = picture->faces;
    picture->faces = (vultus_faces){0};
    series_add(&evaluation->times, (double)picture->detect_ns / 1e6);
    return evaluation->keep ? evaluation->keep(evaluation, picture) : EXIT_DONE;
}

static int look_at_all(struct face_evaluation *evaluation)
{
    size_t count = evaluation->truth.count;
    struct file_list files = {.items = mem_array(count, sizeof(char *)), .count = count};
    if (!files.items) {
        complain("not enough memory");
        return EXIT_ENVIRONMENT;
    }
    for (size_t i = 0; i < count; i++)
        files.items[i] = evaluation->truth.items[i].path;
    struct picture_errand errand = {.session = &evaluation->session,
                                    .what = "detecting",
                                    .files = &files,
                                    .finish = evaluation->look ? finish : NULL,
                                    .forget = evaluation->forget,
                                    .deliver = deliver,
                                    .context = evaluation};
    uint64_t begin = clock_ns();
    int code = pictures_run(&errand);
    evaluation->seconds = (double)(clock_ns() - begin) / 1e9;
    mem_free(files.items);
    return code;
}

int face_evaluation_run(struct face_evaluation *evaluation)
{
    char folder[4096];
    const struct options *options = evaluation->options;
    vultus_error error = {0};
    int code = session_open(&evaluation->session, options);
    if (code)
        return code;
    if (vultus_truth_read(options->operands[0],
                          evaluation_root(options, options->operands[0], folder, sizeof folder),
                          &evaluation->truth, &error))
        return fail(&error);
    evaluation->faces = mem_zalloc(evaluation->truth.count, sizeof *evaluation->faces);
    evaluation->left_out = mem_zalloc(evaluation->truth.count, sizeof *evaluation->left_out);
    if (!series_open(&evaluation->times, "detection", evaluation->truth.count))
        return EXIT_ENVIRONMENT;
    if (!evaluation->faces || !evaluation->left_out) {
        complain("not enough memory");
        return EXIT_ENVIRONMENT;
    }
    evaluation->session.detect_only = true;
    code = session_open_engine(&evaluation->session, evaluation->truth.count);
    if (!code)
        code = look_at_all(evaluation);
    if (code || evaluation->times.count)
        return code;
    complain("%s: none of its pictures could be used", options->operands[0]);
    return EXIT_INPUTS;
}

void face_evaluation_close(struct face_evaluation *evaluation)
{
    for (size_t i = 0; evaluation->faces && i < evaluation->truth.count; i++)
        vultus_faces_clear(&evaluation->faces[i]);
    mem_free(evaluation->faces);
    mem_free(evaluation->left_out);
    series_clear(&evaluation->times);
    vultus_truth_clear(&evaluation->truth);
    session_close(&evaluation->session);
}

vultus_findings face_evaluation_findings(const struct face_evaluation *evaluation)
{
    return (vultus_findings){
        .truth = &evaluation->truth, .faces = evaluation->faces, .left_out = evaluation->left_out};
}

static double mean(const struct series *series)
{
    double sum = 0;
    for (size_t i = 0; i < series->count; i++)
        sum += series->values[i];
    return sum / (double)series->count;
}

void face_evaluation_text(const struct face_evaluation *evaluation)
{
    const struct series *times = &evaluation->times;
    printf("%-22s %.2f ms least, %.2f median, %.2f mean\n", "detection a picture",
           series_least(times), series_median(times), mean(times));
    printf("%-22s %.1f s, %.1f pictures/s, %u thread%s\n", "time", evaluation->seconds,
           (double)times->count / evaluation->seconds, pool_threads(evaluation->session.pool),
           pool_threads(evaluation->session.pool) == 1 ? "" : "s");
}

json_t *face_evaluation_json(const struct face_evaluation *evaluation)
{
    const struct series *times = &evaluation->times;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return json_pack("{s:o, s:o, s:o, s:{s:o, s:o, s:o}, s:i, s:o, s:o, s:o}", "detector",
                     json_text(vultus_engine_detector(evaluation->session.engine)), "pictures",
                     json_whole(times->count), "not_readable", json_whole(evaluation->unreadable),
                     "milliseconds", "min", json_number(series_least(times)), "median",
                     json_number(series_median(times)), "mean", json_number(mean(times)), "threads",
                     (int)pool_threads(evaluation->session.pool), "seconds",
                     json_number(evaluation->seconds), "pictures_per_second",
                     json_number((double)times->count / evaluation->seconds), "peak_rss_mib",
                     json_number((double)usage.ru_maxrss / 1024));
}
