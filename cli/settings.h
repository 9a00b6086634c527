/*
 * Options of `vultus serve` from the environment and from a file, under the names that they have on the command line:
 * --max-body 1000 is VULTUS_SERVE_MAX_BODY=1000 and a line "max-body = 1000". The command line counts before the
 * environment, that before the file, and that before the default.
 */
#ifndef CLI_SETTINGS_H
#define CLI_SETTINGS_H

#include "options.h"

#include "base/buffer.h"

#define SETTINGS_FILE_MAX ((size_t)64 << 10) /* a few dozen lines are expected */
#define SETTINGS_PREFIX "VULTUS_SERVE_"

struct settings {
    struct buffer text; /* of the file, cut into values: options point into it */
    const char *file;   /* NULL: none was named */
    struct {
        bool flag, environment;
        unsigned line; /* of the file; 0: it does not stand there */
    } from[OPTION_COUNT];
};

/* Sets what the command line left open. A wrong name or value is explained on standard error and returns EXIT_USAGE, a
 * file that cannot be read another code. Clear in every case, when the options are not used any more. */
int settings_read(struct options *options, struct settings *out);
void settings_clear(struct settings *settings);

/* Where the value of an option comes from: "--rate", "VULTUS_SERVE_RATE", "FILE:3", "default". */
void settings_source(const struct settings *settings, enum option_id id, char *out, size_t size);
/* The value, as it would be written in a file; a password in an address is left out. */
void settings_value(const struct options *options, enum option_id id, char *out, size_t size);
/* True for the options that may stand in a file. */
bool settings_takes(const struct command *command, enum option_id id);

#endif
