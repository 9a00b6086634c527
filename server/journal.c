/* See journal.h. A line is one write, so that lines of several threads do not mix. */
#include "journal.h"
#include "base/clock.h"
#include "base/date.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define LINE_MAX_BYTES 1024

static void put(const char *line)
{
    fputs(line, stderr); /* unbuffered: one write for each call */
}

void journal_say(const char *format, ...)
{
    char line[LINE_MAX_BYTES], message[LINE_MAX_BYTES - 16];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    snprintf(line, sizeof line, "vultus: %s\n", message);
    put(line);
}

void journal_stamp(char out[32])
{
    date_now(out);
}

void journal_request(const struct request *request, bool sent)
{
    char line[LINE_MAX_BYTES], at[32];
    const struct reply *reply = &request->reply;
    const double ms = 1e6;
    journal_stamp(at);
    snprintf(line, sizeof line,
             "time=%s id=%s method=%s route=%s status=%u code=%s ms=%.1f wait_ms=%.1f in=%zu "
             "out=%zu key=%s address=%s sent=%s\n",
             at, request->id, request->route ? request->route->method : "-",
             request->route ? request->route->pattern : "-", reply->status,
             reply->code ? reply->code : "-", (double)(clock_ns() - request->began) / ms,
             (double)request->stages[STAGE_WAIT] / ms, request->body.size,
             reply->fixed ? reply->fixed_size : reply->body.size,
             request->key[0] ? request->key : "-", request->address, sent ? "yes" : "no");
    put(line);
}

void journal_trouble(const struct request *request, const char *message)
{
    char line[LINE_MAX_BYTES], at[32];
    journal_stamp(at);
    snprintf(line, sizeof line, "time=%s id=%s trouble=\"%.400s\"\n", at, request->id, message);
    put(line);
}
