/*
 * Enrolling: what vultus enroll has of each picture or look, storing it, and saying what came of it. cmd_enroll.c brings
 * pictures here, enroll_camera.c what was taken of a camera.
 */
#ifndef CLI_ENROLLING_H
#define CLI_ENROLLING_H

#include "cli_session.h"
#include "roster.h"
#include "table.h"

#include <pthread.h>

enum outcome {
    ENROLLED,
    KNOWN,
    REFUSED, /* the sample's verdict says why */
    UNREADABLE,
    OTHER_NAME,
    BAD_NAME
};

struct trial { /* a picture that --dry-run has met */
    uint8_t picture[VULTUS_IMAGE_HASH];
    const char *name; /* NULL: none here */
};

struct enroll {
    const struct options *options;
    struct session *session;
    struct roster roster; /* of a camera: no pictures, and the one name */
    struct table table;
    pthread_mutex_t lock; /* of the gallery, which workers ask and this thread writes */
    bool *seen;           /* by name: a face of this person was enrolled */
    struct trial *trials; /* of --dry-run, by content: what would be enrolled; capacity of them */
    size_t capacity;
    size_t faces, people, known, unused;
    int code;
};

struct enroll_result {
    uint8_t picture[VULTUS_IMAGE_HASH]; /* of --dry-run */
    vultus_sample *sample;
    vultus_enrolled enrolled;
    enum outcome outcome;
    vultus_status status; /* of what could not be read */
    vultus_error error;
};

/* What a face has to be. */
vultus_sample_options enroll_demands(const struct options *options);
/* Once it is known how many pictures there are, and of which camera (NULL: none): room for what is remembered of
 * them. Returns an exit code. */
int enroll_begin(struct enroll *enroll, size_t pictures, const char *camera);
/* Stores what can be stored and says what came of it; returns an exit code when nothing more can be. */
int enroll_settle(struct enroll *enroll, const char *path, size_t person,
                  struct enroll_result *result);
/* "enrolled 12 faces of 5 people; 3 pictures were not used" */
void enroll_summarize(const struct enroll *enroll);
void enroll_end(struct enroll *enroll);

/* vultus enroll --camera. Returns an exit code. */
int enroll_camera(struct enroll *enroll);

#endif
