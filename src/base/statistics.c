/* The deviate by halving: erfc keeps its digits in the tail, and nobody asks for many of them. */
#include "base/statistics.h"

#include <math.h>

int statistics_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int statistics_floats(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

double statistics_place(size_t count, double part, size_t *lower, size_t *upper)
{
    double place = part * (double)(count - 1);
    *lower = (size_t)place;
    *upper = *lower + 1 < count ? *lower + 1 : *lower;
    return place - (double)*lower;
}

double statistics_quantile(const double *sorted, size_t count, double part)
{
    size_t lower, upper;
    double towards = statistics_place(count, part, &lower, &upper);
    return sorted[lower] + towards * (sorted[upper] - sorted[lower]);
}

double statistics_deviate(double share_above)
{
    double low = -40, high = 40;
    for (int i = 0; i < 100; i++) {
        double middle = (low + high) / 2;
        if (erfc(middle / sqrt(2)) / 2 > share_above)
            low = middle;
        else
            high = middle;
    }
    return low;
}
