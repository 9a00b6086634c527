/*
 * The page of vultus evaluate folder: the figures that count, the plots, everybody, and the worst mistakes
 * as pictures, each beside the face that it was taken for.
 */
#include "base/memory.h"
#include "chip.h"
#include "command.h"
#include "console.h"
#include "curves.h"
#include "evaluate_folder.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MATRIX_MAX 40   /* classes that a heat map can show */
#define PEOPLE_MAX 2000 /* rows of the table */
#define MISTAKES_MAX 12 /* pictures of each kind */
#define LEAST_FPIR_POINTS 2

/* ------------------------------------------------------------------ plots */

static void put_cmc(struct page *page, const vultus_identification_report *report)
{
    double x[VULTUS_RANKS], y[VULTUS_RANKS];
    size_t count = report->enrolled < VULTUS_RANKS ? report->enrolled : VULTUS_RANKS;
    if (!report->mated || count < 2)
        return;
    for (size_t k = 0; k < count; k++) {
        x[k] = (double)k + 1;
        y[k] = report->value.cmc[k];
    }
    double least = floor(10 * y[0] - 1e-9) / 10;
    const struct plot plot = {
        .title = "CMC",
        .caption =
            "Cumulative match characteristic: how often the right person is among the so many "
            "nearest. Strangers and the threshold play no part.",
        .x = {"rank", PLOT_LINEAR, 1, (double)count, false},
        .y = {"right person among them", PLOT_LINEAR, fmax(0, fmin(least, 0.9)), 1, true},
        .lines = {{"one", x, y, count}},
        .line_count = 1,
        .mark_x = (double)NAN,
        .mark_y = (double)NAN};
    plot_lines(page, &plot);
}

static void put_open(struct page *page, const vultus_identification_report *report)
{
    double *x = mem_array(report->open_count, sizeof *x);
    double *y = mem_array(report->open_count, sizeof *y);
    if ((!x || !y) && !page->status)
        page->status = page->error.code = VULTUS_ERR_MEMORY;
    for (size_t i = 0; !page->status && i < report->open_count; i++) {
        x[i] = report->open[i].fpir;
        y[i] = report->open[i].dir;
    }
    double least = 0.5 / (double)report->strangers, first = 0;
    for (size_t i = 0; !page->status && i < report->open_count && x[i] <= 0; i++)
        first = y[i];
    const struct plot plot = {
        .title = "Open set",
        .caption = "Detection and identification rate: of the enrolled how many are named right "
                   "(DIR), when so many strangers are given a name (FPIR, logarithmic). The dot is "
                   "the threshold.",
        .x = {"strangers named", PLOT_LOG, pow(10, floor(log10(least))), 1, false},
        .y = {"enrolled named right", PLOT_LINEAR, fmax(0, floor(10 * first - 1) / 10), 1, true},
        .lines = {{"three", x, y, report->open_count}},
        .line_count = 1,
        .mark_x = report->value.fpir,
        .mark_y = report->value.names_recall};
    if (!page->status)
        plot_lines(page, &plot);
    mem_free(x);
    mem_free(y);
}

static void put_matrix(struct page *page, const struct folder_evaluation *evaluation)
{
    const vultus_identification_report *report = &evaluation->report;
    size_t cells[MATRIX_MAX * MATRIX_MAX] = {0};
    const char *names[MATRIX_MAX];
    struct plot_matrix matrix = {names, report->class_count, cells};
    if (report->class_count > MATRIX_MAX || report->class_count < 2)
        return;
    for (size_t i = 0; i < report->class_count; i++)
        names[i] = folder_name(evaluation, report->classes[i].person);
    for (size_t i = 0; i < report->confusion_count; i++)
        cells[report->confusion[i].truth * report->class_count + report->confusion[i].answer] =
            report->confusion[i].count;
    plot_matrix(page, &matrix);
}

