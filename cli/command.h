/* What a command is: one table of them drives dispatch, help and completion. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "options.h"

enum exit_code { /* part of the interface, see docs/vultus.1 */
                 EXIT_DONE = 0,
                 EXIT_NO = 1,          /* the answer is no */
                 EXIT_USAGE = 2,       /* the command line is wrong */
                 EXIT_INPUTS = 3,      /* some inputs could not be used; each was named */
                 EXIT_ENVIRONMENT = 4, /* models, database, permissions */
                 EXIT_SIGNAL = 128     /* plus the number of the signal that ended the work */
};

#define OPERANDS_MAX ((size_t)-1) /* as many as the system lets through */

/* The options that a command takes: their ids, ended by OPTION_COUNT. */
#define OPTIONS(...) ((const unsigned char[]){__VA_ARGS__, OPTION_COUNT})

struct subcommand {
    const char *name;
    const char *operands; /* as in the help, "" for none */
    const char *summary;
    size_t least, most;
    int (*run)(const struct options *options);
    const unsigned char *options; /* OPTIONS; NULL: those of the command */
    const char *text;             /* as of a command; NULL: the command's says it */
};

struct command {
    const char *name, *alias; /* alias may be NULL */
    const char *summary;      /* one line */
    const char *operands;     /* as in the help; NULL where subcommands have their own */
    const char *text;         /* what it does, wrapped, ends in a line feed */
    const char *examples;     /* one a line, each ends in a line feed */
    const char *exits;        /* what its exit codes mean, one a line */
    const unsigned char
        *options; /* OPTIONS; of a command whose subcommands have their own: the rest's */
    const struct subcommand *subcommands; /* ends in a NULL name; may be NULL */
    size_t least, most; /* operands; of a command with subcommands and `run`: where the
                                             first operand is the name of none of them */
    int (*run)(const struct options *options);
};

/* In the order of the help; ends in a NULL name. */
extern const struct command commands[];

/* What the lists have in common. */
#define OPTIONS_OUTPUT OPTION_JSON, OPTION_CSV, OPTION_QUIET
#define OPTIONS_NETWORKS                                                                           \
    OPTION_MODELS, OPTION_PIPELINE, OPTION_DETECTOR, OPTION_LANDMARKER, OPTION_EMBEDDER,           \
        OPTION_THREADS
#define OPTIONS_DETECTION                                                                          \
    OPTION_MIN_FACE, OPTION_DET_THRESHOLD, OPTION_THRESHOLDS, OPTION_UPSAMPLE,                     \
        OPTION_SCALE_FACTOR, OPTION_MIN_NEIGHBORS
#define OPTIONS_EMBEDDING OPTION_FLIP, OPTION_JITTER
#define OPTIONS_DECISION OPTION_METRIC, OPTION_THRESHOLD, OPTION_FAR, OPTION_CALIBRATION
#define OPTIONS_FILTER OPTION_PERSON, OPTION_GROUP, OPTION_TAG
#define OPTIONS_DOUBT OPTION_MIN_MARGIN, OPTION_MIN_QUALITY
#define OPTIONS_LIVENESS OPTION_LIVENESS, OPTION_REQUIRE_LIVE

/* NULL when there is none of this name or alias. */
const struct command *command_find(const char *name);
const struct subcommand *subcommand_find(const struct command *command, const char *name);
/* True when the command takes the option, or any of its subcommands does. */
bool command_takes(const struct command *command, enum option_id id);

/* help.c */
void help_all(void);
void help_command(const struct command *command, const struct subcommand *sub);
/* The nearest of the words, or NULL when none is near. */
const char *suggest(const char *wrong, const char *const *words, size_t count);

/* The commands, one file each. */
int cmd_detect(const struct options *options);
int cmd_enroll(const struct options *options);
int cmd_identify(const struct options *options);
int cmd_watch(const struct options *options);
int cmd_verify(const struct options *options);
int cmd_cluster(const struct options *options);
int cmd_embed(const struct options *options);
int cmd_redact(const struct options *options);
int cmd_evaluate_folder(const struct options *options);
int cmd_evaluate_pairs(const struct options *options);
int cmd_evaluate_detection(const struct options *options);
int cmd_evaluate_landmarks(const struct options *options);
int cmd_serve(const struct options *options);
int cmd_doctor(const struct options *options);
int cmd_help(const struct options *options);
extern const struct subcommand cluster_subcommands[];
extern const struct subcommand events_subcommands[];
extern const struct subcommand people_subcommands[];
extern const struct subcommand gallery_subcommands[];
extern const struct subcommand models_subcommands[];
extern const struct subcommand evaluate_subcommands[];
extern const struct subcommand bench_subcommands[];
extern const struct subcommand keys_subcommands[];
extern const struct subcommand calibrate_subcommands[];
extern const struct subcommand train_subcommands[];
int cmd_train_classifier(const struct options *options);
int cmd_train_metric(const struct options *options);
int cmd_train_siamese(const struct options *options);

#endif
