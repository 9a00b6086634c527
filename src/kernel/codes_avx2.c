/*
 * Kernels of codes for AVX2: a chunk is two vectors of eight rows. Products of four chunks are added in 16
 * bits (a pair is at most 2 * 15 * 128 = 3840, eight of them 30,720) before they are widened.
 */
#include "kernel/codes.h"

#include <immintrin.h>
#include <string.h>

enum { NARROW = 4 }; /* chunks */

static inline __m256i four(const int8_t *values)
{
    int32_t bits;
    memcpy(&bits, values, sizeof bits);
    return _mm256_set1_epi32(bits);
}

/* The sums of eight rows over `chunks` chunks, at most NARROW. */
static inline __m256i run(const uint8_t *codes, const int8_t *values, size_t chunks)
{
    const __m256i lower = _mm256_set1_epi8(15);
    __m256i pairs = _mm256_setzero_si256();
    for (size_t c = 0; c < chunks; c++, codes += CODES_CHUNK_BYTES, values += CODES_CHUNK) {
        __m256i both = _mm256_loadu_si256((const __m256i *)codes);
        __m256i low = _mm256_and_si256(both, lower);
        __m256i high = _mm256_and_si256(_mm256_srli_epi16(both, 4), lower);
        pairs = _mm256_add_epi16(pairs, _mm256_maddubs_epi16(low, four(values)));
        pairs = _mm256_add_epi16(pairs, _mm256_maddubs_epi16(high, four(values + 4)));
    }
    return _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
}

static inline __m256 halves(const uint8_t *bytes)
{
    return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)bytes));
}

/* From the sums of eight rows, the upper ones with `half` 1, to their bounds. */
static inline void finish(const uint8_t *behind, size_t half, __m256i sum,
                          const struct codes_probe *probe, float *out)
{
    const float *scales = (const float *)(const void *)behind + 8 * half;
    __m256 product = _mm256_sub_ps(_mm256_cvtepi32_ps(sum), _mm256_set1_ps(probe->centre));
    __m256 scale = _mm256_mul_ps(_mm256_loadu_ps(scales), _mm256_set1_ps(probe->scale));
    __m256 bound = _mm256_mul_ps(halves(behind + 96 + 16 * half), _mm256_set1_ps(probe->error));
    bound = _mm256_fmadd_ps(halves(behind + 64 + 16 * half), _mm256_set1_ps(probe->norm), bound);
    _mm256_storeu_ps(out + 8 * half, _mm256_fmadd_ps(scale, product, bound));
}

static void bounds(const uint8_t *groups, size_t count, const struct codes_probe *probe, float *out)
{
    const size_t chunks = probe->chunks, size = CODES_GROUP_BYTES(chunks);
    for (size_t g = 0; g < count; g++, groups += size)
        for (size_t half = 0; half < 2; half++) { /* rows 0..7 and 8..15 */
            __m256i sum = _mm256_setzero_si256();
            for (size_t c = 0; c < chunks; c += NARROW)
                sum = _mm256_add_epi32(sum, run(groups + c * CODES_CHUNK_BYTES + 32 * half,
                                                probe->values + c * CODES_CHUNK,
                                                chunks - c < NARROW ? chunks - c : NARROW));
            finish(groups + chunks * CODES_CHUNK_BYTES, half, sum, probe, out + g * CODES_GROUP);
        }
}

enum { TILE = 4 }; /* probes for one unpacking of the codes: their sums stay in registers */

/* The sums of eight rows for TILE probes; `codes` is at their half of the first chunk. */
static inline void sum_tile(const uint8_t *codes, size_t chunks, const int8_t *const *values,
                            __m256i sums[TILE])
{
    const __m256i lower = _mm256_set1_epi8(15), ones = _mm256_set1_epi16(1);
    for (size_t p = 0; p < TILE; p++)
        sums[p] = _mm256_setzero_si256();
    for (size_t c = 0; c < chunks;) {
        __m256i pairs[TILE];
        size_t end = chunks - c < NARROW ? chunks : c + NARROW;
        for (size_t p = 0; p < TILE; p++)
            pairs[p] = _mm256_setzero_si256();
        for (; c < end; c++) {
            __m256i both = _mm256_loadu_si256((const __m256i *)(codes + c * CODES_CHUNK_BYTES));
            __m256i low = _mm256_and_si256(both, lower);
            __m256i high = _mm256_and_si256(_mm256_srli_epi16(both, 4), lower);
            for (size_t p = 0; p < TILE; p++) {
                const int8_t *value = values[p] + c * CODES_CHUNK;
                __m256i sum = _mm256_add_epi16(_mm256_maddubs_epi16(low, four(value)),
                                               _mm256_maddubs_epi16(high, four(value + 4)));
                pairs[p] = _mm256_add_epi16(pairs[p], sum);
            }
        }
        for (size_t p = 0; p < TILE; p++)
            sums[p] = _mm256_add_epi32(sums[p], _mm256_madd_epi16(pairs[p], ones));
    }
}

static void bounds_many(const uint8_t *groups, size_t count, const struct codes_probe *probes,
                        size_t probe_count, float *const *out)
{
    const size_t chunks = probes->chunks, size = CODES_GROUP_BYTES(chunks);
    size_t first = 0;
    for (; first + TILE <= probe_count; first += TILE) {
        const struct codes_probe *tile = probes + first;
        const int8_t *values[TILE];
        for (size_t p = 0; p < TILE; p++)
            values[p] = tile[p].values;
        for (size_t g = 0; g < count; g++)
            for (size_t half = 0; half < 2; half++) {
                __m256i sums[TILE];
                sum_tile(groups + g * size + 32 * half, chunks, values, sums);
                for (size_t p = 0; p < TILE; p++)
                    finish(groups + g * size + chunks * CODES_CHUNK_BYTES, half, sums[p], &tile[p],
                           out[first + p] + g * CODES_GROUP);
            }
    }
    for (; first < probe_count; first++)
        bounds(groups, count, &probes[first], out[first]);
}

static size_t select_from(const float *values, size_t n, float least, uint32_t *places)
{
    const __m256 limit = _mm256_set1_ps(least);
    size_t count = 0, i = 0;
    for (; i + 8 <= n; i += 8) {
        int good =
            _mm256_movemask_ps(_mm256_cmp_ps(_mm256_loadu_ps(values + i), limit, _CMP_GE_OQ));
        for (; good; good &= good - 1)
            places[count++] = (uint32_t)(i + (size_t)__builtin_ctz((unsigned)good));
    }
    for (; i < n; i++)
        if (values[i] >= least)
            places[count++] = (uint32_t)i;
    return count;
}

const struct codes_kernels codes_kernels_avx2 = {CPU_AVX2, bounds, bounds_many, select_from};
