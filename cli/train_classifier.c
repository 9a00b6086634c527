/*
 * vultus train classifier: embeddings of people in, a classifier and how good it is out. The options that are
 * parameters of methods go to the library as text, as they are: it knows what they may be.
 */
#include "answers/json_training.h"
#include "base/buffer.h"
#include "command.h"
#include "console.h"
#include "measures.h"
#include "table.h"
#include "training.h"

#include <math.h>
#include <stdio.h>

static struct column trial_columns[] = {
    {.key = "parameters"},
    {.key = "accuracy", .right = true},
    {.key = "deviation", .right = true},
    {.key = "macro_f1", .right = true},
    {.key = "log_loss", .right = true},
};

/* ------------------------------------------------------------------ the report */

static void put_percent(const char *label, double value)
{
    if (isfinite(value))
        answer_line("%-18s %6.2f %%", label, 100 * value);
    else
        answer_line("%-18s no picture could be held out", label);
}

static void put_trials(const vultus_classifier_report *report)
{
    struct table table = {.columns = trial_columns, .count = 5, .format = FORMAT_TABLE};
    if (report->trial_count < 2)
        return;
    for (size_t i = 0; i < report->trial_count; i++)
        column_fit(&trial_columns[0], report->trials[i].parameters);
    for (size_t i = 0; i < report->trial_count; i++) {
        const vultus_classifier_trial *trial = &report->trials[i];
        table_text(&table, trial->parameters);
        table_number(&table, trial->accuracy, 4, 6);
        table_number(&table, trial->deviation, 4, 6);
        table_number(&table, trial->macro_f1, 4, 6);
        table_number(&table, trial->log_loss, 4, 6);
        table_end(&table);
    }
    table_finish(&table);
    answer_line("%s", "");
}

static void put_text(const struct options *options, const vultus_classifier_report *report)
{
    const char *parameters = report->chosen.parameters;
    put_trials(report);
    answer_line("%-18s %s%s%s", "method", report->method, *parameters ? ", " : "", parameters);
    answer_line("%-18s %zu, with %zu pictures", "people", report->people, report->pictures);
    if (report->single)
        answer_line("%-18s %zu people have one picture: learnt, and not tested", "",
                    report->single);
    if (report->tested)
        answer_line("%-18s %zu pictures held out, in %u folds", "tested", report->tested,
                    report->folds);
    put_percent("accuracy", report->chosen.accuracy);
    if (isfinite(report->accuracy_low))
        answer_line("%-18s %6.2f %% to %.2f %%", "  95 % interval", 100 * report->accuracy_low,
                    100 * report->accuracy_high);
    if (report->tested) {
        put_percent("  deviation", report->chosen.deviation);
        put_percent("macro F1", report->chosen.macro_f1);
        answer_line("%-18s %8.4f", "log-loss", report->chosen.log_loss);
    }
    answer_line("%-18s %8.4f, from %zu faces of strangers%s", "threshold", report->threshold,
                report->strangers,
                report->estimated ? "; too few to count so rare a mistake, so it is estimated"
                                  : "");
    put_percent("  false positives", report->false_positives);
    put_percent("  recognised", report->recognised);
    answer_line("%-18s %s", "written", options->output);
}

static int put(const struct options *options, const vultus_classifier *classifier,
               const vultus_classifier_report *report)
{
    int code = EXIT_DONE;
    answer_begin();
    if (options->format == FORMAT_TABLE)
        put_text(options, report);
    else
        code = measures_put(json_joined(json_pack("{s:o}", "file", json_text(options->output)),
                                        json_training(classifier, report, true)),
                            options->format);
    return answer_end() ? code : EXIT_ENVIRONMENT;
}

/* ------------------------------------------------------------------ training */

static vultus_status add_parameter(struct buffer *out, const char *name, const char *value,
                                   vultus_error *error)
{
    return value ? buffer_print(out, error, "%s%s=%s", out->size ? ";" : "", name, value)
                 : VULTUS_OK;
}

/* "C=1;gamma=scale" of the options that were given. */
static vultus_status join_parameters(const struct options *options, struct buffer *out,
                                     vultus_error *error)
{
    const struct {
        const char *name, *value;
    } all[] = {{"C", options->c},
               {"gamma", options->gamma},
               {"n-neighbors", options->n_neighbors},
               {"weights", options->weights},
               {"n-estimators", options->n_estimators},
               {"max-depth", options->max_depth},
               {"class-weight", options->class_weight},
               {"tol", options->tol},
               {"max-iter", options->max_iter}};
    vultus_status status = VULTUS_OK;
    buffer_init(out, 4096);
    for (size_t i = 0; !status && i < sizeof all / sizeof *all; i++)
        status = add_parameter(out, all[i].name, all[i].value, error);
    return status;
}

static int train(const struct options *options, const struct gathering *people,
                 const struct gathering *strangers)
{
    struct buffer parameters;
    vultus_classifier *classifier = NULL;
    vultus_classifier_report report = {0};
    vultus_error error = {0};
    bool begun;
    vultus_status status = join_parameters(options, &parameters, &error);
    const vultus_classifier_options how = {.method = options->method,
                                           .parameters = (const char *)parameters.data,
                                           .grid = options->grid,
                                           .folds = options->cv,
                                           .far = options->far,
                                           .strangers =
                                               options->strangers_from ? &strangers->set : NULL,
                                           .seed = options->seed,
                                           .threads = options->threads,
                                           .training = training_watch(&begun)};
    if (!status)
        status = vultus_classifier_train(&people->set, &how, &classifier, &report, &error);
    training_end(&begun);
    if (!status)
        status = vultus_classifier_write(classifier, options->output, &error);
    int code = status ? fail(&error) : put(options, classifier, &report);
    vultus_classifier_report_clear(&report);
    vultus_classifier_free(classifier);
    buffer_clear(&parameters);
    return code;
}

int cmd_train_classifier(const struct options *options)
{
    struct session session = {0};
    struct gathering people = {0}, strangers = {0};
    if (!training_has_output(options))
        return EXIT_USAGE;
    int code = session_open(&session, options);
    if (!code)
        code = training_gather(&session, options->operands, options->operand_count, GATHER_CENTRAL,
                               &people);
    if (!code && options->strangers_from)
        code =
            training_gather(&session, (char *const[]){(char *)(uintptr_t)options->strangers_from},
                            1, GATHER_ALL, &strangers);
    if (!code)
        code = train(options, &people, &strangers);
    code = worse(code, worse(people.code, strangers.code));
    gathering_clear(&people);
    gathering_clear(&strangers);
    session_close(&session);
    return code;
}
