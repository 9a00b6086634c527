/*
 * A number that is measured now and then and changes at a nearly constant rate: position and velocity of one
 * coordinate (Kalman 1960, with white noise for the acceleration). The coordinates of a face are independent of
 * each other, so each has a filter of its own. Times are seconds, and may lie unevenly.
 */
#ifndef VIDEO_KALMAN_H
#define VIDEO_KALMAN_H

struct kalman {
    double value, rate; /* the rate: per second */
    double value_variance, covariance, rate_variance;
};

/* First measured as `value`. Deviations are of the measurement, and of the rate, which is 0 at first. */
void kalman_start(struct kalman *kalman, double value, double deviation, double rate_deviation);
/* Time passes. `unrest` is how much the square of the rate may grow in a second. */
void kalman_predict(struct kalman *kalman, double seconds, double unrest);
/* Measured again, with this deviation. */
void kalman_correct(struct kalman *kalman, double measured, double deviation);

#endif
