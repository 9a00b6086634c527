/* Every option of every command: one table for parsing, help and completion. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum option_id {
    OPTION_LANDMARKS,
    OPTION_ANNOTATE,
    OPTION_NAME,
    OPTION_SELECT,
    OPTION_MIN_SIZE,
    OPTION_MIN_SHARPNESS,
    OPTION_ALIGNED,
    OPTION_DRY_RUN,
    OPTION_TOP,
    OPTION_STRICT,
    OPTION_METRIC,
    OPTION_THRESHOLD,
    OPTION_STATE,
    OPTION_KEEP,
    OPTION_TRUTH,
    OPTION_COPY,
    OPTION_AUTO,
    OPTION_ENROLL,
    OPTION_TEMPLATE,
    OPTION_PERSON,
    OPTION_EXCEPT,
    OPTION_GROUP,
    OPTION_TAG,
    OPTION_EXACT,
    OPTION_MIN_MARGIN,
    OPTION_MIN_QUALITY,
    OPTION_CALIBRATION,
    OPTION_YES,
    OPTION_OUTPUT,
    OPTION_FORCE,
    OPTION_CONTRACT,
    OPTION_ROOT,
    OPTION_FOLDS,
    OPTION_WHOLE_PICTURE,
    OPTION_SPLIT,
    OPTION_STRANGERS,
    OPTION_SEED,
    OPTION_BOOTSTRAP,
    OPTION_CONFIDENCE,
    OPTION_PREDICTIONS,
    OPTION_HTML,
    OPTION_NO_PICTURES,
    OPTION_ALL_FACES,
    OPTION_REPEAT,
    OPTION_PEOPLE,
    OPTION_METHOD,
    OPTION_C,
    OPTION_GAMMA,
    OPTION_N_NEIGHBORS,
    OPTION_WEIGHTS,
    OPTION_N_ESTIMATORS,
    OPTION_MAX_DEPTH,
    OPTION_CLASS_WEIGHT,
    OPTION_TOL,
    OPTION_MAX_ITER,
    OPTION_CV,
    OPTION_GRID,
    OPTION_FAR,
    OPTION_STRANGERS_FROM,
    OPTION_LOSS,
    OPTION_MINING,
    OPTION_START,
    OPTION_MARGIN,
    OPTION_HIDDEN,
    OPTION_DIMENSION,
    OPTION_IDENTITY,
    OPTION_LR,
    OPTION_WEIGHT_DECAY,
    OPTION_EPOCHS,
    OPTION_BATCH,
    OPTION_PATIENCE,
    OPTION_VALIDATION,
    OPTION_VERBOSE,
    OPTION_PAIRS,
    OPTION_HARD,
    OPTION_HELD_OUT,
    OPTION_SIAMESE,
    OPTION_CLASSIFIER,
    OPTION_FACES,
    OPTION_DATA,
    OPTION_WORDS,
    OPTION_MIN_FACE,
    OPTION_UPSAMPLE,
    OPTION_SCALE_FACTOR,
    OPTION_MIN_NEIGHBORS,
    OPTION_JITTER,
    OPTION_LANDMARKER,
    OPTION_ATTRIBUTES,
    OPTION_LIVENESS,
    OPTION_REQUIRE_LIVE,
    OPTION_DET_THRESHOLD,
    OPTION_THRESHOLDS,
    OPTION_LISTEN,
    OPTION_WORKERS,
    OPTION_JOB_WORKERS,
    OPTION_MAX_BODY,
    OPTION_QUEUE,
    OPTION_DEADLINE,
    OPTION_RATE,
    OPTION_CORS,
    OPTION_CONFIG,
    OPTION_TLS_CERT,
    OPTION_TLS_KEY,
    OPTION_CHECK,
    OPTION_INSECURE,
    OPTION_NO_UI,
    OPTION_KEEP_UNKNOWN,
    OPTION_HEARTBEAT,
    OPTION_CAMERA_SOURCE,
    OPTION_KEYS,
    OPTION_SCOPE,
    OPTION_GALLERY,
    OPTION_WORKSPACE,
    OPTION_ERASED,
    OPTION_REPAIR,
    OPTION_DROP_OLD,
    OPTION_TO_KEY_FILE,
    OPTION_PLAIN,
    OPTION_TO,
    OPTION_ACTOR,
    OPTION_EVERY,
    OPTION_FPS,
    OPTION_INTERVAL,
    OPTION_CONFIRM,
    OPTION_ABSENCE,
    OPTION_COOLDOWN,
    OPTION_PROFILE,
    OPTION_SUMMARY,
    OPTION_TIMELINE,
    OPTION_SNAPSHOTS,
    OPTION_REDACT,
    OPTION_DISPLAY,
    OPTION_FULLSCREEN,
    OPTION_CAMERA,
    OPTION_SECONDS,
    OPTION_PICTURES,
    OPTION_FLIP,
    OPTION_DB,
    OPTION_KEY_FILE,
    OPTION_MODELS,
    OPTION_PIPELINE,
    OPTION_DETECTOR,
    OPTION_EMBEDDER,
    OPTION_THREADS,
    OPTION_JSON,
    OPTION_CSV,
    OPTION_QUIET,
    OPTION_NO_PROGRESS,
    OPTION_HELP,
    OPTION_VERSION,
    OPTION_COUNT
};

enum option_kind {
    OPTION_FLAG,
    OPTION_TEXT,
    OPTION_FILE,
    OPTION_FOLDER,
    OPTION_WHOLE,  /* unsigned */
    OPTION_REAL,   /* float */
    OPTION_MAYBE,  /* float that may be left out: it keeps what it has then */
    OPTION_CHOICE, /* unsigned: which of the words of `argument` */
    OPTION_STAGES, /* three floats */
    OPTION_TEXTS   /* struct option_texts: may be given several times */
};

