/*
 * Kernels of codes for AVX2: a half of a chunk is two vectors of eight rows. Products are added in 16 bits, as many
 * as the probe's values allow, before they are widened. For several probes a group is unpacked once, and
 * TILE of them share each reading of it.
 */
#include "kernel/codes.h"

#include <immintrin.h>
#include <string.h>

enum {
    TILE = 4, /* probes whose sums stay in registers */
    UNPACKED_BYTES = 2 * CODES_CHUNK_BYTES,
    CHUNKS_MAX = 4096 / CODES_CHUNK
};

static inline __m256i four(const int8_t *values)
{
    int32_t bits;
    memcpy(&bits, values, sizeof bits);
    return _mm256_set1_epi32(bits);
}

static inline __m256i load(const void *bytes)
{
    return _mm256_loadu_si256(bytes);
}

static inline __m256 halves(const uint8_t *bytes)
{
    return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)bytes));
}

static inline __m256i lower_codes(__m256i both)
{
    return _mm256_and_si256(both, _mm256_set1_epi8(15));
}

static inline __m256i upper_codes(__m256i both)
{
    return lower_codes(_mm256_srli_epi16(both, 4));
}

/* What is behind the codes of eight rows. */
struct rows {
    __m256 scales, residuals, lengths;
};

static inline struct rows rows_of(const uint8_t *behind, size_t half)
{
    return (struct rows){_mm256_loadu_ps((const float *)(const void *)behind + 8 * half),
                         halves(behind + 64 + 16 * half), halves(behind + 96 + 16 * half)};
}

/* From the sums of eight rows to their bounds. */
static inline void finish(const struct rows *rows, __m256i sums, const struct codes_probe *probe,
                          float *out)
{
    __m256 product = _mm256_sub_ps(_mm256_cvtepi32_ps(sums), _mm256_set1_ps(probe->centre));
    __m256 scale = _mm256_mul_ps(rows->scales, _mm256_set1_ps(probe->scale));
    __m256 bound = _mm256_mul_ps(rows->lengths, _mm256_set1_ps(probe->error));
    bound = _mm256_fmadd_ps(rows->residuals, _mm256_set1_ps(probe->norm), bound);
    _mm256_storeu_ps(out, _mm256_fmadd_ps(scale, product, bound));
}

/* ------------------------------------------------------------------ one probe */

/* Adds the products of four axes; the compiler is kept from first adding up products of several steps, for which
 * there are no registers. */
static inline void add_four(__m256i pairs[2], __m256i first, __m256i second, __m256i values)
{
    pairs[0] = _mm256_add_epi16(pairs[0], _mm256_maddubs_epi16(first, values));
    pairs[1] = _mm256_add_epi16(pairs[1], _mm256_maddubs_epi16(second, values));
    __asm__("" : "+x"(pairs[0]), "+x"(pairs[1]));
}

static inline void widen(__m256i sums[2], const __m256i pairs[2])
{
    const __m256i ones = _mm256_set1_epi16(1);
    sums[0] = _mm256_add_epi32(sums[0], _mm256_madd_epi16(pairs[0], ones));
    sums[1] = _mm256_add_epi32(sums[1], _mm256_madd_epi16(pairs[1], ones));
}

