/*
 * What the parts of vultus bench share. Of repeated measurements the least says what the machine
 * can do and the median what it usually does; means would show the neighbours' noise.
 */
#define _GNU_SOURCE
#include "bench.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/statistics.h"
#include "command.h"
#include "console.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options bench_options(const struct options *options)
{
    struct options one = *options;
    if (!one.threads)
        one.threads = 1;
    return one;
}

bool series_open(struct series *series, const char *name, size_t capacity)
{
    *series = (struct series){.name = name, .values = mem_array(capacity, sizeof(double))};
    if (!series->values)
        complain("not enough memory");
    return series->values != NULL;
}

void series_clear(struct series *series)
{
    mem_free(series->values);
    *series = (struct series){0};
}

void series_add(struct series *series, double milliseconds)
{
    series->values[series->count++] = milliseconds;
}

double series_least(const struct series *series)
{
    double least = NAN;
    for (size_t i = 0; i < series->count; i++)
        least = i && least <= series->values[i] ? least : series->values[i];
    return least;
}

double series_quantile(const struct series *series, double part)
{
    if (!series->count)
        return NAN;
    double *sorted = mem_copy(series->values, series->count * sizeof *sorted);
    if (!sorted)
        return NAN;
    qsort(sorted, series->count, sizeof *sorted, statistics_doubles);
    double value = statistics_quantile(sorted, series->count, part);
    mem_free(sorted);
    return value;
}

double series_median(const struct series *series)
{
    return series_quantile(series, 0.5);
}

json_t *json_series(const struct series *series)
{
    return json_pack("{s:o, s:o}", "min", json_number(series_least(series)), "median",
                     json_number(series_median(series)));
}

void series_put(const struct series *series, size_t count)
{
    printf("%-18s %10s %10s\n", "MILLISECONDS", "MIN", "MEDIAN");
    for (size_t i = 0; i < count; i++)
        printf("%-18s %10.3f %10.3f\n", series[i].name, series_least(&series[i]),
               series_median(&series[i]));
}

int scratch_open(struct scratch *scratch)
{
    const char *base = getenv("TMPDIR");
    int length = snprintf(scratch->folder, sizeof scratch->folder, "%s/vultus-bench-XXXXXX",
                          base && *base ? base : "/tmp");
    if (length < 0 || (size_t)length >= sizeof scratch->folder || !mkdtemp(scratch->folder)) {
        complain("%s: %s", scratch->folder, strerror(errno));
        scratch->folder[0] = '\0';
        return EXIT_ENVIRONMENT;
    }
    return EXIT_DONE;
}

void scratch_close(struct scratch *scratch)
{
    DIR *dir = scratch->folder[0] ? opendir(scratch->folder) : NULL;
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        unlinkat(dirfd(dir), entry->d_name, 0);
    if (dir)
        closedir(dir);
    if (scratch->folder[0])
        rmdir(scratch->folder);
    scratch->folder[0] = '\0';
}

int synthetic_picture(uint32_t width, uint32_t height, uint32_t seed, vultus_image **out)
{
    vultus_error error = {0};
    uint8_t *data = mem_array((size_t)width * height, 4);
    uint32_t state = seed * 2654435761u + 1;
    if (!data) {
        complain("not enough memory");
        return EXIT_ENVIRONMENT;
    }
    for (size_t i = 0; i < (size_t)width * height; i++) {
        state = state * 1664525u + 1013904223u; /* Numerical Recipes' generator */
        size_t column = i % width, row = i / width;
        double x = (double)column, y = (double)row;
        double wave = sin(x / (11 + seed % 17)) * cos(y / (13 + seed % 19));
        for (int c = 0; c < 4; c++)
            data[4 * i + c] = (uint8_t)(128 + 80 * wave + (double)(state >> (20 + c) & 3) - 2);
    }
    /* A format that is copied, so that the picture has its own pixels. */
    vultus_pixels pixels = {data, width, height, 0, VULTUS_PIXELS_RGBA};
    vultus_status status = vultus_image_wrap(&pixels, out, &error);
    mem_free(data);
    return status ? fail(&error) : EXIT_DONE;
}

int synthetic_file(const struct scratch *scratch, char *path, size_t size)
{
    vultus_image *image = NULL;
    vultus_error error = {0};
    int code = synthetic_picture(640, 480, 1, &image);
    int length = snprintf(path, size, "%s/synthetic.jpg", scratch->folder);
    if (!code && (length < 0 || (size_t)length >= size || vultus_image_write(image, path, &error)))
        code = fail(&error);
    vultus_image_free(image);
    return code;
}

static int enroll_synthetic(struct session *session, unsigned person)
{
    vultus_sample_options options = {
        .whole_picture = true, .min_size = -1, .min_sharpness = -1, .min_quality = -1};
    vultus_image *image = NULL;
    vultus_sample *sample = NULL;
    vultus_error error = {0};
    char name[32];
    snprintf(name, sizeof name, "person %u", person);
    int code = synthetic_picture(112, 112, person, &image);
    if (!code && (vultus_sample_take(session->engine, image, &options, &sample, &error) ||
                  vultus_gallery_enroll(session->gallery, name, NULL, sample, NULL, &error)))
        code = fail(&error);
    vultus_sample_free(sample);
    vultus_image_free(image);
    return code;
}

int synthetic_gallery(struct session *session, const struct scratch *scratch, unsigned people)
{
    char path[FILE_PATH_MAX + 16];
    vultus_error error = {0};
    snprintf(path, sizeof path, "%s/gallery.db", scratch->folder);
    if (vultus_gallery_open(path, NULL, &session->gallery, &error)) {
        fail(&error);
        return EXIT_ENVIRONMENT;
    }
    int code = EXIT_DONE;
    progress_begin("making people", people);
    for (unsigned i = 1; !code && i <= people; i++) {
        code = interrupted() ? interrupted() : enroll_synthetic(session, i);
        progress_step(i);
    }
    progress_end();
    return code;
}
