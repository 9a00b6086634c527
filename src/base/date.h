/* Moments as everything of vultus writes them: UTC, ISO 8601. */
#ifndef BASE_DATE_H
#define BASE_DATE_H

#include <time.h>

#define DATE_SIZE sizeof "2026-01-31T23:59:59Z"
#define DATE_STAMP_SIZE sizeof "2026-01-31T23:59:59.999Z"

void date_of(time_t moment, char out[DATE_SIZE]);
void date_now(char out[DATE_SIZE]);
/* Now, and so many days later, with milliseconds. */
void date_stamp(unsigned days, char out[DATE_STAMP_SIZE]);

#endif
