/* What a command works with: engine, gallery and threads, opened from the options. */
#ifndef CLI_CLI_SESSION_H
#define CLI_CLI_SESSION_H

#include <vultus/vultus.h>

#include "answers/json_decisions.h"
#include "base/pool.h"
#include "options.h"

struct session {
    const struct options *options;
    vultus_engine *engine;
    vultus_gallery *gallery;
    struct pool *pool;
    bool detect_only; /* set before the engine is opened: no embedder is needed, */
    bool folder_out;  /* and --output is a folder */
};

/* Each returns an exit code; what failed was said. Close in every case. */
int session_open(struct session *session, const struct options *options);
/* For this many pictures: one gets all threads, more share them. */
int session_open_engine(struct session *session, size_t pictures);

enum gallery_use {
    GALLERY_READ,   /* has to be there */
    GALLERY_CHANGE, /* has to be there */
    GALLERY_MAKE,   /* is made where there is none */
    GALLERY_REKEY   /* has to be there, with the key or without one */
};
int session_open_gallery(struct session *session, enum gallery_use use);
void session_close(struct session *session);

/* What the options say for the library. */
vultus_detect_options session_detection(const struct options *options);
vultus_embed_options session_embedding(const struct options *options);
vultus_decision session_decision(const struct options *options);
/* What --min-quality looks at: 0..1. */
float session_quality(const vultus_face *face);
/* True with --liveness or --require-live: faces get scores. */
bool session_wants_live(const struct options *options);
/* What a face needs by --require-live; 0: it was not given. */
float session_min_live(const struct session *session);
/* From which score on `passed` is true: the same, else the model's own. */
float session_live_threshold(const struct session *session);
/* True when decisions are by Euclidean distance. */
bool session_by_distance(const struct session *session);
vultus_engine_options session_engine(const struct options *options, unsigned threads);
/* Where the gallery is, as a path; false (and "" in path) when that cannot be known, or it is in a server. */
bool session_gallery_path(const struct options *options, char *path, size_t size);
/* Whether there may be one to open: the file is there, or a server is to be asked. */
bool session_gallery_there(const struct options *options);

/* The exit code of a failure that is not about one picture. */
int exit_of(vultus_status status);
/* Says it and returns its exit code. */
int fail(const vultus_error *error);
/* The same for one picture, while the others go on. */
int fail_picture(const char *path, const vultus_error *error);
/* The exit code that says more about a run with both. */
int worse(int a, int b);

/* SIGINT, SIGTERM and SIGHUP: what is being delivered is finished, then the work stops. */
void interrupts_watch(void);
/* 0, or the exit code of the signal that came. */
int interrupted(void);

/*
 * A conveyor with a progress bar that ends at a signal. work() runs on any thread and returns its
 * result (NULL: memory ran out); deliver() runs in order on the calling thread, owns the result and
 * returns 0 to go on or the exit code to stop with. Returns that, or the code of a signal.
 */
struct errand {
    const char *what; /* for the bar */
    size_t count;
    void *(*work)(void *context, size_t index);
    int (*deliver)(void *context, size_t index, void *result);
    void (*discard)(void *context, void *result);
    void *context;
};
int session_run(struct session *session, const struct errand *errand);

#endif
