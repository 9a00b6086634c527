/*
 * Epochs of batches: forward, loss, backward, one step of Adam. After each, the people who were held
 * out say how good it is, and the best is kept; the start is the first candidate, so that what is learnt is
 * never worse for them than it. Few people have few directions to teach: the pull to the start keeps the
 * rest of the space as the embedder has it. All chance comes from the seed and all sums are the same on any
 * number of threads.
 */
#include "decide/metric_train.h"
#include "base/memory.h"
#include "decide/adam.h"
#include "decide/metric_figures.h"
#include "decide/metric_loss.h"
#include "decide/metric_start.h"

#include <math.h>
#include <string.h>

#define BATCH_MIN 12 /* two people of four faces, and a quarter of others */
#define BATCH_MAX 4096
#define EPOCHS_MAX 100000
#define BETTER 1e-5 /* in the area under the curve; less is chance */
#define WEIGHT_MOST 1e15f
#define CENTRES_RATE 10 /* of arcface's centres, times the rate: they have farther to go */

struct training {
    const vultus_labelled *labelled;
    vultus_metric_options options; /* with the defaults filled in */
    struct pool *pool;
    struct random random;
    struct metric_people people;
    struct projection weights, gradient, start, best;
    struct projection_pass pass;
    struct metric_loss loss;
    struct adam adam, centres_adam;
    struct metric_pairs held;
    float *batch;  /* rows x in */
    float *slopes; /* dL/dy */
    uint32_t *rows, *person;
    float *projected; /* the held-out faces, or those learnt from */
    double best_auc;
    vultus_metric_report *report;
};

/* ------------------------------------------------------------------ options */

static float fallback(float value, float otherwise)
{
    return value > 0 ? value : value < 0 ? 0 : otherwise;
}

static vultus_status resolve(const vultus_metric_options *given, const vultus_labelled *labelled,
                             vultus_metric_options *out, vultus_error *error)
{
    static const float margins[] = {0.2f, 1, 0.5f};
    vultus_metric_options o = given ? *given : (vultus_metric_options){0};
    if ((unsigned)o.loss > VULTUS_LOSS_ARCFACE || (unsigned)o.mining > VULTUS_MINING_ALL ||
        (unsigned)o.start > VULTUS_START_IDENTITY)
        return status_set(error, VULTUS_ERR_ARGUMENT, "there is no such loss, mining or start");
    if (!isfinite(o.margin + o.rate + o.identity + o.weight_decay + o.validation) || o.margin < 0 ||
        o.rate < 0 || o.validation > 0.9f || (o.loss == VULTUS_LOSS_ARCFACE && o.margin > 1.5f))
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "margin, rate or the share of held-out people (up to 0.9) is none");
    o.dimension = o.dimension ? o.dimension : labelled->dimension;
    if (o.dimension < 2 || o.dimension > labelled->dimension)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "a dimension of %zu; from 2 to the embeddings' %zu are possible",
                          o.dimension, labelled->dimension);
    o.margin = fallback(o.margin, margins[o.loss]);
    o.rate = fallback(o.rate, 1e-3f);
    o.identity = fallback(o.identity, 3);
    o.weight_decay = fallback(o.weight_decay, 0.01f);
    o.validation = fallback(o.validation, 0.2f);
    o.epochs = o.epochs ? o.epochs : 100;
    o.batch = o.batch ? o.batch : 64;
    o.patience = o.patience ? o.patience : 20;
    if (o.batch < BATCH_MIN || o.batch > BATCH_MAX || o.epochs > EPOCHS_MAX)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "a batch of %u and %u epochs; %d to %d faces and at most %d epochs "
                          "are possible",
                          o.batch, o.epochs, BATCH_MIN, BATCH_MAX, EPOCHS_MAX);
    *out = o;
    return VULTUS_OK;
}

/* ------------------------------------------------------------------ measuring */

/* Projects the faces of groups, in their order, into t->projected; or makes them unit length only. */
static void project_groups(struct training *t, const struct metric_group *groups, size_t count,
                           bool projected)
{
    const size_t n = t->labelled->dimension, width = projected ? t->weights.out : n;
    float *out = t->projected;
    for (size_t g = 0; g < count; g++)
        for (size_t i = 0; i < groups[g].count; i += t->pass.capacity) {
            size_t rows = groups[g].count - i;
            rows = rows < t->pass.capacity ? rows : t->pass.capacity;
            for (size_t r = 0; r < rows; r++)
                memcpy(t->batch + r * n, t->labelled->embeddings + groups[g].rows[i + r] * n,
                       n * sizeof *t->batch);
            projection_forward(&t->pass, t->batch, rows);
            memcpy(out, projected ? t->pass.y : t->pass.x, rows * width * sizeof *out);
            out += rows * width;
        }
}

static const struct metric_group *held_groups(const struct training *t)
{
    return t->people.groups + t->people.several + t->people.single;
}