#define OPTION_TEXTS_MAX 64

struct option_texts {
    const char *items[OPTION_TEXTS_MAX];
    size_t count;
};

struct option_spec {
    const char *name;
    const char *alias; /* another spelling that people know, or NULL */
    char letter;       /* 0: none */
    bool common;       /* listed last in the help */
    enum option_kind kind;
    const char *argument; /* NULL for a flag; of a choice: "a|b" */
    const char *help;
    const char *fallback; /* the default, for the help; NULL: none */
    size_t offset;        /* in struct options */
    double least, most;   /* of a number */
};

extern const struct option_spec option_specs[OPTION_COUNT];

enum format { FORMAT_TABLE, FORMAT_JSON, FORMAT_CSV };

struct command;
struct subcommand;

struct options {
    const struct command *command;       /* NULL: none was named */
    const struct subcommand *subcommand; /* NULL: the command has none */
    char **operands;                     /* behind command and subcommand */
    size_t operand_count;
    bool given[OPTION_COUNT]; /* on the command line */
    enum format format;

    bool landmarks, aligned, dry_run, strict, yes, force, whole_picture, all_faces, words, flip;
    bool keep, truth, copy, automatic, enroll;
    bool plain; /* of rekey */
    bool repair, drop_old;
    bool json, csv, quiet, no_progress, help, version;
    const char *annotate, *name, *output, *contract, *root, *erased, *actor, *to;
    const char *state;
    const char *key_file, *to_key_file;
    const char *calibration;
    const char *db, *models, *pipeline, *detector, *embedder, *landmarker, *attributes;
    const char *method;                /* of training and of cluster */
    const char *grid, *strangers_from; /* of training, with what follows; its library reads them */
    const char *c, *gamma, *n_neighbors, *weights, *n_estimators, *max_depth, *class_weight, *tol,
        *max_iter;
    const char *pairs, *siamese, *classifier;
    float hard, held_out;
    unsigned cv;
    float far;
    unsigned loss, mining, start, hidden, dimension, epochs, batch, patience; /* of training */
    float margin, identity, rate, weight_decay, validation;
    bool verbose;
    unsigned upsample, min_neighbors, jitter;
    float scale_factor;
    bool no_pictures;
    const char *listen, *cors, *keys, *config, *tls_cert,
        *tls_key;          /* of the server, with what follows */
    unsigned keep_unknown; /* days */
    unsigned heartbeat;    /* seconds */
    unsigned workers, job_workers, max_body, queue, deadline, limit, scope;
    bool insecure, no_ui, check;
    unsigned every, confirm, profile; /* of watch, with what follows */
    float fps, interval, absence, cooldown;
    const char *summary, *timeline, *snapshots;
    bool display, fullscreen;
    unsigned redact; /* as vultus_redaction */
    struct option_texts cameras;
    float seconds;
    unsigned pictures;
    bool exact;
    const char *predictions, *html;
    unsigned seed, bootstrap;
    float split, strangers, confidence;
    unsigned threads, top, folds, repeat, people, faces, data, metric, select, templates;
    float min_size, min_sharpness, min_face, det_threshold, threshold;
    float min_margin, min_quality;
    bool liveness;
    float require_live;                             /* below 0: the model's own threshold */
    struct option_texts people_asked, groups, tags; /* among whom to look, or whom to list */
    struct option_texts excepted;                   /* whose faces are not redacted */
    struct option_texts galleries, workspaces;      /* that a key is for */
    struct option_texts camera_sources;             /* of the server */
    float thresholds[3];
};

/* Reads the command line; a wrong one is explained on standard error and returns EXIT_USAGE. What
 * it points to lives as long as argv. Clear with options_clear. */
int options_parse(int argc, char **argv, struct options *out);
void options_clear(struct options *options);
/* Sets a value that stands at `where`, which begins what is said when it is wrong (EXIT_USAGE). It lives as long as
 * `text`. */
int option_set(struct options *out, enum option_id id, const char *where, const char *text);
/* True when the command takes the option, or the subcommand where it has a list of its own; `sub` may be
 * NULL. Help and version go with everything. */
bool option_taken(const struct command *command, const struct subcommand *sub, enum option_id id);
/* EXIT_USAGE, said, when any of these was given beside the option of this name, else 0. */
int options_clash(const struct options *options, const char *name, const enum option_id *others,
                  size_t count);
/* True when the option was given. */
bool options_has(const struct options *options, enum option_id id);
/* The next word of "a|b|c" from *at on; false at the end. */
bool option_next_choice(const char **at, char *word, size_t size);

#endif
