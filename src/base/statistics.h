/* Quantiles of what was measured, and of the normal distribution. */
#ifndef BASE_STATISTICS_H
#define BASE_STATISTICS_H

#include <stddef.h>

/* For qsort: the smallest number first. None may be NaN. */
int statistics_doubles(const void *a, const void *b);
int statistics_floats(const void *a, const void *b);

/* Where the value lies that this part of `count` sorted ones does not exceed: between two of them, as far towards
 * the upper one as is returned. count is at least 1, part 0..1. */
double statistics_place(size_t count, double part, size_t *lower, size_t *upper);
/* That value of sorted numbers, linearly between the two (type 7 of Hyndman and Fan 1996, numpy's). */
double statistics_quantile(const double *sorted, size_t count, double part);

/* The interval in which 95 of 100 such shares lie, of `count` that were tried; also where all or none succeeded
 * (Wilson 1927). count is at least 1. */
void statistics_wilson(size_t succeeded, size_t count, double *low, double *high);

/* The normal deviate that a share of the standard normal distribution lies above, 0 < share < 1. */
double statistics_deviate(double share_above);

#endif
