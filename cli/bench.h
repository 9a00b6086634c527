/* What the parts of vultus bench share: statistics, a synthetic picture, a temporary folder. */
#ifndef CLI_BENCH_H
#define CLI_BENCH_H

#include "json_answer.h"
#include "cli_session.h"

/* With one thread where the command line does not say how many. */
struct options bench_options(const struct options *options);

/* The measurements of one quantity, in milliseconds. */
struct series {
    const char *name;
    double *values;
    size_t count;
};

/* Room for `capacity` values; false when memory ran out (said). Clear with series_clear. */
bool series_open(struct series *series, const char *name, size_t capacity);
void series_clear(struct series *series);
void series_add(struct series *series, double milliseconds);
double series_least(const struct series *series);
double series_median(const struct series *series);
/* The value that this part of them does not exceed, linearly between the two beside it. */
double series_quantile(const struct series *series, double part);
/* {"min":..., "median":...} */
json_t *json_series(const struct series *series);
/* A table of all of them. */
void series_put(const struct series *series, size_t count);

struct scratch { /* a folder that is removed with what is in it */
    char folder[4096];
};
int scratch_open(struct scratch *scratch);
void scratch_close(struct scratch *scratch);

/* Texture without a face; the seed makes it another picture. Returns an exit code. */
int synthetic_picture(uint32_t width, uint32_t height, uint32_t seed, vultus_image **out);
/* The same as a JPEG in a folder, whose path goes to `path`. */
int synthetic_file(const struct scratch *scratch, char *path, size_t size);
/* A gallery of synthetic people in the folder. */
int synthetic_gallery(struct session *session, const struct scratch *scratch, unsigned people);

int bench_pipeline(const struct options *options);
int bench_folder(const struct options *options);
int bench_start(const struct options *options);
int bench_search(const struct options *options);
int bench_once(const struct options *options);

#endif