static vultus_status measure(struct training *t, bool projected, vultus_metric_figures *out,
                             vultus_error *error)
{
    *out = (vultus_metric_figures){(double)NAN, (double)NAN, (double)NAN, (double)NAN};
    if (!t->people.held)
        return VULTUS_OK;
    project_groups(t, held_groups(t), t->people.held, projected);
    return metric_pairs_figures(&t->held, t->projected,
                                projected ? t->weights.out : t->labelled->dimension, out, error);
}

/* Measures the weights as they are, keeps them if they are the best, and tells the caller. */
static vultus_status judge(struct training *t, unsigned epoch, double loss, vultus_error *error)
{
    vultus_metric_epoch now = {.epoch = epoch, .loss = loss};
    vultus_status status = measure(t, true, &now.figures, error);
    if (status)
        return status;
    now.best = !t->people.held || isnan(now.figures.auc) || epoch == 0 ||
               now.figures.auc > t->best_auc + BETTER;
    if (epoch == 0)
        t->report->start = now.figures;
    if (now.best) {
        t->best_auc = now.figures.auc;
        t->report->best = epoch;
        t->report->kept = now.figures;
        memcpy(t->best.linear, t->weights.linear, t->best.count * sizeof *t->best.linear);
    }
    t->report->epochs = epoch;
    if (t->options.progress && !t->options.progress(t->options.context, &now))
        return status_set(error, VULTUS_ERR_CANCELLED, "training was stopped");
    return VULTUS_OK;
}

/* ------------------------------------------------------------------ learning */

static void pull(struct training *t)
{
    struct projection *w = &t->weights;
    for (size_t i = 0; i < w->out * w->in; i++)
        t->gradient.linear[i] += 2 * t->options.identity * (w->linear[i] - t->start.linear[i]);
    float left = 1 - t->options.rate * t->options.weight_decay;
    for (float *each = w->inner; each < w->linear + w->count; each++)
        *each *= left;
}

static double step(struct training *t, size_t rows)
{
    const size_t n = t->labelled->dimension;
    for (size_t r = 0; r < rows; r++)
        memcpy(t->batch + r * n, t->labelled->embeddings + t->rows[r] * n, n * sizeof *t->batch);
    projection_forward(&t->pass, t->batch, rows);
    const struct metric_batch batch = {t->pass.y, t->person, rows, t->weights.out};
    double loss = metric_loss_run(&t->loss, &batch, t->slopes);
    projection_backward(&t->pass, t->slopes, &t->gradient);
    pull(t);
    adam_step(&t->adam, t->gradient.linear, t->options.rate, t->weights.linear);
    if (t->loss.centres)
        adam_step(&t->centres_adam, t->loss.centres_gradient, CENTRES_RATE * t->options.rate,
                  t->loss.centres);
    return loss;
}

/* Weights so small that no product of them overflows. */
static bool is_sound(const struct projection *weights)
{
    for (size_t i = 0; i < weights->count; i++)
        if (!(fabsf(weights->linear[i]) < WEIGHT_MOST))
            return false;
    return true;
}

static vultus_status learn(struct training *t, vultus_error *error)
{
    vultus_status status = judge(t, 0, (double)NAN, error);
    for (unsigned epoch = 1; !status && epoch <= t->options.epochs; epoch++) {
        size_t batches = metric_people_shuffle(&t->people, t->options.batch, &t->random);
        double loss = 0;
        for (size_t b = 0; b < batches; b++) {
            size_t rows = metric_people_batch(&t->people, b, t->options.batch, &t->random, t->rows,
                                              t->person);
            loss += step(t, rows) / (double)batches;
        }
        if (!isfinite(loss) || !is_sound(&t->weights))
            return status_set(error, VULTUS_ERR_ARGUMENT,
                              "the weights grow without end; take a smaller rate than %g",
                              (double)t->options.rate);
        status = judge(t, epoch, loss, error);
        if (t->people.held && epoch - t->report->best >= t->options.patience)
            break;
    }
    return status;
}

/* ------------------------------------------------------------------ before and after */

/* Arcface's centres start at the mean of each person's faces. */
static void place_centres(struct training *t)
{
    const size_t width = t->weights.out;
    float *centre = t->loss.centres;
    for (size_t p = 0; p < t->loss.people; p++, centre += width) {
        size_t count = t->people.groups[p].count;
        project_groups(t, &t->people.groups[p], 1, true);
        memset(centre, 0, width * sizeof *centre);
        for (size_t i = 0; i < count * width; i++)
            centre[i % width] += t->projected[i] / (float)count;
    }
}

static vultus_status start(struct training *t, vultus_error *error)
{
    const size_t n = t->labelled->dimension, learnt = t->people.several + t->people.single;
    float *rows = mem_array(t->people.faces * n, sizeof *rows), *at = rows;
    if (!rows)
        return status_memory(error, "training");
    for (size_t g = 0; g < learnt; g++)
        for (size_t i = 0; i < t->people.groups[g].count; i++, at += n)
            memcpy(at, t->labelled->embeddings + t->people.groups[g].rows[i] * n, n * sizeof *at);
    vultus_status status =
        metric_start(&t->weights, rows, t->people.faces, t->options.start == VULTUS_START_CENTRED,
                     t->options.seed, error);
    mem_free_wiped(rows, t->people.faces * n * sizeof *rows);
    if (!status)
        memcpy(t->start.linear, t->weights.linear, t->start.count * sizeof *t->start.linear);
    return status;
}

