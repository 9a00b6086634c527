/*
 * See watch_window.h. The gallery is in use while sources are watched, so a face is enrolled between two frames, which
 * takes as long as one look. What comes of it is shown in the window and said on the terminal.
 */
#include "watch_window.h"
#include "base/box.h"
#include "base/file.h"
#include "command.h"
#include "console.h"
#include "enrolling.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#define LINE_SIZE 256
#define SAME 0.3        /* overlap of a face with the one that was meant */
#define PICTURES_MAX 99 /* of one second */

bool watch_window_wanted(const struct options *options)
{
    return options->display || options->fullscreen;
}

int watch_window_open(struct watch_window *window, struct session *session, bool enrolls,
                      bool (*stop)(void *context), void *context)
{
    const struct options *options = session->options;
    const vultus_display_options wanted = {.sources = (const char *const *)options->operands,
                                           .count = options->operand_count,
                                           .fullscreen = options->fullscreen,
                                           .enrolls = enrolls,
                                           .stop = {stop, context}};
    vultus_error error = {0};
    window->session = session;
    if (!vultus_display_open(&wanted, &window->display, &error))
        return EXIT_DONE;
    complain("--display: %s", error.message);
    return EXIT_ENVIRONMENT;
}

int watch_window_close(struct watch_window *window)
{
    vultus_error error = {0};
    int code = EXIT_DONE;
    if (vultus_display_closed(window->display, &error) && error.code) {
        complain("--display: %s", error.message);
        code = EXIT_ENVIRONMENT;
    }
    vultus_display_close(window->display);
    window->display = NULL;
    return code;
}

__attribute__((format(printf, 2, 3))) static void tell(const struct watch_window *window,
                                                       const char *format, ...)
{
    char line[LINE_SIZE];
    va_list args;
    va_start(args, format);
    if (vsnprintf(line, sizeof line, format, args) >= 0) {
        window->tell(window->context, line);
        vultus_display_say(window->display, line);
    }
    va_end(args);
}

/* ------------------------------------------------------------------ pictures */

/* "vultus-20310522-174500.jpg", in the folder of --snapshots or here; with a number where that is taken. */
static bool name_picture(const struct options *options, char *path, size_t size)
{
    char moment[32];
    struct tm local;
    time_t now = time(NULL);
    if (!localtime_r(&now, &local) || !strftime(moment, sizeof moment, "%Y%m%d-%H%M%S", &local))
        return false;
    for (unsigned n = 1; n <= PICTURES_MAX; n++) {
        char number[16] = "";
        if (n > 1)
            snprintf(number, sizeof number, "-%u", n);
        int length = snprintf(path, size, "%s/vultus-%s%s.jpg",
                              options->snapshots ? options->snapshots : ".", moment, number);
        if (length < 0 || (size_t)length >= size)
            return false;
        if (!file_exists(path))
            return true;
    }
    return false;
}

static void write_picture(const struct watch_window *window, const vultus_wish *wish)
{
    char path[FILE_PATH_MAX];
    vultus_error error = {0};
    if (!name_picture(window->session->options, path, sizeof path))
        tell(window, "no name is free for a picture");
    else if (vultus_image_write(wish->image, path, &error))
        tell(window, "%s", error.message);
    else
        tell(window, "wrote %s", path);
}

/* ------------------------------------------------------------------ enrolment */

/* The face that was meant, as enrolment needs it; NULL: it is not found any more. */
static const vultus_face *find_meant(const vultus_faces *faces, vultus_box meant)
{
    const vultus_face *best = NULL;
    double most = SAME;
    for (size_t i = 0; i < faces->count; i++) {
        double overlap = (double)box_overlap(&faces->items[i].box, &meant);
        if (overlap > most) {
            most = overlap;
            best = &faces->items[i];
        }
    }
    return best;
}

static vultus_status take_sample(const struct watch_window *window, const vultus_wish *wish,
                                 vultus_sample **out, vultus_error *error)
{
    const struct session *session = window->session;
    vultus_sample_options demands = enroll_demands(session->options);
    vultus_faces faces = {0};
    vultus_status status =
        vultus_detect(session->engine, wish->image, &demands.detect, &faces, error);
    if (!status) {
        demands.face = find_meant(&faces, wish->box);
        if (demands.face)
            status = vultus_sample_take(session->engine, wish->image, &demands, out, error);
    }
    vultus_faces_clear(&faces);
    return status;
}

static void enroll(struct watch_window *window, const vultus_wish *wish)
{
    struct session *session = window->session;
    vultus_sample *sample = NULL;
    vultus_enrolled enrolled = {0};
    vultus_error error = {0};
    vultus_status status = take_sample(window, wish, &sample, &error);
    if (!status && !sample)
        tell(window, "%s: the face is not found in the picture; try again", wish->name);
    else if (!status && vultus_sample_verdict(sample))
        tell(window, "%s: %s", wish->name, vultus_sample_reason(sample));
    else if (!status)
        status =
            vultus_gallery_enroll(session->gallery, wish->name, NULL, sample, &enrolled, &error);
    if (status)
        tell(window, "%s", error.message);
    else if (enrolled.duplicate)
        tell(window, "this picture is already enrolled as %s", enrolled.name);
    else if (enrolled.face)
        tell(window, "enrolled %s", wish->name);
    window->enrolled += !status && enrolled.face && !enrolled.duplicate;
    vultus_sample_free(sample);
}

void watch_window_frame(struct watch_window *window, const vultus_watched_frame *frame)
{
    vultus_wish wish;
    if (!window->display)
        return;
    vultus_display_show(window->display, frame);
    while (vultus_display_wish(window->display, &wish)) {
        if (wish.kind == VULTUS_WISH_SNAPSHOT)
            write_picture(window, &wish);
        else
            enroll(window, &wish);
        vultus_image_free(wish.image);
    }
}
