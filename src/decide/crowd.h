/*
 * How likely a stranger is taken for somebody among n people. If all comparisons were independent it would
 * be 1 - (1 - FAR)^n; but some strangers look like many people (the "wolves" of Doddington et al., ICSLP
 * 1998), so that false matches come in groups and fewer strangers have one. Here the FAR of each
 * stranger is gamma distributed around the mean of all, with shape k: the number of false matches is then
 * negative binomial, and
 *
 *     rate(n, FAR) = 1 - (1 + n FAR / k)^-k
 *
 * which is n FAR for a small one, and 1 - exp(-n FAR) for a k without end: strangers who are all alike. The
 * higher the threshold, the fewer strangers make the false matches: log k falls with log FAR.
 */
#ifndef DECIDE_CROWD_H
#define DECIDE_CROWD_H

#include <stddef.h>
#include <stdint.h>

#define CROWD_RATE 1e-2 /* where `level` is */

struct crowd {
    double level; /* log k at a FAR of CROWD_RATE */
    double slope; /* d log k / d log FAR, 0..1 */
    double faces; /* m faces of a person count as m^faces people, 0..1 */
};

/* What is taken where data do not say it: between the embedders that were measured. */
extern const struct crowd crowd_usual;

/* The share of strangers that some of n people is taken for: rises with n and with the FAR. */
double crowd_rate(const struct crowd *crowd, double n, double far);
/* Its inverse: the FAR of one comparison that gives this rate. */
double crowd_far(const struct crowd *crowd, double n, double rate);
/* People, for whom `faces` are enrolled in all, as that many of one face each. */
double crowd_size(const struct crowd *crowd, size_t people, size_t faces);

struct crowd_counts {      /* at one threshold: with how many others strangers match */
    const uint32_t *above; /* above[i]: how many strangers match more than i others */
    size_t count;          /* of above; beyond, nobody does */
    size_t strangers;
};
/* The most likely log k of one threshold. */
double crowd_fit(const struct crowd_counts *counts);

#endif
