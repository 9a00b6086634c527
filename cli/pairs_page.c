/* The page of vultus evaluate pairs: figures, curves, and the pairs that were judged most wrongly. */
#include "base/file.h"
#include "base/memory.h"
#include "chip.h"
#include "command.h"
#include "console.h"
#include "curves.h"
#include "evaluate_pairs.h"
#include "siamese_figures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define MISTAKES_MAX 12 /* pictures of each kind */

struct mistake {
    size_t scored; /* which of the pairs that were scored */
    bool same;
    float score;
};

/* Different people who were taken for one come first, the most alike before the others; then those of one
 * person, the least alike first. */
static int by_badness(const void *a, const void *b)
{
    const struct mistake *left = a, *right = b;
    if (left->same != right->same)
        return left->same ? 1 : -1;
    if (left->score != right->score)
        return (left->score > right->score) == left->same ? 1 : -1;
    return (left->scored > right->scored) - (left->scored < right->scored);
}

static void cut(const struct evaluation *evaluation, const char *path, struct page_face *out)
{
    *out = (struct page_face){.name = file_name(path), .hint = path};
    if (!evaluation->options->no_pictures)
        chip_cut(evaluation->session, path, &subject_of(evaluation, path)->face, out);
}

static void put_mistake(struct page *page, const struct evaluation *evaluation,
                        const struct mistake *mistake)
{
    const vultus_pair *pair = &evaluation->pairs.items[evaluation->pair[mistake->scored]];
    struct page_face left, right;
    char why[128];
    snprintf(why, sizeof why, "%s: %s %.3f",
             mistake->same ? "one person, not recognised" : "two people taken for one",
             evaluation->distances ? "distance" : "cosine", fabs((double)mistake->score));
    cut(evaluation, pair->a, &left);
    cut(evaluation, pair->b, &right);
    page_faces(page, &left, &right, why);
    chip_clear(&left);
    chip_clear(&right);
}

/* At the threshold in use. */
static struct mistake *list_mistakes(const struct evaluation *evaluation, size_t *count,
                                     size_t *accepted)
{
    struct mistake *list = mem_array(evaluation->scored, sizeof *list);
    float threshold =
        evaluation->distances ? -evaluation->contract_threshold : evaluation->contract_threshold;
    *count = *accepted = 0;
    for (size_t i = 0; list && i < evaluation->scored; i++) {
        if ((evaluation->score[i] >= threshold) == evaluation->same[i])
            continue;
        list[(*count)++] = (struct mistake){i, evaluation->same[i], evaluation->score[i]};
        *accepted += !evaluation->same[i];
    }
    if (list)
        qsort(list, *count, sizeof *list, by_badness);
    return list;
}

static void put_mistakes(struct page *page, const struct evaluation *evaluation)
{
    size_t count, accepted;
    struct mistake *list = list_mistakes(evaluation, &count, &accepted);
    if (!list) {
        page->status = page->error.code = VULTUS_ERR_MEMORY;
        return;
    }
    page_section(page, count ? "The worst mistakes" : "No mistakes");
    if (count)
        page_note(
            page,
            "Wrong at the threshold in use: %zu of different people, taken for one; %zu of one "
            "person, not recognised.",
            accepted, count - accepted);
    page_print(page, "<div class=\"pairs\">\n");
    progress_begin("cutting faces", count);
    for (size_t i = 0; i < count && !page->status; i++) {
        if (i < accepted ? i < MISTAKES_MAX : i - accepted < MISTAKES_MAX)
            put_mistake(page, evaluation, &list[i]);
        progress_step(i + 1);
    }
    progress_end();
    page_print(page, "</div>\n");
    mem_free(list);
}

static void put_plots(struct page *page, const struct evaluation *evaluation)
{
    const vultus_report *report = &evaluation->report;
    const struct curves curves = {.roc = report->roc,
                                  .count = report->roc_count,
                                  .same = report->same,
                                  .different = report->different,
                                  .far = report->far_at_threshold,
                                  .frr = report->frr_at_threshold,
                                  .auc = report->auc,
                                  .eer = report->eer};
    double threshold = (double)evaluation->contract_threshold;
    page_section(page, "Curves");
    page_print(page, "<div class=\"plots\">\n");
    plot_histogram(page, &report->histogram, evaluation->distances,
                   evaluation->distances ? -threshold : threshold);
    curves_put(page, &curves);
    page_print(page, "</div>\n");
}

int evaluation_write_page(const struct evaluation *evaluation, const char *path)
{
    static const char *const keys[] = {"accuracy", "accuracy_at_threshold", "far_at_threshold",
                                       "frr_at_threshold", NULL};
    const vultus_report *report = &evaluation->report;
    const vultus_pair_figures figures = evaluation_figures(report);
    const unsigned draws = evaluation->options->bootstrap;
    struct page page;
    char lead[448], basis[64];
    evaluation_basis(evaluation, basis, sizeof basis);
    snprintf(
        lead, sizeof lead,
        "%zu pairs of one person and %zu of different people, %zu left out; %u folds. Embeddings "
        "by %s; the threshold is %s %.4g%s.",
        report->same, report->different, evaluation->pairs.count - evaluation->scored,
        evaluation->folds, vultus_engine_embedder(evaluation->session->engine),
        evaluation->distances ? "distance <=" : "cosine >=", (double)evaluation->contract_threshold,
        basis);
    page_begin(&page, "Verification", lead);
    page_cards(&page, pair_figures, keys, &figures, &report->low, &report->high);
    put_plots(&page, evaluation);
    page_section(&page, "All figures");
    page_figures(&page, pair_figures, &figures, &report->low, &report->high);
    if (draws)
        page_note(&page, "Intervals hold %g %% of %u draws of %zu %s.",
                  100 * (double)evaluation->options->confidence, draws,
                  report->people ? report->people : evaluation->scored,
                  report->people ? "people" : "pairs; the file does not say who they are of");
    if (evaluation->siamese)
        siamese_page_figures(&page, report, &evaluation->learnt_report);
    put_mistakes(&page, evaluation);
    return page_finish(&page, path);
}
