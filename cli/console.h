/*
 * The two streams. Standard output has the answer and nothing else; standard error has messages and
 * the progress bar. All of it is used from the main thread.
 */
#ifndef CLI_CONSOLE_H
#define CLI_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>

#include <vultus/vultus.h>

/* Before anything is opened: keeps the numbers 0, 1 and 2 for what they are meant for. */
void console_setup(void);
void console_configure(bool quiet, bool progress);

/* One line on standard error, after "vultus: ". say() is silent with --quiet. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The message of an error about a file. The file is named once, in full, whatever the message cut.
 */
void say_about(const char *file, const vultus_error *error);
/* The message without the name of the file before it. */
const char *error_reason(const char *file, const vultus_error *error);

/* A bar on a terminal, once the work has taken a second. */
void progress_begin(const char *what, size_t total);
void progress_step(size_t done);
void progress_end(void);
/* In the place of the bar, for work without an end: a line that is written over by the next one. */
void progress_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Around what is written to standard output, so that the bar is not in its way and whoever reads a
 * pipe sees each answer at once. answer_end() is false when it could not be written. */
void answer_begin(void);
bool answer_end(void);
/* A line of the answer that may have names in it: no control characters reach the terminal. */
void answer_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* At the very end: EXIT_ENVIRONMENT and a message when not everything was written, else `code`. */
int answer_close(int code);

/* y/N on the terminal; false where there is none. */
bool can_ask(void);
bool ask(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
