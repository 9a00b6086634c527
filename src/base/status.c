/*
 * Statuses and their texts. Messages are cut at the size of vultus_error, on a UTF-8 boundary, and
 * control characters in them (names of files are untrusted) become '?', so that one message is
 * always one line.
 */
#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void one_line(char *text)
{
    size_t length = strlen(text);
    /* a cut inside a multi-byte character leaves no half of it */
    size_t end = length;
    while (end > 0 && ((unsigned char)text[end - 1] & 0xC0) == 0x80)
        end--;
    if (end > 0 && end <= length) {
        unsigned char lead = (unsigned char)text[end - 1];
        size_t need = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
        if (need > 1 && length - (end - 1) < need)
            text[end - 1] = '\0';
    }
    for (char *p = text; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7F)
            *p = '?';
}

vultus_status status_set(vultus_error *error, vultus_status code, const char *format, ...)
{
    if (error) {
        va_list args;
        va_start(args, format);
        error->code = code;
        if (vsnprintf(error->message, sizeof error->message, format, args) < 0)
            error->message[0] = '\0';
        va_end(args);
        one_line(error->message);
    }
    return code;
}

vultus_status status_memory(vultus_error *error, const char *what)
{
    return status_set(error, VULTUS_ERR_MEMORY, "not enough memory for %s", what);
}

vultus_status status_stopped(const vultus_stop *stop, vultus_error *error)
{
    return stop && stop->asked(stop->context)
               ? status_set(error, VULTUS_ERR_CANCELLED, "the work was given up")
               : VULTUS_OK;
}

const char *vultus_status_text(vultus_status status)
{
    switch (status) {
    case VULTUS_OK: return "ok";
    case VULTUS_ERR_MEMORY: return "not enough memory";
    case VULTUS_ERR_ARGUMENT: return "wrong argument";
    case VULTUS_ERR_IO: return "file cannot be read or written";
    case VULTUS_ERR_FORMAT: return "damaged or unknown format";
    case VULTUS_ERR_LIMIT: return "too large";
    case VULTUS_ERR_MODEL: return "model missing or damaged";
    case VULTUS_ERR_DATABASE: return "gallery cannot be used";
    case VULTUS_ERR_MISMATCH: return "embeddings of different models";
    case VULTUS_ERR_NOT_FOUND: return "not found";
    case VULTUS_ERR_EXISTS: return "exists already";
    case VULTUS_ERR_BUSY: return "busy";
    case VULTUS_ERR_CANCELLED: return "cancelled";
    case VULTUS_ERR_INTERNAL: return "internal error";
    }
    return "unknown status";
}
