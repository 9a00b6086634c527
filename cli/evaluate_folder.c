/*
 * vultus evaluate folder: enrols one folder of people, looks up every face of another, and says how often
 * the answers are right. No gallery is written: the library compares embeddings by the rule of identify.
 * Where embeddings come from files, no model is needed unless the threshold is to be the model's own.
 */
#include "base/clock.h"
#include "base/memory.h"
#include "command.h"
#include "console.h"
#include "evaluate_folder.h"

#include <math.h>
#include <string.h>

const char *folder_source(const struct folder_evaluation *evaluation, uint32_t row)
{
    const char *path = evaluation->gathering.rows[row].path;
    return path ? path : "";
}

const char *folder_name(const struct folder_evaluation *evaluation, uint32_t person)
{
    return person == VULTUS_NOBODY ? "unknown" : evaluation->gathering.set.names[person];
}

bool folder_right(const vultus_trial *trial)
{
    return trial->match ? trial->mated && trial->rank == 1 : !trial->mated;
}

const char *folder_why(const vultus_trial *trial)
{
    if (!trial->mated)
        return trial->match ? "a stranger taken for somebody who is known" : "a stranger";
    if (trial->match)
        return trial->rank == 1 ? "the nearest, and near enough" : "taken for somebody else";
    return trial->rank == 1 ? "the nearest, but not near enough"
                            : "not near enough, and somebody else is nearer";
}

/* ------------------------------------------------------------------ the decision */

/* As identify decides: by a false accept rate for as many people where there is a calibration. NaN: there is no
 * threshold, or not by the rate that was asked for. */
static float rate_threshold(const struct folder_evaluation *evaluation,
                            const vultus_decision *decision)
{
    const bool single = evaluation->options->templates != VULTUS_TEMPLATE_BEST;
    const struct session *session = &evaluation->session;
    const vultus_calibration *calibration = vultus_engine_calibration(session->engine);
    const vultus_labelled *set = &evaluation->gathering.set;
    const struct sides *sides = &evaluation->sides;
    bool *seen = mem_zalloc(set->people + 1, sizeof *seen);
    size_t people = 0;
    for (size_t i = 0; seen && i < sides->known_count; i++) {
        uint32_t person = set->person[sides->known[i]];
        if (person < set->people && !seen[person]) {
            seen[person] = true;
            people++;
        }
    }
    mem_free(seen);
    if (!calibration || !people ||
        vultus_calibration_about(calibration).by_distance != session_by_distance(session))
        return decision->far > 0
                   ? NAN
                   : vultus_engine_identify_threshold(session->engine, decision->metric);
    return (float)vultus_calibration_threshold(
        calibration, (double)(decision->far > 0 ? decision->far : VULTUS_IDENTIFY_FAR), people,
        single ? people : sides->known_count);
}

/* The threshold is the model's own: opens it where all embeddings came from files. */
static int find_threshold(struct folder_evaluation *evaluation, vultus_decision *decision)
{
    struct session *session = &evaluation->session;
    const char *wanted = evaluation->gathering.set.embedder;
    vultus_engine_options options = session_engine(evaluation->options, 1);
    vultus_error error = {0};
    if (!session->engine && vultus_engine_open(&options, &session->engine, &error))
        session->engine = NULL;
    if (!session->engine || !wanted || strcmp(wanted, vultus_engine_embedder(session->engine))) {
        complain("the threshold of %s is not known here: %s; give one with --threshold",
                 wanted ? wanted : "embeddings of an unknown model",
                 !session->engine ? error.message
                                  : "another model is the engine's, see --embedder");
        return session->engine ? EXIT_USAGE : EXIT_ENVIRONMENT;
    }
    decision->threshold = rate_threshold(evaluation, decision);
    if (isnan(decision->threshold) && decision->far > 0) {
        complain("--far needs a calibration of %s for the %s metric; make one: vultus calibrate "
                 "folder DIR",
                 wanted, metric_name(decision->metric));
        return EXIT_ENVIRONMENT;
    }
    decision->far = 0;
    if (isnan(decision->threshold)) {
        complain("%s has no threshold for the %s metric; give one with --threshold", wanted,
                 metric_name(decision->metric));
        return EXIT_USAGE;
    }
    decision->has_threshold = true;
    return EXIT_DONE;
}

static bool step(void *context, size_t done, size_t all)
{
    (void)context;
    progress_step(100 * done / all);
    return !interrupted();
}

