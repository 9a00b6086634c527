/*
 * The loops of codes for 512-bit vectors, once for processors with VNNI and once for those without: the
 * including file defines accumulate(sum, codes, values), which adds for each 32-bit lane the products of
 * four unsigned and four signed bytes. Codes are at most 127, so that pairs of products fit 16 bits.
 */
#include "kernel/codes.h"

#include <immintrin.h>
#include <string.h>

static inline __m512i four(const int8_t *values)
{
    int32_t bits;
    memcpy(&bits, values, sizeof bits);
    return _mm512_set1_epi32(bits);
}

/* From the sums of a group to its bounds. */
static inline void finish(const uint8_t *behind, __m512i sum, const struct codes_probe *probe,
                          float *out)
{
    __m512 product = _mm512_sub_ps(_mm512_cvtepi32_ps(sum), _mm512_set1_ps(probe->centre));
    __m512 residual = _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(behind + 64)));
    __m512 length = _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(behind + 96)));
    __m512 scale = _mm512_mul_ps(_mm512_loadu_ps(behind), _mm512_set1_ps(probe->scale));
    __m512 bound = _mm512_mul_ps(length, _mm512_set1_ps(probe->error));
    bound = _mm512_fmadd_ps(residual, _mm512_set1_ps(probe->norm), bound);
    _mm512_storeu_ps(out, _mm512_fmadd_ps(scale, product, bound));
}

static void bounds(const uint8_t *groups, size_t count, const struct codes_probe *probe, float *out)
{
    const __m512i lower = _mm512_set1_epi8(15);
    const size_t chunks = probe->chunks, size = CODES_GROUP_BYTES(chunks);
    for (size_t g = 0; g < count; g++, groups += size) {
        __m512i low = _mm512_setzero_si512(), high = low;
        for (size_t c = 0; c < chunks; c++) {
            const int8_t *values = probe->values + c * CODES_CHUNK;
            __m512i codes = _mm512_loadu_si512(groups + c * CODES_CHUNK_BYTES);
            _mm_prefetch((const char *)groups + c * CODES_CHUNK_BYTES + AHEAD, _MM_HINT_T0);
            low = accumulate(low, _mm512_and_si512(codes, lower), four(values));
            high = accumulate(high, _mm512_and_si512(_mm512_srli_epi16(codes, 4), lower),
                              four(values + 4));
        }
        finish(groups + chunks * CODES_CHUNK_BYTES, _mm512_add_epi32(low, high), probe,
               out + g * CODES_GROUP);
    }
}

enum { TILE = 8 }; /* probes for one unpacking of the codes: their sums stay in registers */

static void tile(const uint8_t *groups, size_t count, const struct codes_probe *probes,
                 float *const *out)
{
    const __m512i lower = _mm512_set1_epi8(15);
    const size_t chunks = probes->chunks, size = CODES_GROUP_BYTES(chunks);
    const int8_t *values[TILE];
    for (size_t p = 0; p < TILE; p++)
        values[p] = probes[p].values;
    for (size_t g = 0; g < count; g++, groups += size) {
        __m512i sums[TILE];
        for (size_t p = 0; p < TILE; p++)
            sums[p] = _mm512_setzero_si512();
        for (size_t c = 0; c < chunks; c++) {
            __m512i codes = _mm512_loadu_si512(groups + c * CODES_CHUNK_BYTES);
            __m512i low = _mm512_and_si512(codes, lower);
            __m512i high = _mm512_and_si512(_mm512_srli_epi16(codes, 4), lower);
            for (size_t p = 0; p < TILE; p++) {
                sums[p] = accumulate(sums[p], low, four(values[p] + c * CODES_CHUNK));
                sums[p] = accumulate(sums[p], high, four(values[p] + c * CODES_CHUNK + 4));
            }
        }
        for (size_t p = 0; p < TILE; p++)
            finish(groups + chunks * CODES_CHUNK_BYTES, sums[p], &probes[p],
                   out[p] + g * CODES_GROUP);
    }
}

static void bounds_many(const uint8_t *groups, size_t count, const struct codes_probe *probes,
                        size_t probe_count, float *const *out)
{
    size_t p = 0;
    for (; p + TILE <= probe_count; p += TILE)
        tile(groups, count, probes + p, out + p);
    for (; p < probe_count; p++)
        bounds(groups, count, &probes[p], out[p]);
}

static void bounds_fine(const uint8_t *rows, const uint32_t *places, size_t count,
                        const struct codes_probe *probe, float *out)
{
    const size_t axes = probe->chunks * CODES_CHUNK;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *row = rows + places[i] * CODES_FINE_BYTES(probe->chunks);
        __m512i sum = _mm512_setzero_si512();
        for (size_t k = 0; k < axes; k += 64) {
            __mmask64 there = axes - k < 64 ? ((__mmask64)1 << (axes - k)) - 1 : ~(__mmask64)0;
            sum = accumulate(sum, _mm512_maskz_loadu_epi8(there, row + k),
                             _mm512_maskz_loadu_epi8(there, probe->values + k));
        }
        out[i] = codes_fine_bound(row + axes, _mm512_reduce_add_epi32(sum), probe);
    }
}

static size_t select_from(const float *values, size_t n, float least, uint32_t *places)
{
    const __m512 limit = _mm512_set1_ps(least);
    const __m512i step = _mm512_set1_epi32(16);
    __m512i at = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    size_t count = 0;
    for (size_t i = 0; i < n; i += 16, at = _mm512_add_epi32(at, step)) {
        __mmask16 there = n - i < 16 ? (__mmask16)((1u << (n - i)) - 1) : 0xFFFF;
        __mmask16 good = _mm512_mask_cmp_ps_mask(there, _mm512_maskz_loadu_ps(there, values + i),
                                                 limit, _CMP_GE_OQ);
        if (!good)
            continue;
        _mm512_mask_compressstoreu_epi32(places + count, good, at);
        count += (size_t)__builtin_popcount(good);
    }
    return count;
}
