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

void statistics_wilson(size_t succeeded, size_t count, double *low, double *high)
{
    const double z = statistics_deviate(0.025), n = (double)count, share = (double)succeeded / n;
    const double middle = share + z * z / (2 * n);
    const double around = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n));
    *low = succeeded ? (middle - around) / (1 + z * z / n) : 0;
    *high = succeeded < count ? (middle + around) / (1 + z * z / n) : 1;
}
