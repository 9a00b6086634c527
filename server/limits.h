/* How many requests a key or an address may make: buckets of tokens that fill with time. One thread uses them. */
#ifndef SERVER_LIMITS_H
#define SERVER_LIMITS_H

#include <stddef.h>
#include <stdint.h>

#define LIMITS_SETS                                                                                \
    512 /* times LIMITS_WAYS who asked last are remembered; who is forgotten has a full bucket */
#define LIMITS_WAYS 8

struct limits_bucket {
    uint64_t who; /* a hash; 0: free */
    uint64_t at;  /* clock_ns of the last request */
    double tokens;
};

struct limits {
    struct limits_bucket buckets[LIMITS_SETS][LIMITS_WAYS];
};

/* Takes `cost` tokens of whoever it is, whose bucket gets `rate` of them a second and holds those of two seconds. 0: there
 * were enough; else after how many seconds there will be. */
unsigned limits_take(struct limits *limits, const char *who, double rate, double cost,
                     uint64_t now);

#endif
