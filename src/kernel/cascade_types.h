/*
 * Vectors for the loops of cascade_lanes.h and what they need of a processor: LANES elements, and FEW of
 * them, whose types begin with few_.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIZED(type, lanes) __attribute__((vector_size((lanes) * sizeof(type)))) type

typedef SIZED(uint32_t, LANES) words, full_words;
typedef SIZED(int32_t, LANES) ints, full_ints;
typedef SIZED(float, LANES) floats, full_floats;
typedef SIZED(uint16_t, LANES) shorts;
typedef SIZED(uint8_t, LANES) bytes;
typedef SIZED(uint32_t, FEW) few_words;
typedef SIZED(int32_t, FEW) few_ints;
typedef SIZED(float, FEW) few_floats;

#if LANES == 4
#define LANE_NUMBERS                                                                               \
    {                                                                                              \
        0, 1, 2, 3                                                                                 \
    }
#elif LANES == 8
#define LANE_NUMBERS                                                                               \
    {                                                                                              \
        0, 1, 2, 3, 4, 5, 6, 7                                                                     \
    }
#else
#define LANE_NUMBERS                                                                               \
    {                                                                                              \
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15                                       \
    }
#endif
