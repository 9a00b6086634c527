/* One request from its head to its answer, and what a route is. */
#ifndef SERVER_REQUEST_H
#define SERVER_REQUEST_H

#include "gallery_files.h"
#include "keys.h"
#include "parameters.h"

#include "base/buffer.h"

#define REQUEST_ID_SIZE 17
#define REQUEST_TEXT_MAX 200 /* bytes of a content type, an entity tag, an idempotency key */
#define PATH_VALUES_MAX 2    /* {…} in a pattern */

struct server;
struct worker;
struct stream;
struct request;

enum body_kind {
    BODY_NONE,
    BODY_PICTURE, /* image/..., a part or a JSON member "image" */
    BODY_FORM,    /* multipart or JSON: several pictures */
    BODY_JSON,    /* application/json only */
    BODY_ANY      /* a picture or JSON */
};

enum lane {             /* how a route is run; who waits for whom is in queue.h */
            LANE_LONG,  /* by a worker: it looks at pictures */
            LANE_QUICK, /* by a worker, in a few milliseconds */
            LANE_AT_ONCE /* on the thread of connections, with worker NULL; it may not wait for anything */
};

struct route {
    const char *method;
    const char *pattern; /* "/v1/people/{name}/faces" */
    enum key_scope scope;
    enum body_kind body;
    const unsigned char *parameters;                                /* PARAMETERS; NULL: none */
    void (*handle)(struct request *request, struct worker *worker); /* fills in the reply */
    enum lane lane;
};

struct reply {
    unsigned status;  /* 0: none yet */
    const char *type; /* static */
    const char *code; /* of an error; static */
    struct buffer body;
    const void *fixed; /* static bytes instead of a body */
    size_t fixed_size;
    char etag[REQUEST_TEXT_MAX];
    char allow[64];
    unsigned retry_after;      /* seconds; 0: does not say */
    bool private;              /* may be kept by whoever asked, and checked by its tag */
    bool page;                 /* of the web page: private, and its scripts may ask this server */
    const char *encoding;      /* static; NULL: as it is */
    struct stream *stream;     /* instead of a body; http.c closes it */
    bool streamed;             /* they were sent: how long that took is no measure of anything */
};

enum stage {
    STAGE_WAIT,
    STAGE_DECODE,
    STAGE_DETECT,
    STAGE_EMBED,
    STAGE_LIVE,
    STAGE_SEARCH,
    STAGE_STORE,
    STAGE_COUNT
};

struct waiting {          /* a request in the queue, of queue.c */
    struct request *next; /* of the same */
    struct request *turn; /* of the first of somebody: the first of who is next */
    struct request *last; /* of the first: the last of the same, and how many there are */
    size_t count;
    uint64_t who;
};

struct request {
    struct server *server;
    const struct route *route; /* NULL: there is none */
    struct target target;
    const char
        *values[PATH_VALUES_MAX]; /* what stands in the path for {…}; point into the target */
    struct parameters parameters;
    char id[REQUEST_ID_SIZE];
    char key[KEY_ID_SIZE];              /* of who asks; "": nobody was asked for one */
    enum key_scope scope;               /* of that key */
    struct key_bounds bounds;           /* what that key is for */
    char gallery[GALLERY_NAME_MAX + 1]; /* that it is about */
    char address[64];
    char content_type[REQUEST_TEXT_MAX];
    char none_match[REQUEST_TEXT_MAX];
    char idempotency[REQUEST_TEXT_MAX];
    char accept[REQUEST_TEXT_MAX];
    char last_event[32];
    bool has_idempotency;
    bool takes_gzip;
    struct buffer body;
    struct reply reply;
    uint64_t began, queued, deadline; /* clock_ns */
    uint64_t stages[STAGE_COUNT];     /* nanoseconds */
    struct waiting wait;
    struct connection *connection; /* of http.c; NULL: there is none */
};

/* Whether the route is about one gallery: by the first value of its path, or also by a parameter. */
bool route_names_gallery(const struct route *route);
bool route_has_gallery(const struct route *route);
/* Whether it is about one workspace, the first value of its path. */
bool route_names_workspace(const struct route *route);
/* Whether it is about no more than the request brings, or than the key is for: then what a key is for does not matter. */
bool route_takes_any_key(const struct route *route);
/* True once the deadline has passed; the reply then says so. */
/* True once the deadline has passed or nobody waits for the answer any more; the reply then says so. */
bool request_late(struct request *request);
/* The same for the library's long calls. */
vultus_stop request_stop(struct request *request);

#endif
