/*
 * Products as rows with rows, because that is what the kernels have (dot_rows); whoever needs columns
 * transposes first, which is cheap beside the product. Tiles are cut by size alone and each number is one
 * kernel's sum, so that the answer does not depend on the threads.
 */
#include "decide/metric_matrix.h"
#include "kernel/kernel.h"

#define TILE_ROWS 16      /* rows of `a` that one piece of work takes */
#define BLOCK_FLOATS 8192 /* of `b`: 32 KiB, so that it stays near while the tile goes over it */
#define WORTH ((size_t)1 << 19) /* products; fewer are over before a thread has woken up */
#define TRANSPOSE_BLOCK 16

static vultus_status multiply_tile(void *context, size_t index, unsigned worker,
                                   vultus_error *error)
{
    const struct matrix_product *p = context;
    const struct kernel_table *kernels = kernel_best();
    size_t begin = index * TILE_ROWS,
           end = begin + TILE_ROWS < p->rows ? begin + TILE_ROWS : p->rows;
    size_t block = BLOCK_FLOATS / (p->inner ? p->inner : 1) & ~(size_t)3;
    (void)worker;
    (void)error;
    if (block < 4)
        block = 4;
    for (size_t at = 0; at < p->columns; at += block) {
        size_t count = p->columns - at < block ? p->columns - at : block;
        for (size_t i = begin; i < end; i++)
            kernels->dot_rows(p->a + i * p->inner, p->b + at * p->inner, p->inner, count, p->inner,
                              p->out + i * p->columns + at);
    }
    return VULTUS_OK;
}

void matrix_multiply(const struct matrix_product *product, struct pool *pool)
{
    struct matrix_product copy = *product;
    size_t tiles = (copy.rows + TILE_ROWS - 1) / TILE_ROWS;
    if (copy.rows * copy.columns * copy.inner < WORTH)
        pool = NULL;
    vultus_status never = pool_for(pool, tiles, multiply_tile, &copy, NULL);
    (void)never; /* a tile cannot fail */
}

void matrix_transpose(const float *in, size_t rows, size_t columns, float *out)
{
    for (size_t i = 0; i < rows; i += TRANSPOSE_BLOCK)
        for (size_t j = 0; j < columns; j += TRANSPOSE_BLOCK)
            for (size_t r = i; r < rows && r < i + TRANSPOSE_BLOCK; r++)
                for (size_t c = j; c < columns && c < j + TRANSPOSE_BLOCK; c++)
                    out[c * rows + r] = in[r * columns + c];
}