static void put_plots(struct page *page, const struct folder_evaluation *evaluation)
{
    const vultus_identification_report *report = &evaluation->report;
    const vultus_trials *trials = &evaluation->trials;
    const struct curves curves = {.roc = report->roc,
                                  .count = report->roc_count,
                                  .same = report->same,
                                  .different = report->different,
                                  .far = report->far_at_threshold,
                                  .frr = report->frr_at_threshold,
                                  .auc = report->value.auc,
                                  .eer = report->value.eer};
    double threshold = (double)trials->threshold;
    if (trials->distances)
        threshold = -threshold;
    else if (trials->metric == VULTUS_METRIC_EUCLIDEAN)
        threshold = 1 - threshold * threshold / 2;
    page_section(page, "Curves");
    page_print(page, "<div class=\"plots\">\n");
    plot_histogram(page, &report->histogram, trials->distances, threshold);
    if (report->open_count >= LEAST_FPIR_POINTS)
        put_open(page, report);
    put_cmc(page, report);
    curves_put(page, &curves);
    put_matrix(page, evaluation);
    page_print(page, "</div>\n");
    page_note(page,
              "Scores, ROC and DET are of verification: every face with every enrolled person, "
              "%llu comparisons of the same person and %llu of different people.",
              (unsigned long long)report->same, (unsigned long long)report->different);
}

/* ------------------------------------------------------------------ everybody */

/* Those of whom there is no face, and whose name was only given wrongly, come last. */
static int by_f1(const void *a, const void *b)
{
    const vultus_class *left = a, *right = b;
    if (!left->support != !right->support)
        return left->support ? -1 : 1;
    if (left->rates.f1 != right->rates.f1)
        return left->rates.f1 < right->rates.f1 ? -1 : 1;
    return (left->person > right->person) - (left->person < right->person);
}

static void put_rate(struct page *page, double rate)
{
    if (isnan(rate))
        page_print(page, "<td class=\"n\">-</td>");
    else
        page_print(page, "<td class=\"n\">%.1f %%</td>", 100 * rate);
}

static void put_people(struct page *page, const struct folder_evaluation *evaluation)
{
    const vultus_identification_report *report = &evaluation->report;
    vultus_class *classes = mem_copy(report->classes, report->class_count * sizeof *classes);
    if (!classes) {
        page->status = page->error.code = VULTUS_ERR_MEMORY;
        return;
    }
    qsort(classes, report->class_count, sizeof *classes, by_f1);
    page_section(page, "People, the worst first");
    page_print(
        page, "<div class=\"wide\"><table><thead><tr><th>name</th><th class=\"n\">faces</th>"
              "<th class=\"n\">right</th><th class=\"n\">precision</th><th class=\"n\">recall"
              "</th><th class=\"n\">specificity</th><th class=\"n\">F1</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < report->class_count && i < PEOPLE_MAX; i++) {
        page_print(page, "<tr><td class=\"name\">");
        page_text(page, classes[i].person == VULTUS_NOBODY
                            ? "unknown (strangers)"
                            : folder_name(evaluation, classes[i].person));
        page_print(page, "</td><td class=\"n\">%zu</td><td class=\"n\">%zu</td>",
                   classes[i].support, classes[i].right);
        put_rate(page, classes[i].rates.precision);
        put_rate(page, classes[i].rates.recall);
        put_rate(page, classes[i].rates.specificity);
        put_rate(page, classes[i].rates.f1);
        page_print(page, "</tr>\n");
    }
    page_print(page, "</tbody></table></div>\n");
    if (report->class_count > PEOPLE_MAX)
        page_note(page, "%zu more are not shown.", report->class_count - PEOPLE_MAX);
    mem_free(classes);
}

/* ------------------------------------------------------------------ mistakes */

/* The surest wrong names come first, then the known faces that were least like themselves. */
static int by_badness(const void *a, const void *b)
{
    const vultus_trial *left = *(const vultus_trial *const *)a;
    const vultus_trial *right = *(const vultus_trial *const *)b;
    if (left->match != right->match)
        return left->match ? -1 : 1;
    float x = left->match ? left->score : -left->own_score;
    float y = right->match ? right->score : -right->own_score;
    if (x != y)
        return x > y ? -1 : 1;
    return (left->row > right->row) - (left->row < right->row);
}

