/*
 * vultus watch: who comes and goes in videos. The library does the work and calls back; here events become lines and
 * files. A signal ends it as if the sources had ended: everybody leaves, and files are whole.
 */
#include "base/file.h"
#include "command.h"
#include "console.h"
#include "cli_session.h"
#include "excepted.h"
#include "visits.h"
#include "watch_answer.h"
#include "watch_status.h"
#include "watch_window.h"
#include "watch_record.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#define LIGHT_DETECTOR "mediapipe"
#define LIGHT_INTERVAL 1.0 /* seconds between searches of a whole frame */

struct watching {
    const struct options *options;
    struct session session;
    struct watch_answer answer;
    struct visits visits;
    struct watch_status status;
    struct watch_window window;
    struct watch_record record;
    pthread_mutex_t console; /* what is recorded is told by a thread of its own */
    bool keeps_visits;
    bool begun;      /* the bar */
    atomic_bool end; /* what was asked for cannot be written */
};

static void tell(void *context, const vultus_event *event, int64_t id)
{
    struct watching *watching = context;
    pthread_mutex_lock(&watching->console);
    watch_status_event(&watching->status);
    watch_answer_event(&watching->answer, event, id);
    if (watching->keeps_visits && event->kind == VULTUS_EVENT_LEFT &&
        !visits_add(&watching->visits, event)) {
        complain("not enough memory");
        watching->answer.code = worse(watching->answer.code, EXIT_ENVIRONMENT);
    }
    if (watching->answer.code)
        atomic_store(&watching->end, true);
    pthread_mutex_unlock(&watching->console);
}

static void on_event(void *context, const vultus_event *event)
{
    struct watching *watching = context;
    if (!watching->record.recorder)
        tell(watching, event, 0);
    else if (!watch_record_add(&watching->record, event))
        atomic_store(&watching->end, true); /* closing says why */
}

static void show_bar(struct watching *watching, const vultus_watched_frame *frame)
{
    if (!watching->begun)
        progress_begin("watching", (size_t)frame->total);
    watching->begun = true;
    size_t done = (size_t)frame->number + 1;
    progress_step(done < frame->total ? done : (size_t)frame->total);
}

/* The bar of a recording, of several the first one's; of what has no known end a line that says how it goes. */
static void show_progress(struct watching *watching, const vultus_watched_frame *frame)
{
    pthread_mutex_lock(&watching->console);
    if (!frame->total)
        watch_status_frame(&watching->status, frame, watching->options->operand_count);
    else if (!frame->source)
        show_bar(watching, frame);
    pthread_mutex_unlock(&watching->console);
}

static void on_line(void *context, const char *line)
{
    struct watching *watching = context;
    pthread_mutex_lock(&watching->console);
    say("%s", line);
    pthread_mutex_unlock(&watching->console);
}

static void on_frame(void *context, const vultus_watched_frame *frame)
{
    struct watching *watching = context;
    show_progress(watching, frame);
    watch_window_frame(&watching->window, frame);
}

/* Recordings are shown in their own time. */
static void on_pace(void *context, size_t source, double time)
{
    const struct watching *watching = context;
    vultus_display_wait(watching->window.display, source, time);
}

static uint64_t on_changes(void *context)
{
    const struct watching *watching = context;
    return watching->window.enrolled;
}

static void on_notice(void *context, size_t source, const char *line)
{
    (void)source;
    on_line(context, line);
}

static bool on_stop(void *context)
{
    const struct watching *watching = context;
    return interrupted() || atomic_load(&watching->end) ||
           vultus_display_closed(watching->window.display, NULL);
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
                                   .redact = options_has(options, OPTION_REDACT),
                                   .redaction = (vultus_redaction)options->redact,
                                   .except = options->excepted.items,
                                   .except_count = options->excepted.count,
                                   .detect = session_detection(options),
                                   .embed = session_embedding(options),
                                   .decision = session_decision(options),
                                   .event = on_event,
                                   .frame = on_frame,
                                   .notice = on_notice,
                                   .pace = watching->window.display ? on_pace : NULL,
                                   .changes = on_changes,
                                   .stop = on_stop,
                                   .context = watching};
    if (options->profile && !(wanted.interval > 0))
        wanted.interval = LIGHT_INTERVAL;
    return wanted;
}

/* Whether faces can be enrolled in the window: not from pictures of covered faces, nor into what cannot be written. A
 * gallery that was named has to be there. */
static bool may_enroll(const struct options *options, bool there)
{
    char path[FILE_PATH_MAX];
    bool file = session_gallery_path(options, path, sizeof path);
    if (!watch_window_wanted(options) || options_has(options, OPTION_REDACT))
        return false;
    return there ? !file || !access(path, W_OK) : !options->db;
}

static int check_use(const struct options *options)
{
    if (!options->excepted.count)
        return EXIT_DONE;
    if (!options_has(options, OPTION_REDACT))
        complain("--except is of --redact");
    else if (!options->db && !session_gallery_there(options))
        complain("--except needs a gallery, and there is none");
    else
        return EXIT_DONE;
    return EXIT_USAGE;
}

static int open_all(struct watching *watching, const struct options *given)
{
    struct session *session = &watching->session;
    vultus_error error = {0};
    int code = session_open(session, watching->options);
    if (!code) /* makes the gallery where there is none */
        code = watch_record_open(&watching->record, watching->options);
    const bool there = session_gallery_there(given), enrolls = may_enroll(given, there);
    const bool gallery = given->db || there || enrolls;
    session->detect_only = !gallery;
    if (!code)
        code = session_open_engine(session, 2); /* searches run side by side: each has one thread */
    if (!code && gallery)
        code = session_open_gallery(session, !enrolls ? GALLERY_READ
                                             : there  ? GALLERY_CHANGE
                                                      : GALLERY_MAKE);
    else if (!code)
        say("there is no gallery: faces are followed and have no names");
    if (!code && given->excepted.count && gallery)
        code = excepted_check(session);
    if (!code && given->snapshots && file_make_folders(given->snapshots, &error)) {
        fail(&error);
        code = EXIT_ENVIRONMENT;
    }
    if (!code && watch_window_wanted(given))
        code = watch_window_open(&watching->window, session, enrolls, on_stop, watching);
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
    int recorded = watch_record_close(&watching->record);
    progress_end();
    code = watch_window_close(&watching->window);
    watch_answer_end(&watching->answer);
    if (status)
        code = worse(code, fail(&error));
    else
        say("%llu frames, %llu searched, %llu faces checked, %llu embedded, %llu tracks; %llu "
            "dropped",
            (unsigned long long)report.frames, (unsigned long long)report.searches,
            (unsigned long long)report.checks, (unsigned long long)report.looks,
            (unsigned long long)report.tracks, (unsigned long long)report.dropped);
    code = worse(code, worse(recorded, watching->answer.code));
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
    watching.record =
        (struct watch_record){.stored = tell, .notice = on_line, .context = &watching};
    pthread_mutex_init(&watching.console, NULL);
    watching.window = (struct watch_window){.tell = on_line, .context = &watching};
    watch_answer_begin(&watching.answer, &options);
    int code = check_use(given);
    if (!code)
        code = open_all(&watching, given);
    if (!code)
        code = run(&watching);
    (void)watch_window_close(&watching.window);
    (void)watch_record_close(&watching.record);
    pthread_mutex_destroy(&watching.console);
    visits_clear(&watching.visits);
    session_close(&watching.session);
    return code;
}
