/* See date.h. What is beyond the calendar is its beginning. */
#include "base/date.h"

#include <stdio.h>
#include <string.h>

void date_of(time_t moment, char out[DATE_SIZE])
{
    struct tm parts;
    if (!gmtime_r(&moment, &parts) || !strftime(out, DATE_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts))
        memcpy(out, "1970-01-01T00:00:00Z", DATE_SIZE);
}

void date_now(char out[DATE_SIZE])
{
    date_of(time(NULL), out);
}

void date_stamp(unsigned days, char out[DATE_STAMP_SIZE])
{
    struct timespec now = {0};
    char second[DATE_SIZE];
    clock_gettime(CLOCK_REALTIME, &now);
    date_of(now.tv_sec + (time_t)days * 86400, second);
    snprintf(out, DATE_STAMP_SIZE, "%.19s.%03uZ", second, (unsigned)(now.tv_nsec / 1000000) % 1000);
}
