/*
 * vultus watch: who comes and goes in videos. The library does the work and calls back; here events become lines and
 * files. A signal ends it as if the sources had ended: everybody leaves, and files are whole.
 */
#include "base/file.h"
#include "command.h"
#include "console.h"
#include "cli_session.h"
#include "visits.h"
#include "watch_answer.h"

#include <stdatomic.h>
#include <string.h>

#define LIGHT_DETECTOR "mediapipe"
#define LIGHT_INTERVAL 1.0 /* seconds between searches of a whole frame */

struct watching {
    const struct options *options;
    struct session session;
    struct watch_answer answer;
    struct visits visits;
    bool keeps_visits;
    bool begun;      /* the bar */
    atomic_bool end; /* what was asked for cannot be written */
};

static void on_event(void *context, const vultus_event *event)
{
    struct watching *watching = context;
    watch_answer_event(&watching->answer, event);
    if (watching->keeps_visits && event->kind == VULTUS_EVENT_LEFT &&
        !visits_add(&watching->visits, event)) {
        complain("not enough memory");
        watching->answer.code = worse(watching->answer.code, EXIT_ENVIRONMENT);
    }
    if (watching->answer.code)
        atomic_store(&watching->end, true);
}

/* The bar of a recording; of several the first one's. */
static void on_frame(void *context, const vultus_watched_frame *frame)
{
    struct watching *watching = context;
    if (frame->source || !frame->total)
        return;
    if (!watching->begun)
        progress_begin("watching", (size_t)frame->total);
    watching->begun = true;
    size_t done = (size_t)frame->number + 1;
    progress_step(done < frame->total ? done : (size_t)frame->total);
}

static void on_notice(void *context, size_t source, const char *line)
{
    (void)context;
    (void)source;
    say("%s", line);
}

static bool on_stop(void *context)
{
    const struct watching *watching = context;
    return interrupted() || atomic_load(&watching->end);
}

static vultus_watch_options wanted_of(struct watching *watching)
{
    const struct options *options = watching->options;
    vultus_watch_options wanted = {.threads = pool_threads(watching->session.pool),
                                   .every = options->every,
                                   .rate = (double)options->fps,
                                   .interval = (double)options->interval,
                                   .confirm = options->confirm,
                                   .absence = (double)options->absence,
                                   .cooldown = (double)options->cooldown,
                                   .patient = true,
                                   .output = options->output,
                                   .detect = session_detection(options),
                                   .embed = session_embedding(options),
                                   .decision = session_decision(options),
                                   .event = on_event,
                                   .frame = on_frame,
                                   .notice = on_notice,
                                   .stop = on_stop,
                                   .context = watching};
    if (options->profile && !(wanted.interval > 0))
        wanted.interval = LIGHT_INTERVAL;
    return wanted;
}

static int open_all(struct watching *watching, const struct options *given)
{
    struct session *session = &watching->session;
    vultus_error error = {0};
    bool gallery = given->db || session_gallery_there(given);
    int code = session_open(session, watching->options);
    session->detect_only = !gallery;
    if (!code)
        code = session_open_engine(session, 2); /* searches run side by side: each has one thread */
    if (!code && gallery)
        code = session_open_gallery(session, GALLERY_READ);
    else if (!code)
        say("there is no gallery: faces are followed and have no names");
    if (!code && given->snapshots && file_make_folders(given->snapshots, &error)) {
        fail(&error);
        code = EXIT_ENVIRONMENT;
    }
    return code;
}

static int run(struct watching *watching)
{
    const struct options *options = watching->options;
    const char *const *sources = (const char *const *)options->operands;
    const vultus_filter filter = {options->people_asked.items, options->people_asked.count,
                                  options->groups.items,       options->groups.count,
                                  options->tags.items,         options->tags.count};
    vultus_watch_options wanted = wanted_of(watching);
    vultus_watch_report report = {0};
    vultus_error error = {0};
    int code = EXIT_DONE;
    wanted.decision.filter = &filter;
    wanted.liveness = session_wants_live(options);
    wanted.decision.min_live = session_min_live(&watching->session);
    vultus_status status = vultus_watch(watching->session.engine, watching->session.gallery,
                                        sources, options->operand_count, &wanted, &report, &error);
    progress_end();
    watch_answer_end(&watching->answer);
    if (status)
        code = fail(&error);
    else
        say("%llu frames, %llu searched, %llu faces checked, %llu embedded, %llu tracks; %llu "
            "dropped",
            (unsigned long long)report.frames, (unsigned long long)report.searches,
            (unsigned long long)report.checks, (unsigned long long)report.looks,
            (unsigned long long)report.tracks, (unsigned long long)report.dropped);
    code = worse(code, watching->answer.code);
    if (options->summary)
        code = worse(code, visits_write(&watching->visits, sources, options->summary));
    if (options->timeline)
        code = worse(code, visits_draw(&watching->visits, options->timeline));
    if (interrupted())
        complain("interrupted");
    return interrupted() ? interrupted() : code;
}

int cmd_watch(const struct options *given)
{
    struct options options = *given;
    struct watching watching = {.options = &options,
                                .keeps_visits = given->summary || given->timeline};
    if (options.profile && !options.detector) /* light */
        options.detector = LIGHT_DETECTOR;
    if (options.profile && !options.threads)
        options.threads = 1;
    watch_answer_begin(&watching.answer, &options);
    int code = open_all(&watching, given);
    if (!code)
        code = run(&watching);
    visits_clear(&watching.visits);
    session_close(&watching.session);
    return code;
}
