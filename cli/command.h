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

struct subcommand {
    const char *name;
    const char *operands; /* as in the help, "" for none */
    const char *summary;
    size_t least, most;
    int (*run)(const struct options *options);
};

struct command {
    const char *name, *alias; /* alias may be NULL */
    const char *summary;      /* one line */
    const char *operands;     /* as in the help; NULL where subcommands have their own */
    const char *text;         /* what it does, wrapped, ends in a line feed */
    const char *examples;     /* one a line, each ends in a line feed */
    const char *exits;        /* what its exit codes mean, one a line */
    uint64_t options;         /* OPTION_BIT of each that it takes */
    const struct subcommand *subcommands; /* ends in a NULL name; may be NULL */
    size_t least, most;                   /* operands */
    int (*run)(const struct options *options);
};

/* In the order of the help; ends in a NULL name. */
extern const struct command commands[];

/* NULL when there is none of this name or alias. */
const struct command *command_find(const char *name);
const struct subcommand *subcommand_find(const struct command *command, const char *name);

/* help.c */
void help_all(void);
void help_command(const struct command *command);
/* The nearest of the words, or NULL when none is near. */
const char *suggest(const char *wrong, const char *const *words, size_t count);

/* The commands, one file each. */
int cmd_detect(const struct options *options);
int cmd_enroll(const struct options *options);
int cmd_identify(const struct options *options);
int cmd_verify(const struct options *options);
int cmd_evaluate_pairs(const struct options *options);
int cmd_evaluate_detection(const struct options *options);
int cmd_evaluate_landmarks(const struct options *options);
int cmd_doctor(const struct options *options);
int cmd_help(const struct options *options);
extern const struct subcommand people_subcommands[];
extern const struct subcommand models_subcommands[];
extern const struct subcommand evaluate_subcommands[];
extern const struct subcommand bench_subcommands[];

#endif