static void put_mistake(struct page *page, struct folder_evaluation *evaluation,
                        const vultus_trial *trial)
{
    const struct gather_row *rows = evaluation->gathering.rows;
    char why[160], name[VULTUS_NAME_MAX + 16];
    uint32_t other = trial->match ? trial->best_row : trial->own_row;
    struct page_face probe = {.name = name, .hint = folder_source(evaluation, trial->row)};
    struct page_face taken = {
        .name = folder_name(evaluation, trial->match ? trial->best : trial->person),
        .hint = folder_source(evaluation, other)};
    float score = trial->match ? trial->score : trial->own_score;
    snprintf(name, sizeof name, "%s%s",
             trial->person == VULTUS_NOBODY ? "stranger" : folder_name(evaluation, trial->person),
             trial->mated || trial->person == VULTUS_NOBODY ? "" : " (stranger)");
    snprintf(why, sizeof why, "%s: %s %.3f", trial->match ? folder_why(trial) : "not recognised",
             evaluation->trials.distances ? "distance" : "cosine", fabs((double)score));
    if (!evaluation->options->no_pictures) {
        chip_cut(&evaluation->session, probe.hint, &rows[trial->row].face, &probe);
        chip_cut(&evaluation->session, taken.hint, &rows[other].face, &taken);
    }
    page_faces(page, &probe, &taken, why);
    chip_clear(&probe);
    chip_clear(&taken);
}

static void put_mistakes(struct page *page, struct folder_evaluation *evaluation)
{
    const vultus_trials *trials = &evaluation->trials;
    const vultus_trial **wrong = mem_array(trials->count, sizeof *wrong);
    size_t count = 0, named = 0;
    if (!wrong) {
        page->status = page->error.code = VULTUS_ERR_MEMORY;
        return;
    }
    for (size_t i = 0; i < trials->count; i++)
        if (!folder_right(&trials->items[i])) {
            wrong[count++] = &trials->items[i];
            named += trials->items[i].match;
        }
    qsort(wrong, count, sizeof *wrong, by_badness);
    page_section(page, count ? "The worst mistakes" : "No mistakes");
    if (count)
        page_note(
            page,
            "%zu faces were given a wrong name and %zu of enrolled people were not recognised. "
            "At the left the face that was looked up, at the right the nearest face of the "
            "person it was taken for, or should have been recognised as.",
            named, count - named);
    page_print(page, "<div class=\"pairs\">\n");
    progress_begin("cutting faces", count);
    for (size_t i = 0; i < count && !page->status; i++) {
        if (i < named ? i < MISTAKES_MAX : i - named < MISTAKES_MAX)
            put_mistake(page, evaluation, wrong[i]);
        progress_step(i + 1);
    }
    progress_end();
    page_print(page, "</div>\n");
    mem_free(wrong);
}

/* ------------------------------------------------------------------ the page */

int folder_write_page(struct folder_evaluation *evaluation, const char *path)
{
    static const char *const keys[] = {"accuracy", "names_precision", "names_recall", "fpir", NULL};
    const vultus_identification_report *report = &evaluation->report;
    const vultus_trials *trials = &evaluation->trials;
    struct page page;
    char lead[512];
    snprintf(
        lead, sizeof lead,
        "%zu faces looked up, %zu of enrolled people and %zu of strangers; %zu people enrolled "
        "with %zu faces. Embeddings by %s, %s %s %.4g.",
        report->probes, report->mated, report->strangers, report->enrolled,
        evaluation->sides.known_count,
        evaluation->gathering.set.embedder ? evaluation->gathering.set.embedder
                                           : "an unknown model",
        trials->metric == VULTUS_METRIC_COSINE ? "cosine" : "distance",
        trials->metric == VULTUS_METRIC_COSINE ? ">=" : "<=", (double)trials->threshold);
    page_begin(&page, "Identification", lead);
    page_cards(&page, identification_figures, keys, &report->value, &report->low, &report->high);
    if (!report->strangers)
        page_note(&page, "There was no stranger among them: how often strangers would be named is "
                         "not known.");
    if (report->copies)
        page_note(&page,
                  "<b>%zu of the faces are enrolled as well, from the same pictures: the "
                  "figures are too good.</b>",
                  report->copies);
    put_plots(&page, evaluation);
    page_section(&page, "All figures");
    page_figures(&page, identification_figures, &report->value, &report->low, &report->high);
    if (report->drawn)
        page_note(&page,
                  "Intervals hold %g %% of %u draws of the %zu people who were looked up; the "
                  "enrolled stay.",
                  100 * (double)evaluation->options->confidence, evaluation->options->bootstrap,
                  report->drawn);
    put_people(&page, evaluation);
    put_mistakes(&page, evaluation);
    return page_finish(&page, path);
}