/* Room, in the order in which it is needed. */
static vultus_status prepare(struct training *t, vultus_error *error)
{
    const size_t in = t->labelled->dimension, out = t->options.dimension, most = t->options.batch;
    struct projection *all[] = {&t->weights, &t->gradient, &t->start, &t->best};
    vultus_status status =
        metric_people_init(&t->people, t->labelled, t->options.validation, &t->random, error);
    for (size_t i = 0; !status && i < sizeof all / sizeof *all; i++)
        status = projection_init(all[i], in, out, t->options.hidden, error);
    if (!status)
        status = projection_pass_init(&t->pass, &t->weights, most, t->pool, error);
    if (!status)
        status = adam_init(&t->adam, t->weights.count, error);
    if (!status && t->people.held)
        status = metric_pairs_init(&t->held, held_groups(t), t->people.held, &t->random, error);
    if (status)
        return status;
    size_t faces = t->people.faces > t->people.held_faces ? t->people.faces : t->people.held_faces;
    t->loss = (struct metric_loss){.kind = t->options.loss,
                                   .mining = t->options.mining,
                                   .margin = t->options.margin,
                                   .pool = t->pool,
                                   .people = t->people.several + t->people.single};
    t->batch = mem_array(most * in, sizeof *t->batch);
    t->slopes = mem_array(most * out, sizeof *t->slopes);
    t->rows = mem_array(most, sizeof *t->rows);
    t->person = mem_array(most, sizeof *t->person);
    t->projected = mem_array(faces * in, sizeof *t->projected);
    if (!t->batch || !t->slopes || !t->rows || !t->person || !t->projected)
        return status_memory(error, "training");
    status = metric_loss_init(&t->loss, most, out, error);
    if (!status && t->loss.centres)
        status = adam_init(&t->centres_adam, t->loss.people * out, error);
    if (!status)
        status = start(t, error);
    if (!status && t->loss.centres)
        place_centres(t);
    return status;
}

/* With the best weights in place. */
static vultus_status choose_thresholds(struct training *t, vultus_error *error)
{
    vultus_metric_figures figures;
    struct metric_pairs pairs = {0};
    const struct metric_group *groups = t->people.held ? held_groups(t) : t->people.groups;
    size_t count = t->people.held ? t->people.held : t->people.several + t->people.single;
    vultus_status status = metric_pairs_init(&pairs, groups, count, &t->random, error);
    if (status)
        return status;
    project_groups(t, groups, count, true);
    status = metric_pairs_figures(&pairs, t->projected, t->weights.out, &figures, error);
    if (!status)
        status = metric_pairs_thresholds(&pairs, &t->report->threshold,
                                         &t->report->identify_threshold, error);
    metric_pairs_clear(&pairs);
    return status;
}

static void clear(struct training *t)
{
    size_t faces = t->people.faces > t->people.held_faces ? t->people.faces : t->people.held_faces;
    size_t in = t->labelled->dimension, most = t->options.batch;
    projection_clear(&t->gradient);
    projection_clear(&t->start);
    projection_clear(&t->weights);
    projection_clear(&t->best);
    projection_pass_clear(&t->pass);
    metric_loss_clear(&t->loss);
    adam_clear(&t->adam);
    adam_clear(&t->centres_adam);
    metric_pairs_clear(&t->held);
    mem_free_wiped(t->batch, most * in * sizeof *t->batch);
    mem_free(t->slopes);
    mem_free(t->rows);
    mem_free(t->person);
    mem_free_wiped(t->projected, faces * in * sizeof *t->projected);
    metric_people_clear(&t->people);
    pool_close(t->pool);
}

vultus_status metric_train(const vultus_labelled *labelled, const vultus_metric_options *options,
                           struct projection *out, vultus_metric_report *report,
                           vultus_error *error)
{
    vultus_metric_report made = {0};
    struct training t = {.labelled = labelled, .report = &made};
    vultus_status status = resolve(options, labelled, &t.options, error);
    if (status)
        return status;
    random_seed(&t.random, t.options.seed);
    if (t.options.threads > 1)
        status = pool_open(t.options.threads, &t.pool, error);
    if (!status)
        status = prepare(&t, error);
    if (!status)
        status = measure(&t, false, &made.embedder, error);
    if (!status)
        status = learn(&t, error);
    if (!status) {
        memcpy(t.weights.linear, t.best.linear, t.best.count * sizeof *t.best.linear);
        status = choose_thresholds(&t, error);
    }
    if (!status) {
        made.people = t.people.several + t.people.single;
        made.faces = t.people.faces;
        made.held_people = t.people.held;
        made.held_faces = t.people.held_faces;
        *report = made;
        *out = t.best;
        t.best = (struct projection){0};
    }
    clear(&t);
    return status;
}