static void bounds(const uint8_t *groups, size_t count, const struct codes_probe *probe, float *out)
{
    const size_t chunks = probe->chunks, run = probe->narrow;
    for (size_t g = 0; g < count; g++, groups += CODES_GROUP_BYTES(chunks), out += CODES_GROUP) {
        __m256i sums[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
        for (size_t c = 0; c < chunks;) {
            size_t end = chunks - c < run ? chunks : c + run;
            __m256i pairs[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
            for (; c < end; c++) {
                const int8_t *values = probe->values + c * CODES_CHUNK;
                __m256i first = load(groups + c * CODES_CHUNK_BYTES);
                __m256i second = load(groups + c * CODES_CHUNK_BYTES + 32);
                add_four(pairs, lower_codes(first), lower_codes(second), four(values));
                add_four(pairs, upper_codes(first), upper_codes(second), four(values + 4));
            }
            widen(sums, pairs);
        }
        for (size_t half = 0; half < 2; half++) {
            struct rows rows = rows_of(groups + chunks * CODES_CHUNK_BYTES, half);
            finish(&rows, sums[half], probe, out + 8 * half);
        }
    }
}

/* ------------------------------------------------------------------ several probes */

struct group {
    struct rows rows[2];
    uint8_t codes[CHUNKS_MAX * UNPACKED_BYTES]; /* a byte each: vectors of 8 rows x 4 axes */
};

static void unpack(const uint8_t *codes, size_t chunks, struct group *out)
{
    __m256i *to = (__m256i *)(void *)out->codes;
    for (size_t c = 0; c < chunks; c++, codes += CODES_CHUNK_BYTES, to += 4) {
        __m256i first = load(codes), second = load(codes + 32);
        _mm256_store_si256(to, lower_codes(first));
        _mm256_store_si256(to + 1, lower_codes(second));
        _mm256_store_si256(to + 2, upper_codes(first));
        _mm256_store_si256(to + 3, upper_codes(second));
    }
    out->rows[0] = rows_of(codes, 0);
    out->rows[1] = rows_of(codes, 1);
}

static inline void add_axes(__m256i pairs[TILE][2], const uint8_t *codes,
                            const int8_t *const *values, size_t probes, size_t axis)
{
    __m256i first = load(codes), second = load(codes + 32);
    for (size_t p = 0; p < probes; p++)
        add_four(pairs[p], first, second, four(values[p] + axis));
}

/* Chunks begin .. end - 1, which are few enough for 16 bits. */
static inline void add_run(const struct group *group, size_t begin, size_t end,
                           const int8_t *const *values, size_t probes, __m256i sums[TILE][2])
{
    __m256i pairs[TILE][2];
    for (size_t p = 0; p < probes; p++)
        pairs[p][0] = pairs[p][1] = _mm256_setzero_si256();
    for (size_t c = begin; c < end; c++) {
        const uint8_t *codes = group->codes + c * UNPACKED_BYTES;
        add_axes(pairs, codes, values, probes, c * CODES_CHUNK);
        add_axes(pairs, codes + CODES_CHUNK_BYTES, values, probes, c * CODES_CHUNK + 4);
    }
    for (size_t p = 0; p < probes; p++)
        widen(sums[p], pairs[p]);
}

/* At most TILE probes; their number is known where this is inlined. */
static inline void bounds_tile(const struct group *group, const struct codes_probe *tile,
                               size_t probes, size_t run, float *const *out, size_t at)
{
    const size_t chunks = tile->chunks;
    const int8_t *values[TILE];
    __m256i sums[TILE][2];
    for (size_t p = 0; p < probes; p++) {
        values[p] = tile[p].values;
        sums[p][0] = sums[p][1] = _mm256_setzero_si256();
    }
    for (size_t c = 0; c < chunks; c += run)
        add_run(group, c, chunks - c < run ? chunks : c + run, values, probes, sums);
    for (size_t p = 0; p < probes; p++)
        for (size_t half = 0; half < 2; half++)
            finish(&group->rows[half], sums[p][half], &tile[p], out[p] + at + 8 * half);
}

static void bounds_many(const uint8_t *groups, size_t count, const struct codes_probe *probes,
                        size_t probe_count, float *const *out)
{
    const size_t chunks = probes->chunks;
    struct group group;
    size_t run = chunks;
    for (size_t p = 0; p < probe_count; p++)
        run = probes[p].narrow < run ? probes[p].narrow : run;
    for (size_t g = 0; g < count; g++, groups += CODES_GROUP_BYTES(chunks)) {
        size_t p = 0;
        unpack(groups, chunks, &group);
        for (; p + TILE <= probe_count; p += TILE)
            bounds_tile(&group, probes + p, TILE, run, out + p, g * CODES_GROUP);
        for (; p < probe_count; p++)
            bounds_tile(&group, probes + p, 1, run, out + p, g * CODES_GROUP);
    }
}

/* ------------------------------------------------------------------ fine codes, places */

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
