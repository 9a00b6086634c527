/* The two equations of the filter, written out for a value and its rate. */
#include "video/kalman.h"

void kalman_start(struct kalman *kalman, double value, double deviation, double rate_deviation)
{
    *kalman = (struct kalman){.value = value,
                              .value_variance = deviation * deviation,
                              .rate_variance = rate_deviation * rate_deviation};
}

void kalman_predict(struct kalman *kalman, double seconds, double unrest)
{
    double square = seconds * seconds;
    kalman->value += kalman->rate * seconds;
    kalman->value_variance += 2 * seconds * kalman->covariance + square * kalman->rate_variance +
                              unrest * square * seconds / 3;
    kalman->covariance += seconds * kalman->rate_variance + unrest * square / 2;
    kalman->rate_variance += unrest * seconds;
}

void kalman_correct(struct kalman *kalman, double measured, double deviation)
{
    double sum = kalman->value_variance + deviation * deviation;
    double gain = kalman->value_variance / sum, rate_gain = kalman->covariance / sum;
    double surprise = measured - kalman->value;
    kalman->value += gain * surprise;
    kalman->rate += rate_gain * surprise;
    kalman->rate_variance -= rate_gain * kalman->covariance;
    kalman->covariance *= 1 - gain;
    kalman->value_variance *= 1 - gain;
}
