/*
 * Kernels of codes for AVX2: a chunk is two vectors of eight rows. Products of four chunks are added in 16
 * bits (a pair is at most 2 * 15 * 128 = 3840, eight of them 30,720) before they are widened.
 */
#include "kernel/codes.h"

#include <immintrin.h>
#include <string.h>

enum {
    NARROW = 4, /* chunks */
    TILE = 4    /* probes for one unpacking of the codes: their sums stay in registers */
};

static inline __m256i four(const int8_t *values)
{
    int32_t bits;
    memcpy(&bits, values, sizeof bits);
    return _mm256_set1_epi32(bits);
}

/* Adds the products of four axes of a group. The compiler is kept from first adding up products of several
 * steps, for which there are no registers. */
static inline void add_four(__m256i pairs[TILE][2], __m256i first, __m256i second,
                            const int8_t *const *values, size_t probes, size_t axis)
{
    for (size_t p = 0; p < probes; p++) {
        __m256i value = four(values[p] + axis);
        pairs[p][0] = _mm256_add_epi16(pairs[p][0], _mm256_maddubs_epi16(first, value));
        pairs[p][1] = _mm256_add_epi16(pairs[p][1], _mm256_maddubs_epi16(second, value));
        __asm__("" : "+x"(pairs[p][0]), "+x"(pairs[p][1]));
    }
}

static inline void add_chunk(__m256i pairs[TILE][2], const uint8_t *codes,
                             const int8_t *const *values, size_t probes, size_t axis)
{
    const __m256i lower = _mm256_set1_epi8(15);
    __m256i first = _mm256_loadu_si256((const __m256i *)codes);
    __m256i second = _mm256_loadu_si256((const __m256i *)(codes + 32));
    add_four(pairs, _mm256_and_si256(first, lower), _mm256_and_si256(second, lower), values, probes,
             axis);
    add_four(pairs, _mm256_and_si256(_mm256_srli_epi16(first, 4), lower),
             _mm256_and_si256(_mm256_srli_epi16(second, 4), lower), values, probes, axis + 4);
}

/* The sums of a group's rows, 0..7 and 8..15, for each of the probes. */
static inline void add_up(const uint8_t *codes, size_t chunks, const int8_t *const *values,
                          size_t probes, __m256i sums[TILE][2])
{
    const __m256i ones = _mm256_set1_epi16(1);
    for (size_t p = 0; p < probes; p++)
        sums[p][0] = sums[p][1] = _mm256_setzero_si256();
    for (size_t c = 0; c < chunks;) {
        size_t end = chunks - c < NARROW ? chunks : c + NARROW;
        __m256i pairs[TILE][2];
        for (size_t p = 0; p < probes; p++)
            pairs[p][0] = pairs[p][1] = _mm256_setzero_si256();
        for (; c < end; c++)
            add_chunk(pairs, codes + c * CODES_CHUNK_BYTES, values, probes, c * CODES_CHUNK);
        for (size_t p = 0; p < probes; p++)
            for (size_t half = 0; half < 2; half++)
                sums[p][half] =
                    _mm256_add_epi32(sums[p][half], _mm256_madd_epi16(pairs[p][half], ones));
    }
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

/* At most TILE probes; their number is known where this is inlined. */
static inline void bounds_tile(const uint8_t *groups, size_t count, const struct codes_probe *tile,
                               size_t probes, float *const *out)
{
    const size_t chunks = tile->chunks, size = CODES_GROUP_BYTES(chunks);
    const int8_t *values[TILE];
    for (size_t p = 0; p < probes; p++)
        values[p] = tile[p].values;
    for (size_t g = 0; g < count; g++, groups += size) {
        __m256i sums[TILE][2];
        add_up(groups, chunks, values, probes, sums);
        for (size_t p = 0; p < probes; p++)
            for (size_t half = 0; half < 2; half++)
                finish(groups + chunks * CODES_CHUNK_BYTES, half, sums[p][half], &tile[p],
                       out[p] + g * CODES_GROUP);
    }
}

static void bounds(const uint8_t *groups, size_t count, const struct codes_probe *probe, float *out)
{
    bounds_tile(groups, count, probe, 1, &out);
}

static void bounds_many(const uint8_t *groups, size_t count, const struct codes_probe *probes,
                        size_t probe_count, float *const *out)
{
    size_t p = 0;
    for (; p + TILE <= probe_count; p += TILE)
        bounds_tile(groups, count, probes + p, TILE, out + p);
    for (; p < probe_count; p++)
        bounds(groups, count, &probes[p], out[p]);
}

/* The sum of a row of fine codes: pairs of products are at most 2 * 127 * 128. */
static inline __m256i add_fine(__m256i sum, __m256i codes, __m256i values)
{
    return _mm256_add_epi32(
        sum, _mm256_madd_epi16(_mm256_maddubs_epi16(codes, values), _mm256_set1_epi16(1)));
}

static inline __m256i eight(const void *bytes)
{
    return _mm256_zextsi128_si256(_mm_loadl_epi64(bytes));
}

static void bounds_fine(const uint8_t *rows, const uint32_t *places, size_t count,
                        const struct codes_probe *probe, float *out)
{
    const size_t axes = probe->chunks * CODES_CHUNK;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *row = rows + places[i] * CODES_FINE_BYTES(probe->chunks);
        __m256i sum = _mm256_setzero_si256();
        size_t k = 0;
        for (; k + 32 <= axes; k += 32)
            sum = add_fine(sum, _mm256_loadu_si256((const __m256i *)(row + k)),
                           _mm256_loadu_si256((const __m256i *)(probe->values + k)));
        for (; k < axes; k += CODES_CHUNK)
            sum = add_fine(sum, eight(row + k), eight(probe->values + k));
        __m128i half = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
        half = _mm_add_epi32(half, _mm_unpackhi_epi64(half, half));
        half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 1));
        out[i] = codes_fine_bound(row + axes, _mm_cvtsi128_si32(half), probe);
    }
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

const struct codes_kernels codes_kernels_avx2 = {CPU_AVX2, bounds, bounds_many, bounds_fine,
                                                 select_from};
