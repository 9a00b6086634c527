/* A set has few ways, so finding one is looking at all; the one that was used longest ago makes room. */
#include "limits.h"

#define BURST_SECONDS 2

static uint64_t hash_of(const char *text)
{
    uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a */
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
    return hash ? hash : 1;
}

static struct limits_bucket *find(struct limits *limits, uint64_t who, double rate, uint64_t now)
{
    struct limits_bucket *set = limits->buckets[who % LIMITS_SETS], *oldest = set;
    for (size_t i = 0; i < LIMITS_WAYS; i++) {
        if (set[i].who == who)
            return &set[i];
        if (set[i].at < oldest->at)
            oldest = &set[i];
    }
    *oldest = (struct limits_bucket){who, now, rate * BURST_SECONDS};
    return oldest;
}

unsigned limits_take(struct limits *limits, const char *who, double rate, double cost, uint64_t now)
{
    struct limits_bucket *bucket = find(limits, hash_of(who), rate, now);
    bucket->tokens += (double)(now - bucket->at) * 1e-9 * rate;
    bucket->at = now;
    if (bucket->tokens > rate * BURST_SECONDS)
        bucket->tokens = rate * BURST_SECONDS;
    if (bucket->tokens >= cost) {
        bucket->tokens -= cost;
        return 0;
    }
    return 1 + (unsigned)((cost - bucket->tokens) / rate);
}