static int compare(struct folder_evaluation *evaluation)
{
    const struct options *options = evaluation->options;
    vultus_decision decision = session_decision(options);
    vultus_error error = {0};
    int code = decision.has_threshold ? EXIT_DONE : find_threshold(evaluation, &decision);
    if (code)
        return code;
    const vultus_trials_request request = {.set = &evaluation->gathering.set,
                                           .known = evaluation->sides.known,
                                           .known_count = evaluation->sides.known_count,
                                           .probes = evaluation->sides.probes,
                                           .probe_count = evaluation->sides.probe_count,
                                           .templates = (vultus_template)options->templates,
                                           .decision = decision,
                                           .threads = options->threads,
                                           .progress = step};
    const vultus_bootstrap bootstrap = {.resamples = options->bootstrap,
                                        .confidence = (double)options->confidence,
                                        .seed = options->seed};
    uint64_t begin = clock_ns();
    progress_begin("comparing", 100); /* percent */
    vultus_status status = vultus_trials_run(&request, &evaluation->trials, &error);
    progress_end();
    if (!status)
        status = vultus_evaluate_identification(&evaluation->trials, &bootstrap,
                                                &evaluation->report, &error);
    if (status)
        return fail(&error);
    evaluation->seconds = (double)(clock_ns() - begin) / 1e9;
    return EXIT_DONE;
}

/* ------------------------------------------------------------------ the command */

/* What the figures do not show. */
static int tell(const struct folder_evaluation *evaluation)
{
    const struct sides *sides = &evaluation->sides;
    const char *known = evaluation->options->operands[0];
    bool split = options_has(evaluation->options, OPTION_SPLIT);
    if (sides->nameless)
        say("%s: %zu faces without a name are not enrolled", known, sides->nameless);
    if (sides->single)
        say("%zu of %zu people have one picture only; it is enrolled and not looked up",
            sides->single, evaluation->gathering.set.people);
    if (!sides->known_count) {
        complain("%s: there is nobody to enrol", known);
        return EXIT_INPUTS;
    }
    if (!sides->probe_count) {
        complain("%s: there is no face to look up",
                 split ? known : evaluation->options->operands[1]);
        return EXIT_INPUTS;
    }
    return EXIT_DONE;
}

static int run(struct folder_evaluation *evaluation)
{
    const struct options *options = evaluation->options;
    const struct gather_request request = {.what = "embedding",
                                           .operands = options->operands,
                                           .count = options->operand_count,
                                           .faces =
                                               options->all_faces ? GATHER_ALL : GATHER_CENTRAL,
                                           .whole_picture = options->whole_picture};
    int code = session_open(&evaluation->session, options);
    if (!code)
        code = gather(&evaluation->session, &request, &evaluation->gathering);
    if (!code)
        code = sides_make(options, &evaluation->gathering, &evaluation->sides);
    if (!code)
        code = tell(evaluation);
    if (!code)
        code = compare(evaluation);
    if (!code && evaluation->report.copies)
        say("%zu of %zu faces that are looked up are enrolled as well, so the figures are too "
            "good: "
            "the same pictures are on both sides",
            evaluation->report.copies, evaluation->report.probes);
    if (!code)
        code = folder_put(evaluation);
    if (!code && (options->predictions || options->output))
        code = folder_write_predictions(evaluation, options->predictions ? options->predictions
                                                                         : options->output);
    if (!code && options->html)
        code = folder_write_page(evaluation, options->html);
    return worse(code, evaluation->gathering.code);
}

int cmd_evaluate_folder(const struct options *options)
{
    struct folder_evaluation evaluation = {.options = options};
    bool split = options_has(options, OPTION_SPLIT);
    if (split == (options->operand_count == 2)) {
        complain(split ? "--split takes one folder, not KNOWN and TEST"
                       : "evaluate folder needs KNOWN and TEST, or one folder and --split");
        return EXIT_USAGE;
    }
    if (split && options->split > 1 && options->split != floorf(options->split)) {
        complain("--split: %g is neither a share under 1 nor a whole number",
                 (double)options->split);
        return EXIT_USAGE;
    }
    if (!split && options_has(options, OPTION_STRANGERS)) {
        complain(
            "--strangers goes with --split: people of TEST who are not in KNOWN are strangers");
        return EXIT_USAGE;
    }
    int code = run(&evaluation);
    vultus_identification_report_clear(&evaluation.report);
    vultus_trials_clear(&evaluation.trials);
    sides_clear(&evaluation.sides);
    gathering_clear(&evaluation.gathering);
    session_close(&evaluation.session);
    return code;
}
