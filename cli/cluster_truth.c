/*
 * vultus cluster --truth: folders of people, as enrol reads them, or files of vultus embed. One face of each
 * picture is taken, the one in its middle, because bystanders are nobody whose folder it is and would count
 * as errors. Pictures without a face are said, and left out.
 */
#include "cluster_commands.h"
#include "base/clock.h"
#include "base/memory.h"
#include "command.h"
#include "console.h"
#include "gather.h"
#include "json_answer.h"
#include "measures.h"

#include <math.h>
#include <string.h>

static int answer(const struct session *session, const vultus_clustering *made,
                  const vultus_cluster_report *report, double seconds)
{
    const struct options *options = session->options;
    char basis[240];
    if (options->format != FORMAT_TABLE)
        return measures_put(
            json_pack(
                "{s:s, s:o, s:s, s:o, s:o, s:o, s:o, s:{s:o, s:o, s:o}, s:{s:o, s:o, s:o}, s:o, "
                "s:o, s:o, s:o, s:o}",
                "method", made->method, "threshold", json_number((double)made->threshold), "basis",
                cluster_basis_word(made->basis), "far", json_number(made->far), "faces",
                json_whole(report->faces), "people", json_whole(report->people), "clusters",
                json_whole(report->clusters), "bcubed", "precision",
                json_number(report->bcubed_precision), "recall", json_number(report->bcubed_recall),
                "f1", json_number(report->bcubed_f1), "pairs", "precision",
                json_number(report->pair_precision), "recall", json_number(report->pair_recall),
                "f1", json_number(report->pair_f1), "impurity", json_number(report->impurity),
                "mixed_clusters", json_whole(report->mixed_clusters), "split_people",
                json_whole(report->split_people), "single_clusters",
                json_whole(report->single_clusters), "seconds", json_number(seconds)),
            options->format);
    answer_begin();
    cluster_basis_text(session, made, basis, sizeof basis);
    answer_line("%zu faces of %zu people in %zu clusters (%s, threshold %.3f, %s)", report->faces,
                report->people, report->clusters, made->method, (double)made->threshold, basis);
    answer_line("BCubed     precision %.4f   recall %.4f   F1 %.4f", report->bcubed_precision,
                report->bcubed_recall, report->bcubed_f1);
    answer_line("pairs      precision %.4f   recall %.4f   F1 %.4f", report->pair_precision,
                report->pair_recall, report->pair_f1);
    answer_line("impurity   %.4f: %zu clusters show several people, %zu people are in several "
                "clusters, %zu faces are alone",
                report->impurity, report->mixed_clusters, report->split_people,
                report->single_clusters);
    return answer_end() ? EXIT_DONE : EXIT_ENVIRONMENT;
}

/* Files of embeddings come without an engine, which is what knows the threshold. */
static int open_engine(struct session *session, const vultus_labelled *set)
{
    if (session->engine || options_has(session->options, OPTION_THRESHOLD))
        return EXIT_DONE;
    int code = session_open_engine(session, 1);
    if (!code && set->embedder && strcmp(vultus_engine_embedder(session->engine), set->embedder)) {
        complain("the embeddings are by %s, this embedder is %s; name it with --embedder, or give "
                 "a --threshold",
                 set->embedder, vultus_engine_embedder(session->engine));
        code = EXIT_USAGE;
    }
    return code;
}

static int measure(struct session *session, const vultus_labelled *set)
{
    vultus_clustering made = {0};
    vultus_cluster_report report = {0};
    vultus_error error = {0};
    uint32_t *labels = mem_array(set->count, sizeof *labels);
    if (!labels) {
        complain("not enough memory");
        return EXIT_ENVIRONMENT;
    }
    const vultus_cluster_options options = cluster_options(session);
    const uint64_t begin = clock_ns();
    vultus_status status = vultus_cluster(set, &options, labels, &made, &error);
    const double seconds = (double)(clock_ns() - begin) / 1e9;
    progress_end();
    if (!status)
        status = vultus_cluster_evaluate(labels, set->person, set->count, &report, &error);
    mem_free(labels);
    return status ? fail(&error) : answer(session, &made, &report, seconds);
}

int cluster_truth(const struct options *options)
{
    struct session session = {0};
    struct gathering gathering = {0};
    const struct gather_request request = {.what = "embedding",
                                           .operands = options->operands,
                                           .count = options->operand_count,
                                           .faces = GATHER_CENTRAL,
                                           .whole_picture = options->whole_picture};
    int code = session_open(&session, options);
    if (!code)
        code = gather(&session, &request, &gathering);
    if (!code)
        code = open_engine(&session, &gathering.set);
    if (!code)
        code = measure(&session, &gathering.set);
    code = worse(code, gathering.code);
    gathering_clear(&gathering);
    session_close(&session);
    return code;
}
