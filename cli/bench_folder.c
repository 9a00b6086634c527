/*
 * vultus bench folder: what identify does with a folder, measured as a whole. Processors are busy
 * as far as the process used them while it worked; memory is the most the process ever had.
 */
#include "base/clock.h"
#include "bench.h"
#include "command.h"
#include "console.h"
#include "inputs.h"
#include "picture_run.h"

#include <stdio.h>
#include <sys/resource.h>

struct folder {
    const struct options *options;
    struct session session;
    size_t pictures, faces, known;
    uint64_t pixels;
    int code;
};

static int deliver(void *context, struct picture *picture)
{
    struct folder *folder = context;
    struct session *session = &folder->session;
    size_t dimension = vultus_engine_dimension(session->engine);
    if (picture->status) {
        folder->code = worse(folder->code, fail_picture(picture->path, &picture->error));
        return EXIT_DONE;
    }
    folder->pictures++;
    folder->faces += picture->faces.count;
    folder->pixels += (uint64_t)picture->width * picture->height;
    for (size_t i = 0; session->gallery && i < picture->faces.count; i++) {
        vultus_identity who;
        vultus_error error = {0};
        if (vultus_gallery_identify(session->gallery, session->engine,
                                    picture->embeddings + i * dimension, NULL, &who, &error)) {
            fail(&error);
            return EXIT_ENVIRONMENT;
        }
        folder->known += who.match;
    }
    return EXIT_DONE;
}

static int put(const struct folder *folder, double seconds, double cpu)
{
    struct rusage usage;
    unsigned threads = pool_threads(folder->session.pool);
    double busy = 100 * cpu / seconds / threads;
    getrusage(RUSAGE_SELF, &usage);
    double megabytes = (double)usage.ru_maxrss / 1024;
    if (folder->options->format == FORMAT_JSON)
        return json_line(stdout,
                         json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:i, s:o, s:o, s:b}", "pictures",
                                   json_whole(folder->pictures), "faces", json_whole(folder->faces),
                                   "known", json_whole(folder->known), "megapixels",
                                   json_number((double)folder->pixels / 1e6), "seconds",
                                   json_number(seconds), "pictures_per_second",
                                   json_number((double)folder->pictures / seconds), "threads",
                                   (int)threads, "busy_percent", json_number(busy), "peak_rss_mib",
                                   json_number(megabytes), "searched",
                                   folder->session.gallery != NULL),
                         JSON_DIGITS)
                   ? EXIT_DONE
                   : EXIT_ENVIRONMENT;
    printf("%-18s %zu (%.1f megapixels), %zu faces, %zu known\n", "pictures", folder->pictures,
           (double)folder->pixels / 1e6, folder->faces, folder->known);
    printf("%-18s %.2f s\n", "time", seconds);
    printf("%-18s %.2f\n", "pictures/s", (double)folder->pictures / seconds);
    printf("%-18s %.0f %% of %u\n", "threads busy", busy, threads);
    printf("%-18s %.0f MiB\n", "most memory", megabytes);
    return EXIT_DONE;
}

int bench_folder(const struct options *options)
{
    struct folder folder = {.options = options};
    struct file_list files = {0};
    int code = session_open(&folder.session, options);
    if (!code)
        folder.code = inputs_collect(options->operands, options->operand_count, &files);
    if (!code && files.count)
        code = session_open_engine(&folder.session, files.count);
    bool there = options->db || session_gallery_there(options);
    if (!code && there)
        code = session_open_gallery(&folder.session, GALLERY_READ);
    else if (!code)
        say("there is no gallery: faces are embedded, but nobody is looked up");
    struct picture_errand errand = {.session = &folder.session,
                                    .what = "identifying",
                                    .files = &files,
                                    .embed = true,
                                    .deliver = deliver,
                                    .context = &folder};
    uint64_t begin = clock_ns();
    double cpu = clock_cpu_seconds();
    if (!code)
        code = pictures_run(&errand);
    if (!code && folder.pictures)
        code = put(&folder, (double)(clock_ns() - begin) / 1e9, clock_cpu_seconds() - cpu);
    file_list_clear(&files);
    session_close(&folder.session);
    return worse(code, folder.code);
}
