/* The files of runs.h: where they are, and reading and writing them. */
#ifndef SERVER_RUN_FILES_H
#define SERVER_RUN_FILES_H

#include "runs.h"

#define RUN_RECORD ".json"
#define RUN_MODEL ".safetensors"

struct run_memory { /* state.json; all zero where it is not there yet */
    int64_t last;   /* the highest number that was given */
    int64_t chosen; /* to serve; 0: the best */
};

/* run-NUMBER with the ending. */
vultus_status run_file(const struct workspace *workspace, int64_t number, const char *ending,
                       char *path, size_t size, vultus_error *error) VULTUS_MUST_USE;
/* The number in the name of a record; 0: it is none. */
int64_t run_file_number(const char *path);

/* DATABASE: it is no JSON object. json_decref. */
vultus_status run_file_read(const char *path, json_t **out, vultus_error *error) VULTUS_MUST_USE;
/* Takes the value; NULL is memory that ran out. On the disk, as a whole, when it returns. */
vultus_status run_file_write(const char *path, json_t *value, vultus_error *error) VULTUS_MUST_USE;

vultus_status run_memory_read(const struct workspace *workspace, struct run_memory *out,
                              vultus_error *error) VULTUS_MUST_USE;
vultus_status run_memory_write(const struct workspace *workspace, const struct run_memory *memory,
                               vultus_error *error) VULTUS_MUST_USE;

#endif
