/* How functions say what went wrong: a status, and one line for a person. */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

#include <vultus/vultus.h>

/* Writes the line into `error` (which may be NULL) and returns `code`, so that the function that
 * detects a problem can `return status_set(...)`. Callers forward, and never write over it. */
vultus_status status_set(vultus_error *error, vultus_status code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The line for an allocation that failed, with what it was for. */
vultus_status status_memory(vultus_error *error, const char *what);

/* CANCELLED when somebody asks to stop; `stop` may be NULL. */
vultus_status status_stopped(const vultus_stop *stop, vultus_error *error) VULTUS_MUST_USE;

#endif
